"""What waits and since when: counted by indexes of what waits, whatever has been done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select, text

from poruchik.control.item import OVER
from poruchik.model.epoch import Epoch
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxState
from poruchik.model.lanes import Key, LaneState
from poruchik.store.differences import Differences
from poruchik.store.epochs import Epochs
from poruchik.store.inbox import MAY_BE_DECIDED
from poruchik.store.lanes import Lanes
from poruchik.store.reviews import MAY_FIRE
from poruchik.store.strays import Strays
from poruchik.store.systems import Systems, SystemState
from poruchik.store.tables import (
    ACTIVE,
    DEAD,
    LEASED,
    OF_DOCUMENT,
    PARKED,
    PUT_ASIDE,
    REFUSED,
    TAKEN,
    UNTRIED,
    WAITING,
    changes,
    inbox,
    items,
    orders,
    outbox,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many wait, the first of them since a moment."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class InHand:
    """What workers have taken: until when they have it. One that died has it until then too."""

    count: int = 0
    workers: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TriageClocks:
    """How many of the waiting documents have used up half of the law's term, or all of it, or the house's own.

    `first_due_at` is the earliest term of the law among those that wait.
    """

    half: int = 0
    late: int = 0
    late_by_house: int = 0
    first_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """The queues at a moment; commands by system."""

    documents: Waiting
    documents_in_hand: InHand
    points: Waiting
    commands: Mapping[str, Waiting]
    commands_in_hand: Mapping[str, InHand]
    changes: Waiting
    """Those that wait for a person."""
    parked: Waiting
    """Control items that wait for a person."""
    parked_orders: tuple[str, ...]
    """The titles of the first orders that have such."""
    held: int
    """Messages that are put aside meanwhile."""
    manual: Waiting
    """Documents that wait for a person."""
    triage: TriageClocks
    failed: int
    dead: Waiting
    systems: Mapping[str, SystemState]
    lanes: Mapping[Key, LaneState]
    service_connected: bool
    """Whether a service has the database open, as PostgreSQL tells; SQLite does not."""
    epochs: Mapping[str, Epoch]
    """By system: how far a database that was put back has caught up."""
    strays: int
    """Orders of systems that this database does not know."""
    differences: int
    """Open orders that differ from the system's."""


SERVICE_NAME = "poruchik-service"
"""What a service is called among the connections of PostgreSQL."""
_CONNECTED = text(
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = :b_name)"
)
_DOCUMENTS = [
    select(func.count(), func.min(inbox.c.received_at)).where(text(predicate), MAY_BE_DECIDED)
    for predicate in (UNTRIED, TAKEN)
]
_DOCUMENTS_IN_HAND = select(
    func.count(), func.count(func.distinct(inbox.c.owner)), func.max(inbox.c.lease_until)
).where(text(TAKEN), inbox.c.lease_until > bindparam("b_now"), inbox.c.owner != "")
_COMMANDS_IN_HAND = (
    select(outbox.c.system, func.count(), func.count(func.distinct(outbox.c.owner)), func.max(outbox.c.lease_until))
    .where(text(LEASED), outbox.c.lease_until > bindparam("b_now"))
    .group_by(outbox.c.system)
)
_POINTS = select(func.count(), func.min(items.c.next_at)).where(
    text(f"items.{ACTIVE}"), items.c.next_at <= bindparam("b_now"), MAY_FIRE
)
_COMMANDS = [
    select(outbox.c.system, func.count(), func.min(outbox.c.created_at))
    .where(text(predicate), outbox.c.created_at <= bindparam("b_now"))  # periodic orders wait for their period
    .group_by(outbox.c.system)
    for predicate in (WAITING, LEASED)
]
_PERSON = (
    select(inbox.c.state, func.count(), func.min(inbox.c.changed_at))
    .where(inbox.c.state.in_(WAITS_FOR_A_PERSON))
    .group_by(inbox.c.state)
)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_BY_LAW, _LATE = items.c.half_at.is_not(None), items.c.late_at <= bindparam("b_now")
_TRIAGE = select(
    _how_many(and_(_BY_LAW, items.c.half_at <= bindparam("b_now"), ~_LATE)).label("half"),
    _how_many(and_(_BY_LAW, _LATE)).label("late"),
    _how_many(and_(~_BY_LAW, _LATE)).label("late_by_house"),
    func.min(case((_BY_LAW, items.c.due_at))).label("first_due_at"),
).where(text(OF_DOCUMENT), items.c.state.not_in(OVER))
_CHANGES = select(func.count(), func.min(changes.c.seen_at)).where(text(REFUSED))
_HELD = select(func.count()).select_from(outbox).where(text(PUT_ASIDE))
_PARKED = select(func.count(), func.min(items.c.changed_at)).where(text(PARKED))
_PARKED_ORDERS = (
    select(func.coalesce(orders.c.reg_number, ""), func.coalesce(orders.c.document_id, items.c.order_key))
    .select_from(items)
    .outerjoin(orders, orders.c.key == items.c.order_key)
    .where(text(f"items.{PARKED}"))
    .order_by(items.c.id)
    .limit(3)
)
_DEAD = select(func.count(), func.min(outbox.c.changed_at)).where(text(DEAD))


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Return what waits at a moment."""
    commands: dict[str, Waiting] = {}
    for query in _COMMANDS:
        for system, count, since in connection.execute(query, {"b_now": now}):
            commands[system] = _together(commands.get(system, Waiting()), Waiting(count, since))
    person = {state: Waiting(count, since) for state, count, since in connection.execute(_PERSON)}
    return Backlog(
        documents=_together(*(Waiting(*connection.execute(query).one()) for query in _DOCUMENTS)),
        documents_in_hand=InHand(*connection.execute(_DOCUMENTS_IN_HAND, {"b_now": now}).one()),
        points=Waiting(*connection.execute(_POINTS, {"b_now": now}).one()),
        commands=commands,
        commands_in_hand={
            system: InHand(*told) for system, *told in connection.execute(_COMMANDS_IN_HAND, {"b_now": now})
        },
        changes=Waiting(*connection.execute(_CHANGES).one()),
        held=connection.scalar(_HELD) or 0,
        parked=Waiting(*connection.execute(_PARKED).one()),
        parked_orders=tuple(number or document for number, document in connection.execute(_PARKED_ORDERS)),
        manual=_together(Waiting(), *person.values()),
        triage=TriageClocks(**connection.execute(_TRIAGE, {"b_now": now}).mappings().one()),
        failed=person.get(InboxState.FAILED, Waiting()).count,
        dead=Waiting(*connection.execute(_DEAD).one()),
        systems=Systems(connection).every(),
        lanes=Lanes(connection).every(),
        service_connected=_service_connected(connection),
        epochs=Epochs(connection).open(),
        strays=Strays(connection).count(),
        differences=Differences(connection).count(),
    )


def _service_connected(connection: Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.scalar(_CONNECTED, {"b_name": SERVICE_NAME}))


def _together(*queues: Waiting) -> Waiting:
    since = [one.since for one in queues if one.since]
    return Waiting(sum(one.count for one in queues), min(since, default=None))
