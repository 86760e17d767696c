"""Bring a database to the layout of this program."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from poruchik.store.layout import LAYOUT, MIGRATION_LOCK, newer, revision_of


def upgrade(connection: Connection, where: str) -> None:
    """Run the missing migrations inside the open transaction; refuse a database newer than the program."""
    if connection.dialect.name == "postgresql":
        # Two programs starting at once: the second waits here, as BEGIN IMMEDIATE makes it wait on SQLite.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    present = revision_of(connection)
    if present == LAYOUT:
        return
    if present is not None and present > LAYOUT:
        raise newer(present, where)
    command.upgrade(config_of(connection), "head")


def config_of(connection: Connection) -> Config:
    """Return the settings of alembic for an open transaction."""
    config = Config()
    # The option passes through ConfigParser, where a lone per cent sign is a reference.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
