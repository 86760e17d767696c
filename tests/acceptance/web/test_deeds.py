"""What people do on the pages reaches the stand over SOAP, shows at once as waiting, and goes back when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import html

from support.pages import Browser, pages, text_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

LEAD = "Лаптев О. Д."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-11-24", "outcome": "разъяснено"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played:
        played.register(appeal("О-1"))
        played.live_until("2026-11-24T12:00")
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            yield played, browser


def send(browser: Browser, path: str, button: str, **fields: str) -> requests.Response:
    """Fill in the form, look at the preview, send it."""
    shown = browser.submit(browser.get(path), "Показать, что уйдёт", **fields)
    assert shown.status_code == 200, text_of(shown)
    assert "Проверьте, что уйдёт" in text_of(shown)
    return browser.submit(shown, button)


def in_the_stand(played: World) -> tuple[str, str, str]:
    """Return state, lead and term of the order as a client of the stand sees it."""
    key = played.stand.store.orders("sog")[0].external_id
    (found,) = played.stand_client.FindByExternalId([key])
    return found.state, found.lead.name, f"{found.dueAt:%Y-%m-%d}"


def test_an_extension_reaches_the_system(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    preview = browser.submit(
        browser.get("/orders/1/extend"), "Показать", due="2027-01-15", comment="Запрошены сведения."
    )
    assert "Новый срок 15 января 2027, 18:00 Кто и почему Соколова М. Г.: Запрошены сведения." in text_of(preview)
    assert in_the_stand(played)[2] == "2026-12-23", "a preview sends nothing"
    card = browser.submit(preview, "Продлить")
    assert "Ждёт СЭД: изменение срока. Новый срок 15 января 2027." in text_of(card)
    assert "Срок 23.12.2026" in text_of(card)
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[2] == "2027-01-15"
    told = text_of(browser.get("/orders/1"))
    assert "Срок 15.01.2027" in told and "Ждёт СЭД" not in told and "продлено раз: 1" in told
    assert (
        "Соколова М. Г.: на странице: изменение срока новый срок: 15 января 2027, 18:00 — Запрошены сведения." in told
    )


def test_who_did_it_on_the_page_is_named_and_not_the_program(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    send(browser, "/orders/1/extend", "Продлить", due="2027-01-15", comment="Запрошены сведения.")
    played.live_until("2026-11-24T12:10")
    assert any("Продлил(а) Соколова М. Г." in text for text in played.texts()), played.texts()
    with played.running.store.reading() as reading:
        (order,) = (one for one in reading.orders.every() if one.id == 1)
        told = [entry.who for entry in reading.audit.about(order.key) if entry.what == "в системе: срок изменён"]
    assert told == ["Соколова М. Г."]


def test_an_order_that_was_given_by_mistake_is_annulled(here: tuple[World, Browser]) -> None:
    played, browser = here
    form = browser.get("/orders/1/cancel")
    assert "не сказано, почему" in text_of(browser.submit(form, "Показать", comment=""))
    send(browser, "/orders/1/cancel", "Аннулировать", comment="Поручено по ошибке.")
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[0] == "cancelled"
    with played.running.store.reading() as reading:
        (order,) = (one for one in reading.orders.every() if one.id == 1)
        story = [(entry.what, entry.who) for entry in reading.audit.about(order.key)]
    assert order.state == "cancelled" and order.closed_at
    assert ("в системе: аннулировано", "Кузьмина Е. В.") in story
    before = len(played.notices())
    played.live_until("2026-12-28T12:00")
    assert not [one for one in played.notices()[before:] if "О-1," in one[3] or one[3].startswith("О-1:")]


def test_a_button_that_the_law_forbids_is_not_shown(here: tuple[World, Browser]) -> None:
    played, browser = here
    assert "Подготовить продление" in text_of(browser.get("/orders/1"))
    played.live_until("2026-12-24T10:00")
    browser.log_in("ctl")
    told = text_of(browser.get("/orders/1"))
    assert "одлить срок" not in told and "Подготовить продление" not in told and "Передать другому исполнителю" in told
    assert "Срок не продлить: срок истёк 23 декабря 2026: продлевают до его конца (59-ФЗ, ст. 12 ч. 2)." in told


@pytest.mark.parametrize(
    ("due", "comment", "why"),
    [
        ("2027-01-25", "Нужно время.", "не позднее 22 января 2027: 30 дней к первому сроку (59-ФЗ, ст. 12 ч. 2)"),
        ("2026-12-01", "Нужно время.", "просят не больше, чем есть"),
        ("", "Нужно время.", "не указано, до какого дня"),
        ("3026-01-01", "Нужно время.", "не указано, до какого дня"),
        ("2027-01-15", "", "не сказано, почему"),
    ],
)
def test_an_extension_past_the_limit_is_refused_with_the_clause(
    here: tuple[World, Browser], due: str, comment: str, why: str
) -> None:
    _, browser = here
    browser.log_in("dep")
    page = browser.submit(browser.get("/orders/1/extend"), "Показать", due=due, comment=comment)
    assert page.status_code == 422
    assert why in text_of(page)
    if comment:
        assert comment in page.text, "what was typed is not lost"


def test_a_second_extension_is_refused(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    send(browser, "/orders/1/extend", "Продлить", due="2027-01-11", comment="Нужно время.")
    played.live_until("2026-11-24T12:10")
    page = browser.submit(browser.get("/orders/1/extend"), "Показать", due="2027-01-15", comment="Нужно время.")
    assert "срок уже продлевали, раз: 1 (59-ФЗ, ст. 12 ч. 2)" in text_of(page)


def test_what_an_executor_asks_for_is_one_click_away(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    played.act("О-1", "accepted", LEAD)
    played.act("О-1", "termAsked", LEAD, dueAt="2027-01-14T18:00:00+05:00")
    played.live_until("2026-11-24T12:10")
    assert "1 просьбы продлить срок" in text_of(browser.get("/today"))
    assert "О-1" in text_of(browser.get("/orders?what=asked"))
    (due,) = html.fromstring(browser.get("/orders/1/extend").text).xpath("//input[@name='due']/@value")
    assert due == "2027-01-14"
    send(browser, "/orders/1/extend", "Продлить", comment="Согласовано.")
    played.live_until("2026-11-24T12:20")
    assert in_the_stand(played)[2] == "2027-01-14"
    assert "0 просьбы продлить срок" in text_of(browser.get("/today"))


def test_a_transfer_reaches_the_system(here: tuple[World, Browser]) -> None:
    played, browser = here
    send(browser, "/orders/1/reassign", "Передать", lead="Карпова Е. Е.", comment="Лаптев в командировке.")
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[1] == "Карпова Е. Е."
    assert "Исполнитель Карпова Е. Е." in text_of(browser.get("/orders/1"))
    page = browser.submit(browser.get("/orders/1/reassign"), "Показать", lead="Карпова Е. Е.", comment="Ещё раз.")
    assert "поручение и так у Карпова Е. Е." in text_of(page)


def test_a_head_gives_only_to_own_people_and_does_nothing_else(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("head")
    form = browser.get("/orders/1/reassign")
    names = html.fromstring(form.text).xpath("//select/option/@value | //optgroup/option/@value")
    assert set(names) == {"", "Лаптев О. Д.", "Карпова Е. Е.", "Рябов А. Т."}
    fields = dict(html.fromstring(form.text).xpath("//main//form")[-1].fields)
    page = browser.post("/orders/1/reassign", {**fields, "lead": "Иванов И. И.", "comment": "Не моё дело."})
    assert "передать Иванов И. И. вы не можете" in text_of(page)
    send(browser, "/orders/1/reassign", "Передать", lead="Рябов А. Т.", comment="По его теме.")
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[1] == "Рябов А. Т."
    for path in ("return", "release", "cancel"):
        assert browser.get(f"/orders/1/{path}").status_code == 404
        assert browser.post(f"/orders/1/{path}", fields).status_code == 404


def test_a_report_is_returned_and_then_accepted(here: tuple[World, Browser]) -> None:
    played, browser = here
    page = browser.submit(browser.get("/orders/1/release"), "Показать")
    assert "отчёта нет" in text_of(page)
    played.act("О-1", "reported", LEAD, report=REPORT)
    played.live_until("2026-11-24T12:10")
    send(browser, "/orders/1/return", "Вернуть", comment="Не приложена копия ответа.")
    played.live_until("2026-11-24T12:20")
    assert in_the_stand(played)[0] == "returned"
    assert "отчёт возвращён" in text_of(browser.get("/orders/1"))
    played.act("О-1", "reported", LEAD, report=REPORT)
    played.live_until("2026-11-24T12:30")
    send(browser, "/orders/1/release", "Снять")
    played.live_until("2026-11-24T12:40")
    assert in_the_stand(played)[0] == "released"
    card = browser.get("/orders/1")
    assert "снято с контроля" in text_of(card)
    assert not html.fromstring(card.text).xpath("//a[contains(@href, 'extend')]")


def test_a_card_that_changed_meanwhile_is_a_conflict(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    form = browser.get("/orders/1/extend")
    preview = browser.submit(form, "Показать", due="2027-01-15", comment="Нужно время.")
    played.act("О-1", "accepted", LEAD)
    played.live_until("2026-11-24T12:10")
    for page in (form, preview):
        refused = browser.submit(page)
        assert refused.status_code == 409
        assert "Пока вы заполняли форму, поручение О-1 изменилось. Ничего не отправлено." in text_of(refused)
    assert in_the_stand(played)[2] == "2026-12-23"


def test_a_form_sent_twice_is_one_command(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    preview = browser.submit(browser.get("/orders/1/extend"), "Показать", due="2027-01-15", comment="Нужно время.")
    browser.submit(preview, "Продлить")
    again = browser.submit(preview, "Продлить")
    assert again.status_code == 422
    assert "предыдущее изменение ещё ждёт ответа системы" in text_of(again)
    played.live_until("2026-11-24T12:10")
    assert browser.submit(preview, "Продлить").status_code == 409
    assert len(played.calls("ChangeOrders")) == 1


def test_what_was_shown_is_what_is_sent(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    preview = browser.submit(browser.get("/orders/1/extend"), "Показать", due="2027-01-15", comment="Нужно время.")
    page = browser.submit(preview, "Продлить", due="2027-01-18")
    assert "Новый срок 18 января 2027" in text_of(page), "another content is shown anew, not sent"
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[2] == "2026-12-23"


def test_a_change_that_cannot_be_delivered_goes_back_with_a_message(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    send(browser, "/orders/1/extend", "Продлить", due="2027-01-15", comment="Нужно время.")
    with played.stand.store.transaction():
        order = played.stand.store.orders("sog")[0]
        played.stand.store._db.execute('UPDATE "order" SET state = ? WHERE seq = ?', ("released", order.seq))
    played.live_until("2026-11-24T12:10")
    told = text_of(browser.get("/orders/1"))
    assert "Не доставлено: изменение срока." in told and "Поручение осталось прежним." in told
    assert "Ждёт СЭД" not in told and "Срок 23.12.2026" in told
    with played.stand.store.transaction():
        played.stand.store._db.execute('UPDATE "order" SET state = ? WHERE seq = ?', ("new", order.seq))
    browser.submit(browser.get("/orders/1"), "Отправить ещё раз")
    assert "Ждёт СЭД: изменение срока." in text_of(browser.get("/orders/1"))
    played.live_until("2026-11-24T12:20")
    assert in_the_stand(played)[2] == "2027-01-15"
    assert "Не доставлено" not in text_of(browser.get("/orders/1"))


def test_an_old_deed_is_not_repeated_over_a_newer_change(here: tuple[World, Browser]) -> None:
    played, browser = here
    browser.log_in("dep")
    send(browser, "/orders/1/extend", "Продлить", due="2027-01-15", comment="Нужно время.")
    stand = played.stand.store
    with stand.transaction():
        stand._db.execute('UPDATE "order" SET state = ?', ("released",))
    played.live_until("2026-11-24T12:10")
    dead = browser.get("/orders/1")
    with stand.transaction():
        stand._db.execute('UPDATE "order" SET state = ?', ("new",))
    played.act("О-1", "extended", "Соколова М. Г.", dueAt="2027-01-12T18:00:00+05:00")
    played.live_until("2026-11-24T12:20")
    refused = browser.submit(dead, "Отправить ещё раз")
    assert refused.status_code == 409
    assert "Поручение О-1 с тех пор изменилось." in text_of(refused)
    assert "Не доставлено" not in text_of(browser.get("/orders/1"))
    played.live_until("2026-11-24T12:30")
    assert in_the_stand(played)[2] == "2027-01-12"


def test_whoever_does_not_decide_prepares_it(here: tuple[World, Browser]) -> None:
    """`решает:` of the rule names the deputy minister: the controller's form asks her, and moves nothing."""
    played, browser = here
    assert "Подготовить продление" in text_of(browser.get("/orders/1"))
    form = browser.get("/orders/1/extend")
    assert "Решает: Соколова М. Г. Вы готовите просьбу" in text_of(form)
    refused = browser.submit(form, "Показать", due="2027-01-25", comment="Запрошены сведения.")
    assert "не позднее 22 января 2027" in text_of(refused)
    refused = browser.submit(form, "Показать", due="2027-01-15", comment="")
    assert "не сказано, почему" in text_of(refused)
    preview = browser.submit(form, "Показать", due="2027-01-15", comment="Запрошены сведения.")
    assert "Кому Соколова М. Г. О чём О-1: просят продлить срок до 15 января 2027" in text_of(preview)
    card = browser.submit(preview, "Отправить просьбу")
    assert "Просьба отправлена тому, кто решает о продлении." in text_of(card)
    assert "Просит срок до 15.01.2027 18:00 Кузьмина Е. В.: Запрошены сведения." in text_of(card)
    played.live_until("2026-11-24T12:10")
    assert in_the_stand(played)[2] == "2026-12-23" and not played.calls("ChangeOrders")
    assert ("answer", "Соколова М. Г.") in [(kind, to) for _, kind, to, _ in played.notices()]
    assert "Просит Кузьмина Е. В., пишет: Запрошены сведения." in played.texts()[-1]
    browser.log_in("dep")
    send(browser, "/orders/1/extend", "Продлить")
    played.live_until("2026-11-24T12:20")
    assert in_the_stand(played)[2] == "2027-01-15"
    assert "Просит срок" not in text_of(browser.get("/orders/1"))
