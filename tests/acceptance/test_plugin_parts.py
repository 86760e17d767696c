"""Pages and reports of a plugin: beside the program's own, behind the same login, and harmless when they are wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from lxml import html

from poruchik.app import Application
from poruchik.cli import main, reports
from poruchik.marks import hookimpl
from poruchik.plugins import Plugins
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown
from support import example_plugin
from support.pages import Browser, pages, text_of
from support.world import World, appeal, world


class Wrong:
    """A plugin whose pages cannot be shown, but for the last one, which fails when it is opened."""

    @hookimpl
    def poruchik_register_pages(self) -> list[object]:
        def fail(_visit: object) -> Shown:
            raise ZeroDivisionError("нечаянно")

        def show(_visit: object) -> Shown:
            return Shown("support.example_plugin:no-such.html", {})

        return [
            "страница",
            Page("/orders", Right.ORDERS, show=show, menu="Чужие"),
            Page("/login/x", Right.ORDERS, show=show),
            Page("archive", Right.ORDERS, show=show),
            Page("/empty", Right.ORDERS),
            Page("/lost", Right.ORDERS, show=show),
            Page("/fails", Right.ORDERS, show=fail, menu="Падает"),
        ]

    @hookimpl
    def poruchik_register_reports(self) -> dict[str, object]:
        return {"падает": lambda orders, now: 1 / 0, "не то": lambda orders, now: "текст"}


class NoPages:
    @hookimpl
    def poruchik_register_pages(self) -> int:
        return 7


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as played:
        played.register(appeal("О-1"), appeal("О-2"))
        played.running.worker.run_until_idle()
        yield played


def opened(played: World, *plugins: object) -> tuple[World, Plugins]:
    """Open the program again, with plugins."""
    known = Plugins(*plugins)
    played.running = played.closing.enter_context(Application(played.settings, clock=played.clock, plugins=known))
    return played, known


def menu(page: str) -> list[str]:
    return [link.text for link in html.fromstring(page).xpath("//nav[@aria-label='Разделы']//a")]


def test_a_page_of_a_plugin_stands_in_the_menu_behind_its_right(here: World) -> None:
    played, known = opened(here, example_plugin)
    with pages(played) as server:
        browser = Browser(server.url)
        assert browser.get("/topics", allow_redirects=False).status_code == 303, "to the login"
        browser.log_in("ctl")
        page = browser.get("/topics")
        assert page.status_code == 200 and "телевидение: 2" in text_of(page)
        assert menu(page.text)[-1] == "Темы" and menu(page.text)[0] == "Сегодня"
        browser.log_in("exec")
        assert browser.get("/topics").status_code == 404
        assert "Темы" not in menu(browser.get("/mine").text)
    assert known.failures == {}


def test_pages_that_are_wrong_are_named_and_the_others_are_there(here: World) -> None:
    played, known = opened(here, Wrong(), NoPages(), example_plugin)
    with pages(played) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        shown = browser.get("/orders")
        assert shown.status_code == 200 and menu(shown.text).count("Поручения") == 1 and "Чужие" not in menu(shown.text)
        for path, status in (("/fails", 500), ("/lost", 500), ("/empty", 404), ("/login/x", 200), ("/topics", 200)):
            assert browser.get(path).status_code == status, path
        assert "Мы записали это в журнал" in text_of(browser.get("/fails"))
    assert len(known.failures) == 2, known.failures


def test_a_report_of_a_plugin_is_printed_and_written(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reports, "Plugins", lambda: Plugins(example_plugin, Wrong()))
    monkeypatch.chdir(tmp_path)
    system = '[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "http://127.0.0.1:9"\n'
    (tmp_path / "poruchik.toml").write_text(f'database = "{here.settings.database}"\n{system}', encoding="utf-8")

    def run(*arguments: str) -> tuple[int | str | None, str]:
        code = main(["orders", "report", *arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    assert run() == (0, "Отчёты плагинов: не то, падает, по темам\n")
    period = ("--from", "2026-12-01", "--to", "2026-12-31", "--as-of", "2026-11-24")
    code, told = run("по темам", *period)
    assert code == 0 and "По темам на 24.11.2026" in told and "телевидение" in told
    file = tmp_path / "темы.docx"
    assert run("по темам", *period, "--docx", str(file))[0] == 0
    (table, *_) = docx.Document(str(file)).tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Тема", "Поручений"], ["телевидение", "2"]
    ]  # fmt: skip
    for arguments, why in (
        (("по тмам", *period), "отчёта «по тмам» нет — возможно, «по темам»"),
        (("падает", *period), "отчёт «падает» не вышел: ZeroDivisionError"),
        (("не то", *period), "отчёт «не то» вернул str, а не Printed"),
        (("по темам",), "--from, --to"),
        (("по темам", "--from", "2026-12-31", "--to", "2026-12-01"), "--to раньше, чем --from"),
    ):
        code, told = run(*arguments)
        assert code == 1 and why in told and "Traceback" not in told, (arguments, told)
