"""Keep by which calendar each open item was counted: when the calendar changes, all of them are counted again."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_COUNTS = sa.text("state NOT IN ('done', 'ended', 'parked')")


def upgrade() -> None:
    """Add the column; what is open is counted again once, and moves only where the calendar has moved since."""
    op.add_column("items", sa.Column("counted_by", sa.String(64), nullable=False, server_default=""))
    op.drop_index("ix_items_unconfirmed", "items")  # what is not confirmed is counted again with all the rest
    columns = ["person", "id", "counted_by"]
    op.create_index("ix_items_counted", "items", columns, sqlite_where=_COUNTS, postgresql_where=_COUNTS)
