"""Keep a ledger of the changes that systems tell of: each is applied once, and what cannot be waits for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the ledger, empty: what was applied before is behind the cursors."""
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("order_key", sa.String(650), nullable=False),
        sa.Column("change_id", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sa.UniqueConstraint("system", "order_key", "change_id", name="uq_changes_system_order_key_change_id"),
    )
    refused = sa.text("state = 'refused'")
    op.create_index("ix_changes_refused", "changes", ["id"], sqlite_where=refused, postgresql_where=refused)
