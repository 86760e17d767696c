"""The term of a part for which no act sets one: half of the lead's. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from poruchik.model.order import Deadline
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import moment_text


def half_of(whole: Deadline, start: datetime, calendar: WorkCalendar) -> Deadline:
    """Return half of a term that began at a moment (local), on a working day and never after the whole."""
    middle = start + (whole.due_at - start) / 2
    if not whole.hourly:
        day = start.date() + timedelta(days=(whole.due_on - start.date()).days // 2)
        if not calendar.is_working_day(day):
            day = calendar.previous_working_day(day)
        first = calendar.next_working_day(start.date())
        middle = min(calendar.day_end(max(day, first)), whole.due_at)
    step = f"половина срока ответственного → {moment_text(middle)}"
    return replace(
        whole,
        due_at=middle,
        due_on=middle.date(),
        term="половина срока ответственного",
        steps=(*whole.steps, step),
        provisional=False,
        counting=None,
    )
