"""An order by hand stays within the law: the term of the rules, the text that was asked for, the topic, the controller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from support.pages import Browser, pages, text_of
from support.policies import DICTIONARY, write_policy
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
TEXT = "Телевизор не показывает, канал пропал, антенна молчит"
FURTHER = """
правила:
  - правило: поручить
    основание: {акт: акт, пункт: "3"}
    суть: Ответ готовит отдел.
    если: {вид: обращение}
    то:
      срок: {длительность: 10 дней}
      ответственный: {подразделение: отдел}
      поручения:
        - {текст: Сообщить заявителю., ответственный: {сотрудник: Котова К. К.}, срок: {длительность: 3 дня}}
  - правило: руководство
    основание: {акт: акт, пункт: "5"}
    суть: Руководство.
    если: {срочно: да}
    то: {ответственный: {подразделение: руководство}}
    спорно с: поручить
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Browser]]:
    with world(tmp_path) as played:
        unknown = appeal("О-1", содержание="Канал мигает")
        unknown.attributes.pop("тема")  # type: ignore[attr-defined]
        played.register(
            unknown,
            appeal("О-2", тема="клады", содержание=TEXT),
            appeal("О-3", канл="почта", at="2026-10-20T10:00:00+05:00"),
        )
        played.live_until("2026-11-24T12:00")
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            yield played, browser


def address(browser: Browser, number: str) -> str:
    tree = html.fromstring(browser.get("/manual").text)
    (found,) = (one.get("href") for one in tree.xpath("//tbody//th/a") if one.text == number)
    return str(found)


def orders_of(played: World, document: str) -> list[tuple[str, str]]:
    page = played.stand_client.GetOrders(cursor="", limit=100)
    return [(one.lead.name, f"{one.dueAt:%Y-%m-%d}") for one in page.order if one.documentId == document]


def value(page: str, name: str) -> str:
    (found,) = html.fromstring(page).xpath(f"//*[@id='by-hand']//*[@name='{name}']")
    return str(found.value or "")


def journal(played: World, number: str) -> list[tuple[str, str, str]]:
    with played.running.store.reading() as reading:
        orders = [one.key for one in reading.orders.every() if one.title == number]
        return [(one.what, one.details, one.who) for one in reading.audit.about(f"sog:{number}", *orders)]


def test_the_term_of_the_law_is_shown_also_when_it_is_over(here: tuple[World, Browser]) -> None:
    played, browser = here
    form = browser.get(f"{address(browser, 'О-3')}/assign")
    assert (
        "По правилам 19 ноября 2026, просрочено на 2 рабочих дня: 30 дней от регистрации, 59-ФЗ, ст. 12 ч. 1."
        in text_of(form)
    )
    assert value(form.text, "due") == "2026-11-19"
    preview = browser.submit(form, "Показать", lead="Карпова Е. Е.", text="Рассмотреть.")
    assert "Срок 19 ноября 2026" in text_of(preview) and "Узнает о сроке" not in text_of(preview)
    browser.submit(preview, "Поручить")
    played.live_until("2026-11-24T12:10")
    assert orders_of(played, "О-3") == [("Карпова Е. Е.", "2026-11-19")]


def test_a_day_past_the_law_wants_a_reason_and_is_told_above(here: tuple[World, Browser]) -> None:
    played, browser = here
    form = browser.get(f"{address(browser, 'О-2')}/assign")
    wanted = {"lead": "Карпова Е. Е.", "due": "2027-01-15", "text": "Рассмотреть.", "controller": "Орлова Т. Н."}
    refused = browser.submit(form, "Показать", **wanted)
    assert refused.status_code == 422
    assert "позже срока по закону: 23 декабря 2026 (59-ФЗ, ст. 12 ч. 1)" in text_of(refused)
    preview = browser.submit(form, "Показать", **wanted, comment="Нужен ответ другого ведомства.")
    told = "Кузьмина Е. В.: О-2: срок назначен позже срока по закону"
    assert f"Узнает о сроке {told}" in text_of(preview)
    browser.submit(preview, "Поручить")
    played.live_until("2026-11-24T12:10")
    assert orders_of(played, "О-2") == [("Карпова Е. Е.", "2027-01-15")]
    (text,) = (one for one in played.texts() if "Назначен срок" in one)
    assert "Назначен срок 15 января 2027, а по закону — 23 декабря 2026: 59-ФЗ, ст. 12 ч. 1." in text
    assert "Так решил(а) Кузьмина Е. В., пишет: Нужен ответ другого ведомства." in text
    what = ("срок назначен позже срока по закону", "по закону 23 декабря 2026: Нужен ответ другого ведомства.")
    assert (*what, "Кузьмина Е. В.") in journal(played, "О-2")


def test_a_day_before_the_law_needs_no_reason(here: tuple[World, Browser]) -> None:
    _, browser = here
    form = browser.get(f"{address(browser, 'О-2')}/assign")
    preview = browser.submit(form, "Показать", lead="Карпова Е. Е.", due="2026-12-01", text="Рассмотреть.")
    assert "Проверьте, что уйдёт" in text_of(preview) and "Узнает о сроке" not in text_of(preview)


def test_nobody_controls_himself(here: tuple[World, Browser]) -> None:
    _, browser = here
    form = browser.get(f"{address(browser, 'О-2')}/assign")
    wanted = {"lead": "Карпова Е. Е.", "text": "Рассмотреть."}
    refused = browser.submit(form, "Показать", **wanted, controller="Карпова Е. Е.")
    assert "Карпова Е. Е. не может контролировать себя (выберите другого контролёра)" in text_of(refused) or (
        "Карпова Е. Е. не может контролировать себя" in text_of(refused)
    )
    preview = browser.submit(refused, "Показать", controller="Орлова Т. Н.")
    assert "Контролёр Орлова Т. Н." in text_of(preview)


def test_the_text_is_asked_for_and_that_is_written_down(here: tuple[World, Browser]) -> None:
    played, browser = here
    form = browser.get(f"{address(browser, 'О-2')}/assign")
    assert TEXT not in form.text and "скрыто" in form.text
    fields = {
        name: str(given or "") for name, given in html.fromstring(form.text).get_element_by_id("by-hand").fields.items()
    }
    shown = browser.post(f"{address(browser, 'О-2')}/assign/personal", {**fields, "comment": "наполовину"})
    assert TEXT in shown.text and value(shown.text, "comment") == "наполовину"
    assert ("просмотр персональных данных", "ctl", "Кузьмина Е. В.") in journal(played, "О-2")


@pytest.mark.parametrize("number", ["О-1", "О-2"])
def test_a_topic_is_one_click_and_outranks_the_card(here: tuple[World, Browser], number: str) -> None:
    played, browser = here
    form = browser.get(f"{address(browser, number)}/assign")
    assert "телевидение" in text_of(form) and "Лаптев О. Д. до 23 декабря 2026" in text_of(form)
    forms = html.fromstring(form.text).xpath("//form[.//button[@name='topic'][@value='телевидение']]")
    page = browser.post(str(forms[0].action), {**dict(forms[0].fields), "topic": "телевидение"})
    assert "Правила решают документ заново." in text_of(page)
    assert "Тема: телевидение — сказал(а) Кузьмина Е. В." in text_of(page)
    played.live_until("2026-11-24T12:10")
    assert orders_of(played, number) == [("Лаптев О. Д.", "2026-12-23")]
    was = "не определена" if number == "О-1" else "клады"
    assert (
        "на странице: тема названа, правила решают заново", f"тема: телевидение (было: {was})", "Кузьмина Е. В."
    ) in journal(played, number)  # fmt: skip
    again = appeal(number, тема="клады", содержание=TEXT)
    played.register(replace(again, revision="2"))
    played.live_until("2026-11-24T12:20")
    assert orders_of(played, number) == [("Лаптев О. Д.", "2026-12-23")], "of a later revision too"
    assert number not in text_of(browser.get("/manual"))


def test_any_topic_may_be_chosen_and_taken_back(here: tuple[World, Browser]) -> None:
    played, browser = here
    where = address(browser, "О-2")
    refused = browser.submit(browser.get(f"{where}/assign"), "Решить с этой темой", topic="клады")
    assert refused.status_code == 422 and "Такой темы нет" in text_of(refused)
    browser.submit(browser.get(f"{where}/assign"), "Решить с этой темой", topic="кадры")
    played.live_until("2026-11-24T12:10")
    if orders_of(played, "О-2"):
        return  # the rules decided it
    page = browser.submit(browser.get(f"{where}/assign"), "Решить с этой темой", topic="")
    assert "сказал(а)" not in text_of(page)


def test_further_orders_of_the_rules_go_along(tmp_path: Path) -> None:
    dictionary = DICTIONARY.replace("атрибуты:", "атрибуты:\n  - {атрибут: тема, тип: строка, суть: тема}")
    policy = write_policy(tmp_path / "policy", FURTHER, atributy=dictionary)
    with world(tmp_path, policies=policy) as played:
        played.register(appeal("О-1", срочно=True))
        played.live_until("2026-11-24T12:00")
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            form = browser.get(f"{address(browser, 'О-1')}/assign")
            preview = browser.submit(form, "Показать", lead="Петров П. П.", text="Ответить.")
            assert "И ещё поручение Сообщить заявителю. — Котова К. К." in text_of(preview)
            browser.submit(preview, "Поручить")
        played.live_until("2026-11-24T12:10")
        assert sorted(who for who, _ in orders_of(played, "О-1")) == ["Котова К. К.", "Петров П. П."]


def test_what_went_out_at_once_is_not_given_again(here: tuple[World, Browser]) -> None:
    played, browser = here
    threat = appeal("О-4", угроза=True, содержание="Обещает поджечь приёмную")
    threat.attributes.pop("тема")  # type: ignore[attr-defined]
    played.register(threat)
    played.live_until("2026-11-24T12:05")
    assert orders_of(played, "О-4") == [("Гусев П. Р.", "2026-11-23")]
    form = browser.get(f"{address(browser, 'О-4')}/assign")
    assert value(form.text, "due") == "2026-12-23"
    preview = browser.submit(form, "Показать", lead="Карпова Е. Е.", text="Рассмотреть.")
    browser.submit(preview, "Поручить")
    played.live_until("2026-11-24T12:10")
    assert sorted(orders_of(played, "О-4")) == [("Гусев П. Р.", "2026-11-23"), ("Карпова Е. Е.", "2026-12-23")]
    # Who must know of the document is told when the order is given.
    assert [name for _, kind, name, subject in played.notices() if "О-4" in subject and kind == "answer"] == [
        "Березин А. П."
    ]
