"""Deadlines that two independent sources of the calendar agree on."""

from datetime import date, datetime

import pytest

from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.duration import Duration, Roll

# Registered, thirty days later, rolled to the previous and to the next working day.
THIRTY_DAYS = """
2024-03-28 2024-04-27 2024-04-27 2024-04-27
2024-03-30 2024-04-29 2024-04-27 2024-05-02
2024-11-29 2024-12-29 2024-12-28 2025-01-09
2024-12-02 2025-01-01 2024-12-28 2025-01-09
2025-04-02 2025-05-02 2025-04-30 2025-05-05
2025-04-09 2025-05-09 2025-05-07 2025-05-12
2025-05-14 2025-06-13 2025-06-11 2025-06-16
2025-10-02 2025-11-01 2025-11-01 2025-11-01
2025-10-04 2025-11-03 2025-11-01 2025-11-05
2025-12-01 2025-12-31 2025-12-30 2026-01-12
2025-12-05 2026-01-04 2025-12-30 2026-01-12
2026-02-06 2026-03-08 2026-03-06 2026-03-10
2026-04-09 2026-05-09 2026-05-08 2026-05-12
2026-11-23 2026-12-23 2026-12-23 2026-12-23
2026-12-01 2026-12-31 2026-12-30 2027-01-11
2027-01-21 2027-02-20 2027-02-20 2027-02-20
2027-10-06 2027-11-05 2027-11-03 2027-11-08
"""
# Event, then one, three, five, ten and fifteen working days later.
WORKING_DAYS = """
2024-04-26 2024-04-27 2024-05-03 2024-05-07 2024-05-16 2024-05-23
2024-12-27 2024-12-28 2025-01-10 2025-01-14 2025-01-21 2025-01-28
2025-04-30 2025-05-05 2025-05-07 2025-05-13 2025-05-20 2025-05-27
2025-10-31 2025-11-01 2025-11-06 2025-11-10 2025-11-17 2025-11-24
2025-12-30 2026-01-12 2026-01-14 2026-01-16 2026-01-23 2026-01-30
2026-01-08 2026-01-12 2026-01-14 2026-01-16 2026-01-23 2026-01-30
2026-04-30 2026-05-04 2026-05-06 2026-05-08 2026-05-18 2026-05-25
2026-12-30 2027-01-11 2027-01-13 2027-01-15 2027-01-22 2027-01-29
2027-02-19 2027-02-20 2027-02-25 2027-03-01 2027-03-09 2027-03-16
"""
# Event, one month later, rolled to the previous working day.
ONE_MONTH = """
2024-01-31 2024-02-29 2024-02-29
2025-01-31 2025-02-28 2025-02-28
2025-08-31 2025-09-30 2025-09-30
2026-02-28 2026-03-28 2026-03-27
"""


def rows(table: str) -> list[list[date]]:
    return [[date.fromisoformat(word) for word in line.split()] for line in table.strip().splitlines()]


def due_on(calendar: WorkCalendar, event: date, term: str, roll: Roll) -> date:
    start = datetime(event.year, event.month, event.day, 10, tzinfo=calendar.zone)
    return due(calendar, start, Duration.parse(term), roll).due_on


@pytest.mark.parametrize("row", rows(THIRTY_DAYS), ids=lambda row: str(row[0]))
def test_thirty_days(calendar: WorkCalendar, row: list[date]) -> None:
    rolls = (Roll.NONE, Roll.PREVIOUS, Roll.NEXT)
    assert [due_on(calendar, row[0], "30 дней", roll) for roll in rolls] == row[1:]


@pytest.mark.parametrize("row", rows(WORKING_DAYS), ids=lambda row: str(row[0]))
def test_working_days(calendar: WorkCalendar, row: list[date]) -> None:
    found = [due_on(calendar, row[0], f"{n} рабочих дней", Roll.PREVIOUS) for n in (1, 3, 5, 10, 15)]
    assert found == row[1:]


@pytest.mark.parametrize("row", rows(ONE_MONTH), ids=lambda row: str(row[0]))
def test_one_month(calendar: WorkCalendar, row: list[date]) -> None:
    assert [due_on(calendar, row[0], "1 месяц", roll) for roll in (Roll.NONE, Roll.PREVIOUS)] == row[1:]
