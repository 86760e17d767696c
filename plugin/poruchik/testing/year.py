"""A year of an office: the clock jumps to whatever comes next, and at the end the books must balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from poruchik.clock import SimulatedClock
from poruchik.control.item import OVER
from poruchik.lanes.runtime import Worker
from poruchik.model.commands import Command, Notice, NoticeKind
from poruchik.model.delivery import OutboxState
from poruchik.model.points import Fate
from poruchik.model.standing import CLOSED
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.workcalendar.calendar import WorkCalendar


def play(office: Office, worker: Worker, clock: SimulatedClock) -> Iterator[datetime]:
    """Live from this moment on until nothing is to come any more; yield every moment at which something happened."""
    while True:
        office.people_act()
        worker.run_until_idle()
        yield clock.now()
        moments = [moment for moment in (office.next_moment(), worker.next_moment()) if moment is not None]
        if not moments:
            return
        clock.move_to(max(min(moments), clock.now()))


def imbalances(office: Office, store: Store, calendar: WorkCalendar) -> list[str]:
    """Return what does not add up after a year; nothing, when every point and every message is accounted for."""
    found: list[str] = []
    with store.reading() as reading:
        states = reading.orders.counts()
        orders = reading.orders.keys()
        every = reading.orders.every()
        keys = {*orders, *(one.document_key for one in every)}
        items = {item.id: item for batch in reading.items.of_orders(keys).values() for item in batch}
        points = reading.points.of_orders(keys)
        outbox = reading.outbox.counts()
        messages = {item.message_id: item for item in reading.outbox.notices()}
    closed = sum(states.get(state, 0) for state in CLOSED)
    found += [f"orders that are not closed: {states}"] if closed != len(orders) else []
    theirs = Counter(office.orders().values())
    found += [f"the office counts {theirs}, the store {states}"] if dict(theirs) != dict(states) else []
    found += [f"{item.key} is {item.state}" for item in items.values() if item.state not in OVER]
    unsent = {state: count for state, count in outbox.items() if state not in (OutboxState.SENT, OutboxState.WITHDRAWN)}
    found += [f"commands neither sent nor withdrawn: {unsent}"] if unsent else []
    # A term in hours that people move to a day is one in days from then on: what fired before fired by its hours.
    moved = {one.key for one in every if one.extensions}
    for point in points:
        item = items[point.item_id]
        local = point.fired_at.astimezone(calendar.zone)
        where = f"{item.key}, {point.rung}, planned {point.planned_at}"
        if point.fired_at < point.planned_at:
            found.append(f"{where}: fired before its time, {local}")
        by_day = not item.plan.deadline.hourly and item.order_key not in moved
        if by_day and calendar.next_working_moment(local) != local:
            found.append(f"{where}: fired outside working time, {local}")
        if point.fate is not Fate.WITHDRAWN and messages[point.message_id].state is not OutboxState.SENT:
            found.append(f"{where}: {point.fate}, but its message is {messages[point.message_id].state}")
    fired = Counter((point.item_id, point.kind, point.rung, point.to_ref, point.planned_at) for point in points)
    found += [f"fired {count} times: {key}" for key, count in fired.items() if count > 1]
    sent = {message_id for message_id, item in messages.items() if item.state is OutboxState.SENT}
    received = set(office.notices())
    found += [f"sent and not received: {one}" for one in sent - received]
    found += [f"received and not sent: {one}" for one in received - sent]
    told = {point.message_id for point in points if point.fate is not Fate.WITHDRAWN}
    untold = {one for one in sent if not _is_answer(messages[one].command)} - told
    found += [f"a message without a point: {one}" for one in untold]
    return found


def _is_answer(command: Command) -> bool:
    return isinstance(command, Notice) and command.kind is NoticeKind.ANSWER
