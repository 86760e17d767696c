"""Keep when the term of an order stood still."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_STOPPED = sa.text("stopped_until IS NOT NULL")


def upgrade() -> None:
    """Add the columns; no term stands still yet."""
    op.add_column("orders", sa.Column("stops", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("orders", sa.Column("stopped_until", _MOMENT))
    op.create_index("ix_orders_stopped", "orders", ["stopped_until"], sqlite_where=_STOPPED, postgresql_where=_STOPPED)
