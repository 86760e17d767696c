"""Which moments are days, and from when somebody is late."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import day_meant, late_from

OFFICE, TOMSK = ZoneInfo("Asia/Yekaterinburg"), ZoneInfo("Asia/Tomsk")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2027-01-22T00:00:00+05:00", date(2027, 1, 22)),
        ("2027-01-21T21:00:00+00:00", date(2027, 1, 22)),  # midnight in Moscow
        ("2027-01-21T19:00:00+00:00", date(2027, 1, 22)),  # midnight in the office
        ("2027-01-21T17:00:00+00:00", date(2027, 1, 22)),  # midnight where the system is
        ("2027-01-22T00:00:00+00:00", date(2027, 1, 22)),  # midnight as written
        ("2027-01-22T00:00:00-03:00", date(2027, 1, 22)),
        ("2027-01-22T18:00:00+05:00", None),
        ("2027-01-22T00:00:01+05:00", None),
        ("2027-01-22T23:59:59+05:00", None),
        ("2027-01-22T12:00:00+05:00", None),
    ],
)
def test_midnights_are_days(written: str, day: date | None) -> None:
    assert day_meant(datetime.fromisoformat(written), [OFFICE, TOMSK]) == day


@pytest.mark.parametrize(
    ("due", "hourly", "late"),
    [
        ("2026-12-23T18:00", False, "2026-12-24T00:00"),
        ("2026-12-23T23:59", False, "2026-12-24T00:00"),
        ("2026-12-26T18:00", False, "2026-12-27T00:00"),  # a Saturday that people named
        ("2026-12-23T12:00", False, "2026-12-23T12:00"),
        ("2026-12-23T18:00", True, "2026-12-23T18:00"),
    ],
)
def test_a_day_lasts_until_midnight(calendar: WorkCalendar, due: str, hourly: bool, late: str) -> None:
    due_at = datetime.fromisoformat(due).replace(tzinfo=OFFICE)
    found = late_from(due_at, due_at.date(), calendar, hourly=hourly)
    assert found == datetime.fromisoformat(late).replace(tzinfo=OFFICE)
