"""Keep the policy sets that were published, and from which day each is in force."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add the sets and their publications."""
    op.create_table(
        "policy_sets",
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("entry", sa.String(300), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_policy_sets"),
    )
    op.create_table(
        "publications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.Column("published_by", sa.String(300), nullable=False),
        sa.Column("approved_at", _MOMENT, nullable=True),
        sa.Column("approved_by", sa.String(300), nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["policy_sets.version"], name="fk_publications_version"),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
    )
