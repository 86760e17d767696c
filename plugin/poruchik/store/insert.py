"""«INSERT … ON CONFLICT DO NOTHING RETURNING», which both databases have and SQLAlchemy spells per dialect."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from sqlalchemy import Column, Connection, Executable, Table


def insert_new(
    connection: Connection, table: Table, rows: list[dict[str, Any]], *returning: Column[Any]
) -> list[tuple[Any, ...]]:
    """Insert the rows whose unique key is not there yet; return the columns asked for of those inserted."""
    if not rows:
        return []
    return [tuple(row) for row in connection.execute(_statement(connection.dialect.name, table, returning), rows)]


@cache
def _statement(dialect: str, table: Table, returning: tuple[Column[Any], ...]) -> Executable:
    module = import_module(f"sqlalchemy.dialects.{dialect}")  # the one in use: each takes a while to load
    statement: Executable = module.insert(table).on_conflict_do_nothing().returning(*returning)
    return statement
