"""A term that stands still: when it may, and what it is after that. Pure.

Only where an act lets it (`приостановка`), and not longer than that says. 59-ФЗ knows no such thing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from poruchik.control.item import Plan
from poruchik.control.recount import recounted
from poruchik.model.order import Suspension
from poruchik.model.standing import CLOSED, OrderState, StoredOrder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.wording import day_text, moment_text


def why_not_stop(order: StoredOrder, allowed: Suspension | None, at: datetime) -> str:
    """Return why the term of an order may not stop at a moment, «» when it may."""
    if allowed is None:
        return "правило приостановки не предусматривает"
    if order.state in CLOSED:
        return "поручение закрыто"
    if order.state == OrderState.REPORTED:
        return "исполнитель уже отчитался"
    if order.stopped_until is not None:
        return "срок уже стоит"
    if order.due_at is None:
        return "у поручения нет срока"
    if order.is_late(at):
        return f"срок уже прошёл ({allowed.basis})"
    return ""


def longest_until(allowed: Suspension, since: datetime, calendar: WorkCalendar) -> datetime:
    """Return when a stop that began at a moment ends by itself."""
    return due(calendar, since, allowed.longest).due_at


def after_stop(plan: Plan, since: datetime, until: datetime, calendar: WorkCalendar) -> Plan:
    """Return a plan whose term stood still between two moments; of a term that people have set, by its days."""
    deadline, counting = plan.deadline, plan.deadline.counting
    since = max(since, plan.start)
    if until <= since:
        return plan
    if counting is not None and counting.duration:
        again = replace(deadline, counting=replace(counting, stops=(*counting.stops, (since, until))))
        return recounted(replace(plan, deadline=again), calendar)
    local, began = until.astimezone(calendar.zone), since.astimezone(calendar.zone)
    if deadline.hourly:
        due_at = (deadline.due_at + (until - since)).astimezone(calendar.zone)
    else:
        day = deadline.due_on + timedelta(days=(local.date() - began.date()).days)
        due_at = calendar.day_end(day if calendar.is_working_day(day) else calendar.next_working_day(day))
    step = f"срок стоял с {day_text(began.date())} по {day_text(local.date())} → {moment_text(due_at)}"
    moved = replace(
        deadline,
        due_at=due_at,
        due_on=due_at.date(),
        steps=(*deadline.steps, step),
        confirmed=calendar.is_confirmed(due_at.year),
        counting=None,
    )
    return replace(plan, deadline=moved).counted(calendar)
