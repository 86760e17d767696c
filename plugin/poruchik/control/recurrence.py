"""When a rung that recurs comes first, and when again. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from poruchik.model.ladder import Recurrence, Rung
from poruchik.workcalendar.calendar import WorkCalendar


def first_of(rung: Rung, late_since: datetime, calendar: WorkCalendar) -> datetime:
    """Return when a recurring rung comes first, where being late begins at a moment (local)."""
    if rung.every is not Recurrence.MONTH:
        return late_since
    day = _nth_working_day(late_since.date(), rung.nth or 1, calendar)
    return late_since if day == late_since.date() else calendar.day_start(day)


def again(rung: Rung, first: datetime, fired: datetime, calendar: WorkCalendar, *, hourly: bool) -> datetime:
    """Return when it comes next; `first` is when it came first by plan, `fired` when it last did."""
    first, last = first.astimezone(calendar.zone), fired.astimezone(calendar.zone).date()
    match rung.every:
        case Recurrence.DAY if hourly:
            return datetime.combine(last + timedelta(days=1), first.time(), calendar.zone)
        case Recurrence.WEEK:
            ahead = (first.weekday() - last.weekday()) % 7 or 7
            day = last + timedelta(days=ahead)
            return calendar.day_start(day if calendar.is_working_day(day) else calendar.next_working_day(day))
        case Recurrence.MONTH:
            return calendar.day_start(_nth_working_day(last + timedelta(days=1), rung.nth or 1, calendar))
    return calendar.day_start(calendar.next_working_day(last))


def _nth_working_day(since: date, nth: int, calendar: WorkCalendar) -> date:
    """Return the n-th working day of the month, of this one or the next, that is not before a day."""
    month = since.replace(day=1)
    while True:
        day = calendar.shift_working_days(month - timedelta(days=1), nth)
        if day >= since:
            return day
        month = (month + timedelta(days=32)).replace(day=1)
