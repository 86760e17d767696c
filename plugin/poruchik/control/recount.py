"""Counting a deadline again: from another moment (receipt by the executor), or by a calendar that has changed. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from poruchik.control.item import TAKEN_OVER, ItemKind, Plan
from poruchik.control.opening import Item
from poruchik.control.part import half_of, not_after
from poruchik.model.order import Deadline
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import cap_moment, due
from poruchik.workcalendar.duration import Duration, Roll
from poruchik.workcalendar.wording import day_text, moment_text


def recounted(plan: Plan, calendar: WorkCalendar, *, start: datetime | None = None) -> Plan:
    """Return the plan under its deadline counted again; one that was set by people stays as they set it.

    `start` is when the event happened that the term waits for; without it the event stays and only the calendar counts.
    """
    deadline, counting = plan.deadline, plan.deadline.counting
    if counting is None:
        return plan
    if counting.cap and not counting.duration:
        due_at = cap_moment(calendar, counting.cap)
        named = replace(
            deadline,
            due_at=due_at,
            due_on=due_at.date(),
            steps=(deadline.steps[0].partition(": ")[0] + f": {moment_text(due_at)}",),
            confirmed=calendar.is_confirmed(due_at.year),
        )
        return replace(plan, deadline=named).counted(calendar)
    if start is not None:
        counting = replace(counting, start=start)
    counted = due(
        calendar,
        counting.start,
        Duration.parse(counting.duration),
        Roll(counting.roll),
        end_of_day=counting.until_midnight,
        stops=counting.stops,
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


def by_calendar(item: Item, lead: Item | None, calendar: WorkCalendar) -> Plan:
    """Return the plan of an item by another calendar: term and points; `lead` is the part that no other may outlast.

    What people have set stays on its day, whatever that day has become. Of an order that was late before it came under
    control the one line stays.
    """
    plan, of_lead = item.plan, item.kind is ItemKind.CO_EXECUTOR and lead is not None
    whole = by_calendar(lead, None, calendar).deadline if of_lead and lead else None
    if plan.half and whole:
        deadline = half_of(whole, plan.start.astimezone(calendar.zone), calendar)
    elif plan.deadline.counting is None:
        deadline = replace(plan.deadline, confirmed=calendar.is_confirmed(plan.deadline.due_on.year))
    else:
        deadline = recounted(plan, calendar).deadline
    if whole:
        deadline = not_after(deadline, whole)
    counted = replace(plan, deadline=deadline)
    return counted if any(point.rung == TAKEN_OVER for point in plan.points) else counted.counted(calendar)
