"""Whether a deadline may be moved: the limit, and how often (59-ФЗ, ст. 12 ч. 2: once, by not more than 30 days)."""

from __future__ import annotations

from datetime import date, datetime

from poruchik.model.order import Extension
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import shift_days
from poruchik.workcalendar.wording import day_text


def limit_of(allowed: Extension, first_due_at: datetime, calendar: WorkCalendar) -> date:
    """Return the last day that an extension may reach, counted from the first deadline of the order."""
    day = first_due_at.astimezone(calendar.zone).date()
    return shift_days(calendar, day, allowed.limit)


def why_not(
    allowed: Extension | None,
    *,
    asked: datetime | None,
    at: datetime,
    due_at: datetime | None,
    late_at: datetime | None,
    first_due_at: datetime,
    extensions: int,
    calendar: WorkCalendar,
) -> str:
    """Return why a deadline may not be moved to a moment, with the clause, or «» when it may.

    `at` is when it is asked: a term that is over is not moved, because decision and notice belong within it.
    `allowed` is None where its rule has no `продление`.
    """
    if asked is None:
        return "не указано, до какого дня"
    if not allowed:
        return "правило не предусматривает продления"
    basis = f" ({allowed.basis})" if allowed.basis else ""
    if extensions >= allowed.times:
        return f"срок уже продлевали, раз: {extensions}{basis}"
    if due_at and late_at and at >= late_at:
        return f"срок истёк {day_text(due_at.astimezone(calendar.zone).date())}: продлевают до его конца{basis}"
    if due_at and _day(asked, calendar) <= _day(due_at, calendar):
        return "просят не больше, чем есть"
    limit = limit_of(allowed, first_due_at, calendar)
    if _day(asked, calendar) > limit:
        return f"не позднее {day_text(limit)}: {allowed.limit} к первому сроку{basis}"
    return ""


def _day(moment: datetime, calendar: WorkCalendar) -> date:
    return moment.astimezone(calendar.zone).date()
