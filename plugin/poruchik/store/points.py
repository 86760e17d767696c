"""The points that fired: when, to whom, and what became of each. Written once, their fate at most once more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select, update

from poruchik.model.order import PointKind
from poruchik.model.points import Fate, FiredPoint
from poruchik.store.insert import insert_new
from poruchik.store.tables import points

__all__ = ["FiredPoint", "Points"]  # plugins know FiredPoint by this path too

_FIELDS = tuple(FiredPoint.__dataclass_fields__)
_ALL = select(points).order_by(points.c.fired_at, points.c.id)
_KEYS: BindParameter[Any] = bindparam("b_keys", expanding=True)
_OF_ORDERS = _ALL.where(points.c.order_key.in_(_KEYS))
_OF_MESSAGES = _ALL.where(points.c.message_id.in_(_KEYS))


class Points:
    """The ledger of points, unique by item, kind, rung, reference and planned moment."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, fired: Sequence[FiredPoint]) -> None:
        """Write points; one that is there already stays as it is."""
        insert_new(
            self._connection, points, [{name: getattr(point, name) for name in _FIELDS} for point in fired], points.c.id
        )

    def withdraw(self, message_id: str, item_id: int, why: str) -> None:
        """Note that what a message says of an item was withdrawn before it left."""
        self._connection.execute(
            update(points)
            .where(points.c.message_id == message_id, points.c.item_id == item_id)
            .values(fate=Fate.WITHDRAWN, why=why)
        )

    def undelivered(self, message_ids: Sequence[str], why: str) -> None:
        """Note that messages were given up: nobody has received what they say."""
        if message_ids:
            told = points.c.fate.in_((Fate.SENT, Fate.MERGED))
            where = points.c.message_id.in_(list(message_ids)), told
            self._connection.execute(update(points).where(*where).values(fate=Fate.UNDELIVERED, why=why))

    def delivered(self, message_ids: Sequence[str]) -> None:
        """Note that messages that had been given up have arrived after all."""
        if message_ids:
            where = points.c.message_id.in_(list(message_ids)), points.c.fate == Fate.UNDELIVERED
            self._connection.execute(update(points).where(*where).values(fate=Fate.SENT, why=""))

    def merge(self, message_ids: Sequence[str], to: str) -> None:
        """Note that what these messages say is told in another one."""
        self._connection.execute(update(points).where(points.c.message_id.in_(list(message_ids))).values(message_id=to))

    def move(self, message_id: str, item_ids: Collection[int], to: str) -> None:
        """Note that what a message says of some items is told in another one."""
        where = points.c.message_id == message_id, points.c.item_id.in_(list(item_ids))
        self._connection.execute(update(points).where(*where).values(message_id=to))

    def of_orders(self, keys: Iterable[str]) -> list[FiredPoint]:
        """Return the points of these orders, oldest first."""
        return self._points(_OF_ORDERS, list(keys))

    def of_messages(self, message_ids: Iterable[str]) -> list[FiredPoint]:
        """Return the points that these messages tell of, oldest first."""
        return self._points(_OF_MESSAGES, list(message_ids))

    def _points(self, query: Select[Any], keys: list[str]) -> list[FiredPoint]:
        return [
            FiredPoint(
                **{name: row[name] for name in _FIELDS} | {"kind": PointKind(row["kind"]), "fate": Fate(row["fate"])}
            )
            for row in self._connection.execute(query, {"b_keys": keys}).mappings()
        ]

    def counts(self) -> dict[Fate, int]:
        """Return how many points had each fate."""
        query = select(points.c.fate, func.count()).group_by(points.c.fate)
        return {Fate(fate): count for fate, count in self._connection.execute(query)}
