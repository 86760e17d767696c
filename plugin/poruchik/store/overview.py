"""What the pages count and list. The scope of who looks goes into every query; each stands on an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select, text

from poruchik.control.item import ItemKind
from poruchik.model.inbox import WAITS_FOR_A_PERSON
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.store.orders import URGENT_FIRST, order_of
from poruchik.store.tables import (
    ASKED,
    CLOSED,
    DEAD,
    LEASED,
    OPEN,
    PUT_ASIDE,
    WAITING,
    inbox,
    items,
    orders,
    outbox,
    words,
)

NOT_ACCEPTED = (OrderState.WAITING, OrderState.NEW, OrderState.DELIVERED, OrderState.REFUSED)
"""States of an order that nobody has taken on."""
FORWARDED = "перенаправлено"
"""The class of outcome that a report gives when the document went to who is competent for it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose orders may be seen: of these units, or where these people lead or help; neither named means all."""

    units: tuple[str, ...] | None = None
    people: tuple[str, ...] | None = None

    @property
    def everything(self) -> bool:
        """Tell whether nothing is hidden."""
        return self.units is None and self.people is None

    def condition(self) -> ColumnElement[bool] | None:
        """Return the condition that goes into every query on orders, or None."""
        if self.units is not None:
            return orders.c.unit.in_(self.units) if self.units else false()
        if self.people is not None:
            helps = select(items.c.order_key).where(
                items.c.person.in_(self.people), items.c.kind == ItemKind.CO_EXECUTOR
            )
            return or_(orders.c.lead.in_(self.people), orders.c.key.in_(helps))
        return None


@dataclass(frozen=True, slots=True)
class Horizon:
    """The moments that a day is divided by: now, its end, the end of «soon», the end of «at risk»."""

    now: datetime
    today: datetime
    soon: datetime
    risk: datetime


class Standing(StrEnum):
    """The lists of orders that people ask for. The value is the word in an address."""

    TODAY = "today"
    OVERDUE = "overdue"
    SOON = "soon"
    RISK = "risk"
    REPORTED = "reported"
    ASKED = "asked"
    NOBODY = "nobody"
    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders are asked for; empty values ask for nothing."""

    standing: Standing = Standing.ALL
    unit: str = ""
    lead: str = ""
    act: str = ""
    clause: str = ""
    due_from: datetime | None = None
    due_to: datetime | None = None
    number: str = ""
    words: tuple[frozenset[str], ...] = field(default=())
    """Forms of each word that the document must have."""


class Grouping(StrEnum):
    """What orders are counted by. The value is the word in an address."""

    UNIT = "unit"
    PERSON = "person"
    CLAUSE = "clause"


@dataclass(frozen=True, slots=True)
class GroupTally:
    """The orders of one group: open ones, and of these how many are late, end within the week ahead, nobody took."""

    name: tuple[str, ...]
    open: int
    overdue: int
    soon: int
    risk: int


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The commands of the outbox: waiting or under way, given up, finished (sent or withdrawn)."""

    waiting: int
    dead: int
    finished: int


_ON_TIME = and_(text(OPEN), orders.c.reported_at.is_(None))
_GROUPS = {
    Grouping.UNIT: (orders.c.unit,),
    Grouping.PERSON: (orders.c.lead, orders.c.unit),
    Grouping.CLAUSE: (orders.c.act, orders.c.clause),
}


class Overview:
    """The reads of the pages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- orders -----------------------------------------------------------------------------------

    def count(self, scope: Scope, asked: Filter, horizon: Horizon) -> int:
        """Return how many orders there are."""
        query = select(func.count()).select_from(orders).where(*_where(scope, asked, horizon))
        return int(self._connection.scalar(query) or 0)

    def orders(
        self, scope: Scope, asked: Filter, horizon: Horizon, *, limit: int, offset: int = 0, by_unit: bool = False
    ) -> list[StoredOrder]:
        """Return a part of the orders: the open ones the most urgent first, closed ones the newest."""
        query = select(orders).where(*_where(scope, asked, horizon))
        if asked.standing is Standing.CLOSED:
            query = query.order_by(orders.c.closed_at.desc(), orders.c.id.desc())
        elif asked.standing is Standing.ALL:
            query = query.order_by(orders.c.id.desc())
        else:
            query = query.order_by(*([orders.c.unit] if by_unit else []), *URGENT_FIRST)
        return [order_of(row) for row in self._connection.execute(query.limit(limit).offset(offset)).mappings()]

    def order(self, scope: Scope, order_id: int) -> StoredOrder | None:
        """Return one order, if it is in the scope."""
        query = select(orders).where(orders.c.id == order_id, *_scope(scope))
        row = self._connection.execute(query).mappings().one_or_none()
        return order_of(row) if row else None

    def of_document(self, scope: Scope, document_key: str) -> list[StoredOrder]:
        """Return the orders of a document that are in the scope, oldest first."""
        query = select(orders).where(orders.c.document_key == document_key, *_scope(scope)).order_by(orders.c.id)
        return [order_of(row) for row in self._connection.execute(query).mappings()]

    def by_day(self, scope: Scope, since: datetime, until: datetime) -> dict[date, int]:
        """Return how many open orders end on each day between two moments."""
        query = (
            select(orders.c.due_on, func.count())
            .where(_ON_TIME, orders.c.due_at >= since, orders.c.due_at <= until, *_scope(scope))
            .group_by(orders.c.due_on)
        )
        return {day: count for day, count in self._connection.execute(query) if day}

    def tallies(self, scope: Scope, by: Grouping, horizon: Horizon, *, limit: int, offset: int = 0) -> list[GroupTally]:
        """Return the open orders by group, the groups with most delays first."""
        columns = _GROUPS[by]
        late, soon, risk = (_sum(_standing(one, horizon)) for one in (Standing.OVERDUE, Standing.SOON, Standing.RISK))
        query = (
            select(*columns, func.count(), late, soon, risk)
            .where(text(OPEN), *_scope(scope))
            .group_by(*columns)
            .order_by(late.desc(), func.count().desc(), *columns)
        )
        width = len(columns)
        rows = self._connection.execute(query.limit(limit).offset(offset))
        return [GroupTally(tuple(row[:width]), *row[width:]) for row in rows]

    def units(self, scope: Scope) -> list[str]:
        """Return the units that have orders."""
        query = select(orders.c.unit).where(text(OPEN), orders.c.unit != "", *_scope(scope)).distinct()
        return sorted(self._connection.scalars(query))

    # --- documents --------------------------------------------------------------------------------

    def registered_late(self, since: datetime, days: int) -> int:
        """Return how many documents registered since then came more than so many days before."""
        query = select(func.count()).where(inbox.c.registered_at >= since, inbox.c.registration_days > days)
        return int(self._connection.scalar(query) or 0)

    def forwarded_late(self, scope: Scope, since: datetime, days: int) -> int:
        """Return how many documents were forwarded since then more than so many days after their registration."""
        query = select(func.count()).where(
            orders.c.outcome == FORWARDED, orders.c.reported_at >= since, orders.c.answer_days > days, *_scope(scope)
        )
        return int(self._connection.scalar(query) or 0)

    def manual_causes(self) -> dict[str, int]:
        """Return how many documents wait for a person, by the code of the cause."""
        query = select(inbox.c.code, func.count()).where(inbox.c.state.in_(WAITS_FOR_A_PERSON)).group_by(inbox.c.code)
        return {code: count for code, count in self._connection.execute(query)}

    # --- deliveries -------------------------------------------------------------------------------

    def deliveries(self) -> Deliveries:
        """Return how many commands wait, were given up, and were finished."""
        counted = select(func.count()).select_from(outbox)
        unfinished = (WAITING, LEASED, PUT_ASIDE)
        waiting = sum(int(self._connection.scalar(counted.where(text(one))) or 0) for one in unfinished)
        dead = int(self._connection.scalar(counted.where(text(DEAD))) or 0)
        total = int(self._connection.scalar(counted) or 0)
        return Deliveries(waiting, dead, total - waiting - dead)


def _scope(scope: Scope) -> Sequence[ColumnElement[bool]]:
    condition = scope.condition()
    return () if condition is None else (condition,)


def _sum(condition: ColumnElement[bool]) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _where(scope: Scope, asked: Filter, horizon: Horizon) -> Sequence[ColumnElement[bool]]:
    found = [_standing(asked.standing, horizon), *_scope(scope)]
    for column, value in (
        (orders.c.unit, asked.unit),
        (orders.c.lead, asked.lead),
        (orders.c.act, asked.act),
        (orders.c.clause, asked.clause),
    ):
        if value:
            found.append(column == value)
    if asked.due_from:
        found.append(orders.c.due_at >= asked.due_from)
    if asked.due_to:
        found.append(orders.c.due_at <= asked.due_to)
    if asked.number:
        found.append(or_(orders.c.reg_number == asked.number, orders.c.internal_id == asked.number))
    found += [
        orders.c.inbox_id.in_(select(words.c.inbox_id).where(words.c.word.in_(sorted(forms)))) for forms in asked.words
    ]
    return found


def _standing(standing: Standing, horizon: Horizon) -> ColumnElement[bool]:
    match standing:
        case Standing.TODAY:
            return and_(_ON_TIME, orders.c.late_at > horizon.now, orders.c.due_at <= horizon.today)
        case Standing.OVERDUE:
            return and_(_ON_TIME, orders.c.late_at <= horizon.now)
        case Standing.SOON:
            return and_(_ON_TIME, orders.c.due_at > horizon.today, orders.c.due_at <= horizon.soon)
        case Standing.RISK:
            ahead = and_(orders.c.late_at > horizon.now, orders.c.due_at <= horizon.risk)
            return and_(_ON_TIME, orders.c.state.in_(NOT_ACCEPTED), ahead)
        case Standing.REPORTED:
            return and_(text(OPEN), orders.c.state == OrderState.REPORTED)
        case Standing.ASKED:
            return and_(text(OPEN), text(ASKED))
        case Standing.NOBODY:
            return and_(text(OPEN), or_(orders.c.lead == "", orders.c.state == OrderState.REFUSED))
        case Standing.OPEN:
            return text(OPEN)  # type: ignore[return-value]
        case Standing.CLOSED:
            return text(CLOSED)  # type: ignore[return-value]
    return text("1 = 1")  # type: ignore[return-value]
