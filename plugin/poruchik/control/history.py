"""What happened to an order and what is to come of it, as events with their moments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poruchik.control.item import ItemState, upcoming
from poruchik.control.opening import Item
from poruchik.model.audit import PROGRAM, AuditEntry
from poruchik.model.person_ref import RefKind
from poruchik.model.points import FiredPoint
from poruchik.texts.labels import FATES, KINDS
from poruchik.workcalendar.calendar import WorkCalendar


class Doer(StrEnum):
    """Who made an event."""

    PROGRAM = "program"
    PEOPLE = "people"
    POINT = "point"


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line of the story. `who` is empty for what comes by the plan."""

    at: datetime
    doer: Doer
    who: str
    what: str

    @property
    def text(self) -> str:
        """Return the line for a terminal."""
        return f"{self.who}: {self.what}" if self.who else self.what


def past(entries: Iterable[AuditEntry], points: Iterable[FiredPoint]) -> list[StoryLine]:
    """Return what happened, oldest first."""
    events = [
        StoryLine(
            entry.at,
            Doer.PROGRAM if entry.who == PROGRAM else Doer.PEOPLE,
            entry.who,
            f"{entry.what} {entry.details}".rstrip(),
        )
        for entry in entries
    ]
    events += [StoryLine(point.fired_at, Doer.POINT, "", _told(point)) for point in points]
    return sorted(events, key=lambda event: event.at)


def to_come(items: Iterable[Item], calendar: WorkCalendar) -> list[StoryLine]:
    """Return what is to come if nobody does anything, soonest first."""
    return sorted(_coming(items, calendar), key=lambda event: event.at)


def _coming(items: Iterable[Item], calendar: WorkCalendar) -> Iterator[StoryLine]:
    for item in items:
        if item.state is not ItemState.ACTIVE or item.next_at is None:
            continue
        for at, message in upcoming(
            item.plan, item.progress, accepted=item.accepted, now=item.next_at, calendar=calendar
        ):
            point = message.points[0]
            to = item.person if point.to.kind is RefKind.LEAD else str(point.to)
            part = f" ({item.name})" if item.name else ""
            yield StoryLine(at, Doer.POINT, "", f"{KINDS[point.kind]}{part}: {point.rung} → {to}")


def _told(point: FiredPoint) -> str:
    why = f" — {point.why}" if point.why else ""
    late = ", опоздало не по вине исполнителя" if point.late else ""
    return f"{KINDS[point.kind]}: {point.rung} → {point.person or point.to_ref}, {FATES[point.fate]}{why}{late}"
