"""Holding what would be told of an order's term while a change of it waits for a person: the term may have moved.

Its items are not looked at (`store.reviews.MAY_FIRE`), but for the clock of that change. Messages that have not left
yet are put aside here; a digest loses only the lines about this order, to a digest of their own. When the last such
change is dealt with, all of it goes on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from poruchik.control.item import ItemState
from poruchik.control.review import Matter
from poruchik.lanes.withdraw import digest_of
from poruchik.model.audit import AuditEntry
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.store.database import Transaction
from poruchik.texts.render import Texts

HELD_UP = "сообщения о сроке приостановлены"
GO_ON = "сообщения о сроке возобновлены"


def hold(writing: Transaction, texts: Texts, order_keys: Collection[str], now: datetime) -> None:
    """Put aside what waits in the outbox about the terms of these orders; what is under way is allowed once."""
    if not order_keys:
        return
    writing.items.lock(order_keys)  # whoever makes messages about them has them locked
    waiting = {
        one.message_id: one for one in writing.outbox.unfinished_about(order_keys) if one.state is OutboxState.WAITING
    }
    lines: dict[str, set[int]] = {}
    goes_on = {
        item.id for held in writing.items.reviews_of(order_keys).values() for item in held if item.name == Matter.CHANGE
    }
    for point in writing.points.of_messages(waiting):
        if point.order_key in order_keys and point.item_id not in goes_on:
            lines.setdefault(point.message_id, set()).add(point.item_id)
    for message_id, numbers in lines.items():
        _put_aside(writing, texts, waiting[message_id], numbers, now)
    writing.audit.add([AuditEntry(now, HELD_UP, key, "изменение ждёт человека") for key in sorted(order_keys)])


def _put_aside(writing: Transaction, texts: Texts, item: OutboxItem, lines: set[int], now: datetime) -> None:
    rest = digest_of(item.command, lambda line: line.item_id not in lines, texts)
    if rest is None:
        writing.outbox.hold([item.id], now)
        return
    aside = digest_of(item.command, lambda line: line.item_id in lines, texts)
    assert aside is not None
    aside = replace(aside, message_id=f"{item.message_id}:{item.id}-{now:%Y%m%d%H%M%S%f}")
    writing.outbox.rewrite(item.id, rest, now)
    writing.outbox.add([(item.system, aside)], now)
    writing.outbox.hold([writing.outbox.number_of(aside.message_id)], now)
    writing.points.move(item.message_id, lines, aside.message_id)


def go_on(writing: Transaction, order_keys: Collection[str], now: datetime) -> None:
    """Let go on what was held about those of the orders about which nothing waits any more."""
    free = set(order_keys) - writing.changes.waiting(order_keys)
    if not free:
        return
    held = [one for one in writing.outbox.unfinished_about(free) if one.state is OutboxState.HELD]
    about = {key for one in held for key in one.command.about}
    still = writing.changes.waiting(about)
    writing.outbox.let_go([one.id for one in held if still.isdisjoint(one.command.about)], now)
    # What comes late now comes late because of the change, and not through an outage.
    writing.items.save(
        [
            replace(item, progress=replace(item.progress, resumed_at=now))
            for items in writing.items.of_orders(free).values()
            for item in items
            if item.state is ItemState.ACTIVE
        ],
        now,
    )
    writing.audit.add([AuditEntry(now, GO_ON, key) for key in sorted(free)])
