"""Keep how far a database that was put back has caught up with each system."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Add the table; no system has an epoch yet."""
    op.create_table(
        "epochs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("backup_at", _MOMENT),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("closed_at", _MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_epochs"),
    )
    op.create_index("ux_epochs_open", "epochs", ["system"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
