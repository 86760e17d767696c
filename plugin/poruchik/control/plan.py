"""Planning the control of an order: the moments of its reminders and escalations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import attrgetter

from poruchik.control.recurrence import first_of
from poruchik.model.ladder import Anchor, Recurrence, Rung
from poruchik.model.order import Assignee, ControlPoint, Deadline, PointKind
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due, shift_days
from poruchik.workcalendar.duration import Duration, Unit

MAX_REMEMBERED = 4096
_FROM_START = (Anchor.AFTER_START, Anchor.NOT_ACCEPTED)
_UNIT_LENGTH = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}


class Ladder:
    """The rungs of orders, reminders first. Remembers on which moments they fall."""

    def __init__(self, reminders: Sequence[Rung], escalations: Sequence[Rung], calendar: WorkCalendar) -> None:
        self._rungs = (*reminders, *escalations)
        self._from_start = [rung.anchor in _FROM_START or rung.percent is not None for rung in self._rungs]
        """Which are counted from the start itself, to the minute."""
        kinds = [PointKind.REMINDER] * len(reminders) + [PointKind.ESCALATION] * len(escalations)
        self._words = [(kind, str(rung)) for kind, rung in zip(kinds, self._rungs, strict=True)]
        self._calendar = calendar
        self._by_day: dict[tuple[date, datetime, bool], tuple[datetime | None, ...] | None] = {}

    def points(self, start: datetime, deadline: Deadline, told: Sequence[Assignee]) -> tuple[ControlPoint, ...]:
        """Return the control points of an order in the order of time; `told` is who each rung reaches.

        Rungs that lie before the start are left out; of two that say the same to the same person at the same
        moment the first stays. `docs/sroki.md` tells how moments move into working time.
        """
        first: dict[tuple[datetime, PointKind, str, Recurrence | None], ControlPoint] = {}
        named = zip(self._rungs, self._words, self._moments(start, deadline), told, strict=True)
        for rung, (kind, words), moment, to in named:
            if moment is not None:
                # Two roles of one person are one person: the same message twice is noise; but not what comes again.
                key = (moment, kind, to.person or str(to.ref), rung.every)
                if key not in first:
                    first[key] = ControlPoint(moment, kind, to, words)
        return tuple(sorted(first.values(), key=_moment_of))

    def _moments(self, start: datetime, deadline: Deadline) -> Sequence[datetime | None]:
        """Return the moment of each rung; those that are counted from the deadline are remembered by the day."""
        remembered = self._of_day(start.date(), deadline)
        if remembered is not None and not any(self._from_start):
            return remembered
        return [
            self._fall(rung, start, deadline) if remembered is None or from_start else remembered[number]
            for number, (rung, from_start) in enumerate(zip(self._rungs, self._from_start, strict=True))
        ]

    def _of_day(self, day: date, deadline: Deadline) -> tuple[datetime | None, ...] | None:
        """Return the moments for a start at any hour of a day, None where they differ."""
        key = (day, deadline.due_at, deadline.hourly)
        if key not in self._by_day:
            if len(self._by_day) >= MAX_REMEMBERED:
                self._by_day.clear()
            ends = [datetime.combine(day, hour, self._calendar.zone) for hour in (time.min, time.max)]
            early, late = (
                tuple(
                    None if from_start else self._fall(rung, end, deadline)
                    for rung, from_start in zip(self._rungs, self._from_start, strict=True)
                )
                for end in ends
            )
            # A moment before the deadline never moves back when the start moves on: alike at both ends, alike all day.
            self._by_day[key] = early if early == late else None
        return self._by_day[key]

    def _fall(self, rung: Rung, start: datetime, deadline: Deadline) -> datetime | None:
        return point_moment(rung, start=start, deadline=deadline, calendar=self._calendar)


_moment_of = attrgetter("at")


def point_moment(rung: Rung, *, start: datetime, deadline: Deadline, calendar: WorkCalendar) -> datetime | None:
    """Return when a rung is due, in local time, or None when that is before the start.

    An hourly deadline is controlled round the clock, any other in working time.
    """
    return _moment(rung, start, _Term(deadline.due_at, deadline.due_on, deadline.hourly), calendar)


@dataclass(frozen=True, slots=True)
class _Term:
    """What of a deadline places points in time."""

    due_at: datetime
    due_on: date
    hourly: bool


# Asked twice for every order, for the forecast and for its control item; the calendar is immutable.
@lru_cache(maxsize=4096)
def _moment(rung: Rung, start: datetime, term: _Term, calendar: WorkCalendar) -> datetime | None:
    start, due_at = start.astimezone(calendar.zone), term.due_at.astimezone(calendar.zone)
    local = replace(term, due_at=due_at)
    if rung.percent is not None:
        return _at_percent(rung.percent, start, local, calendar)
    if term.hourly:
        moment = _round_the_clock(rung, start, local, calendar)
        return moment if moment >= start else None
    return _in_working_time(rung, start, local, calendar)


def _at_percent(percent: int, start: datetime, deadline: _Term, calendar: WorkCalendar) -> datetime | None:
    raw = start + (deadline.due_at - start) * percent / 100
    return raw if deadline.hourly else _not_after(raw, start, deadline.due_at, calendar)


def _round_the_clock(rung: Rung, start: datetime, deadline: _Term, calendar: WorkCalendar) -> datetime:
    if rung.anchor is Anchor.DUE_DAY:
        return min(calendar.day_start(deadline.due_on), deadline.due_at)
    if rung.every:
        return first_of(rung, deadline.due_at, calendar)
    if rung.offset is None:
        return deadline.due_at
    base = start if rung.anchor in _FROM_START else deadline.due_at
    return _shifted(base, rung.offset, calendar, back=rung.anchor is Anchor.BEFORE_DUE)


def _in_working_time(rung: Rung, start: datetime, deadline: _Term, calendar: WorkCalendar) -> datetime | None:
    if rung.anchor is Anchor.OVERDUE:
        late_since = _overdue(rung.offset, deadline.due_at, calendar)
        return first_of(rung, late_since, calendar) if rung.every else late_since
    by_hours = rung.offset is not None and rung.offset.unit.is_hourly
    if rung.anchor in _FROM_START and rung.offset:
        raw = _shifted(start, rung.offset, calendar)
        moment = calendar.next_working_moment(raw)
        if moment <= deadline.due_at or raw > deadline.due_at:
            return moment
    elif rung.anchor is Anchor.BEFORE_DUE and rung.offset and by_hours:
        raw = _shifted(deadline.due_at, rung.offset, calendar, back=True)
        moment = calendar.next_working_moment(raw)
        if raw >= start and moment < deadline.due_at:
            return moment
    elif rung.anchor is Anchor.BEFORE_DUE and rung.offset:
        raw = calendar.day_start(shift_days(calendar, deadline.due_on, rung.offset, back=True))
    else:
        raw = min(calendar.day_start(deadline.due_on), deadline.due_at)
    return _not_after(raw, start, deadline.due_at, calendar)


def _not_after(raw: datetime, start: datetime, due_at: datetime, calendar: WorkCalendar) -> datetime | None:
    """Return the moment in working time that serves the raw one without being later than the deadline.

    A day off gives way to the morning of the working day before it, so that there is time left to act.
    """
    if raw < start:
        return None
    if calendar.is_working_day(raw.date()) and calendar.next_working_moment(raw) == raw:
        return raw
    before = calendar.day_start(calendar.previous_working_day(raw.date()))
    if before >= start:
        return before
    first = calendar.next_working_moment(start)
    return first if first <= due_at else None


def _overdue(offset: Duration | None, due_at: datetime, calendar: WorkCalendar) -> datetime:
    """Return the first working moment after the deadline, or after so much working time of being late.

    Hours count inside working time here: otherwise a whole ladder of hours would fall on one morning.
    """
    first = calendar.next_working_moment(due_at)
    if offset is None:
        return first
    if offset.unit is Unit.MINUTES:
        late = first + timedelta(minutes=offset.amount)
    elif offset.unit.is_hourly:
        late = due(calendar, first, Duration(offset.amount, Unit.WORKING_HOURS)).due_at
    else:
        late = _shifted(due_at, offset, calendar)
        if due_at >= calendar.day_end(due_at.date()):
            # Late since the evening of a day, so late by whole days: a short day does not change the hour.
            late = max(late, calendar.day_end(late.date()))
    return calendar.next_working_moment(late)


def _shifted(moment: datetime, offset: Duration, calendar: WorkCalendar, *, back: bool = False) -> datetime:
    """Return the moment so much later or earlier; terms in days keep the time of day."""
    if length := _UNIT_LENGTH.get(offset.unit):
        amount = length * (-offset.amount if back else offset.amount)
        return (moment.astimezone(UTC) + amount).astimezone(calendar.zone)
    if offset.unit is Unit.WORKING_HOURS:
        return _back_in_working_hours(moment, offset, calendar) if back else due(calendar, moment, offset).due_at
    day = shift_days(calendar, moment.date(), offset, back=back)
    return datetime.combine(day, moment.time(), calendar.zone)


def _back_in_working_hours(moment: datetime, offset: Duration, calendar: WorkCalendar) -> datetime:
    left, day = timedelta(hours=offset.amount), moment.date()
    while True:
        for begin, end in reversed(calendar.working_intervals(day)):
            available = min(end, moment) - begin
            if timedelta(0) < left <= available:
                return min(end, moment) - left
            left -= max(available, timedelta(0))
        day = calendar.previous_working_day(day)
