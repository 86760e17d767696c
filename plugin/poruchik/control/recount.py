"""Counting a deadline again: from another moment (receipt by the executor), or by a calendar that is now decreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from poruchik.control.item import Plan
from poruchik.model.order import Deadline
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import cap_moment, due
from poruchik.workcalendar.duration import Duration, Roll
from poruchik.workcalendar.wording import day_text


def recounted(plan: Plan, calendar: WorkCalendar, *, start: datetime | None = None) -> Plan:
    """Return the plan under its deadline counted again; one that was set by people stays as they set it.

    `start` is when the event happened that the term waits for; without it the event stays and only the calendar counts.
    """
    deadline, counting = plan.deadline, plan.deadline.counting
    if counting is None:
        return plan
    if start is not None:
        counting = replace(counting, start=start)
    counted = due(
        calendar,
        counting.start,
        Duration.parse(counting.duration),
        Roll(counting.roll),
        end_of_day=counting.until_midnight,
    )
    due_at, due_on, steps = counted.due_at, counted.due_on, [deadline.steps[0], *counted.steps]
    if counting.cap and cap_moment(calendar, counting.cap) < due_at:
        due_at = cap_moment(calendar, counting.cap)
        due_on = due_at.date()
        steps.append(f"не позднее {day_text(due_on)} по карточке")
    new = replace(
        deadline,
        due_at=due_at,
        due_on=due_on,
        steps=tuple(steps),
        confirmed=counted.confirmed,
        provisional=deadline.provisional and start is None,
        counting=counting,
    )
    return replace(plan, deadline=new, start=start or plan.start).counted(calendar)


def set_by_people(plan: Plan, due_at: datetime, who: str, calendar: WorkCalendar, *, daylike: bool = False) -> Plan:
    """Return the plan under a deadline that people have set; `daylike`: they named a day."""
    local = due_at.astimezone(calendar.zone)
    words = f"{plan.deadline.term}; срок установил(а) {who or 'пользователь системы'}"
    new: Deadline = replace(
        plan.deadline,
        due_at=local,
        due_on=local.date(),
        term=words,
        steps=(*plan.deadline.steps, f"изменён: {day_text(local.date())}, {local:%H:%M}"),
        confirmed=calendar.is_confirmed(local.year),
        provisional=False,
        counting=None,
        hourly=plan.deadline.hourly and not daylike,
    )
    return replace(plan, deadline=new).counted(calendar)
