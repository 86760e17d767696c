"""Put orders under control: items with their plans, the points that fired, what an order demands."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add two tables and two columns; orders made before have no items and are not under control."""
    op.add_column("orders", sa.Column("demands", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("orders", sa.Column("reported_at", _MOMENT, nullable=True))
    op.create_table(
        "items",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(1000), nullable=False),
        sa.Column("order_key", sa.String(650), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("person", sa.String(300), nullable=False),
        sa.Column("unit", sa.String(300), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("next_at", _MOMENT, nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("key", name="uq_items_key"),
    )
    op.create_index("ix_items_order_key", "items", ["order_key"], unique=False)
    active = sa.text("state = 'active'")
    op.create_index("ix_items_next", "items", ["next_at"], sqlite_where=active, postgresql_where=active)
    op.create_table(
        "points",
        sa.Column("id", _ID, nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("order_key", sa.String(650), nullable=False),
        sa.Column("planned_at", _MOMENT, nullable=False),
        sa.Column("fired_at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rung", sa.String(200), nullable=False),
        sa.Column("to_ref", sa.String(400), nullable=False),
        sa.Column("person", sa.String(300), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("fate", sa.String(20), nullable=False),
        sa.Column("message_id", sa.String(650), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_points"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_points_item_id"),
        sa.UniqueConstraint("item_id", "kind", "rung", "to_ref", "planned_at", name="uq_points_once"),
    )
    op.create_index("ix_points_order_key", "points", ["order_key"], unique=False)
    op.create_index("ix_points_message_id", "points", ["message_id"], unique=False)
