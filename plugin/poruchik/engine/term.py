"""From a term of the policy to a deadline of one document: which event, which parameter, which cap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from poruchik.errors import CalendarError
from poruchik.model.document import Document, Value
from poruchik.model.order import Counting, Deadline
from poruchik.policy.model import Event, ParameterValue, Policy, Rule, Term
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import cap_moment, due
from poruchik.workcalendar.duration import Duration
from poruchik.workcalendar.wording import day_text, moment_text

_MISSING = {
    Event.RECEIPT: "в карточке нет даты поступления",
    Event.SIGNING: "в карточке нет даты подписания",
    Event.PREVIOUS_TERM: "у поручения нет срока, от которого считать",
}


class TermImpossible(Exception):
    """A term that cannot be counted for this document; the text is Russian and says why."""


class TermCounter:
    """Counts terms of one document."""

    def __init__(self, policy: Policy, calendar: WorkCalendar, document: Document, facts: Mapping[str, Value]) -> None:
        self._policy = policy
        self._calendar = calendar
        self._document = document
        self._facts = facts
        self._registered_on = document.registered_at.astimezone(calendar.zone).date()

    def deadline(self, term: Term, rule: Rule, *, previous: Deadline | None = None) -> Deadline:
        """Return the deadline; raise TermImpossible. `previous` is the deadline of the order that comes before."""
        value = self._parameter(term)
        duration = term.duration or (value.duration if value else None)
        if duration is None:
            raise TermImpossible(f"параметр «{term.parameter}» на {day_text(self._registered_on)} не имеет значения")
        event = term.event or (value.event if value else None) or Event.REGISTRATION
        roll = term.roll or (value.roll if value else None) or rule.default_roll
        start = self._start(event, previous)
        try:
            counted = due(self._calendar, start, duration, roll, end_of_day=term.until_midnight)
        except CalendarError as error:
            raise TermImpossible(error.what) from error
        act, clause = (value.act, value.clause) if value and value.act else (rule.act, rule.clause)
        return self._capped(
            Deadline(
                due_at=counted.due_at,
                due_on=counted.due_on,
                rule=rule.id,
                act=act,
                clause=clause,
                term=f"{duration} от {event.value}",
                steps=(_head(term, value, duration, event), *counted.steps),
                hourly=counted.hourly,
                confirmed=counted.confirmed,
                provisional=event is Event.DELIVERY,
                counting=Counting(start, str(duration), roll.value, term.until_midnight, self._cap(term)),
            ),
            term,
        )

    def half(self, whole: Deadline) -> Deadline:
        """Return the deadline of a part whose act sets none: half of the lead's term, on a working day."""
        start = self._document.registered_at.astimezone(self._calendar.zone)
        middle = start + (whole.due_at - start) / 2
        if not whole.hourly:
            day = start.date() + timedelta(days=(whole.due_on - start.date()).days // 2)
            if not self._calendar.is_working_day(day):
                day = self._calendar.previous_working_day(day)
            first = self._calendar.next_working_day(start.date())
            middle = min(self._calendar.day_end(max(day, first)), whole.due_at)
        step = f"половина срока ответственного → {moment_text(middle)}"
        return replace(
            whole,
            due_at=middle,
            due_on=middle.date(),
            term="половина срока ответственного",
            steps=(*whole.steps, step),
            provisional=False,
            counting=None,
        )

    def _parameter(self, term: Term) -> ParameterValue | None:
        if not term.parameter:
            return None
        return self._policy.parameters[term.parameter].on(self._registered_on)

    def _start(self, event: Event, previous: Deadline | None) -> datetime:
        moments = {
            Event.REGISTRATION: self._document.registered_at,
            Event.DELIVERY: self._document.registered_at,
            Event.RECEIPT: self._document.received_at,
            Event.SIGNING: self._document.signed_at,
            Event.PREVIOUS_TERM: previous.due_at if previous else None,
        }
        start = moments[event]
        if start is None:
            raise TermImpossible(_MISSING[event])
        return start

    def _capped(self, deadline: Deadline, term: Term) -> Deadline:
        """Shorten a deadline to the date that an attribute names."""
        cap = self._cap(term)
        due_at = cap_moment(self._calendar, cap) if cap else None
        if due_at is None or due_at >= deadline.due_at:
            return deadline
        step = f"не позднее «{term.cap_attribute}» ({day_text(due_at.date())}) → срок {day_text(due_at.date())}"
        words = f"{deadline.term}, не позднее «{term.cap_attribute}»"
        return replace(deadline, due_at=due_at, due_on=due_at.date(), term=words, steps=(*deadline.steps, step))

    def _cap(self, term: Term) -> date | None:
        cap = self._facts.get(term.cap_attribute) if term.cap_attribute else None
        return cap if isinstance(cap, date) else None


def _head(term: Term, value: ParameterValue | None, duration: Duration, event: Event) -> str:
    """Return the first step: how much, from what, by which act."""
    told = f"{duration} от {event.value}"
    if value:
        source = f", {value.act}, {value.clause}" if value.act else ""
        told += f" (параметр «{term.parameter}» с {value.since:%d.%m.%Y}{source})"
    if event is Event.DELIVERY:
        told += "; получение ещё не отмечено, предварительно от регистрации"
    return told
