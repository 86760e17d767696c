"""The term of a co-executor's part: half of the lead's where no act sets one, and never after it. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from poruchik.model.order import Deadline
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text, moment_text


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


def not_after(part: Deadline, whole: Deadline) -> Deadline:
    """Return the term of a part, shortened to the lead's where it would end after it."""
    if part.due_at <= whole.due_at:
        return part
    shown = moment_text(whole.due_at) if part.hourly else day_text(whole.due_on)
    steps = (*part.steps, f"не позднее срока ответственного → {shown}")
    return replace(part, due_at=whole.due_at, due_on=whole.due_on, steps=steps)
