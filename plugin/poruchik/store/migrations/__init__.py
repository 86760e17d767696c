"""Bring a database to the layout of this program. Needs nothing from outside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from poruchik.errors import StoreError


def upgrade(connection: Connection) -> None:
    """Run the missing migrations inside the open transaction; refuse a database newer than the program."""
    config = Config()
    # The option passes through ConfigParser, where a lone per cent sign is a reference.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    if connection.dialect.name == "postgresql":
        # Two programs starting at once: the second waits here, as BEGIN IMMEDIATE makes it wait on SQLite.
        connection.execute(text("SELECT pg_advisory_xact_lock(7264100)"))
    present = MigrationContext.configure(connection).get_current_revision()
    if present == script.get_current_head():
        return
    if present is not None and present not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreError(
            f"база данных новее программы: её версия {present}, программа знает не выше {script.get_current_head()}",
            remedy="обновите программу или восстановите копию базы, сделанную до обновления",
        )
    command.upgrade(config, "head")
