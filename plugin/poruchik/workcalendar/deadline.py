"""Computing deadlines: from an event and a term to a moment, with the arithmetic in words."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from poruchik.clock import require_aware
from poruchik.errors import CalendarError
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import day_meant
from poruchik.workcalendar.duration import Duration, Roll, Unit
from poruchik.workcalendar.wording import WEEKDAYS, day_text, moment_text, span_text

Stops = tuple[tuple[datetime, datetime], ...]
"""When a term stood still, from and to."""
_DAY = timedelta(days=1)
_LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, slots=True)
class DueDate:
    """When a term ends. `steps` are Russian phrases of the arithmetic, in order.

    `confirmed` is False when the term counts on a year whose work calendar is not yet decreed.
    """

    due_at: datetime
    due_on: date
    steps: tuple[str, ...]
    hourly: bool
    confirmed: bool


def due(
    calendar: WorkCalendar,
    start: datetime,
    duration: Duration,
    roll: Roll = Roll.NONE,
    *,
    end_of_day: bool = False,
    stops: Stops = (),
) -> DueDate:
    """Return the end of a term that an event starts.

    The first day is the day after the event (ГК РФ ст. 191 by analogy); a term in days ends with the working
    day, or at 23:59 with `end_of_day`. Hours run from the event round the clock, working hours inside working
    time; neither is rolled. A roll back that would leave no day after the event goes forward instead. The time of
    `stops` is not counted: as many days, working days or hours as it took are added.
    Raise CalendarError for a term of nothing and for a year that the calendar does not cover.
    """
    if duration.amount < 1:
        raise CalendarError(f"срок «{duration}» ничего не значит", remedy="назначьте не меньше одной единицы")
    local = require_aware(start).astimezone(calendar.zone)
    stops = tuple((since.astimezone(calendar.zone), until.astimezone(calendar.zone)) for since, until in stops)
    if duration.unit is Unit.WORKING_HOURS:
        return _in_working_hours(calendar, local, duration, stops)
    if duration.unit.is_hourly:
        return _round_the_clock(calendar, local, duration, stops)
    days = tuple((since.date(), until.date()) for since, until in stops)
    return _in_days(calendar, local.date(), duration, roll, end_of_day, days)


# Thousands of documents share a few days and terms; the calendar is immutable, so the answer stays true.
@lru_cache(maxsize=8192)
def _in_days(
    calendar: WorkCalendar,
    event: date,
    duration: Duration,
    roll: Roll,
    end_of_day: bool,
    stops: tuple[tuple[date, date], ...],
) -> DueDate:
    steps = [f"событие — {day_text(event)}, первый день срока — {day_text(event + _DAY)}"]
    last = shift_days(calendar, event, duration)
    steps.append(f"{duration} → {_dated(last)}")
    for since, until in stops:
        last, stood = _beyond(calendar, last, since, until, duration)
        steps.append(f"срок стоял с {day_text(since)} по {day_text(until)}, {stood} → {_dated(last)}")
    counted = {last.year}
    if duration.unit is Unit.WORKING_DAYS:
        steps.extend(_exceptions(calendar, event, last))
        counted.update(range(event.year, last.year))
    due_on = _rolled(calendar, event, last, roll, steps)
    counted.update(range(min(last, due_on).year, max(last, due_on).year + 1))
    due_at = datetime.combine(due_on, _LAST_MINUTE, calendar.zone) if end_of_day else calendar.day_end(due_on)
    short = ", сокращённый день" if calendar.is_short_day(due_on) and not end_of_day else ""
    steps.append(f"до {due_at:%H:%M}{short}")
    unconfirmed = [year for year in sorted(counted) if not calendar.is_confirmed(year)]
    steps.extend(_doubts(unconfirmed))
    return DueDate(due_at, due_on, tuple(steps), hourly=False, confirmed=not unconfirmed)


def _rolled(calendar: WorkCalendar, event: date, last: date, roll: Roll, steps: list[str]) -> date:
    """Return the day that a non-working last day is moved to, and note the move."""
    if calendar.is_working_day(last):
        if calendar.is_exceptional(last):
            steps.append(f"{_dated(last)} — {calendar.describe(last)}, перенос не нужен")
        return last
    head = f"{day_text(last)} — {calendar.describe(last)}"
    if roll is Roll.NONE:
        steps.append(f"{head}, срок не переносится")
        return last
    target = calendar.previous_working_day(last) if roll is Roll.PREVIOUS else calendar.next_working_day(last)
    if target <= event:
        steps.append(f"{head}, рабочих дней до него в сроке нет")
        head, target = "переносим вперёд", calendar.next_working_day(last)
    steps.append(f"{head} → срок на {_dated(target)}")
    if calendar.is_exceptional(target):
        steps.append(f"{day_text(target)} — {calendar.describe(target)}")
    return target


def _beyond(calendar: WorkCalendar, last: date, since: date, until: date, duration: Duration) -> tuple[date, Duration]:
    """Return a last day moved by a stop, and how long that was: in working days for a term in such."""
    if duration.unit is Unit.WORKING_DAYS:
        stood = Duration(calendar.count_working_days(since, until), Unit.WORKING_DAYS)
    else:
        stood = Duration((until - since).days, Unit.DAYS)
    return (shift_days(calendar, last, stood) if stood.amount else last), stood


def _round_the_clock(calendar: WorkCalendar, start: datetime, duration: Duration, stops: Stops) -> DueDate:
    amount = timedelta(**{"minutes" if duration.unit is Unit.MINUTES else "hours": duration.amount})
    due_at = (start.astimezone(UTC) + amount).astimezone(calendar.zone)
    steps = [f"событие — {moment_text(start)}", f"{duration} подряд → {moment_text(due_at)}"]
    for since, until in stops:
        due_at = (due_at.astimezone(UTC) + (until - since)).astimezone(calendar.zone)
        steps.append(f"срок стоял с {moment_text(since)} по {moment_text(until)} → {moment_text(due_at)}")
    if calendar.covers(due_at.year) and not calendar.is_working_day(due_at.date()):
        steps.append(f"{day_text(due_at)} — {calendar.describe(due_at.date())}; часы идут и в нерабочее время")
    return DueDate(due_at, due_at.date(), tuple(steps), hourly=True, confirmed=True)


def _in_working_hours(calendar: WorkCalendar, start: datetime, duration: Duration, stops: Stops) -> DueDate:
    left = timedelta(hours=duration.amount)
    first = calendar.next_working_moment(start)
    steps = [f"событие — {moment_text(start)}"]
    for since, until in stops:
        left += calendar.working_time(since, until)
        steps.append(f"срок стоял с {moment_text(since)} по {moment_text(until)}")
    if first != start:
        steps.append(f"нерабочее время; отсчёт с {moment_text(first)}")
    day = first.date()
    while True:
        for begin, end in calendar.working_intervals(day):
            available = end - max(begin, first)
            if timedelta(0) < left <= available:
                due_at = max(begin, first) + left
                steps.append(f"{duration} → {moment_text(due_at)}")
                steps.extend(_exceptions(calendar, start.date(), due_at.date()))
                unconfirmed = [y for y in range(start.year, due_at.year + 1) if not calendar.is_confirmed(y)]
                steps.extend(_doubts(unconfirmed))
                return DueDate(due_at, due_at.date(), tuple(steps), hourly=True, confirmed=not unconfirmed)
            left -= max(available, timedelta(0))
        day = calendar.next_working_day(day)


def cap_moment(calendar: WorkCalendar, cap: date) -> datetime:
    """Return the moment past which a capped term does not go; a day off gives way to the working day before."""
    if isinstance(cap, datetime):
        day = day_meant(cap, [calendar.zone])
        if day is None:
            return cap.astimezone(calendar.zone)
        cap = day
    return calendar.day_end(cap if calendar.is_working_day(cap) else calendar.previous_working_day(cap))


def shift_days(calendar: WorkCalendar, day: date, duration: Duration, *, back: bool = False) -> date:
    """Return the day so many days, working days, weeks or months after the day, or before it with `back`.

    A month ends on the same number, or on the last day of a shorter month. Raise CalendarError beyond the
    calendar.
    """
    amount = -duration.amount if back else duration.amount
    if duration.unit is Unit.WORKING_DAYS:
        return calendar.shift_working_days(day, amount)
    if duration.unit is Unit.MONTHS:
        year, month = divmod(day.year * 12 + day.month - 1 + amount, 12)
        _require_covered(calendar, year)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    if duration.unit not in (Unit.DAYS, Unit.WEEKS):
        raise ValueError(f"not a term in days: {duration}")
    ordinal = day.toordinal() + amount * (7 if duration.unit is Unit.WEEKS else 1)
    if not date.min.toordinal() <= ordinal <= date.max.toordinal():
        raise _too_far(f"срок «{duration}» от {day_text(day)}")
    shifted = date.fromordinal(ordinal)
    _require_covered(calendar, shifted.year)
    return shifted


def _require_covered(calendar: WorkCalendar, year: int) -> None:
    if not calendar.covers(year):
        raise _too_far(f"срок на {year} год")


def _too_far(what: str) -> CalendarError:
    return CalendarError(f"{what} выходит за пределы календаря", remedy="проверьте дату и длительность срока")


def _exceptions(calendar: WorkCalendar, event: date, last: date) -> Iterator[str]:
    """Name the runs of days off with a holiday or a moved day in them, and the working weekend days."""
    day = event + _DAY
    while day <= last:
        if calendar.is_working_day(day):
            if calendar.is_exceptional(day):
                yield f"{_dated(day)} — {calendar.describe(day)}"
            day += _DAY
            continue
        first = day
        while not calendar.is_working_day(day + _DAY):
            day += _DAY
        run = [first + timedelta(days=n) for n in range((day - first).days + 1)]
        special = [one for one in run if calendar.is_exceptional(one)]
        if special:
            words = dict.fromkeys(calendar.describe(one) for one in special)
            yield f"не считаются {span_text(first, day)}: {', '.join(words)}"
        day += _DAY


def _doubts(years: list[int]) -> Iterator[str]:
    for year in years:
        yield f"календарь {year} года ещё не подтверждён: срок может измениться"


def _dated(day: date) -> str:
    return f"{day_text(day)}, {WEEKDAYS[day.weekday()]}"
