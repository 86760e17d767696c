"""A term day by day: which days count, from which number to which, and which do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.duration import Unit
from poruchik.workcalendar.wording import WEEKDAYS, span_text

_DAY = timedelta(days=1)
MAX_DAYS = 3700
"""Days that are told one by one: ten years."""


@dataclass(frozen=True, slots=True)
class DayRun:
    """Days in a row that are alike; `what` they are, «» for plain working days.

    `counted` are the numbers of the first and the last in the term, or None.
    """

    first: date
    last: date
    what: str
    counted: tuple[int, int] | None

    def __str__(self) -> str:
        days = WEEKDAYS[self.first.weekday()]
        if self.last != self.first:
            days += f" – {WEEKDAYS[self.last.weekday()]}"
        if self.counted is None:
            number = "не считается" if self.first == self.last else "не считаются"
        elif self.counted[0] == self.counted[1]:
            number = f"{self.counted[0]}-й день"
        else:
            number = f"дни {self.counted[0]}–{self.counted[1]}"
        what = f", {self.what}" if self.what else ""
        return f"{span_text(self.first, self.last)}, {days}{what}: {number}"


def day_runs(calendar: WorkCalendar, event: date, last: date, unit: Unit) -> Iterator[DayRun]:
    """Yield the days after an event up to the last one of a term in days, weeks, months or working days."""
    only_working = unit is Unit.WORKING_DAYS
    number, day = 0, event + _DAY
    last = min(last, event + _DAY * MAX_DAYS)
    while day <= last:
        what, first, start = _what(calendar, day), day, number
        counts = not only_working or calendar.is_working_day(day)
        while day <= last and _what(calendar, day) == what:
            number += counts
            day += _DAY
        yield DayRun(first, day - _DAY, what, (start + 1, number) if counts else None)


def _what(calendar: WorkCalendar, day: date) -> str:
    if calendar.is_exceptional(day) or calendar.is_short_day(day):
        return calendar.describe(day)
    return "" if calendar.is_working_day(day) else "выходные"
