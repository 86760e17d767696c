"""The periods of a plan's year: for each of them a periodic order (`повторять`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from poruchik.policy.words import Every

PLACE = "{период}"
"""In the text of a periodic order: the name of the period."""
_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF: 6, Every.YEAR: 12}
_NAMES = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """A month, quarter, half-year or year, both days included."""

    first: date
    last: date
    name: str


def periods(every: Every, year: int, since: date) -> Iterator[CalendarPeriod]:
    """Yield the periods of a year that are not over on a day."""
    step = _MONTHS[every]
    for start in range(1, 13, step):
        following = date(year + (start + step > 12), (start + step - 1) % 12 + 1, 1)
        period = CalendarPeriod(date(year, start, 1), following - timedelta(days=1), _name(every, year, start, step))
        if period.last >= since:
            yield period


def _name(every: Every, year: int, start: int, step: int) -> str:
    if every is Every.MONTH:
        return f"{_NAMES[start - 1]} {year} года"
    if every is Every.YEAR:
        return f"{year} год"
    return f"{(start - 1) // step + 1} {'квартал' if every is Every.QUARTER else 'полугодие'} {year} года"
