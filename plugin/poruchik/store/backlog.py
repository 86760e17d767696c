"""What waits and since when: counted by indexes of what waits, whatever has been done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text

from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxState
from poruchik.model.lanes import LaneState
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
class Backlog:
    """The queues at a moment; commands by system."""

    documents: Waiting
    points: Waiting
    commands: Mapping[str, Waiting]
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
    lanes: Mapping[tuple[str, str], LaneState]


_DOCUMENTS = [
    select(func.count(), func.min(inbox.c.received_at)).where(text(predicate)) for predicate in (UNTRIED, TAKEN)
]
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
        points=Waiting(*connection.execute(_POINTS, {"b_now": now}).one()),
        commands=commands,
        changes=Waiting(*connection.execute(_CHANGES).one()),
        held=connection.scalar(_HELD) or 0,
        parked=Waiting(*connection.execute(_PARKED).one()),
        parked_orders=tuple(number or document for number, document in connection.execute(_PARKED_ORDERS)),
        manual=_together(Waiting(), *person.values()),
        failed=person.get(InboxState.FAILED, Waiting()).count,
        dead=Waiting(*connection.execute(_DEAD).one()),
        systems=Systems(connection).every(),
        lanes=Lanes(connection).every(),
    )


def _together(*queues: Waiting) -> Waiting:
    since = [one.since for one in queues if one.since]
    return Waiting(sum(one.count for one in queues), min(since, default=None))
