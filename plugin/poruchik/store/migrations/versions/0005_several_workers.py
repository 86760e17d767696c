"""Prepare the store for several workers: what a start looks for must not read every item."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Let a worker take documents for a time, and index what is unconfirmed."""
    op.add_column("inbox", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("owner", sa.String(200), nullable=False, server_default=""))
    op.add_column("inbox", sa.Column("lease_until", _MOMENT, nullable=True))
    for name, table, column, predicate in (
        ("ix_inbox_untried", "inbox", "id", "state = 'new' AND tries = 0"),
        ("ix_inbox_taken", "inbox", "lease_until", "state = 'new' AND tries > 0"),
        ("ix_items_unconfirmed", "items", "id", "NOT confirmed"),
    ):
        where = sa.text(predicate)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
