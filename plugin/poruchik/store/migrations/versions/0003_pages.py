"""Give the pages their accounts, and the columns and indexes that they count by."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    """Add accounts, the words of documents, and what pages count by; documents taken in before have no words."""
    op.add_column("orders", sa.Column("asked_due_at", _MOMENT, nullable=True))
    op.add_column("orders", sa.Column("report", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("orders", sa.Column("outcome", sa.String(200), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("answer_days", sa.Integer(), nullable=True))
    op.add_column("orders", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_orders_outcome", "orders", ["outcome", "reported_at"])
    op.create_index("ix_orders_lead", "orders", ["lead"])
    op.create_index("ix_orders_unit", "orders", ["unit"])
    is_open = sa.text("closed_at IS NULL")
    for name in ("ix_orders_open_unit_due_at", "ix_orders_open_lead_due_at"):
        op.drop_index(name, "orders")
    for name, columns in {
        "ix_orders_open_due": ["due_at", "reported_at", "state", "due_on", "lead", "closed_at"],
        "ix_orders_open_unit": ["unit", "due_at", "reported_at", "state", "closed_at"],
        "ix_orders_open_lead": ["lead", "unit", "due_at", "reported_at", "state", "closed_at"],
        "ix_orders_open_clause": ["act", "clause", "due_at", "reported_at", "state", "closed_at"],
    }.items():
        op.create_index(name, "orders", columns, sqlite_where=is_open, postgresql_where=is_open)
    asked = sa.text("asked_due_at IS NOT NULL")
    op.create_index("ix_orders_asked", "orders", ["asked_due_at"], sqlite_where=asked, postgresql_where=asked)
    closed = sa.text("closed_at IS NOT NULL")
    op.create_index("ix_orders_closed", "orders", ["closed_at", "id"], sqlite_where=closed, postgresql_where=closed)
    op.create_index("ix_orders_internal_id", "orders", ["internal_id"])
    op.create_index("ix_inbox_late", "inbox", ["registered_at", "registration_days"])
    op.create_index("ix_items_person", "items", ["person", "kind"])
    dead = sa.text("state = 'dead'")
    op.create_index("ix_outbox_dead", "outbox", ["id"], sqlite_where=dead, postgresql_where=dead)
    op.create_table(
        "words",
        sa.Column("word", sa.String(100), nullable=False),
        sa.Column("inbox_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_words_inbox_id"),
        sa.PrimaryKeyConstraint("word", "inbox_id", name="pk_words"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule_hits",
        sa.Column("policy_version", sa.String(100), nullable=False),
        sa.Column("rule", sa.String(200), nullable=False),
        sa.Column("fired", sa.Integer(), nullable=False),
        sa.Column("defeated", sa.Integer(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.Column("last_inbox_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("policy_version", "rule", name="pk_rule_hits"),
    )
    op.create_table(
        "users",
        sa.Column("id", _ID, nullable=False),
        sa.Column("login", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("person", sa.String(300), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("token", name="pk_sessions"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "attempts",
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_attempts"),
    )
