"""What differs between orders here and in the systems, as the last reconciliation found it: one row an order."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text

from poruchik.model.difference import Difference, DifferenceKind
from poruchik.store.tables import OPEN, differences, orders

_FORGET = delete(differences).where(differences.c.order_key.in_(bindparam("b_keys", expanding=True)))
_OF_OPEN = differences.join(orders, orders.c.key == differences.c.order_key)
_COLUMNS = (
    differences.c.order_key,
    differences.c.kind,
    differences.c.here,
    differences.c.there,
    differences.c.seen_at,
)


class Differences:
    """The differences of open orders; what has been closed since differs no more."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, looked_at: Collection[str], found: Sequence[Difference]) -> None:
        """Keep what was found of these orders, in place of what was found before."""
        if looked_at:
            self._connection.execute(_FORGET, {"b_keys": list(looked_at)})
        rows = [{column.name: getattr(one, column.name) for column in _COLUMNS} for one in found]
        if rows:
            self._connection.execute(insert(differences), rows)

    def listing(self, *, limit: int = 500) -> list[Difference]:
        """Return them, oldest orders first."""
        query = select(*_COLUMNS).select_from(_OF_OPEN).where(text(f"orders.{OPEN}")).order_by(orders.c.id)
        rows = self._connection.execute(query.limit(limit)).mappings()
        return [Difference(**{**row, "kind": DifferenceKind(row["kind"])}) for row in rows]

    def count(self) -> int:
        """Return how many there are."""
        query = select(func.count()).select_from(_OF_OPEN).where(text(f"orders.{OPEN}"))
        return self._connection.scalar(query) or 0
