"""Keep how far a database that was put back has caught up with each system, and what it does not know there."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Add the tables; no system has an epoch yet."""
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
    op.create_table(
        "strays",
        sa.Column("id", _ID, nullable=False),
        sa.Column("system", sa.String(100), nullable=False),
        sa.Column("external_id", sa.String(650), nullable=False),
        sa.Column("internal_id", sa.String(650), nullable=False),
        sa.Column("document_key", sa.String(301), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("lead", sa.String(300), nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT),
        sa.Column("how", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_strays"),
        sa.UniqueConstraint("system", "external_id", name="uq_strays_system_external_id"),
    )
    op.create_index("ix_strays_document_key", "strays", ["document_key"])
