"""Who may open what: logins, pauses, forms from elsewhere, and a crawl of every link as each role."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from lxml import html

from support.pages import PASSWORD, PEOPLE, Browser, pages, text_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played:
        played.register(
            appeal("О-1", at="2026-10-20T10:00:00+05:00"),
            appeal("О-2", тема="персональные данные"),
            appeal("О-3", канл="почта"),
        )
        played.live_until("2026-11-24T12:00")
        with pages(played) as server:
            yield played, Browser(server.url)


def test_nothing_is_reachable_without_a_login_but_health(here: tuple[World, Browser]) -> None:
    _, browser = here
    assert browser.get("/health").json() == {"status": "ok"}
    for path in ("/", "/today", "/orders", "/orders/1", "/manual", "/system", "/rules", "/mine", "/breakdown"):
        page = browser.get(path)
        assert page.url.split("?")[0].endswith("/login"), path
        assert "О-1" not in page.text
    assert browser.post("/orders/1/personal", {}).url.endswith("/login")


def test_a_wrong_password_says_nothing_and_slows_the_next_try(here: tuple[World, Browser]) -> None:
    played, browser = here
    for login in ("ctl", "nobody"):
        page = browser.log_in(login, "не тот пароль")
        assert page.status_code == 403
        assert "Имя или пароль не подходит." in text_of(page)
    for _ in range(2):
        browser.log_in("ctl", "не тот пароль")
    page = browser.log_in("ctl")  # the right one, but too early
    assert "Попробуйте через 1 с." in text_of(page)
    played.clock.move_to(played.clock.now() + timedelta(seconds=1))
    browser.log_in("ctl", "не тот пароль")
    assert "Попробуйте через 2 с." in text_of(browser.log_in("ctl"))
    assert browser.log_in("law").url.endswith("/rules"), "others are not kept out"
    played.clock.move_to(played.clock.now() + timedelta(minutes=2))
    assert browser.log_in("ctl").url.endswith("/today")


def test_a_session_ends_by_time_by_hand_and_with_its_account(here: tuple[World, Browser]) -> None:
    played, browser = here
    store = played.running.store
    browser.log_in("ctl")
    (form,) = html.fromstring(browser.get("/today").text).xpath("//form[@action='/logout']")
    stolen = requests.utils.dict_from_cookiejar(browser.session.cookies)
    browser.post("/logout", dict(form.fields))
    again = Browser(browser.base)
    again.session.cookies.update(stolen)
    assert again.get("/today").url.split("?")[0].endswith("/login"), "a cookie that was logged out is worth nothing"

    browser.log_in("ctl")
    with store.writing() as writing:
        user = writing.users.find("ctl")
        assert user is not None
        writing.users.set_disabled(user.id, True, played.clock.now())
    assert "/login" in browser.get("/today").url
    assert browser.log_in("ctl").status_code == 403

    browser.log_in("law")
    played.clock.move_to(played.clock.now() + timedelta(hours=10))
    assert "/login" in browser.get("/rules").url
    with store.reading() as reading:
        told = [entry.what for entry in reading.audit.about("account ctl")]
    assert told == ["вход", "выход", "вход", "вход не удался"]


def test_forms_from_elsewhere_are_refused(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    (form,) = html.fromstring(browser.get("/today").text).xpath("//form[@action='/logout']")
    good = dict(form.fields)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert browser.post("/logout", good, **headers).status_code == 403, headers
    bare = browser.session.post(browser.base + "/logout", data=good, timeout=30)
    assert bare.status_code == 403, "no header says where it comes from"
    assert browser.post("/logout", {"token": "0" * 64}).status_code == 403
    assert browser.post("/logout", {}).status_code == 403
    other = Browser(browser.base)
    other.log_in("law")
    assert other.post("/logout", good).status_code == 403, "the token of another session"
    assert browser.get("/today").status_code == 200, "still logged in"


def test_hostile_requests(here: tuple[World, Browser]) -> None:
    _, browser = here
    forged = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-User": "ctl",
        "Remote-User": "ctl",
    }
    assert "/login" in browser.get("/today", headers=forged).url
    assert browser.get("/today", cookies={"poruchik": "x" * 5000}).url.split("?")[0].endswith("/login")
    assert browser.get("/login", headers={"Host": "evil.example"}).status_code == 421
    assert browser.post("/login", {"login": "x" * 10_000_000}).status_code == 413
    assert browser.post("/login", {"login": "ctl\0", "password": "x"}).status_code == 400
    assert browser.post("/login", {str(n): "x" for n in range(200)}).status_code == 400
    assert browser.session.put(browser.base + "/today", timeout=30).status_code == 405
    for target in ("//evil.example", "/\\evil.example", "https://evil.example", "/today\r\nX: y"):
        page = browser.post(f"/login?next={requests.utils.quote(target)}", {"login": "ctl", "password": PASSWORD})
        assert page.url.startswith(browser.base), target
    host, port = browser.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:  # a body that never says how long it is
        raw.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _ in range(20):
            raw.sendall(b"2000\r\n" + b"x" * 0x2000 + b"\r\n")
        assert b" 413 " in raw.recv(200)


def test_every_answer_is_locked_down(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    for path in ("/today", "/login", "/static/style.css", "/no-such-page", "/health"):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert browser.get("/today").headers["Cache-Control"] == "no-store"
    page = browser.get("/today").text
    assert "<script" not in page and "style=" not in page


@pytest.mark.parametrize("login", PEOPLE)
def test_a_crawl_of_every_link_stays_inside(here: tuple[World, Browser], login: str) -> None:
    _, browser = here
    browser.log_in(login)
    waiting, seen = ["/"], {}
    while waiting and len(seen) < 400:
        path = waiting.pop(0)
        page = browser.get(path)
        assert page.status_code == 200, (login, path, text_of(page))
        tree = html.fromstring(page.text)
        links = [str(one) for one in tree.xpath("//a/@href")]
        assert "/" in links, (login, path, "no way back")
        assert tree.xpath("//h1") and tree.xpath("//title"), path
        seen[path] = text_of(page)
        for link in links:
            target = link if link.startswith("/") else path.partition("?")[0] + link if link.startswith("?") else ""
            assert target or link.startswith("#"), (path, link)
            if target and target not in seen and target not in waiting:
                waiting.append(target)
    assert not waiting, "the crawl did not end"
    told = " ".join(seen.values())
    assert ("О-1" in told) == (login in ("ctl", "dep", "head", "exec", "adm", "law")), login
    assert ("О-2" in told) == (login in ("ctl", "dep", "other", "adm", "law")), login
    assert ("О-3" in told) == (login in ("ctl", "dep", "adm", "law")), login
    menu = {path for path in seen if path.count("/") == 1}
    for path in {"/today", "/manual", "/system", "/rules", "/mine", "/breakdown"} - menu:
        assert browser.get(path).status_code == 404, (login, path)


def test_a_broken_database_is_a_page_everywhere(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("ctl")
    with played.running.store.writing() as writing:
        writing._connection.exec_driver_sql("ALTER TABLE sessions RENAME TO lost")
        writing._connection.exec_driver_sql("ALTER TABLE attempts RENAME TO lost_too")
    for path in ("/", "/today", "/orders/1", "/no-such-page", "/login/word"):
        page = browser.get(path)
        assert page.status_code in (200, 404, 503), path
        assert "Traceback" not in page.text and "sqlite" not in page.text.lower(), path
    page = browser.log_in("ctl")
    assert page.status_code == 503 and "База данных не отвечает" in text_of(page)
    assert browser.get("/health").status_code == 503


def test_many_tries_at_once_are_not_free(here: tuple[World, Browser]) -> None:
    _, browser = here

    def guess(number: int) -> bool:
        page = Browser(browser.base).log_in("ctl", f"догадка номер {number}")
        return "Имя или пароль не подходит." in text_of(page)

    with ThreadPoolExecutor(12) as pool:
        compared = sum(pool.map(guess, range(24)))
    assert compared == 3, "the rest came too early"
