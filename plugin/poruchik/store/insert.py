"""«INSERT … ON CONFLICT DO NOTHING RETURNING», which both databases have and SQLAlchemy spells per dialect."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(
    connection: Connection, table: Table, rows: list[dict[str, Any]], *returning: Column[Any]
) -> list[tuple[Any, ...]]:
    """Insert the rows whose unique key is not there yet; return the columns asked for of those inserted."""
    if not rows:
        return []
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).on_conflict_do_nothing()
    return [tuple(row) for row in connection.execute(statement.returning(*returning), rows)]
