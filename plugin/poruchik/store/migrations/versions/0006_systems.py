"""Remember how each system bears what is sent, and index the outbox by whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the systems; replace the index of what is unfinished by one a question."""
    op.create_table(
        "systems",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", _MOMENT, nullable=True),
        sa.Column("next_call_at", _MOMENT, nullable=True),
        sa.Column("warmth", sa.Integer(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("contact_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_systems"),
    )
    op.drop_index("ix_outbox_unfinished", "outbox")
    waiting, leased = sa.text("state = 'waiting'"), sa.text("state = 'leased'")
    for name, columns, where in (
        ("ix_outbox_waiting", ["system", "not_before", "id"], waiting),
        ("ix_outbox_turn", ["system", "operation", "not_before", "id"], waiting),
        ("ix_outbox_leased", ["system", "lease_until"], leased),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
