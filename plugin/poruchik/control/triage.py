"""The clock of a document that waits for a person: the law's term of what it would be, else the house's own. Pure.

Decisions: `docs/sroki.md`, «Документ ждёт человека».
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from poruchik.control.item import ItemKind, Plan, Progress, next_moment
from poruchik.control.opening import Item
from poruchik.model.inbox import InboxItem, InboxState
from poruchik.model.ladder import Anchor, EscalationStep, Recurrence, Rung
from poruchik.model.order import Assignee, Deadline
from poruchik.model.person_ref import PersonRef
from poruchik.organization.structure import Organization
from poruchik.policy.whole import Triage
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due

HOUSE_RULE = "ждёт человека"
"""Stands for the rule of a term that the house gives itself; it has no act."""
_OF_THE_LAW = (
    Rung.parse("через 50 % срока"),
    Rung.parse("за 3 рабочих дня"),
    Rung.parse("за 1 рабочий день"),
    Rung(Anchor.DUE_DAY),
)
_OVER = Rung(Anchor.OVERDUE)
_EVERY_DAY = Rung(Anchor.OVERDUE, every=Recurrence.WORKING_DAY)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Makes the clocks of waiting documents. `since`: what was due before that moment is taken over as late, once."""

    triage: Triage
    organization: Organization
    calendar: WorkCalendar
    now: datetime

    def item(self, waiting: InboxItem, term: Deadline | None, registered: datetime, since: datetime | None) -> Item:
        """Return the clock of a document; `term` is what the rules compute for it, None where there is none.

        The law's term runs from registration, the house's from now on.
        """
        deadline, start = (term, registered) if term else (self._house(), self.now)
        first, above = self._people(waiting)
        plan = Plan.make(
            start=start,
            issued_at=max(self.now, start),
            deadline=deadline,
            who=first or above,
            reminders=[*self._reminders(deadline, start)] if first else [],
            escalations=[*_ladder(first, above, self.triage, by_law=term is not None)] if first else [],
            calendar=self.calendar,
        )
        if first and since is not None and deadline.late_from(self.calendar) <= since:
            plan = plan.taken_over(self.calendar, first)
        progress = Progress.beginning(plan)
        whom = self._whom(first)
        return Item(
            key=f"{waiting.document_key}:{ItemKind.DOCUMENT}:{waiting.id}",
            order_key=waiting.document_key,
            kind=ItemKind.DOCUMENT,
            name="",
            person=whom.person or "",
            unit=whom.unit or "",
            plan=plan,
            progress=progress,
            next_at=next_moment(plan, progress, accepted=False, calendar=self.calendar),
            inbox_id=waiting.id,
            late_at=deadline.late_from(self.calendar),
            counted_by=self.calendar.version,
        )

    def _house(self) -> Deadline:
        counted = due(self.calendar, self.now, self.triage.term)
        return Deadline(
            due_at=counted.due_at,
            due_on=counted.due_on,
            rule=HOUSE_RULE,
            act="",
            clause="",
            term=f"{self.triage.term} на разбор",
            steps=tuple(counted.steps),
            hourly=self.triage.term.unit.is_hourly,
            confirmed=counted.confirmed,
        )

    def _people(self, waiting: InboxItem) -> tuple[PersonRef | None, PersonRef]:
        """Return who deals with it and who hears that it was not dealt with: a failure is the administrator's first."""
        triage = self.triage
        if waiting.state in (InboxState.REFUSED, InboxState.FAILED) and triage.administrator:
            return triage.administrator, triage.to or triage.above
        return triage.to, triage.above

    def _reminders(self, deadline: Deadline, start: datetime) -> Iterator[Rung]:
        """Yield when whoever deals with it is reminded: not later than the house's own term, whatever the law gives."""
        if not deadline.act:
            yield Rung(Anchor.DUE_DAY)
        elif due(self.calendar, start, self.triage.term).due_at < deadline.due_at:
            yield Rung(Anchor.AFTER_START, self.triage.term)
        if deadline.act:
            yield from _OF_THE_LAW

    def _whom(self, ref: PersonRef | None) -> Assignee:
        day: date = self.now.astimezone(self.calendar.zone).date()
        return self.organization.resolve(ref, day) if ref else Assignee(self.triage.above, None)


def _ladder(first: PersonRef, above: PersonRef, triage: Triage, *, by_law: bool) -> Iterator[EscalationStep]:
    """Yield who hears that it is late: beyond the law's term at once, beyond the house's after a while."""
    yield EscalationStep(_EVERY_DAY, first)
    yield EscalationStep(_OVER if by_law else Rung(Anchor.OVERDUE, triage.further), above)
