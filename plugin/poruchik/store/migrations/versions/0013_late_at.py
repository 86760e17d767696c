"""Keep from when an order is late: a term in days lasts until the end of its day, whatever the hour that it names."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
_EVENING = time(16)
"""No working day ends earlier: a term before it means its minute."""
_OPEN = "closed_at IS NULL"
_INDEXES = {
    "ix_orders_open_due": ("due_at", "late_at", "reported_at", "state", "due_on", "lead", "closed_at"),
    "ix_orders_open_late": ("late_at", "reported_at", "state", "due_at", "closed_at"),
    "ix_orders_open_unit": ("unit", "due_at", "late_at", "reported_at", "state", "closed_at"),
    "ix_orders_open_lead": ("lead", "unit", "due_at", "late_at", "reported_at", "state", "closed_at"),
    "ix_orders_open_clause": ("act", "clause", "due_at", "late_at", "reported_at", "state", "closed_at"),
}
_PLANS = sa.text(
    "SELECT orders.id, orders.due_at, orders.due_on, items.plan FROM orders LEFT JOIN items "
    "ON items.order_key = orders.key AND items.kind = 'lead' "
    "WHERE orders.due_at IS NOT NULL AND orders.id > :after ORDER BY orders.id LIMIT 1000"
)
_SET = sa.text("UPDATE orders SET late_at = :late WHERE id = :id").bindparams(sa.bindparam("late", type_=_MOMENT))


def upgrade() -> None:
    """Add it, filled from the plans; an order whose plan cannot be read is late from its term on, as before."""
    op.add_column("orders", sa.Column("late_at", _MOMENT))
    op.add_column("orders", sa.Column("furthest_on", sa.Date()))
    op.add_column("orders", sa.Column("reported_late", sa.Boolean()))
    connection, after = op.get_bind(), 0
    while rows := connection.execute(_PLANS, {"after": after}).all():
        connection.execute(_SET, [{"id": row.id, "late": _late_at(row)} for row in rows])
        after = rows[-1].id
    op.execute(sa.text("UPDATE orders SET furthest_on = due_on"))
    op.execute(sa.text("UPDATE orders SET reported_late = (reported_at >= late_at) WHERE reported_at IS NOT NULL"))
    for name, columns in _INDEXES.items():
        if name != "ix_orders_open_late":
            op.drop_index(name, "orders")
        where = sa.text(_OPEN)
        op.create_index(name, "orders", list(columns), sqlite_where=where, postgresql_where=where)


def _late_at(row: Any) -> Any:
    try:
        deadline = json.loads(row.plan)["deadline"]
        due_at = datetime.fromisoformat(deadline["due_at"])
        if deadline["hourly"] or due_at.time() < _EVENING:
            return row.due_at
        day = row.due_on if isinstance(row.due_on, date) else date.fromisoformat(row.due_on)
        late = datetime.combine(day + timedelta(days=1), time(), due_at.tzinfo)
    except (ValueError, KeyError, TypeError):
        return row.due_at
    return (late - _EPOCH) // timedelta(microseconds=1) if isinstance(row.due_at, int) else late
