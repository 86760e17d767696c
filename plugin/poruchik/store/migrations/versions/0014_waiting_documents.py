"""Give documents that wait for a person a clock and what people say of them; name who asks for an extension, and why.

Documents that wait now get their clocks when the service runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_OF_DOCUMENT = sa.text("inbox_id IS NOT NULL")


def upgrade() -> None:
    """Add the row of the inbox, half of the law's term and lateness to the items, who asks and why to the orders."""
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
    op.add_column("orders", sa.Column("asked_by", sa.String(300), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("asked_why", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "corrections",
        sa.Column("document_key", sa.String(301), nullable=False),
        sa.Column("attribute", sa.String(200), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("document_key", "attribute", name="pk_corrections"),
        sqlite_with_rowid=False,
    )
