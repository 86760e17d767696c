"""The control items: what is under control, what comes next of each plan, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, insert, or_, select, text, tuple_, update

from poruchik.control.item import OVER, ItemKind, ItemState, Plan, Progress
from poruchik.control.opening import Item
from poruchik.store.reviews import IS_REVIEW, MAY_FIRE, STILL_WAITS
from poruchik.store.tables import ACTIVE, COUNTS, PARKED, inbox, items, orders


@dataclass(frozen=True, slots=True)
class DueItem:
    """An item with something to do now, and what a message must know of its order. Plan and progress as JSON text."""

    id: int
    key: str
    order_key: str
    kind: ItemKind
    name: str
    person: str
    unit: str
    accepted: bool
    plan: str
    progress: str
    system: str
    title: str
    text: str
    """What was ordered; of a document, why it waits."""
    lead: str
    lead_unit: str
    controller: str
    demands: str
    state: str


@dataclass(frozen=True, slots=True)
class BrokenItem:
    """An item that cannot be read or told of, and why."""

    id: int
    order_key: str
    cause: str


_DUE = (
    select(
        items.c.id,
        items.c.key,
        items.c.order_key,
        items.c.kind,
        items.c.name,
        items.c.person,
        items.c.unit,
        items.c.accepted,
        items.c.plan,
        items.c.progress,
        func.coalesce(orders.c.system, inbox.c.source).label("system"),
        func.coalesce(orders.c.reg_number, inbox.c.reg_number).label("reg_number"),
        func.coalesce(orders.c.document_id, inbox.c.external_id).label("document_id"),
        func.coalesce(orders.c.text, inbox.c.cause).label("text"),
        func.coalesce(orders.c.lead, "").label("lead"),
        func.coalesce(orders.c.unit, "").label("lead_unit"),
        func.coalesce(orders.c.controller, "").label("controller"),
        func.coalesce(orders.c.demands, "{}").label("demands"),
        func.coalesce(orders.c.state, "").label("state"),
    )
    .outerjoin(orders, orders.c.key == items.c.order_key)
    .outerjoin(inbox, inbox.c.id == items.c.inbox_id)
    .where(text(f"items.{ACTIVE}"), items.c.next_at <= bindparam("b_now"), MAY_FIRE)
    .where(or_(~IS_REVIEW, STILL_WAITS))
    .order_by(items.c.next_at, items.c.id)
    .limit(bindparam("b_limit"))
)
_ACTIVE_AMONG = (
    select(items.c.id, items.c.progress)
    .where(items.c.id.in_(bindparam("b_ids", expanding=True)), text(ACTIVE))
    .order_by(items.c.id)
    .with_for_update()
)
_ABOUT = select(items).where(items.c.order_key.in_(bindparam("b_keys", expanding=True))).order_by(items.c.id)
_OF_ORDERS, _REVIEWS = _ABOUT.where(~IS_REVIEW), _ABOUT.where(IS_REVIEW)
_LOCK = (
    select(items.c.id)
    .where(items.c.order_key.in_(bindparam("b_keys", expanding=True)))
    .order_by(items.c.id)
    .with_for_update()
)
_ADD = insert(items)
_COUNTED = (
    select(items.c.id, items.c.order_key, items.c.person)
    .where(text(COUNTS), items.c.counted_by != bindparam("b_version"))
    .order_by(items.c.person, items.c.id)
)
_OPEN = select(items).where(text(COUNTS)).order_by(items.c.person, items.c.id)
_PARKED = select(items).where(text(PARKED)).order_by(items.c.id)
_PARK = (
    update(items)
    .where(items.c.id == bindparam("b_id"), *(items.c.state != over for over in OVER))  # a list fits no `executemany`
    .values(state=ItemState.PARKED, cause=bindparam("b_cause"), next_at=None, changed_at=bindparam("b_now"))
)
# The first of the index is taken: asked for the least or whether any is due, a database reads a million that are not.
FIRST_POINT = (
    select(items.c.next_at)
    .where(text(f"items.{ACTIVE}"), items.c.next_at.is_not(None), MAY_FIRE)
    .order_by(items.c.next_at)
    .limit(1)
)
_ADVANCE = (
    update(items)
    .where(items.c.id == bindparam("b_id"))
    .values(progress=bindparam("b_progress"), next_at=bindparam("b_next_at"), changed_at=bindparam("b_now"))
)
_SAVE = (
    update(items)
    .where(items.c.id == bindparam("b_id"))
    .values(
        person=bindparam("b_person"),
        unit=bindparam("b_unit"),
        due_at=bindparam("b_due_at"),
        confirmed=bindparam("b_confirmed"),
        half_at=bindparam("b_half_at"),
        late_at=bindparam("b_late_at"),
        state=bindparam("b_state"),
        accepted=bindparam("b_accepted"),
        plan=bindparam("b_plan"),
        progress=bindparam("b_progress"),
        next_at=bindparam("b_next_at"),
        changed_at=bindparam("b_now"),
        cause=bindparam("b_cause"),
        counted_by=bindparam("b_counted_by"),
    )
)


class Items:
    """Every control item, unique by its key.

    What cannot be read is left out of what is returned; `broken` tells what that was.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.broken: list[BrokenItem] = []

    def add(self, new: Sequence[Item], now: datetime) -> None:
        """Keep new items."""
        if new:
            fixed = ("key", "order_key", "kind", "name", "inbox_id")
            rows = [
                {name: getattr(item, name) for name in fixed}
                | {key.removeprefix("b_"): value for key, value in _values(item, now).items() if key != "b_now"}
                | {"changed_at": now}
                for item in new
            ]
            self._connection.execute(_ADD, rows)

    def due(self, now: datetime, limit: int) -> Iterator[DueItem]:
        """Yield the items with a point due, the longest due first."""
        for row in self._connection.execute(_DUE, {"b_now": now, "b_limit": limit}).mappings():
            told = dict(row)
            number, document_id = told.pop("reg_number"), told.pop("document_id")
            yield DueItem(**told | {"kind": ItemKind(row["kind"]), "title": number or document_id})

    def unchanged(self, seen: Mapping[int, str]) -> set[int]:
        """Return those of the items that are active and where they were seen, locked until the transaction ends."""
        rows = self._connection.execute(_ACTIVE_AMONG, {"b_ids": list(seen)})
        return {row.id for row in rows if seen[row.id] == row.progress}

    def advance(self, moved: Iterable[tuple[int, Progress, datetime | None]], now: datetime) -> None:
        """Write how far items have come: id, progress, next moment."""
        rows = [
            {"b_id": item_id, "b_progress": progress.stored(), "b_next_at": next_at, "b_now": now}
            for item_id, progress, next_at in moved
        ]
        if rows:
            self._connection.execute(_ADVANCE, rows)

    def postpone(self, ids: Sequence[int], until: datetime, now: datetime) -> None:
        """Let items be looked at again later; their progress stays."""
        if ids:
            where = items.c.id.in_(ids), items.c.state == ItemState.ACTIVE
            self._connection.execute(update(items).where(*where).values(next_at=until, changed_at=now))

    def save(self, changed: Sequence[Item], now: datetime) -> None:
        """Write changed items whole."""
        if changed:
            self._connection.execute(_SAVE, [{"b_id": item.id} | _values(item, now) for item in changed])

    def of_orders(self, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return the parts of each of these orders; an order without any is absent."""
        return self._by_order(_OF_ORDERS, keys)

    def reviews_of(self, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return what waits, or waited, for whoever controls these orders; an order without any is absent."""
        return self._by_order(_REVIEWS, keys)

    def about(self, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return both."""
        return self._by_order(_ABOUT, keys)

    def _by_order(self, query: Select[Any], keys: Iterable[str]) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for row in self._connection.execute(query, {"b_keys": list(keys)}).mappings():
            found.setdefault(row["order_key"], []).extend(self._read(row))
        return found

    def lock(self, order_keys: Iterable[str]) -> None:
        """Lock the items of these orders until the transaction ends."""
        self._connection.execute(_LOCK, {"b_keys": list(order_keys)}).all()

    def counted_otherwise(
        self, version: str, limit: int | None, *, after: tuple[str, int] | None = None, person: str | None = None
    ) -> list[tuple[int, str, str]]:
        """Return what is open and was counted by another calendar: row, order, person; by person, beyond that place.

        Of one `person` alone, where one is named.
        """
        query = _COUNTED.limit(limit)
        if after is not None:
            query = query.where(tuple_(items.c.person, items.c.id) > after)
        if person is not None:
            query = query.where(items.c.person == person)
        return [tuple(row) for row in self._connection.execute(query, {"b_version": version})]

    def every_open(self) -> Iterator[Item]:
        """Yield what is open, by person; what cannot be read is left out."""
        for row in self._connection.execute(_OPEN).mappings():
            yield from self._read(row)

    def park(self, broken: Sequence[BrokenItem], now: datetime) -> None:
        """Park items, with the cause."""
        if broken:
            rows = [{"b_id": one.id, "b_cause": one.cause, "b_now": now} for one in broken]
            self._connection.execute(_PARK, rows)

    def end_parked(self, order_keys: Sequence[str], now: datetime) -> None:
        """End what is parked of orders that are closed: nothing of it is due any more."""
        if order_keys:
            where = items.c.order_key.in_(order_keys), items.c.state == ItemState.PARKED
            self._connection.execute(update(items).where(*where).values(state=ItemState.ENDED, changed_at=now))

    def parked(self) -> list[BrokenItem]:
        """Return what is parked, oldest first."""
        rows = self._connection.execute(_PARKED).mappings()
        return [BrokenItem(row["id"], row["order_key"], row["cause"]) for row in rows]

    def _read(self, row: RowMapping) -> Iterator[Item]:
        """Yield an item; what cannot be read is noted as broken, unless it is parked already."""
        try:
            yield _item(row)
        except Exception as error:  # noqa: BLE001 — whatever stands in the row, the others are read
            if row["state"] not in (*OVER, ItemState.PARKED):
                cause = f"план контроля в базе не читается: {type(error).__name__}: {error}"
                self.broken.append(BrokenItem(row["id"], row["order_key"], cause))

    def next_moment(self) -> datetime | None:
        """Return when the next point is due."""
        moment: datetime | None = self._connection.scalar(FIRST_POINT)
        return moment


def _values(item: Item, now: datetime) -> dict[str, Any]:
    return {
        "b_person": item.person,
        "b_unit": item.unit,
        "b_due_at": item.plan.deadline.due_at,
        "b_confirmed": item.plan.deadline.confirmed,
        "b_half_at": item.half_at,
        "b_late_at": item.late_at,
        "b_state": item.state,
        "b_accepted": item.accepted,
        "b_plan": item.snapshot or item.plan.stored(),
        "b_progress": item.progress.stored(),
        "b_next_at": item.next_at,
        "b_now": now,
        "b_cause": item.cause,
        "b_counted_by": item.counted_by,
    }


def _item(row: RowMapping) -> Item:
    return Item(
        key=row["key"],
        order_key=row["order_key"],
        kind=ItemKind(row["kind"]),
        name=row["name"],
        person=row["person"],
        unit=row["unit"],
        plan=Plan.read(row["plan"]),
        progress=Progress.read(row["progress"]),
        state=ItemState(row["state"]),
        accepted=row["accepted"],
        next_at=row["next_at"],
        id=row["id"],
        snapshot=row["plan"],
        cause=row["cause"],
        inbox_id=row["inbox_id"],
        late_at=row["late_at"],
        counted_by=row["counted_by"],
    )
