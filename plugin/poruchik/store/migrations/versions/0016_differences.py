"""Keep in what orders differ from the systems that have them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the table; nothing has been compared yet."""
    op.create_table(
        "differences",
        sa.Column("order_key", sa.String(650), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("here", sa.Text(), nullable=False),
        sa.Column("there", sa.Text(), nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("order_key", "kind", name="pk_differences"),
        sqlite_with_rowid=False,
    )
