"""The pages in a real browser: the tasks of a controller by clicking, and every page in light, in dark, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from poruchik.model.document import SystemKind
from poruchik.model.exchange import RefusedChange
from support.bending import key_of
from support.browser import LOOKS, SHOTS, axe_source, browsing, faults
from support.pages import PASSWORD, pages
from support.world import World, appeal, world

REPORT = {"answerChannel": "почта", "answeredOn": "2026-11-25", "outcome": "разъяснено"}
LONGEST_SHOT = 6000
"""Pixels of a page that is shown whole in its picture."""
BIDI = "\u202eтекст\u202c <script>alert(1)</script> " + "Ы" * 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as started:
        yield started


@pytest.fixture
def office(tmp_path: Path) -> Iterator[tuple[World, str]]:
    with _office(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same for tests that change nothing."""
    with _office(tmp_path_factory.mktemp("office")) as (_, address):
        yield address


@contextmanager
def _office(folder: Path) -> Iterator[tuple[World, str]]:
    with world(folder) as played:
        contract = {"тип": "договор", "вид": "договор закупки", "канал": "сэд", "сумма": 5_000_000}
        played.register(
            appeal("О-1", at="2026-10-20T10:00:00+05:00", содержание="Телевизор не показывает"),
            appeal("О-2", at="2026-10-26T10:00:00+05:00", содержание=BIDI),
            appeal("О-3", at="2026-11-23T10:00:00+05:00"),
            appeal("О-4", at="2026-11-05T10:00:00+05:00", тема="персональные данные"),
            appeal("Д-1", system=SystemKind.SED, **contract),
            appeal("О-5", канл="почта"),
            appeal("<b>О-6</b>", канл="<script>alert(2)</script>"),
        )
        unread(played, "")
        played.live_until("2026-11-25T10:00")
        unread(played, key_of(played, "О-1"))
        played.act("О-4", "reported", "Громов В. К.", report=REPORT)
        played.live_until("2026-11-25T12:00")
        with pages(played) as server:
            yield played, server.url


def unread(played: World, order_key: str) -> None:
    """Let a change wait for a person."""
    raw = "<change><id>9</id><kind>inProgress</kind><comment>" + "очень-длинное-слово" * 30 + "</comment></change>"
    one = RefusedChange(order_key, "изменение 9: неизвестный вид «inProgress»", raw, "9")
    with played.running.store.writing() as writing:
        writing.changes.refuse("sog", [one], played.clock.now())


class Tab:
    """One tab: what it logs as an error is kept."""

    def __init__(self, browser: Any, url: str, login: str, look: str = "light") -> None:
        scheme, width = LOOKS[look]
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale="ru-RU", base_url=url
        )
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        if login:
            self.page.goto("/login")
            self.page.get_by_label("Имя").fill(login)
            self.page.get_by_label("Пароль").fill(PASSWORD)
            self.page.get_by_role("button", name="Войти").click()

    def _note(self, message: Any) -> None:
        """Keep errors, but for the browser's own line about an answer with a status of 4xx."""
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def says(self, text: str) -> bool:
        """Tell whether the page says something."""
        return text in " ".join(self.page.locator("body").inner_text().split())

    def click(self, name: str, role: str = "link") -> None:
        """Click what has this name; a button of a form may be waited for."""
        self.page.get_by_role(role, name=name).first.click()


def send(tab: Tab, deed: str, button: str, **fields: str) -> None:
    """Open the form of a deed, fill it in by its labels, look at the preview, send it."""
    tab.click(deed)
    for label, value in fields.items():
        tab.page.get_by_label(label.replace("_", " ")).fill(value)
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("Проверьте, что уйдёт в систему")
    tab.click(button, "button")


def test_what_ends_today_is_extended_within_the_limit(browser: Any, office: tuple[World, str]) -> None:
    played, url = office
    tab = Tab(browser, url, "ctl")
    tab.click("О-2")
    tab.click("Подготовить продление")
    assert tab.says("Решает: Соколова М. Г.")
    tab.page.get_by_label("Новый срок").fill("2026-12-24")
    tab.page.get_by_label("Почему нужно продлить").fill("Запрошены сведения.")
    tab.click("Показать, что уйдёт", "button")
    tab.click("Отправить просьбу", "button")
    assert tab.says("Просит срок до 24.12.2026 18:00 Кузьмина Е. В.: Запрошены сведения.")
    assert tab.errors == []
    tab = Tab(browser, url, "dep")
    assert tab.says("Начните с О-2 (Лаптев О. Д.): срок сегодня, до 18:00.")
    tab.click("О-2")
    tab.click("Продлить срок")
    assert tab.page.get_by_label("Новый срок").input_value() == "2026-12-24"
    tab.page.get_by_label("Новый срок").fill("2027-06-01")
    tab.page.get_by_label("Почему продлеваете").fill("Запрошены сведения.")
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("продлить нельзя: не позднее 25 декабря 2026")
    assert tab.says("59-ФЗ, ст. 12 ч. 2")
    tab.page.get_by_label("Новый срок").fill("2026-12-25")
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("Новый срок 25 декабря 2026, 18:00")
    tab.click("Продлить", "button")
    assert tab.says("Ждёт СЭД: изменение срока.")
    played.live_until("2026-11-25T12:10")
    tab.page.reload()
    assert tab.says("Срок 25.12.2026") and not tab.says("Ждёт СЭД")
    assert tab.errors == []


def test_a_waiting_document_is_given_by_hand_within_the_law(browser: Any, office: tuple[World, str]) -> None:
    _, url = office
    tab = Tab(browser, url, "ctl")
    assert tab.says("Документы ждут решения") and tab.says("осталось")
    tab.click("О-5")
    assert tab.says("Решить до") and tab.says("59-ФЗ, ст. 12 ч. 1")
    tab.click("Поручить")
    assert tab.says("По правилам 23 декабря 2026")
    assert tab.page.get_by_label("Срок", exact=True).input_value() == "2026-12-23"
    tab.page.get_by_label("Исполнитель", exact=True).select_option("Карпова Е. Е.")
    tab.page.get_by_label("Срок", exact=True).fill("2027-01-15")
    tab.page.get_by_label("Контролёр").select_option("Карпова Е. Е.")
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("Карпова Е. Е. не может контролировать себя")
    tab.page.get_by_label("Контролёр").select_option("Орлова Т. Н.")
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("позже срока по закону: 23 декабря 2026")
    tab.click("Показать скрытое", "button")
    assert tab.says("просмотр записан в журнал")
    assert tab.page.get_by_label("Срок", exact=True).input_value() == "2027-01-15", "what was filled in stays"
    tab.page.get_by_label("Почему так").fill("Нужен ответ другого ведомства.")
    tab.click("Показать, что уйдёт", "button")
    assert tab.says("Узнает о сроке Кузьмина Е. В.")
    tab.click("Поручить", "button")
    assert tab.says("Поручение отправлено в систему.")
    assert tab.errors == []


def test_a_topic_is_one_click(browser: Any, office: tuple[World, str]) -> None:
    played, url = office
    played.register(appeal("О-7", тема="клады", содержание="Телевизор не показывает, канал пропал"))
    played.live_until("2026-11-25T12:10")
    tab = Tab(browser, url, "ctl")
    tab.click("О-7")
    tab.click("Поручить")
    assert tab.says("Лаптев О. Д. до 23 декабря 2026")
    tab.click("телевидение", "button")
    assert tab.says("Тема: телевидение — сказал(а) Кузьмина Е. В.")
    played.live_until("2026-11-25T12:20")
    tab.page.reload()
    assert tab.says("Рассмотреть обращение о телевидении") and not tab.says("Закрыть без поручения")
    assert tab.errors == []


def test_what_is_late_goes_to_somebody_else(browser: Any, office: tuple[World, str]) -> None:
    played, url = office
    tab = Tab(browser, url, "ctl")
    tab.click("О-1")
    tab.click("Передать другому исполнителю")
    tab.page.get_by_label("Новый исполнитель").select_option("Карпова Е. Е.")
    tab.page.get_by_label("Почему передаёте").fill("Лаптев О. Д. занят другим.")
    tab.click("Показать, что уйдёт", "button")
    tab.click("Передать", "button")
    played.live_until("2026-11-25T12:10")
    tab.page.reload()
    assert tab.says("Исполнитель Карпова Е. Е.")
    assert tab.errors == []


def test_a_report_is_returned_handed_in_again_and_accepted(browser: Any, office: tuple[World, str]) -> None:
    played, url = office
    tab = Tab(browser, url, "ctl")
    tab.click("отчёты ждут приёмки")
    tab.click("О-4")
    send(tab, "Вернуть отчёт", "Вернуть", Чего_не_хватает_в_отчёте="Не приложена копия ответа.")
    played.live_until("2026-11-25T12:10")
    played.act("О-4", "reported", "Громов В. К.", report=REPORT)
    played.live_until("2026-11-25T12:20")
    tab.page.reload()
    send(tab, "Снять с контроля", "Снять")
    played.live_until("2026-11-25T12:30")
    states = {one.document_id: one.state for one in played.stand.store.orders("sog")}
    assert states["О-4"] == "released"
    assert tab.errors == []


def test_one_of_both_proposals_of_a_settled_conflict_is_taken(browser: Any, office: tuple[World, str]) -> None:
    played, url = office
    tab = Tab(browser, url, "ctl")
    tab.click("Ручной разбор")
    tab.click("Д-1")
    tab.click("Поручить")
    tab.click("взять это")
    tab.page.get_by_label("Срок").fill("2026-12-10")
    tab.page.get_by_label("Почему так").fill("По соглашению сторон.")
    tab.click("Показать, что уйдёт", "button")
    tab.click("Поручить", "button")
    assert tab.says("Поручение отправлено в систему.")
    played.live_until("2026-11-25T12:10")
    assert [one.document_id for one in played.stand.store.orders("sed")] == ["Д-1"]
    assert tab.errors == []


def test_a_letter_is_found_and_read_and_the_day_ends(browser: Any, url: str) -> None:
    tab = Tab(browser, url, "ctl")
    tab.click("Поручения")
    tab.page.get_by_label("Найти").fill("телевизора")
    tab.click("Показать", "button")
    tab.click("О-1")
    assert not tab.says("Телевизор не показывает")
    tab.click("Показать скрытое", "button")
    assert tab.says("Телевизор не показывает")
    tab.click("Выйти", "button")
    assert "/login" in tab.page.url
    assert tab.errors == []


PAGES = {
    "": ["/login", "/login/nothing"],
    "ctl": [
        *("/today", "/today?by=unit", "/orders", "/orders?what=all", "/orders?q=нет+такого", "/breakdown"),
        *("/breakdown?by=person", "/breakdown?by=clause", "/orders/1", "/orders/2", "/orders/1/extend"),
        *("/orders/1/reassign", "/orders/4/return", "/orders/4/release", "/manual", "/manual?cause=disputed"),
        *(
            "/documents/1",
            "/documents/1/assign",
            "/documents/3",
            "/documents/6",
            "/documents/7",
            "/changes/1",
            "/no-such-page",
        ),
    ],
    "head": ["/today", "/mine"],
    "exec": ["/mine", "/orders/1"],
    "adm": ["/system", "/documents/7"],
    "law": ["/rules", "/rules?silent=1", "/rules/тема-связь", "/rules?unknown=О-77"],
}


@pytest.mark.long
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_open_to_everybody(browser: Any, url: str, look: str) -> None:
    source, wrong = axe_source(), []
    for login, paths in PAGES.items():
        tab = Tab(browser, url, login, look)
        for path in paths:
            tab.page.goto(path)
            where = f"{look} {login} {path}"
            wrong += [f"{where}: {one}" for one in faults(tab.page, source, rows_seen=path.startswith("/rules?"))]
            width = tab.page.evaluate("document.documentElement.scrollWidth")
            if width > LOOKS[look][1]:
                wrong.append(f"{where}: {width} px wide")
            wrong += [f"{where}: {one}" for one in tab.errors]
            tab.errors.clear()
            _shoot(tab.page, look, login, path)
        if login == "ctl":
            wrong += [f"{look} hostile: {one}" for one in _hostile(tab, source, LOOKS[look][1])]
        tab.context.close()
    assert wrong == []


def _hostile(tab: Tab, source: str, width: int) -> list[str]:
    """Return what is wrong with the card of a document that says hostile things, once they are shown."""
    tab.page.goto("/orders/2")
    tab.click("Показать скрытое", "button")
    assert tab.says("<script>alert(1)</script>")
    wide = tab.page.evaluate("document.documentElement.scrollWidth")
    return [*faults(tab.page, source), *tab.errors, *([f"{wide} px wide"] if wide > width else [])]


def _shoot(page: Any, look: str, login: str, path: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    name = "".join(sign if sign.isalnum() else "-" for sign in f"{login}{path}").strip("-")
    long = page.evaluate("document.documentElement.scrollHeight") > LONGEST_SHOT
    page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=not long)


def test_the_keyboard_leads_to_the_content_and_nothing_moves_outside(browser: Any, url: str) -> None:
    tab = Tab(browser, url, "ctl")
    asked: list[str] = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.goto("/today")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "К содержанию"
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "main"
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.closest('main') !== null")
    assert asked and all(one.startswith(url) for one in asked), "no other network"


def test_the_pages_need_no_script(browser: Any, url: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=url)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Имя").fill("ctl")
    page.get_by_label("Пароль").fill(PASSWORD)
    page.get_by_role("button", name="Войти").click()
    page.get_by_role("link", name="О-1").first.click()
    assert "Почему этот исполнитель" in page.content()
    context.close()


def test_a_page_prints(browser: Any, url: str) -> None:
    tab = Tab(browser, url, "ctl", "dark")
    tab.page.goto("/today")
    tab.page.emulate_media(media="print")
    ground = "getComputedStyle(document.querySelector('.section')).backgroundColor"
    assert tab.page.evaluate(ground) == "rgb(255, 255, 255)", "paper is white, whatever the screen is"
    assert not tab.page.get_by_role("navigation", name="Разделы").is_visible()
    assert tab.page.get_by_role("heading", name="Просрочено").is_visible()
    assert tab.page.pdf(format="A4").startswith(b"%PDF")
