"""The clocks of whoever controls: a report, a request for time, an unread change wait for somebody. Pure.

The reviewer's time is not the executor's: such a clock begins when the program learns of the matter, and ends with it.
Decisions: `docs/sroki.md`, «Контролёр тоже под контролем».
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from poruchik.control.item import ItemKind, ItemState, Plan, Progress, next_moment
from poruchik.control.opening import Item
from poruchik.control.whom import lead_of
from poruchik.model.ladder import Anchor, EscalationStep, Recurrence, Rung
from poruchik.model.order import Assignee, Deadline
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import Demands, StoredOrder
from poruchik.organization.structure import Organization
from poruchik.policy.whole import Review
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.wording import day_text

HOUSE_RULE = "ждёт контролёра"
"""Stands for the rule of a term that the house gives itself; it has no act."""
_EVERY_DAY = Rung(Anchor.OVERDUE, every=Recurrence.WORKING_DAY)
_HEAD, _NEXT_ABOVE = PersonRef(RefKind.HEAD_OF_LEAD), PersonRef(RefKind.SUPERIOR, "1")


class Matter(StrEnum):
    """What waits; the name of its item."""

    REPORT = "отчёт"
    TIME = "продление"
    CHANGE = "изменение"


@dataclass(frozen=True, slots=True)
class Waits:
    """A matter in the words of a message: what waits, and what is to be done."""

    what: str
    remedy: str


WORDS = {
    Matter.REPORT: Waits(
        "отчёт не принят", "примите отчёт и снимите поручение с контроля либо верните его и скажите, чего не хватает"
    ),
    Matter.TIME: Waits("просьба продлить срок без ответа", "продлите срок или откажите"),
    Matter.CHANGE: Waits(
        "изменение не прочитано, о сроке поручения никому не сообщается",
        "разберите изменение: оно на карточке поручения и в «poruchik changes list»",
    ),
}


@dataclass(frozen=True, slots=True)
class Reviews:
    """Makes the clocks. `administrator` comes first where the program could not read what people did."""

    said: Review
    administrator: PersonRef | None
    organization: Organization
    calendar: WorkCalendar
    now: datetime

    def item(self, order: StoredOrder, matter: Matter, before: Iterable[Item] = ()) -> Item:
        """Return the clock of a matter of an order; of one that waited `before`, its item begins again."""
        key = f"{order.key}:{ItemKind.REVIEW}:{matter}"
        first = self._first(order, matter)
        deadline = self._deadline()
        plan = Plan.make(
            start=self.now,
            issued_at=self.now,
            deadline=deadline,
            who=first,
            reminders=[],
            escalations=[
                EscalationStep(_EVERY_DAY, first),
                EscalationStep(Rung(Anchor.OVERDUE, self.said.further), _NEXT_ABOVE),
            ],
            calendar=self.calendar,
        )
        progress = Progress.beginning(plan)
        whom = self._today(first, order)
        item = Item(
            key=key,
            order_key=order.key,
            kind=ItemKind.REVIEW,
            name=matter,
            person=whom.person or "",
            unit=whom.unit or "",
            plan=plan,
            progress=progress,
            next_at=next_moment(plan, progress, accepted=False, calendar=self.calendar),
            late_at=deadline.late_from(self.calendar),
            counted_by=self.calendar.version,
        )
        known = next((one for one in before if one.key == key), None)
        return replace(item, id=known.id) if known else item

    def _first(self, order: StoredOrder, matter: Matter) -> PersonRef:
        """Return who has to deal with it: whoever controls, decides of extensions, or reads what nobody could."""
        demands = Demands.read(order.demands)
        controls = demands.controller or _HEAD
        if matter is Matter.CHANGE:
            return self.administrator or controls
        decides = demands.extension.decides if demands.extension else None
        if matter is Matter.REPORT or decides is None or decides.kind is RefKind.CONTROLLER:
            return controls
        return decides

    def _today(self, ref: PersonRef, order: StoredOrder) -> Assignee:
        day = self.now.astimezone(self.calendar.zone).date()
        return self.organization.hears(ref, day, lead=lead_of(order), last=self.administrator)

    def _deadline(self) -> Deadline:
        counted = due(self.calendar, self.now, self.said.term)
        return Deadline(
            due_at=counted.due_at,
            due_on=counted.due_on,
            rule=HOUSE_RULE,
            act="",
            clause="",
            term=f"{self.said.term} с {day_text(self.now.astimezone(self.calendar.zone).date())}",
            steps=tuple(counted.steps),
            hourly=self.said.term.unit.is_hourly,
            confirmed=counted.confirmed,
        )


def over(item: Item) -> Item:
    """Return a clock whose matter somebody has dealt with."""
    return replace(item, state=ItemState.DONE, next_at=None)
