"""From a term of the policy to a deadline of one document: which event, which parameter, which cap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from poruchik.control.part import half_of
from poruchik.engine.period import CalendarPeriod
from poruchik.errors import CalendarError
from poruchik.model.document import Document, Facts, Value
from poruchik.model.order import Counting, Deadline
from poruchik.policy.model import ParameterValue, Rule, Term
from poruchik.policy.whole import Policy
from poruchik.policy.words import EVENT_ATTRIBUTES, Event
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import day_meant
from poruchik.workcalendar.deadline import cap_moment, due
from poruchik.workcalendar.duration import Duration, Roll
from poruchik.workcalendar.wording import day_text, moment_text

MAX_REMEMBERED = 4096
"""Of one term: eleven years of registrations."""
_MISSING = {
    Event.RECEIPT: "в карточке нет даты поступления",
    Event.SIGNING: "в карточке нет даты подписания",
    Event.PREVIOUS_TERM: "у поручения нет срока, от которого считать",
    Event.PERIOD_END: "поручение не повторяется, конца периода у него нет",
    **{event: f"в карточке нет «{attribute}»" for event, attribute in EVENT_ATTRIBUTES.items()},
}


class TermImpossible(Exception):
    """A term that cannot be counted for this document; the text is Russian and says why."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What of a document its terms are counted from. `registered` is local; of orders on a report, when it came."""

    document: Document
    facts: Facts
    registered: datetime
    day: date
    """Of registration, local: whose law counts."""
    period: CalendarPeriod | None = None
    """Of a periodic order."""

    def event(self, event: Event, previous: Deadline | None) -> datetime | None:
        """Return when an event was, None when the card does not say."""
        if event is Event.REGISTRATION or event is Event.DELIVERY:
            return self.registered
        if event is Event.PREVIOUS_TERM:
            return previous.due_at if previous else None
        if event is Event.PERIOD_END:
            return self._moment(self.period.last if self.period else None)
        if event in EVENT_ATTRIBUTES:
            return self._moment(self.facts.get(EVENT_ATTRIBUTES[event]))
        return self.document.received_at if event is Event.RECEIPT else self.document.signed_at

    def _moment(self, value: Value | None) -> datetime | None:
        """Return a moment of the card; a mere day is its first moment."""
        if isinstance(value, datetime):
            return value
        return datetime.combine(value, time(), self.registered.tzinfo) if isinstance(value, date) else None


class TermCounter:
    """Counts the terms of one policy by one calendar."""

    def __init__(self, policy: Policy, calendar: WorkCalendar) -> None:
        self.policy = policy
        self.calendar = calendar
        self._terms: dict[int, RuleTerm] = {}
        self._shown: dict[datetime, str] = {}

    def of(self, term: Term, rule: Rule) -> RuleTerm:
        """Return the term of a rule, ready to be counted."""
        found = self._terms.get(id(term))  # each rule has terms of its own, and they live as long as the policy
        if found is None:
            found = self._terms[id(term)] = RuleTerm(term, rule, self)
        return found

    def shown(self, moment: datetime) -> str:
        """Return a moment of the calendar's zone in words."""
        found = self._shown.get(moment)
        if found is None:
            if len(self._shown) >= MAX_REMEMBERED:
                self._shown.clear()
            found = self._shown[moment] = f"{moment:%d.%m.%Y %H:%M}"
        return found

    def half(self, whole: Deadline, basis: Basis) -> Deadline:
        """Return the deadline of a part whose act sets none: half of the lead's term, on a working day."""
        return half_of(whole, basis.registered, self.calendar)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a term is counted while one value of its parameter is in force, and the words for it."""

    duration: Duration
    event: Event
    roll: Roll
    act: str
    clause: str
    words: str
    head: str
    duration_words: str
    hourly: bool


class RuleTerm:
    """A term as one rule gives it. Terms in days are remembered by the day of their event."""

    def __init__(self, term: Term, rule: Rule, counter: TermCounter) -> None:
        self.term = term
        self.rule = rule
        self._calendar = counter.calendar
        self._parameter = counter.policy.parameters[term.parameter] if term.parameter else None
        self._ways: dict[date | None, _Way | None] = {}
        self._by_day: dict[tuple[date, date, date | None], Deadline] = {}

    def deadline(self, basis: Basis, previous: Deadline | None = None) -> Deadline:
        """Return the deadline; raise TermImpossible. `previous` is the deadline of the order that comes before."""
        if self.term.date_attribute:
            return self._named(basis)
        way, term = self._way(basis.day), self.term
        if way is None:
            raise TermImpossible(self._no_value(basis.day))
        start = basis.event(way.event, previous)
        if start is None:
            raise TermImpossible(_MISSING[way.event])
        cap = basis.facts.get(term.cap_attribute) if term.cap_attribute else None
        cap = cap if isinstance(cap, date) else None
        if way.hourly:
            return self._counted(way, start, cap)
        by_registration = way.event is Event.REGISTRATION
        day = basis.registered.date() if by_registration else start.astimezone(self._calendar.zone).date()
        key = (basis.day, day, cap)
        known = self._by_day.get(key)
        if known is None:
            if len(self._by_day) >= MAX_REMEMBERED:
                self._by_day.clear()
            # Nothing but the day counts; the first moment of it stands for all, so that they share one deadline.
            start = datetime.combine(day, time(), self._calendar.zone)
            known = self._by_day[key] = self._counted(way, start, cap)
        return known

    def _named(self, basis: Basis) -> Deadline:
        """Return the deadline that the card itself names."""
        name = self.term.date_attribute
        day = basis.facts.get(name)
        if not isinstance(day, date):
            raise TermImpossible(f"в карточке нет «{name}»")
        try:
            due_at = cap_moment(self._calendar, day)
            confirmed = self._calendar.is_confirmed(due_at.year)
        except CalendarError as error:
            raise TermImpossible(f"«{name}»: {error.what}") from error
        return Deadline(
            due_at=due_at,
            due_on=due_at.date(),
            rule=self.rule.id,
            act=self.rule.act,
            clause=self.rule.clause,
            term=f"назван в карточке: «{name}»",
            steps=(f"«{name}»: {moment_text(due_at)}",),
            hourly=isinstance(day, datetime) and day_meant(day, [self._calendar.zone]) is None,
            confirmed=confirmed,
            counting=Counting(basis.registered, "", "", cap=day),
        )

    def _no_value(self, day: date) -> str:
        parameter = self._parameter
        if parameter and parameter.to_fill and not parameter.values:
            return f"параметр «{parameter.id}» ещё не заполнен: {parameter.to_fill}"
        return f"параметр «{self.term.parameter}» на {day_text(day)} не имеет значения"

    def _way(self, day: date) -> _Way | None:
        value = self._parameter.on(day) if self._parameter else None
        since = value.since if value else None
        if since not in self._ways:
            self._ways[since] = self._read(value)
        return self._ways[since]

    def _read(self, value: ParameterValue | None) -> _Way | None:
        """Put together what the rule says and what its parameter says; None without a duration."""
        term, rule = self.term, self.rule
        duration = term.duration or (value.duration if value else None)
        if duration is None:
            return None
        event = term.event or (value.event if value else None) or Event.REGISTRATION
        act, clause = (value.act, value.clause) if value and value.act else (rule.act, rule.clause)
        return _Way(
            duration=duration,
            event=event,
            roll=term.roll or (value.roll if value else None) or rule.default_roll,
            act=act,
            clause=clause,
            words=f"{duration} от {event.value}",
            head=_head(term, value, duration, event),
            duration_words=str(duration),
            hourly=duration.unit.is_hourly,
        )

    def _counted(self, way: _Way, start: datetime, cap: date | None) -> Deadline:
        until_midnight = self.term.until_midnight
        try:
            counted = due(self._calendar, start, way.duration, way.roll, end_of_day=until_midnight)
        except CalendarError as error:
            raise TermImpossible(error.what) from error
        deadline = Deadline(
            due_at=counted.due_at,
            due_on=counted.due_on,
            rule=self.rule.id,
            act=way.act,
            clause=way.clause,
            term=way.words,
            steps=(way.head, *counted.steps),
            hourly=counted.hourly,
            confirmed=counted.confirmed,
            provisional=way.event is Event.DELIVERY,
            counting=Counting(start, way.duration_words, way.roll.value, until_midnight, cap),
        )
        return self._capped(deadline, cap) if cap else deadline

    def _capped(self, deadline: Deadline, cap: date) -> Deadline:
        """Shorten a deadline to the date that an attribute names."""
        name = self.term.cap_attribute
        try:
            due_at = cap_moment(self._calendar, cap)
        except CalendarError as error:
            raise TermImpossible(f"«{name}»: {error.what}") from error
        if due_at >= deadline.due_at:
            return deadline
        step = f"не позднее «{name}» ({day_text(due_at.date())}) → срок {day_text(due_at.date())}"
        words = f"{deadline.term}, не позднее «{name}»"
        return replace(deadline, due_at=due_at, due_on=due_at.date(), term=words, steps=(*deadline.steps, step))


def _head(term: Term, value: ParameterValue | None, duration: Duration, event: Event) -> str:
    """Return the first step: how much, from what, by which act."""
    told = f"{duration} от {event.value}"
    if value:
        source = f", {value.act}, {value.clause}" if value.act else ""
        told += f" (параметр «{term.parameter}» с {value.since:%d.%m.%Y}{source})"
    if event is Event.DELIVERY:
        told += "; получение ещё не отмечено, предварительно от регистрации"
    return told
