"""What waits and since when: counted by indexes of what waits, whatever has been done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text

from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxState
from poruchik.model.lanes import Key, LaneState
from poruchik.store.changes import HELD
from poruchik.store.lanes import Lanes
from poruchik.store.systems import Systems, SystemState
from poruchik.store.tables import (
    ACTIVE,
    DEAD,
    LEASED,
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
    failed: int
    dead: Waiting
    systems: Mapping[str, SystemState]
    lanes: Mapping[Key, LaneState]
    service_connected: bool
    """Whether a service has the database open, as PostgreSQL tells; SQLite does not."""


SERVICE_NAME = "poruchik-service"
"""What a service is called among the connections of PostgreSQL."""
_CONNECTED = text(
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = :b_name)"
)
_DOCUMENTS = [
    select(func.count(), func.min(inbox.c.received_at)).where(text(predicate)) for predicate in (UNTRIED, TAKEN)
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
    text(f"items.{ACTIVE}"), items.c.next_at <= bindparam("b_now"), ~HELD
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
_CHANGES = select(func.count(), func.min(changes.c.seen_at)).where(text(REFUSED))
_HELD = select(func.count()).select_from(outbox).where(text(PUT_ASIDE))
_PARKED = select(func.count(), func.min(items.c.changed_at)).where(text(PARKED))
_PARKED_ORDERS = (
    select(orders.c.reg_number, orders.c.document_id)
    .join(items, items.c.order_key == orders.c.key)
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
        failed=person.get(InboxState.FAILED, Waiting()).count,
        dead=Waiting(*connection.execute(_DEAD).one()),
        systems=Systems(connection).every(),
        lanes=Lanes(connection).every(),
        service_connected=_service_connected(connection),
    )


def _service_connected(connection: Connection) -> bool:
    if connection.dialect.name != "postgresql":
        return False
    return bool(connection.scalar(_CONNECTED, {"b_name": SERVICE_NAME}))


def _together(*queues: Waiting) -> Waiting:
    since = [one.since for one in queues if one.since]
    return Waiting(sum(one.count for one in queues), min(since, default=None))
