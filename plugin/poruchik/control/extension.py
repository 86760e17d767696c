"""Whether a deadline may be moved: the limit, and how often (59-ФЗ, ст. 12 ч. 2: once, by not more than 30 days)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from poruchik.model.order import citation
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import shift_days
from poruchik.workcalendar.duration import Duration
from poruchik.workcalendar.wording import day_text


def limit_of(allowed: Mapping[str, Any], first_due_at: datetime, calendar: WorkCalendar) -> date:
    """Return the last day that an extension may reach, counted from the first deadline of the order."""
    day = first_due_at.astimezone(calendar.zone).date()
    return shift_days(calendar, day, Duration.parse(allowed["limit"].removeprefix("до ")))


def why_not(
    allowed: Mapping[str, Any] | None,
    *,
    asked: datetime | None,
    at: datetime,
    due_at: datetime | None,
    first_due_at: datetime,
    extensions: int,
    calendar: WorkCalendar,
) -> str:
    """Return why a deadline may not be moved to a moment, with the clause, or «» when it may.

    `at` is when it is asked: a term that is over is not moved, because decision and notice belong within it.
    `allowed` is what the order allows (`Extension` as JSON), None where its rule has no `продление`.
    """
    if asked is None:
        return "не указано, до какого дня"
    if not allowed:
        return "правило не предусматривает продления"
    basis = f" ({citation(allowed['act'], allowed['clause'])})" if allowed.get("act") else ""
    if extensions >= allowed["times"]:
        return f"срок уже продлевали, раз: {extensions}{basis}"
    if due_at and at > due_at:
        return f"срок истёк {day_text(due_at.astimezone(calendar.zone).date())}: продлевают до его конца{basis}"
    if due_at and asked <= due_at:
        return "просят не больше, чем есть"
    limit = limit_of(allowed, first_due_at, calendar)
    if asked.astimezone(calendar.zone).date() > limit:
        return f"не позднее {day_text(limit)}: {allowed['limit'].removeprefix('до ')} к первому сроку{basis}"
    return ""
