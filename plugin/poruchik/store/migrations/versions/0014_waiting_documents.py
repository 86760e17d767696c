"""Give documents that wait for a person a clock; those that wait now get theirs when the service runs."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_OF_DOCUMENT = sa.text("inbox_id IS NOT NULL")


def upgrade() -> None:
    """Add to the control items the row of the inbox, half of the law's term, and from when it is late."""
    inbox_id = sa.Column("inbox_id", _ID)
    if op.get_bind().dialect.name == "sqlite":
        # A column that points to another table is added without copying the whole of this one.
        op.execute("ALTER TABLE items ADD COLUMN inbox_id INTEGER CONSTRAINT fk_items_inbox_id REFERENCES inbox (id)")
    else:
        op.add_column("items", inbox_id)
        op.create_foreign_key("fk_items_inbox_id", "items", "inbox", ["inbox_id"], ["id"])
    op.add_column("items", sa.Column("half_at", _MOMENT))
    op.add_column("items", sa.Column("late_at", _MOMENT))
    op.create_index(
        "ix_items_document", "items", ["inbox_id"], sqlite_where=_OF_DOCUMENT, postgresql_where=_OF_DOCUMENT
    )
