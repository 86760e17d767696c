"""The calendar against the package `holidays` and against the table that two sources agree on."""

from datetime import date, timedelta

import holidays
import pytest

from poruchik.workcalendar.calendar import WorkCalendar

# Year, working days, hours of the 40-hour week, days off by transfer, working weekends, short days.
TABLE = [
    (2024, 248, 1979, "29.04 30.04 10.05 30.12 31.12", "27.04 02.11 28.12", "22.02 07.03 08.05 11.06 02.11"),
    (2025, 247, 1972, "02.05 08.05 13.06 03.11 31.12", "01.11", "07.03 30.04 11.06 01.11"),
    (2026, 247, 1972, "09.01 09.03 11.05 31.12", "", "30.04 08.05 11.06 03.11"),
    (2027, 247, 1972, "22.02 03.05 10.05 14.06 05.11 31.12", "20.02", "20.02 30.04 11.06 03.11"),
]
YEARS = [row[0] for row in TABLE]


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def dates(year: int, text: str) -> set[date]:
    return {date(year, int(word[3:]), int(word[:2])) for word in text.split()}


@pytest.mark.parametrize("year", range(2020, 2028))
def test_every_day_agrees_with_the_package_holidays(year: int, calendar: WorkCalendar) -> None:
    table = holidays.country_holidays("RU", years=year)
    differ = [day for day in days_of(year) if calendar.is_working_day(day) != table.is_working_day(day)]
    assert differ == []


@pytest.mark.parametrize("row", TABLE, ids=map(str, YEARS))
def test_year_is_as_decreed(calendar: WorkCalendar, row: tuple[int, int, int, str, str, str]) -> None:
    year, days, hours, moved, weekends, short = row
    working = [day for day in days_of(year) if calendar.is_working_day(day)]
    assert len(working) == days
    intervals = [interval for day in working for interval in calendar.working_intervals(day)]
    assert sum((end - start for start, end in intervals), timedelta()) == timedelta(hours=hours)
    assert {day for day in working if day.weekday() >= 5} == dates(year, weekends)
    assert {day for day in working if calendar.is_short_day(day)} == dates(year, short)
    assert not any(calendar.is_working_day(day) for day in dates(year, moved))
    assert all("выходной" in calendar.describe(day) for day in dates(year, moved))


@pytest.mark.parametrize("year", YEARS)
def test_short_days_without_a_list_follow_the_law(year: int, calendar: WorkCalendar) -> None:
    """Eves of holidays, and working Saturdays swapped with one: the three that «eve only» misses."""
    bare = WorkCalendar()
    assert [d for d in days_of(year) if bare.is_short_day(d)] == [d for d in days_of(year) if calendar.is_short_day(d)]


def test_last_day_of_december_is_short_when_it_is_worked(calendar: WorkCalendar) -> None:
    assert calendar.is_short_day(date(2020, 12, 31))


def test_year_without_a_decree_moves_weekend_holidays_by_law(calendar: WorkCalendar) -> None:
    year = next(y for y in range(2028, 2033) if not calendar.is_confirmed(y) and date(y, 11, 4).weekday() >= 5)
    bare = holidays.country_holidays("RU", years=year, language="ru")
    if any("выходной" in name.lower() for name in bare.values()):
        pytest.skip(f"the package already knows the decree of {year}")
    monday = date(year, 11, 4) + timedelta(days=7 - date(year, 11, 4).weekday())
    assert calendar.describe(monday) == "выходной (перенос с 4 ноября)"


def test_years_outside_are_not_covered(calendar: WorkCalendar) -> None:
    assert not calendar.covers(2004)
    assert calendar.covers(2005)
    assert calendar.covers(2030)
    assert not calendar.covers(2100)


def test_only_decreed_years_are_confirmed(calendar: WorkCalendar) -> None:
    assert [year for year in range(YEARS[0], 2032) if calendar.is_confirmed(year)] == YEARS
    assert calendar.is_confirmed(2019)  # what is past will not be decreed any more
    assert calendar.confirmation(2019) is None
    confirmation = calendar.confirmation(2024)
    assert confirmation is not None
    assert confirmation.act == "постановление Правительства РФ от 10.08.2023 № 1314"
