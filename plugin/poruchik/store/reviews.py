"""What waits for whoever controls, as the orders and changes stand; what is being waited for has a control item."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, false, or_, select, text

from poruchik.control.item import OVER, ItemKind
from poruchik.control.review import Matter
from poruchik.model.standing import OrderState
from poruchik.store.changes import HELD
from poruchik.store.tables import ACTIVE, ASKED, OPEN, REFUSED, REVIEW, changes, items, orders

UNREAD = exists().where(text(f"changes.{REFUSED}"), changes.c.order_key == orders.c.key)
_WAITS: dict[Matter, ColumnElement[bool]] = {
    Matter.REPORT: and_(text(f"orders.{OPEN}"), orders.c.state == OrderState.REPORTED),
    Matter.TIME: and_(text(f"orders.{ASKED}"), text(f"orders.{OPEN}")),
    Matter.CHANGE: UNREAD,
}
IS_REVIEW = items.c.kind == ItemKind.REVIEW
MAY_FIRE = or_(~HELD, and_(IS_REVIEW, items.c.name == Matter.CHANGE))
"""Holds of an item of which something may be told: an unread change holds all but the clock of its own."""
STILL_WAITS = or_(*(and_(items.c.name == matter, reason) for matter, reason in _WAITS.items()))
"""Holds of a review's item, beside its order, while what it is about waits."""
_DEALT_WITH = (
    select(items.c.id, items.c.order_key)
    .join(orders, orders.c.key == items.c.order_key)
    .where(text(f"items.{REVIEW}"), text(f"items.{ACTIVE}"), ~STILL_WAITS)
    .order_by(items.c.id)
)


class ReviewsInWait:
    """Which orders have something that waits for whoever controls."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def without_clock(
        self, matter: Matter, limit: int, *, after: int = 0, among: Collection[str] | None = None
    ) -> list[tuple[int, str]]:
        """Return the orders (row and key) of which such a matter waits and has no clock, beyond that row."""
        query = _without_clock(matter).where(orders.c.id > after)
        if among is not None:
            query = query.where(orders.c.key.in_(among) if among else false())
        return [(row.id, row.key) for row in self._connection.execute(query.limit(limit))]

    def dealt_with(self, limit: int, *, after: int = 0) -> list[tuple[int, str]]:
        """Return the clocks (row and order) of what does not wait any more, beyond that row."""
        query = _DEALT_WITH.where(items.c.id > after).limit(limit)
        return [(row.id, row.order_key) for row in self._connection.execute(query)]


def _without_clock(matter: Matter) -> Select[tuple[int, str]]:
    has = exists().where(
        items.c.order_key == orders.c.key,
        items.c.kind == ItemKind.REVIEW,
        items.c.name == matter,
        items.c.state.not_in(OVER),
    )
    waits = _WAITS[matter]
    if matter is Matter.CHANGE:  # few: they are looked for among the changes
        waits = orders.c.key.in_(select(changes.c.order_key).where(text(REFUSED)))
    return select(orders.c.id, orders.c.key).where(waits, ~has).order_by(orders.c.id)
