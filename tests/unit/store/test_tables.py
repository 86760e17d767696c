"""The migrations give the tables of the code, and a database from the future is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text

from poruchik.errors import StoreError
from poruchik.store.database import Store
from poruchik.store.tables import cursors, metadata


def test_migrations_give_the_tables_of_the_code(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
        indexes = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE '%WHERE%'"))
        told = " ".join(row[0] for row in indexes)
    assert "closed_at IS NULL" in told
    assert "state = 'waiting'" in told


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    Store.open(url).close()
    Store.open(url).close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    with Store.open(url) as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="новее программы"):
        Store.open(url)


@pytest.mark.parametrize(
    ("content", "words"), [(b"not a database, by far not" * 50, "не является базой"), (None, "не открывается")]
)
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "folder" / "a.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    with pytest.raises(StoreError, match=words):
        Store.open(f"sqlite:///{path}")


def test_moments_keep_their_microseconds_and_sort(tmp_path: Path) -> None:
    moments = [
        datetime(2026, 11, 24, 10, 0, 0, 1, tzinfo=timezone(timedelta(hours=5))),
        datetime(2026, 11, 24, 5, 0, 0, 2, tzinfo=UTC),
        datetime(1999, 1, 1, tzinfo=UTC),
    ]
    with Store.open(f"sqlite:///{tmp_path / 'a.db'}") as store, store.engine.begin() as connection:
        rows = [{"system": str(n), "lane": "l", "cursor": "", "moved_at": moment} for n, moment in enumerate(moments)]
        connection.execute(insert(cursors), rows)
        found = list(connection.scalars(select(cursors.c.moved_at).order_by(cursors.c.moved_at)))
    assert found == sorted(moments)
    assert all(moment.tzinfo is UTC for moment in found)


def test_an_idle_round_takes_no_write_lock(tmp_path: Path) -> None:
    from support.world import world

    with world(tmp_path) as here, here.application() as application:
        application.worker.run_until_idle()
        begun: list[str] = []
        from sqlalchemy import event

        event.listen(application.store.engine, "before_cursor_execute", lambda _c, _cur, sql, *_: begun.append(sql))
        application.worker.round()
    assert "BEGIN DEFERRED" in begun
    assert "BEGIN IMMEDIATE" not in begun
