"""Keep for each lane when it last succeeded and since when it fails: what a light and an escalation go by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the table, empty: nothing is known of a lane until it has run."""
    op.create_table(
        "lanes",
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("lane", sa.String(20), nullable=False),
        sa.Column("began_at", _MOMENT),
        sa.Column("succeeded_at", _MOMENT),
        sa.Column("failed_at", _MOMENT),
        sa.Column("failing_since", _MOMENT),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("system", "lane", name="pk_lanes"),
    )
