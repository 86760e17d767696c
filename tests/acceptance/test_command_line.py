"""The command line itself: quick to start, whole whatever a plugin does, every place of its table there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import typer

from poruchik import plugins as plugins_module
from poruchik.app import Application
from poruchik.cli import main
from poruchik.cli.commands import COMMANDS, GROUPS
from poruchik.cli.deferred import add_command
from poruchik.cli.main import build_app
from poruchik.errors import PluginError
from poruchik.marks import hookimpl
from poruchik.plugins import Plugins
from support.world import World, world

HEAVY = ("sqlalchemy", "structlog", "lxml", "zeep", "yaml", "rich.console", "starlette", "dbos", "holidays", "openpyxl")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as played:
        yield played


PLACES = [(place, name) for name, place, _ in COMMANDS] + [
    (place, f"{group} {name}") for group, (_, commands) in GROUPS.items() for name, place, _ in commands
]


@pytest.mark.parametrize(("place", "name"), PLACES, ids=[name for _, name in PLACES])
def test_each_command_has_its_function_and_its_help(place: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module, _, function = place.partition(":")
    assert callable(getattr(import_module(f"poruchik.cli.{module}"), function))
    assert main([*name.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Использование: poruchik {name}"), out
    assert "Usage" not in out


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_that_it_does_not_need(arguments: list[str]) -> None:
    program = (
        f"import sys; from poruchik.cli import main; main({arguments!r}); "
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_a_list_loads_neither_engine_nor_migrations() -> None:
    program = (
        "import sys; from poruchik.cli import main; main(['orders', 'overdue', '--config', 'no.toml']); "
        "print('loaded:', [name for name in ('alembic', 'poruchik.engine.decide', 'poruchik.policy.load', 'zeep', 'dbos', "
        "'openpyxl', 'xlsxwriter', 'docx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded: []"


class Sound:
    @hookimpl
    def poruchik_register_commands(self, app: typer.Typer) -> None:
        add_command(app, "archive", "Сдать дела в архив.", "poruchik.cli.service:init")


class Raising:
    @hookimpl
    def poruchik_register_commands(self, app: typer.Typer) -> None:
        app.command("half")(lambda: None)
        raise ZeroDivisionError("нечаянно")


class Leaving:
    @hookimpl
    def poruchik_register_commands(self) -> None:
        sys.exit(3)


class Unusable:
    @hookimpl
    def poruchik_register_commands(self, app: typer.Typer) -> None:
        def command(what: object) -> None:
            """Take what no command line can give."""

        command.__annotations__["what"] = "NoSuchType"

        app.command("unusable")(command)


class Usurping:
    @hookimpl
    def poruchik_register_commands(self, app: typer.Typer) -> None:
        add_command(app, "run", "Не та команда.", "poruchik.cli.service:init")


def test_a_plugin_whose_commands_fail_is_named_and_the_others_are_there() -> None:
    plugins = Plugins(Raising(), Leaving(), Unusable(), Usurping(), Sound())
    app = build_app(plugins)
    names = [one.name for one in app.registered_commands]
    assert names.count("run") == 1
    assert {"archive", "doctor", "stand", "demo"} <= set(names)
    assert not {"half", "unusable"} & set(names)
    told = " ".join(plugins.failures.values())
    for why in ("ZeroDivisionError: нечаянно", "SystemExit: 3", "NoSuchType", "команда «run» уже есть"):
        assert why in told, told
    assert len(plugins.failures) == 4


def test_a_plugin_that_does_not_load_is_named_but_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = plugins_module.entry_points
    broken = EntryPoint("urgency", "no_such_package.urgency", "poruchik")
    monkeypatch.setattr(plugins_module, "entry_points", lambda **given: [*found(**given), broken])
    assert main(["--help"]) == 0
    told = capsys.readouterr()
    assert "doctor" in told.out and "demo" in told.out
    assert "Плагин urgency не работает: не загружается: ModuleNotFoundError" in told.err
    assert main(["doctor", "--config", "no.toml"]) == 1
    assert "[плохо] плагин urgency" in capsys.readouterr().out


def test_the_service_does_not_start_without_a_plugin_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, here: World
) -> None:
    found = plugins_module.entry_points
    broken = EntryPoint("urgency", "no_such_package.urgency", "poruchik")
    monkeypatch.setattr(plugins_module, "entry_points", lambda **given: [*found(**given), broken])
    with pytest.raises(PluginError, match="плагин «urgency» не загружается"):
        Application(here.settings)


def test_a_command_whose_module_is_gone_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_command(app, "gone", "Была.", "no_such_package:command")
    with pytest.raises(PluginError, match="команда «gone» не загружается"):
        app(["gone"], standalone_mode=False)


@pytest.mark.parametrize(("typed", "near"), [("ordes", "orders"), ("stauts", "status")])
def test_a_word_mistyped_is_told_in_russian(typed: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed]) == 2
    err = capsys.readouterr().err
    assert "нет такой команды" in err and near in err
    assert not any(word in err for word in ("Did", "mean", "No such"))
