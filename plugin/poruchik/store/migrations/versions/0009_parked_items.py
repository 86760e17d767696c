"""Let a control item be parked, with the cause: what cannot be read or told stops no other."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the cause, empty for what is not parked, and an index of what is."""
    op.add_column("items", sa.Column("cause", sa.Text(), nullable=False, server_default=""))
    parked = sa.text("state = 'parked'")
    op.create_index("ix_items_parked", "items", ["id"], sqlite_where=parked, postgresql_where=parked)
