"""The orders: what was decided and where each stands. What pages filter by stands in columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from poruchik.model import record
from poruchik.model.decision import Decision
from poruchik.model.order import Order
from poruchik.model.standing import Demands, OrderState, StoredOrder
from poruchik.policy.slot_table import PRIORITY
from poruchik.store.tables import OPEN, STOPPED, orders
from poruchik.workcalendar.calendar import WorkCalendar

_KEYS_OF_A_QUERY = 5_000
"""A database takes no more than some ten thousand values of one query."""


def orders_of(decision: Decision, inbox_id: int, calendar: WorkCalendar) -> list[StoredOrder]:
    """Return the rows of a decision's orders."""
    document, facts = decision.document, decision.facts
    return [
        StoredOrder(
            key=order.key,
            inbox_id=inbox_id,
            system=document.source,
            document_key=document.key,
            document_id=document.external_id,
            reg_number=document.reg_number,
            rule=order.rule,
            act=order.act,
            clause=order.clause,
            deadline_act=order.deadline.act if order.deadline else "",
            deadline_clause=order.deadline.clause if order.deadline else "",
            text=order.text,
            unit=order.lead.unit or "",
            lead=order.lead.person or "",
            controller=(order.controller.person or "") if order.controller else "",
            kind=str(facts.get("вид", "")),
            channel=str(facts.get("канал", "")),
            topic=str(facts.get("тема", "")),
            registered_on=document.registered_at.astimezone(calendar.zone).date(),
            due_at=order.deadline.due_at if order.deadline else None,
            due_on=order.deadline.due_on if order.deadline else None,
            first_due_at=order.deadline.due_at if order.deadline else None,
            demands=_demands(order).stored(),
            late_at=order.deadline.late_from(calendar) if order.deadline else None,
            furthest_on=order.deadline.due_on if order.deadline else None,
            priority=_priority(order),
            slots=record.write(1, order.slots),
        )
        for order in decision.orders
    ]


def _priority(order: Order) -> int | None:
    priority = order.slots.get(PRIORITY.en)
    return priority if isinstance(priority, int) else None


def _demands(order: Order) -> Demands:
    return Demands(
        lead=order.lead.person or "",
        checks=order.checks,
        extension=order.extension,
        suspension=order.suspension,
        refusal_to=order.refusal_to,
        controller=order.controller.ref if order.controller else None,
    )


_CONFIRM = (
    update(orders)
    .where(orders.c.key == bindparam("b_key"), orders.c.internal_id == "")
    .values(
        state=case((orders.c.state == OrderState.WAITING, OrderState.NEW), else_=orders.c.state),
        internal_id=bindparam("b_internal_id"),
        revision=orders.c.revision + 1,
        changed_at=bindparam("b_now"),
    )
)
_CHANGED = (
    *("unit", "lead", "due_at", "due_on", "late_at", "furthest_on", "first_due_at", "extensions", "closed_at"),
    *(
        "reported_at",
        "state",
        "asked_due_at",
        "asked_by",
        "asked_why",
        "reported_late",
        "report",
        "outcome",
        "answer_days",
        "stops",
        "stopped_until",
    ),
)
_SAVE = (
    update(orders)
    .where(orders.c.key == bindparam("b_key"))
    .values(
        {name: bindparam(f"b_{name}") for name in _CHANGED}
        | {"revision": orders.c.revision + 1, "changed_at": bindparam("b_now")}
    )
)


URGENT_FIRST: tuple[ColumnElement[Any], ...] = (
    orders.c.priority.is_(None),
    orders.c.priority,
    orders.c.due_at.is_(None),
    orders.c.due_at,
    orders.c.id,
)
"""How lists of open orders are sorted: by priority (приказ № 269, п. 8.3.4), within it by term."""
_FIELDS = tuple(StoredOrder.__dataclass_fields__)
_NEW = tuple(name for name in _FIELDS if name != "id")
_KEYS: BindParameter[Any] = bindparam("b_keys", expanding=True)
_ADD = insert(orders)
_LOCK = select(orders).where(orders.c.key.in_(_KEYS)).order_by(orders.c.id).with_for_update()
_STATES = select(orders.c.key, orders.c.state).where(orders.c.key.in_(_KEYS))
_OF_DOCUMENTS = select(orders).where(orders.c.document_key.in_(_KEYS)).order_by(orders.c.id)
_OPEN_OF = (
    select(orders)
    .where(
        text(OPEN),
        orders.c.system == bindparam("b_system"),
        orders.c.internal_id != "",
        orders.c.id > bindparam("b_after"),
    )
    .order_by(orders.c.id)
    .limit(bindparam("b_limit"))
)
_LOAD = select(orders.c.lead, func.count()).where(text(OPEN)).group_by(orders.c.lead)


class Orders:
    """Every order, unique by its key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Sequence[StoredOrder], now: datetime) -> None:
        """Keep new orders."""
        if new:
            rows = [
                {name: getattr(order, name) for name in _NEW} | {"created_at": now, "changed_at": now} for order in new
            ]
            self._connection.execute(_ADD, rows)

    def confirm(self, internal_ids: Mapping[str, str], now: datetime) -> None:
        """Remember that the connected system has these orders: key → its own id."""
        if internal_ids:
            rows = [{"b_key": key, "b_internal_id": one, "b_now": now} for key, one in internal_ids.items()]
            self._connection.execute(_CONFIRM, rows)

    def lock(self, keys: Iterable[str]) -> dict[str, StoredOrder]:
        """Return these orders by key, locked until the end of the transaction; unknown ones are absent."""
        rows = self._connection.execute(_LOCK, {"b_keys": list(keys)}).mappings()
        return {row["key"]: order_of(row) for row in rows}

    def by_keys(self, keys: Iterable[str]) -> dict[str, StoredOrder]:
        """Return these orders by key, however many; unknown ones are absent."""
        found: dict[str, StoredOrder] = {}
        wanted = list(keys)
        for begin in range(0, len(wanted), _KEYS_OF_A_QUERY):
            query = select(orders).where(orders.c.key.in_(wanted[begin : begin + _KEYS_OF_A_QUERY]))
            found |= {row["key"]: order_of(row) for row in self._connection.execute(query).mappings()}
        return found

    def stopped_before(self, moment: datetime, limit: int) -> list[StoredOrder]:
        """Return the orders whose term stands still and may not do so beyond a moment, the longest over first."""
        query = select(orders).where(text(STOPPED), orders.c.stopped_until <= moment)
        return self._orders(query.order_by(orders.c.stopped_until).limit(limit))

    def next_stop_over(self) -> datetime | None:
        """Return when the next term that stands still goes on by itself."""
        query = select(orders.c.stopped_until).where(text(STOPPED)).order_by(orders.c.stopped_until).limit(1)
        moment: datetime | None = self._connection.scalar(query)
        return moment

    def every(self) -> list[StoredOrder]:
        """Return every order, oldest first."""
        return self._orders(select(orders).order_by(orders.c.id))

    def keys(self) -> list[str]:
        """Return the key of every order, oldest first."""
        return list(self._connection.scalars(select(orders.c.key).order_by(orders.c.id)))

    def states(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the state of each of these orders."""
        return {key: state for key, state in self._connection.execute(_STATES, {"b_keys": list(keys)})}

    def titles(self, keys: Iterable[str]) -> dict[str, str]:
        """Return what people call the document of each of these orders by."""
        found = select(orders.c.key, orders.c.reg_number, orders.c.document_id).where(orders.c.key.in_(list(keys)))
        return {key: number or document for key, number, document in self._connection.execute(found)}

    def save(self, changed: Sequence[StoredOrder], now: datetime) -> None:
        """Write what the life of an order changes: who, until when, where it stands."""
        if changed:
            rows = [
                {"b_key": order.key, "b_now": now} | {f"b_{name}": getattr(order, name) for name in _CHANGED}
                for order in changed
            ]
            self._connection.execute(_SAVE, rows)

    def of_documents(self, keys: Iterable[str]) -> dict[str, list[StoredOrder]]:
        """Return the orders of each of these documents; a document without orders is absent."""
        found: dict[str, list[StoredOrder]] = {}
        for row in self._connection.execute(_OF_DOCUMENTS, {"b_keys": list(keys)}).mappings():
            found.setdefault(row["document_key"], []).append(order_of(row))
        return found

    def open_of(self, system: str, *, after: int, limit: int) -> list[StoredOrder]:
        """Return the open orders that a system is known to have, beyond that row, oldest first."""
        asked = {"b_system": system, "b_after": after, "b_limit": limit}
        return [order_of(row) for row in self._connection.execute(_OPEN_OF, asked).mappings()]

    def count_from(self, system: str, revision: int) -> None:
        """Let the open orders of a system go on from a revision that none has had; those that are further stay."""
        behind = (orders.c.system == system, text(OPEN), orders.c.revision < revision)
        self._connection.execute(update(orders).where(*behind).values(revision=revision))

    def find(self, number: str) -> list[StoredOrder]:
        """Return the orders known by a document's number or id, by their own key or by the system's id."""
        same = or_(
            orders.c.reg_number == number,
            orders.c.document_id == number,
            orders.c.key == number,
            orders.c.internal_id == number,
        )
        return self._orders(select(orders).where(same).order_by(orders.c.id))

    def listing(self, *, limit: int = 1000) -> list[StoredOrder]:
        """Return the open orders, the most urgent first."""
        query = select(orders).where(text(OPEN)).order_by(*URGENT_FIRST)
        return self._orders(query.limit(limit))

    def open(self, *, unit: str, due_by: datetime | None) -> list[StoredOrder]:
        """Return the open orders with a term, the most urgent first, of one unit or of all («»), due by a moment."""
        query = select(orders).where(text(OPEN), orders.c.due_at.is_not(None))
        if due_by:
            query = query.where(orders.c.due_at <= due_by)
        return self._of_unit(query, unit, URGENT_FIRST)

    def due_between(self, first: datetime, after: datetime, *, unit: str) -> list[StoredOrder]:
        """Return the orders, closed ones too, whose term ends from one moment on and before another."""
        due = select(orders).where(orders.c.due_at >= first, orders.c.due_at < after)
        return self._of_unit(due, unit, (orders.c.due_at, orders.c.id))

    def _of_unit(self, query: Select[Any], unit: str, order_by: Sequence[ColumnElement[Any]]) -> list[StoredOrder]:
        if unit:
            query = query.where(orders.c.unit == unit)
        return self._orders(query.order_by(*order_by))

    def load(self) -> dict[str, int]:
        """Return how many open orders each person leads."""
        return {lead: count for lead, count in self._connection.execute(_LOAD)}

    def counts(self) -> dict[str, int]:
        """Return how many orders are in each state."""
        query = select(orders.c.state, func.count()).group_by(orders.c.state)
        return {state: count for state, count in self._connection.execute(query)}

    def _orders(self, query: Select[Any]) -> list[StoredOrder]:
        return [order_of(row) for row in self._connection.execute(query).mappings()]


def order_of(row: RowMapping) -> StoredOrder:
    """Return the order of a row."""
    return StoredOrder(**{name: row[name] for name in _FIELDS})
