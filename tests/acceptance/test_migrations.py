"""A database of an earlier version goes on under this one: nothing in it is lost, told twice or left standing."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
)

from poruchik.clock import SimulatedClock
from poruchik.control.item import ItemState
from poruchik.lanes.runtime import Worker
from poruchik.model.delivery import OutboxState
from poruchik.plugins import Plugins
from poruchik.policy.office import load_calendar
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder
from poruchik.store import tables
from poruchik.store.database import Store
from poruchik.store.layout import LAYOUT
from poruchik.store.migrations import config_of
from poruchik.testing.office import Office
from poruchik.testing.year import imbalances, play
from poruchik.texts.render import Texts
from support.databases import empty_url, fresh_url, kind

LEFT_BEHIND = sorted(path for path in (Path(__file__).parents[1] / "migrations").iterdir() if path.is_dir())


@pytest.fixture(params=LEFT_BEHIND, ids=lambda path: path.name)
def left(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Put the databases of an earlier version into a folder."""
    for which in ("store", "office"):
        with sqlite3.connect(tmp_path / f"{which}.db") as database:
            database.executescript((request.param / f"{which}.sql").read_text(encoding="utf-8"))
    (tmp_path / "moment.txt").write_text((request.param / "moment.txt").read_text())
    return tmp_path


@pytest.mark.both_databases
def test_it_goes_on_to_the_end_of_the_year(left: Path) -> None:
    clock = SimulatedClock(datetime.fromisoformat((left / "moment.txt").read_text().strip()))
    office, plugins = Office(clock, left / "office.db"), Plugins()
    decider = build_decider(rules_folder(), plugins)
    with Store.open(_database(left)) as store:
        with store.reading() as reading:
            waiting = reading.outbox.listing(OutboxState.WAITING)
            (parked,) = reading.items.parked()
            orders = set(reading.orders.keys())
            open_items = [one for items in reading.items.of_orders(orders).values() for one in items]
            documents = [reading.inbox.get(number) for number in range(1, 6)]
        assert waiting and not any(one.unreadable for one in waiting)
        assert parked.cause == "для пробы"
        assert any(one.state is ItemState.ACTIVE for one in open_items) and not reading.items.broken
        assert all(one and one.card for one in documents)
        worker = Worker(store, [office], decider, Texts(rules_folder()), plugins, clock)
        for _ in play(office, worker, clock):
            pass
        assert imbalances(office, store, load_calendar(rules_folder(), "Asia/Yekaterinburg")) == []
        with store.reading() as reading:
            assert orders < set(reading.orders.keys()), "documents that came later were decided too"
            assert reading.items.parked() == []
        with store.engine.begin() as connection:
            plans = connection.scalars(text("SELECT plan FROM items")).all()
    assert {plan.startswith('{"v":') for plan in plans} == {True, False}, "old and new records stand beside each other"
    office.close()
    decider.close()


@pytest.mark.both_databases
def test_a_cause_says_the_cause_alone(left: Path) -> None:
    with sqlite3.connect(left / "store.db") as database:
        titled = "CASE WHEN reg_number = '' THEN external_id ELSE reg_number END"
        database.execute(
            f"UPDATE inbox SET cause = 'документ ' || {titled} || ': никто не назван: вот так' WHERE id = 1"
        )
        database.execute("UPDATE inbox SET cause = 'документ другой: вот так' WHERE id = 2")
    with Store.open(_database(left)) as store, store.reading() as reading:
        first, second = reading.inbox.get(1), reading.inbox.get(2)
    assert first and second
    assert (first.cause, second.cause) == ("никто не назван: вот так", "документ другой: вот так")


def _database(left: Path) -> str:
    """Return the address of the database that was left; on PostgreSQL it is one of that layout with the same rows."""
    source = f"sqlite:///{left / 'store.db'}"
    if kind.get() != "postgresql":
        return source
    url = fresh_url(left)
    before, after = create_engine(source), create_engine(url)
    with before.connect() as old, after.begin() as new:
        new.execute(text("DROP SCHEMA public CASCADE"))
        new.execute(text("CREATE SCHEMA public"))
        layout = old.scalar(text("SELECT version_num FROM alembic_version"))
        command.upgrade(config_of(new), layout)
        rows_of = MetaData()
        rows_of.reflect(new)
        for table in rows_of.sorted_tables:
            typed = tables.metadata.tables.get(table.name)
            if typed is None or table.name == "alembic_version":
                continue
            columns = [typed.c[column.name] for column in table.columns]
            rows = [dict(row) for row in old.execute(select(*columns)).mappings()]
            if rows:
                new.execute(typed.insert(), rows)
            if "id" in table.c and table.c.id.server_default is not None:
                new.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                        f"(SELECT coalesce(max(id), 1) FROM {table.name}))"
                    )
                )
    before.dispose()
    after.dispose()
    return url


EARLIER = [f"{number:04d}" for number in range(1, int(LAYOUT))]


@pytest.mark.both_databases
@pytest.mark.parametrize("layout", EARLIER)
def test_rows_of_every_table_survive_from_every_earlier_layout(tmp_path: Path, layout: str) -> None:
    url = empty_url() if kind.get() == "postgresql" else f"sqlite:///{tmp_path / 'empty.db'}"
    engine, before = create_engine(url), MetaData()
    with engine.begin() as connection:
        command.upgrade(config_of(connection), layout)
        before.reflect(connection)
        filled = [table for table in before.sorted_tables if table.name != "alembic_version"]
        for table in filled:
            connection.execute(insert(table), [_row(table, number) for number in (1, 2, 3)])
    engine.dispose()
    with Store.open(url) as store, store.reading() as reading:
        for table in filled:
            count = select(func.count()).select_from(table)
            assert reading._connection.scalar(count) == 3, table.name
            now = tables.metadata.tables[table.name]
            assert len(reading._connection.execute(select(now)).all()) == 3, f"{table.name} is read as the code has it"


def _row(table: Table, number: int) -> dict[str, object]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> object:
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, LargeBinary):
        return b"x"
    if isinstance(column.type, DateTime):
        return datetime(2026, 11, number, tzinfo=UTC)
    if isinstance(column.type, Date):
        return date(2026, 11, number)
    if isinstance(column.type, Integer):
        return 1_760_000_000_000_000 + number if column.name.endswith(("_at", "_until", "at")) else number
    if column.foreign_keys or column.primary_key:
        return f"{number}"
    return f"{number}{'x' * 2000}"[: getattr(column.type, "length", None) or 10]
