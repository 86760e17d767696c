"""Recount: deadlines that reached into a year without a decree, once its calendar is confirmed; only what is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from poruchik.clock import Clock
from poruchik.control.item import ItemKind, ItemState, Plan, next_moment
from poruchik.control.opening import Item
from poruchik.control.recount import recounted
from poruchik.control.wording import due_text
from poruchik.lanes.park import park
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Extend, Operation
from poruchik.model.standing import StoredOrder
from poruchik.store.database import Store, Transaction
from poruchik.store.items import BrokenItem
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text


@dataclass(frozen=True, slots=True)
class SettledDeadline:
    """One deadline that the decree has settled; `before` and `after` are the same where nothing moved."""

    title: str
    part: str
    person: str
    before: date
    after: date


def recount(store: Store, calendar: WorkCalendar, clock: Clock, *, dry_run: bool = False) -> list[SettledDeadline]:
    """Count again what the confirmed calendar settles; return it, moved or not. A dry run writes nothing."""
    with store.reading() as reading:
        keys = {item.order_key for item, _ in _all_settled(reading, calendar)}
        keys |= {one.order_key for one in reading.items.broken} if not dry_run else set()
        if dry_run and keys:
            orders = reading.orders.lock(keys)
            return [_moved(item, plan, orders.get(item.order_key)) for item, plan in _all_settled(reading, calendar)]
    if not keys:
        return []
    now = clock.now()
    with store.writing() as writing:
        orders = writing.orders.lock(keys)
        # Read again under the lock: people may have moved the order meanwhile, or another worker may have counted.
        found = _all_settled(writing, calendar)
        settled = [(item, plan) for item, plan in found if item.order_key in orders or item.inbox_id]
        park(writing, writing.items.broken, now)
        moved = [_moved(item, plan, orders.get(item.order_key)) for item, plan in settled]
        writing.items.save([_under(item, plan, calendar) for item, plan in settled], now)
        leads = [(orders[item.order_key], plan) for item, plan in settled if item.kind is ItemKind.LEAD]
        changed = [(order, plan) for order, plan in leads if plan.deadline.due_at != order.due_at]
        writing.orders.save([_dated(order, plan, calendar) for order, plan in changed], now)
        writing.outbox.add(
            [(order.system, _set_term(order, plan, calendar, now)) for order, plan in changed if order.internal_id],
            now,
        )
        writing.audit.add(
            [
                AuditEntry(now, "календарь года подтверждён", item.order_key, _words(one))
                for (item, _), one in zip(settled, moved, strict=True)
            ]
        )
    return moved


def _all_settled(open_: Transaction, calendar: WorkCalendar) -> list[tuple[Item, Plan]]:
    """Return what the calendar settles; what cannot be counted is broken, and the others are counted."""
    found = []
    for item in open_.items.unconfirmed():
        try:
            plan = _settled(item, calendar)
        except Exception as error:  # noqa: BLE001 — one plan must not stop the others, whatever is wrong with it
            cause = f"срок не пересчитывается: {type(error).__name__}: {error}"
            open_.items.broken.append(BrokenItem(item.id, item.order_key, cause))
            continue
        if plan is not None:
            found.append((item, plan))
    return found


def _settled(item: Item, calendar: WorkCalendar) -> Plan | None:
    """Return the plan by the calendar of now, or None while the year is still open."""
    deadline = item.plan.deadline
    if deadline.counting is None:
        if not calendar.is_confirmed(deadline.due_on.year):
            return None
        return replace(item.plan, deadline=replace(deadline, confirmed=True))
    plan = recounted(item.plan, calendar)
    return plan if plan.deadline.confirmed else None


def _under(item: Item, plan: Plan, calendar: WorkCalendar) -> Item:
    following = None
    if item.state is ItemState.ACTIVE:
        following = next_moment(plan, item.progress, accepted=item.accepted, calendar=calendar)
    late_at = plan.deadline.late_from(calendar) if item.late_at else None
    return replace(item, plan=plan, snapshot="", next_at=following, late_at=late_at)


def _dated(order: StoredOrder, plan: Plan, calendar: WorkCalendar) -> StoredOrder:
    deadline = plan.deadline
    first = deadline.due_at if order.first_due_at == order.due_at else order.first_due_at
    late_at = deadline.late_from(calendar)
    return replace(order, due_at=deadline.due_at, due_on=deadline.due_on, late_at=late_at, first_due_at=first)


def _set_term(order: StoredOrder, plan: Plan, calendar: WorkCalendar, now: datetime) -> Extend:
    deadline = plan.deadline
    comment = f"Календарь года утверждён, срок пересчитан: {due_text(deadline, calendar)}."
    message_id = f"{order.key}:{Operation.EXTEND}:calendar-{now:%Y%m%d%H%M%S}"
    return Extend(message_id, order.key, deadline.due_at, deadline.due_on, comment)


def _moved(item: Item, plan: Plan, order: StoredOrder | None) -> SettledDeadline:
    title = order.title if order else item.order_key.partition(":")[2]
    return SettledDeadline(title, item.name, item.person, item.plan.deadline.due_on, plan.deadline.due_on)


def _words(one: SettledDeadline) -> str:
    part = f"{one.part}: " if one.part else ""
    if one.before == one.after:
        return f"{part}срок прежний, {day_text(one.after)}"
    return f"{part}срок {day_text(one.before)} → {day_text(one.after)}"
