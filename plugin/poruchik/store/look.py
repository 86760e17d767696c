"""One look at what there is to do: a round begins with it, so that an idle round costs one short reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from poruchik.model.epoch import Epoch
from poruchik.model.lanes import LaneState
from poruchik.store.epochs import Epochs
from poruchik.store.inbox import HAS_UNDECIDED
from poruchik.store.items import FIRST_POINT
from poruchik.store.lanes import Lanes
from poruchik.store.outbox import HAS_DUE
from poruchik.store.publications import Signature, signature
from poruchik.store.systems import Systems, SystemState
from poruchik.store.tables import cursors

SOON = timedelta(seconds=30)
_CURSORS = select(cursors.c.system, cursors.c.lane, cursors.c.cursor)
_WORK = select(
    HAS_UNDECIDED.label("undecided"),
    (FIRST_POINT.scalar_subquery() <= bindparam("b_now")).label("due"),
    (FIRST_POINT.scalar_subquery() <= bindparam("b_soon")).label("soon"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What waits: documents, points, and commands by system; and how far each lane has read each system."""

    undecided: bool
    due: bool
    soon: bool
    """Whether a point is due within `SOON`: what is read now is what an escalation will ask for."""
    systems: frozenset[str]
    cursors: Mapping[tuple[str, str], str]
    states: Mapping[str, SystemState]
    published: Signature
    lanes: Mapping[tuple[str, str], LaneState]
    epochs: Mapping[str, Epoch]


def look(connection: Connection, now: datetime, systems: Iterable[str]) -> Look:
    """Return what there is to do at a moment, and which of these systems there is something for."""
    states = Systems(connection).every()
    waits = {name for name, state in states.items() if state.waits(now)}
    undecided, due, soon = connection.execute(_WORK, {"b_now": now, "b_soon": now + SOON}).one()
    return Look(
        undecided=bool(undecided),
        due=bool(due),
        soon=bool(soon),
        systems=frozenset(
            one for one in set(systems) - waits if connection.scalar(HAS_DUE, {"b_system": one, "b_now": now})
        ),
        cursors={(system, lane): cursor for system, lane, cursor in connection.execute(_CURSORS)},
        states=states,
        published=signature(connection),
        lanes=Lanes(connection).every(),
        epochs=Epochs(connection).open(),
    )
