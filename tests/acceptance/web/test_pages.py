"""What the pages say: the morning, the lists, the card, what is hidden, and what hostile documents do to them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from sqlalchemy import text

from poruchik.model.audit import AuditEntry
from support.pages import Browser, pages, text_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

BIDI = "текст \u202eлевый\u202c <script>alert(1)</script> <b onmouseover=x>"
LONG = "Ы" * 10_000


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played:
        played.register(
            appeal("О-1", at="2026-10-20T10:00:00+05:00", содержание="Телевизор не показывает местные каналы"),
            appeal("О-2", at="2026-10-26T10:00:00+05:00", содержание="Прошу вернуть телепрограмму"),
            appeal("О-3", at="2026-11-23T10:00:00+05:00", содержание=BIDI),
            appeal("О-4", at="2026-11-23T10:00:00+05:00", содержание=LONG),
            appeal("О-5", канл="почта"),
            appeal("О-6", at="2026-11-23T11:00:00+05:00", тема="персональные данные"),
        )
        played.live_until("2026-11-25T12:00")
        with pages(played) as server:
            yield played, Browser(server.url)


def sections(page: str) -> dict[str, tuple[int, list[str]]]:
    """Return the lists of «Сегодня»: name → how many, and the documents shown."""
    found = {}
    for section in html.fromstring(page).xpath("//section[contains(@class, 'section')]"):
        name = section.get("class").split()[-1]
        count = int(section.xpath(".//span[@class='count']/text()")[0])
        found[name] = (count, section.xpath(".//tbody//a/text()"))
    return found


def test_the_morning(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    page = browser.get("/today")
    assert sections(page.text) == {
        "waiting": (1, ["О-5"]),
        "today": (1, ["О-2"]),
        "overdue": (1, ["О-1"]),
        "soon": (0, []),
        "risk": (1, ["О-2"]),
    }
    told = text_of(page)
    assert "Начните с О-2 (Лаптев О. Д.): срок сегодня, до 18:00. Сегодня кончается 1; просрочено ещё 1." in told
    assert "ручной разбор: в карточке незнакомый признак" in told
    assert "отдел телерадиовещания" in text_of(browser.get("/today?by=unit"))
    browser.log_in("other")
    told = text_of(browser.get("/today"))
    assert "О-1" not in told and "ручной разбор" not in told and "Всё принято и в срок" not in told


def test_a_report_stops_the_delay_and_waits_for_acceptance(here: tuple[World, Browser]) -> None:
    played, browser = here
    played.act(
        "О-1",
        "reported",
        "Лаптев О. Д.",
        report={"answerChannel": "почта", "answeredOn": "2026-11-25", "outcome": "разъяснено"},
    )
    played.live_until("2026-11-25T13:00")
    browser.log_in("ctl")
    assert sections(browser.get("/today").text)["overdue"] == (0, [])
    assert "отчёт сдан, ждёт приёмки" in text_of(browser.get("/orders?what=reported"))
    order = browser.get("/orders/1")
    assert "Последний отчёт: разъяснено; канал: почта; 25 ноября 2026." in text_of(order)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("О-1", {"О-1"}),
        ("о-1", {"О-1"}),
        ("местному каналу", {"О-1"}),
        ("каналы показывали", {"О-1"}),
        ("телепрограммой", {"О-2"}),
        ("Громову", {"О-6"}),
        ("Лаптев", {"О-1", "О-2", "О-3", "О-4"}),
        ("нет такого слова", set()),
        ("%", set()),
        ("' OR 1=1 --", set()),
    ],
)
def test_search(here: tuple[World, Browser], query: str, found: set[str]) -> None:
    _, browser = here
    browser.log_in("ctl")
    page = browser.get("/orders?q=" + query.replace("%", "%25"))
    assert page.status_code == 200
    assert set(html.fromstring(page.text).xpath("//tbody//th/a/text()")) == found, text_of(page)


def test_filters_stand_in_the_address_and_nonsense_is_left_out(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    page = browser.get("/orders?what=open&from=2026-11-25&to=2026-11-25")
    assert html.fromstring(page.text).xpath("//tbody//th/a/text()") == ["О-2"]
    assert html.fromstring(page.text).xpath("//input[@name='from']/@value") == ["2026-11-25"]
    for nonsense in (
        "what=x",
        "page=-1",
        "page=99999999",
        "page=²",
        "from=0000-00-00",
        "from=9999-12-31",
        "unit=" + "x" * 3000,
        "q=%00",
        "what=open&what=all",
    ):
        assert browser.get(f"/orders?{nonsense}").status_code == 200, nonsense
    assert browser.get("/orders/99999999").status_code == 404
    assert browser.get("/orders/" + "9" * 30).status_code == 404


def test_the_card_explains_itself(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    told = text_of(browser.get("/orders/1"))
    for part in (
        "Почему этот исполнитель",
        "подразделение «отдел телерадиовещания» → начальник Лаптев О. Д.",
        "30 дней от регистрации",
        "59-ФЗ, ст. 12 ч. 1",
        "Сработавшие правила",
        "Поручик: поручение создано в системе под номером 1",
        "эскалация",
        "создание поручения доставлено",
    ):
        assert part in told, part


def test_what_a_citizen_wrote_is_hidden_until_asked_for(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("exec")
    page = browser.get("/orders/1")
    assert "Телевизор" not in page.text
    shown = browser.submit(page, "Показать скрытое")
    assert "Телевизор не показывает" in text_of(shown)
    with played.running.store.reading() as reading:
        (entry,) = [one for one in reading.audit.about("sog:О-1") if one.what == "просмотр персональных данных"]
    assert (entry.who, entry.details) == ("Лаптев О. Д.", "exec")
    for login in ("adm", "law"):
        browser.log_in(login)
        page = browser.get("/orders/1")
        assert "Данные заявителя скрыты" in text_of(page)
        token = html.fromstring(page.text).xpath("//input[@name='token']/@value")[0]
        assert browser.post("/orders/1/personal", {"token": token}).status_code == 404
        assert browser.post("/documents/1/personal", {"token": token}).status_code == 404
    browser.log_in("other")
    token = html.fromstring(browser.get("/today").text).xpath("//input[@name='token']/@value")[0]
    assert browser.post("/documents/1/personal", {"token": token}).status_code == 404


def test_hostile_documents_are_only_text(here: tuple[World, Browser]) -> None:
    played, browser = here
    strange = appeal("<img src=x>", содержание="x")
    played.register(strange)
    played.live_until("2026-11-25T13:00")
    browser.log_in("ctl")
    with played.running.store.reading() as reading:
        ids = {order.title: order.id for order in reading.orders.every()}
    for title in ("О-3", "О-4"):
        page = browser.submit(browser.get(f"/orders/{ids[title]}"), "Показать скрытое")
        assert "<script" not in page.text and "<b onmouseover" not in page.text
    for path in ("/manual", "/today", "/orders?what=all", "/orders?q=<img src=x>"):
        assert "<img" not in browser.get(path).text, path


def test_the_pages_of_the_other_three(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("exec")
    told = text_of(browser.get("/mine"))
    assert "Начните с О-1: " in told and "примите или верните «не моё»" in told
    assert "канал ответа" in told or "отчёт принят" in told or "класс исхода" in told
    browser.log_in("adm")
    told = text_of(browser.get("/system"))
    assert (
        "5 решён" in told
        and "1 ручной разбор" in told
        and "Всё доставлено" in told
        and "Документы ждут человека" in told
    )
    browser.log_in("law")
    page = browser.get("/rules")
    (row,) = html.fromstring(page.text).xpath("//tr[.//a[text()='тема-телевидение']]") or [None]
    assert row is not None and row.xpath("./td/text()")[:3] == ["5", "0", "1"], text_of(page)[:500]
    assert "Что сделало 5 сработало" in text_of(browser.get("/rules/тема-телевидение"))
    assert browser.get("/trace?number=О-5").url.endswith("/documents/5")
    assert browser.get("/trace").url.endswith("/rules")
    assert "Документа «О-77» нет" in text_of(browser.get("/trace?number=О-77"))


def test_a_card_that_was_refused_can_be_looked_at(here: tuple[World, Browser]) -> None:
    played, browser = here
    played.register_xml(
        "sog", "П-1", b'<document xmlns="urn:poruchik:exchange:1"><id>\xd0\x9f-1</id><script>x</script></document>'
    )
    played.live_until("2026-11-25T13:00")
    browser.log_in("ctl")
    page = browser.get("/manual?cause=refused-card")
    assert "карточку не прочитать" in text_of(page)
    (link,) = html.fromstring(page.text).xpath("//tbody//th/a/@href")
    assert browser.get(link).status_code == 200


def numbers(page: str) -> dict[str, list[str]]:
    """Return the lines of a breakdown: first words of the name → open, late, soon, at risk."""
    rows = html.fromstring(page).xpath("//table[@class='numbers']/tbody/tr")
    return {row.xpath("string(th/text())").strip(): [one.text_content() for one in row.xpath("td")] for row in rows}


def test_breakdowns_lead_to_the_lists_they_count(here: tuple[World, Browser]) -> None:
    _, browser = here
    browser.log_in("ctl")
    by_unit = browser.get("/breakdown")
    assert numbers(by_unit.text) == {
        "отдел телерадиовещания": ["4", "1", "0", "1"],
        "отдел информационной безопасности": ["1", "0", "0", "0"],
    }
    assert numbers(browser.get("/breakdown?by=person").text)["Лаптев О. Д."] == ["4", "1", "0", "1"]
    assert numbers(browser.get("/breakdown?by=clause").text) == {"приказ-269, п. 8.3.4": ["5", "1", "0", "1"]}
    for page in (by_unit, browser.get("/breakdown?by=person"), browser.get("/breakdown?by=clause")):
        for link in html.fromstring(page.text).xpath("//table//td/a"):
            listed = html.fromstring(browser.get(link.get("href")).text).xpath("//tbody//th/a")
            assert len(listed) == int(link.text), link.get("href")
    browser.log_in("head")
    assert list(numbers(browser.get("/breakdown").text)) == ["отдел телерадиовещания"]


def test_reading_waits_for_no_writer(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("ctl")
    with played.running.store.writing() as writing:
        writing.audit.add([AuditEntry(played.clock.now(), "долгая запись", "x")])
        for path in ("/today", "/orders", "/orders/1", "/orders/1/extend", "/documents/1", "/manual", "/breakdown"):
            assert browser.get(path).elapsed.total_seconds() < 10, path


def test_letters_are_searched_only_by_those_who_may_read_them(here: tuple[World, Browser]) -> None:
    _, browser = here
    for login, found in (("ctl", ["О-1"]), ("adm", []), ("law", [])):
        browser.log_in(login)
        page = browser.get("/orders?q=местные каналы")
        assert html.fromstring(page.text).xpath("//tbody//th/a/text()") == found, login
    assert html.fromstring(browser.get("/orders?q=О-1").text).xpath("//tbody//th/a/text()") == ["О-1"]


@pytest.mark.parametrize("bad", ["{", "{}", '{"v":99}'])
def test_a_bad_card_and_a_bad_decision_in_the_database_leave_the_rest_of_the_page(
    here: tuple[World, Browser], bad: str
) -> None:
    played, browser = here
    browser.log_in("ctl")
    with played.running.store.writing() as writing:
        (order,) = (one for one in writing.orders.every() if one.inbox_id == 1)
        writing._connection.exec_driver_sql("UPDATE inbox SET card = '{' WHERE id = 1")
        writing._connection.execute(text("UPDATE decisions SET body = :bad WHERE inbox_id = 1"), {"bad": bad})
    for path in ("/documents/1", f"/orders/{order.id}"):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "Решение в базе не читается: " in text_of(page) and "карточка не читается" in text_of(page)
        assert order.lead in text_of(page)


@pytest.mark.parametrize("column", ["demands", "report"])
def test_an_order_of_which_a_later_program_wrote_is_a_page_with_words(here: tuple[World, Browser], column: str) -> None:
    played, browser = here
    browser.log_in("ctl")
    with played.running.store.writing() as writing:
        writing._connection.execute(text(f"UPDATE orders SET {column} = :bad"), {"bad": '{"v":99}'})
    page = browser.get("/orders/1")
    assert page.status_code == 400 and "версия записи 99" in text_of(page)
    assert browser.get("/orders").status_code == 200 and browser.get("/today").status_code == 200
