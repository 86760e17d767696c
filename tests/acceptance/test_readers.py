"""Commands that look change nothing: no file is made, no layout is touched, no writer is waited for."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from poruchik.cli import main
from poruchik.errors import StoreError, StoreMissing
from poruchik.store import migrations
from poruchik.store.database import Store
from poruchik.store.layout import LAYOUT
from support import databases
from support.world import World, appeal, world

EARLIER = [f"{number:04d}" for number in range(1, int(LAYOUT))]
READERS = [
    ["status"],
    ["doctor"],
    ["orders", "list"],
    ["orders", "overdue"],
    ["orders", "due"],
    ["orders", "at-risk"],
    ["orders", "show", "О-1"],
    ["orders", "meeting"],
    ["orders", "results", "--from", "2026-11-01", "--to", "2026-12-31"],
    ["inbox", "list"],
    ["changes", "list"],
    ["outbox", "list"],
    ["outbox", "show", "1"],
    ["rules", "list"],
    ["rules", "extract", "0", "--to", "набор"],
    ["rules", "simulate", "--against", "poruchik.toml"],
    ["users", "list"],
    ["calendar", "recount", "--dry-run"],
]
WRITERS = [
    ["serve", "--port", "0"],
    ["inbox", "replay", "--all"],
    ["outbox", "retry", "--all"],
    ["changes", "replay", "--all"],
    ["changes", "enter", "1", "--kind", "accepted"],
    ["changes", "dismiss", "1", "--why", "не нужно"],
    ["outbox", "drop", "1", "--why", "не нужно"],
    ["calendar", "recount"],
]
"""They change something in a database that is there; they neither make nor upgrade one."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path) as played:
        systems = "".join(
            f'[[systems]]\nname = "{name}"\nkind = "{kind}"\nurl = "{played.stand.url(name)}"\n'
            for name, kind in (("sed", "СЭД"), ("sog", "СОГ"))
        )
        database = str(played.settings.database)
        (tmp_path / "poruchik.toml").write_text(f'database = "{database}"\n{systems}', encoding="utf-8")
        yield played


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(list(arguments))
    told = capsys.readouterr()
    return code, told.out + told.err


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.is_file()}


def of_layout(path: Path, layout: str) -> None:
    """Make a database as an earlier version of the program left it."""
    path.unlink(missing_ok=True)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, layout)
    engine.dispose()


@pytest.mark.parametrize("layout", EARLIER)
def test_an_earlier_layout_is_told_and_left_as_it_is(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], layout: str
) -> None:
    of_layout(tmp_path / "poruchik.db", layout)
    before = files(tmp_path)
    for arguments in (*READERS, *WRITERS):
        code, told = run(capsys, *arguments)
        assert f"база данных осталась от прежней версии программы: её версия {layout}, нужна {LAYOUT}" in told, (
            arguments
        )
        assert "запустите службу: poruchik run" in told
        assert code == (2 if arguments == ["status"] else 1), arguments
        assert files(tmp_path) == before, arguments


@pytest.mark.parametrize("layout", EARLIER)
@pytest.mark.parametrize("arguments", [["run", "--once"], ["users", "add", "kuzmina", "--role", "контролёр"]])
def test_what_works_on_it_upgrades_it(
    here: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    layout: str,
    arguments: list[str],
) -> None:
    monkeypatch.setenv("PORUCHIK_NEW_PASSWORD", "очень-длинный-пароль")
    of_layout(tmp_path / "poruchik.db", layout)
    assert run(capsys, *arguments)[0] == 0
    Store.to_read(here.settings.database).close()


def test_the_present_layout_is_read_and_left_as_it_is(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.register(appeal("О-1"), appeal("О-2", канл="почта"))
    assert run(capsys, "run", "--once")[0] == 0
    before = files(tmp_path)
    for arguments in READERS:
        code, told = run(capsys, *arguments)
        assert "Ошибка" not in told or arguments[:2] == ["rules", "extract"], (arguments, told)
        assert code in (0, 1), (arguments, told)
        assert files(tmp_path) == before, arguments


@pytest.mark.parametrize("empty", [False, True])
def test_where_nothing_has_run_yet_it_says_so(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], empty: bool
) -> None:
    path = tmp_path / "poruchik.db"
    path.unlink()
    if empty:
        path.touch()
    before = files(tmp_path)
    for arguments in (*READERS, *WRITERS):
        code, told = run(capsys, *arguments)
        assert ("в базе данных ещё нет таблиц" if empty else "базы данных ещё нет") in told, arguments
        assert "её создаст первый запуск службы: poruchik run" in told, arguments
        assert files(tmp_path) == before, arguments
        assert code == {"status": 2, "doctor": 0}.get(arguments[0], 1), arguments
    assert run(capsys, "run", "--once")[0] == 0
    assert run(capsys, "status")[0] == 0


@pytest.mark.both_databases
def test_a_reader_waits_for_no_writer_and_cannot_write(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T10:00")
    url = here.settings.database
    with here.running.store.writing() as writing:
        writing.cursors.move("sog", "elsewhere", seen="", cursor="9", now=here.clock.now())
        code, told = run(capsys, "orders", "overdue", "--as-of", "2026-12-25")
        assert (code, "О-1" in told) == (0, True), told
    with Store.to_read(url) as store, pytest.raises(StoreError, match="только для чтения"), store.writing() as writing:
        writing.cursors.move("sog", "elsewhere", seen="", cursor="9", now=here.clock.now())


@pytest.mark.both_databases
def test_a_database_without_tables(tmp_path: Path) -> None:
    if databases.kind.get() == "sqlite":
        url = f"sqlite:///{tmp_path / 'a.db'}"
        sqlite3.connect(tmp_path / "a.db").close()
    else:
        url = databases.empty_url()
    for opening in (Store.to_read, Store.to_write):
        with pytest.raises(StoreMissing, match="ещё нет"):
            opening(url)
    Store.open(url).close()
    with Store.to_read(url) as store, store.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == LAYOUT
    if url.startswith("postgresql"):
        with psycopg.connect(url.replace("+psycopg", "")) as connected:
            assert connected.execute("SELECT count(*) FROM orders").fetchone() == (0,)
