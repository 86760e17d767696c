"""Federal days off of one year, from the package `holidays`, or by ТК РФ until its decree is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import version

import holidays

from poruchik.workcalendar.wording import WEEKDAYS, day_text

FIRST_YEAR = 2005
"""The holidays of today's ТК РФ ст. 112 begin here."""
HORIZON = 5
"""Years after the last decreed one that are still computed, provisionally, from ТК РФ alone."""

RELEASE = version("holidays")
"""Of the package that knows the decrees; another may know other days."""
_MOVED = re.compile(r"перенесено с (\d\d\.\d\d\.\d{4})")
_OBSERVED = "(выходной)"
_DAY = timedelta(days=1)


@dataclass(slots=True)
class FederalYear:
    """Days of one year before the overlays; all three may be changed by them.

    `off` maps each day off to the Russian reason, `working_weekends` a working weekend day to its own;
    `short` are the days one hour shorter.
    """

    off: dict[date, str]
    working_weekends: dict[date, str]
    short: set[date]
    public: frozenset[date]
    """The holidays themselves (ст. 112), without the days off moved because of them."""


def federal_year(year: int) -> FederalYear:
    """Return the days of a year: by decree where the package knows it, otherwise by ст. 95 and 112 ТК РФ."""
    table = holidays.country_holidays("RU", years=year, language="ru")
    names = {day: name for day, name in table.items() if day.year == year}
    moved = {day: origin for day, name in names.items() if (origin := _origin(name))}
    public = frozenset(day for day, name in names.items() if day not in moved and _OBSERVED not in name)
    off = {day: f"выходной ({WEEKDAYS[day.weekday()]})" for day in _days(year) if day.weekday() >= 5}
    for day, name in names.items():
        if day in moved:
            off[day] = moved_reason(moved[day])
        elif day in public:
            off[day] = f"праздник ({name})"
        else:
            off[day] = f"выходной (после праздника: {name.replace(_OBSERVED, '').strip()})"
    working = {day: "перенос" for day in table.weekend_workdays if day.year == year}
    for day in working:
        off.pop(day, None)
    if not _is_decreed(names):
        off |= _moved_by_law(public, off)
    eves = {day for day in _days(year) if day not in off and _before_holiday(day, public)}
    # A working Saturday has the length of the day it was swapped with (02.11.2024 for 30.04.2024).
    inherited = {origin for day, origin in moved.items() if origin in working and _before_holiday(day, public)}
    return FederalYear(off, working, eves - set(working) | inherited, public)


def moved_reason(origin: date) -> str:
    """Return the reason of a day off that was moved from another day."""
    return f"выходной (перенос с {day_text(origin, year=False)})"


@cache
def last_decreed_year() -> int:
    """Return the last year whose moved days off the installed package knows."""
    year = FIRST_YEAR
    while _is_decreed(dict(holidays.country_holidays("RU", years=year + 1, language="ru"))):
        year += 1
    return year


def _is_decreed(names: dict[date, str]) -> bool:
    # Every year since 2005 has at least one moved day off; without any, the decree is not known yet.
    return any(_OBSERVED in name or _MOVED.search(name) for name in names.values())


def _moved_by_law(public: frozenset[date], off: dict[date, str]) -> dict[date, str]:
    """Move a holiday on a weekend to the next working day (ст. 112 ч. 2); January waits for the decree."""
    found: dict[date, str] = {}
    for holiday in sorted(public):
        if holiday.weekday() < 5 or holiday.month == 1:
            continue
        day = holiday + _DAY
        while day in off or day in found:
            day += _DAY
        found[day] = moved_reason(holiday)
    return found


def _before_holiday(day: date, public: frozenset[date]) -> bool:
    following = day + _DAY
    return following in public or (following.month, following.day) == (1, 1)


def _origin(name: str) -> date | None:
    match = _MOVED.search(name)
    return datetime.strptime(match[1], "%d.%m.%Y").date() if match else None


def _days(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += _DAY
