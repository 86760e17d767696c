"""What comes under control with an order: the lead's part, each co-executor's part, each named clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from poruchik.control.item import ItemKind, ItemState, Plan, Progress, next_moment
from poruchik.model.decision import Decision, NamedClock
from poruchik.model.ladder import Anchor, EscalationStep, Recurrence, Rung
from poruchik.model.order import Assignee, Deadline, Order
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.workcalendar.calendar import WorkCalendar

THE_LEAD = PersonRef(RefKind.LEAD)
_DAILY = Rung(Anchor.OVERDUE, every=Recurrence.WORKING_DAY)
"""Every ladder that the program makes itself ends in it: silence is no answer to a delay."""
_TO_THE_LEAD = (EscalationStep(Rung(Anchor.OVERDUE), THE_LEAD), EscalationStep(_DAILY, THE_LEAD))
_CLOCK_REMINDERS = (Rung(Anchor.DUE_DAY),)


@dataclass(frozen=True, slots=True)
class Item:
    """A control item. `name` is the clock's name, or the co-executor's; `person` is who the part lies with."""

    key: str
    order_key: str
    kind: ItemKind
    name: str
    person: str
    unit: str
    plan: Plan
    progress: Progress
    state: ItemState = ItemState.ACTIVE
    accepted: bool = False
    next_at: datetime | None = None
    id: int = 0
    snapshot: str = ""
    """The plan as it is stored; empty where it has changed since."""
    cause: str = ""
    """Why it is parked."""
    inbox_id: int | None = None
    """Of a document that waits for a person: its row."""
    late_at: datetime | None = None
    """Of the same, and of a review: from when it is late."""
    counted_by: str = ""
    """The version of the calendar by which its term was counted."""

    @property
    def half_at(self) -> datetime | None:
        """Return half of the law's term for a waiting document; None of a term that the house gives itself."""
        deadline = self.plan.deadline
        if self.kind is not ItemKind.DOCUMENT or not deadline.act:
            return None
        return self.plan.start + (deadline.due_at - self.plan.start) / 2


def _of_part(said: Sequence[EscalationStep]) -> Sequence[EscalationStep]:
    """Return the ladder of a co-executor's part: as its rule says, and the lead hears of its delay until it is done."""
    if any(step.when.every for step in said):
        return said
    return (*said, _TO_THE_LEAD[-1]) if said else _TO_THE_LEAD


def begins_at(day: date, calendar: WorkCalendar) -> datetime:
    """Return when a periodic order is given: the morning of the first working day of its period."""
    return calendar.day_start(day if calendar.is_working_day(day) else calendar.next_working_day(day))


@dataclass(frozen=True, slots=True)
class Opening:
    """Makes the items of decisions. `since`: what was due before that moment is taken over as late, once."""

    calendar: WorkCalendar
    now: datetime
    since: datetime | None = None

    def items(self, decision: Decision) -> Iterator[Item]:
        """Yield the items of every order of a decision; the clocks belong to the first order."""
        registered = decision.document.registered_at
        for number, order in enumerate(decision.orders):
            begins = begins_at(order.begins_on, self.calendar) if order.begins_on else registered
            start = max(registered, begins)
            clocks = decision.clocks if number == 0 else ()
            yield from self._of_order(order, start, clocks)

    def _of_order(self, order: Order, start: datetime, clocks: Sequence[NamedClock]) -> Iterator[Item]:
        if order.deadline:
            plan = self._plan(start, order.deadline, THE_LEAD, order.reminders, order.escalations)
            yield self._item(order, ItemKind.LEAD, "", order.lead, plan)
        for one in order.co_executors:
            if one.deadline and one.assignee.person:
                who = PersonRef(RefKind.PERSON, one.assignee.person)
                ladder = (one.reminders or order.reminders, _of_part(one.escalations))
                plan = self._plan(start, one.deadline, who, *ladder, half=one.by_half)
                yield self._item(order, ItemKind.CO_EXECUTOR, one.assignee.person, one.assignee, plan)
        for clock in clocks:
            to = RefKind.CONTROLLER if order.controller else RefKind.HEAD_OF_LEAD
            overdue = tuple(EscalationStep(rung, PersonRef(to)) for rung in (Rung(Anchor.OVERDUE), _DAILY))
            plan = self._plan(start, clock.deadline, THE_LEAD, _CLOCK_REMINDERS, overdue)
            yield self._item(order, ItemKind.CLOCK, clock.name, order.lead, plan)

    def _plan(
        self,
        start: datetime,
        deadline: Deadline,
        who: PersonRef,
        reminders: Sequence[Rung],
        escalations: Sequence[EscalationStep],
        *,
        half: bool = False,
    ) -> Plan:
        plan = Plan.make(
            start=start,
            issued_at=max(self.now, start),
            deadline=deadline,
            who=who,
            reminders=reminders,
            escalations=escalations,
            calendar=self.calendar,
            half=half,
        )
        late_before = self.since is not None and deadline.late_from(self.calendar) <= self.since
        return plan.taken_over(self.calendar) if late_before else plan

    def _item(self, order: Order, kind: ItemKind, name: str, assignee: Assignee, plan: Plan) -> Item:
        progress = Progress.beginning(plan)
        return Item(
            key=f"{order.key}:{kind}:{name}" if name else f"{order.key}:{kind}",
            order_key=order.key,
            kind=kind,
            name=name,
            person=assignee.person or "",
            unit=assignee.unit or "",
            plan=plan,
            progress=progress,
            next_at=next_moment(plan, progress, accepted=False, calendar=self.calendar),
            counted_by=self.calendar.version,
        )
