"""Parking: what cannot be read or told of waits for a person with its cause, and stops nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from poruchik.control.item import ItemState, next_moment
from poruchik.errors import PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.model.standing import CLOSED, OrderState
from poruchik.store.database import Store, Transaction
from poruchik.store.items import BrokenItem
from poruchik.workcalendar.calendar import WorkCalendar

PARKED = "контроль приостановлен"
UNPARKED = "контроль возобновлён"
_log = structlog.get_logger("poruchik.control")


def park(writing: Transaction, broken: Sequence[BrokenItem], now: datetime) -> None:
    """Park items and write it down."""
    if not broken:
        return
    writing.items.park(broken, now)
    writing.audit.add([AuditEntry(now, PARKED, one.order_key, one.cause) for one in broken])
    _log.error("items were parked", items=len(broken), order=broken[0].order_key, cause=broken[0].cause)


def unpark(store: Store, order_key: str, calendar: WorkCalendar, now: datetime, who: str) -> int:
    """Let the parked items of an order go on; return how many. Raise PoruchikError for what still cannot be read."""
    with store.writing() as writing:
        order = writing.orders.lock([order_key]).get(order_key)
        parked = [one for one in writing.items.parked() if one.order_key == order_key]
        if order is None or not parked:
            raise PoruchikError(f"у поручения «{order_key}» ничего не приостановлено", remedy="см. poruchik status")
        readable = {one.id: one for one in writing.items.of_orders([order_key]).get(order_key, ())}
        items = [readable[one.id] for one in parked if one.id in readable]
        if len(items) < len(parked):
            cause = next(one.cause for one in parked if one.id not in readable)
            raise PoruchikError(cause, where=order_key, remedy="восстановите строку из копии базы")
        state = ItemState.PAUSED if order.state == OrderState.REPORTED else ItemState.ACTIVE
        state = ItemState.ENDED if order.state in CLOSED else state
        again = []
        for item in items:
            following = None
            if state is ItemState.ACTIVE:
                following = next_moment(item.plan, item.progress, accepted=item.accepted, calendar=calendar)
            progress = replace(item.progress, resumed_at=now)
            again.append(replace(item, state=state, cause="", next_at=following, progress=progress))
        writing.items.save(again, now)
        writing.audit.add([AuditEntry(now, UNPARKED, order_key, who=who)])
    return len(again)
