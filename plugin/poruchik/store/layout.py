"""The layout of the tables: which one this program works with, and what to say of a database that has another."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from poruchik.errors import StoreError, StoreMissing

LAYOUT = "0019"
"""The last migration. Written down here so that a command that only reads need not load what migrates."""

MIGRATION_LOCK = 7264100
"""Of PostgreSQL: held alone by who migrates, and together by who writes."""


def revision_of(connection: Connection) -> str | None:
    """Return the layout of a database; None when it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def require_layout(connection: Connection, where: str) -> None:
    """Raise StoreMissing for a database without tables, StoreError for one of another layout."""
    present = revision_of(connection)
    if present == LAYOUT:
        return
    if present is None:
        raise StoreMissing("в базе данных ещё нет таблиц", where=where, remedy=FIRST_RUN)
    if present > LAYOUT:
        raise newer(present, where)
    raise _older(present, where)


def _older(present: str | None, where: str) -> StoreError:
    return StoreError(
        f"база данных осталась от прежней версии программы: её версия {present}, нужна {LAYOUT}",
        where=where,
        remedy="сделайте копию базы и запустите службу: poruchik run; она обновит базу",
    )


def require_unchanged(connection: Connection, where: str) -> None:
    """Raise StoreError when another program has brought the database to another layout while this one runs.

    On PostgreSQL who migrates is waited for first; what has been migrated shows only to a statement after that.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({MIGRATION_LOCK})")
    present = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if present == LAYOUT:
        return
    raise newer(str(present), where) if present and present > LAYOUT else _older(present, where)


def newer(present: str, where: str) -> StoreError:
    """Return the error for a database that a later program has made."""
    return StoreError(
        f"база данных новее программы: её версия {present}, программа знает не выше {LAYOUT}",
        where=where,
        remedy="обновите программу или восстановите копию базы, сделанную до обновления",
    )


FIRST_RUN = "её создаст первый запуск службы: poruchik run"
