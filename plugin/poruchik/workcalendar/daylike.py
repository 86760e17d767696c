"""Which moments are days, and until when a day lasts. A system that keeps dates sends midnights. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from poruchik.workcalendar.calendar import WorkCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
"""Where the servers of many systems keep their dates."""


def day_meant(moment: datetime, zones: Iterable[tzinfo] = ()) -> date | None:
    """Return the day that a moment stands for: where it is midnight as written, in one of the zones or in Moscow.

    None for a moment that means itself. It is asked before anything is converted: what is stored has lost its offset.
    """
    for local in (moment, *(moment.astimezone(zone) for zone in (*zones, MOSCOW))):
        if local.time() == time():
            return local.date()
    return None


def late_from(due_at: datetime, due_on: date, calendar: WorkCalendar, *, hourly: bool) -> datetime:
    """Return from when somebody is late: a term until the end of a working day lasts until midnight, others exactly."""
    if hourly or due_at < calendar.day_end(due_on):
        return due_at
    return datetime.combine(due_on + timedelta(days=1), time(), calendar.zone)
