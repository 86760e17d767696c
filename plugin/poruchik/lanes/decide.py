"""Decide: from the inbox to decisions, orders and commands, a batch in one transaction, no external call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from poruchik.clock import Clock
from poruchik.control.giving import create_command, informing
from poruchik.control.opening import Opening
from poruchik.control.recognition import recognise, told
from poruchik.engine.decide import Deciding
from poruchik.errors import RowRefused
from poruchik.log import mask
from poruchik.model.commands import Command
from poruchik.model.decision import Decision
from poruchik.model.document import Document, Facts
from poruchik.model.exchange import ListedOrder
from poruchik.model.inbox import InboxItem, InboxState, Settlement
from poruchik.model.standing import Demands, StoredOrder
from poruchik.plugins import Plugins
from poruchik.settling import Settled, settle, tell, with_orders
from poruchik.store.corrections import facts
from poruchik.store.database import Store
from poruchik.store.orders import orders_of
from poruchik.texts.render import Texts

BATCH = 200
LEASE = timedelta(seconds=20)
"""How long a worker may have documents: a batch takes a second at most, a dead worker's work waits no longer."""
MAX_TRIES = 5
"""After which a document that cannot be settled is left to a person."""
CHANGED = "changed-after-orders"
STRAY = "stray"
_log = structlog.get_logger("poruchik.decide")


def decide(
    store: Store,
    decider: Deciding,
    plugins: Plugins,
    texts: Texts,
    clock: Clock,
    *,
    owner: str,
    since: Mapping[str, datetime | None] | None = None,
) -> int:
    """Decide one batch of new documents; return how many rows were settled.

    `since` tells for a system from when on its orders are under control (`SystemSettings.under_control_since`).
    """
    now = clock.now()
    with store.writing() as writing:
        items = writing.inbox.take(BATCH, owner=owner, now=now, lease_until=now + LEASE)
    if not items:
        return 0
    worn_out = [item for item in items if item.tries > MAX_TRIES]
    if worn_out:
        return _give_up(store, worn_out, owner, clock)
    with store.reading() as reading:
        superseded = {item.id for item in reading.inbox.older(items)}
        load = reading.orders.load()
        keys = {item.document_key for item in items}
        known, corrected = reading.orders.of_documents(keys), reading.corrections.of_documents(keys)
        listed = reading.strays.of_documents(keys)
    said = {key: facts(told) for key, told in corrected.items()}
    found = [
        _decide_one(
            *(item, said.get(item.document_key, {}), decider, plugins, texts, clock, load),
            *(known.get(item.document_key, []), listed.get(item.document_key, []), since or {}),
        )
        for item in items
        if item.id not in superseded
    ]
    try:
        with store.writing() as writing:
            mine = writing.inbox.lock_mine([one.item.id for one in found], owner)
            written = [one for one in found if one.item.id in mine]
            settle(writing, written, clock.now())
            writing.inbox.close_older(list(superseded), clock.now())
    except RowRefused as error:
        _log.warning("a batch was not stored", documents=len(items), cause=str(error))
        with store.writing() as writing:
            writing.inbox.release([item.id for item in items], owner=owner, cause=str(error), now=clock.now())
        return 0
    tell(plugins, written)
    return len(written) + len(superseded)


def _give_up(store: Store, items: Sequence[InboxItem], owner: str, clock: Clock) -> int:
    """Leave documents to a person that could not be settled in so many tries."""
    with store.writing() as writing:
        mine = writing.inbox.lock_mine([item.id for item in items], owner)
        settled = [_failed(item, f"попыток {MAX_TRIES}: {_why(item)}") for item in items if item.id in mine]
        settle(writing, settled, clock.now())
    return len(settled)


def _why(item: InboxItem) -> str:
    return item.cause or "программа каждый раз останавливалась, не дойдя до решения"


def _decide_one(
    item: InboxItem,
    said: Facts,
    decider: Deciding,
    plugins: Plugins,
    texts: Texts,
    clock: Clock,
    load: dict[str, int],
    known: Sequence[StoredOrder],
    listed: Sequence[ListedOrder],
    since: Mapping[str, datetime | None],
) -> Settled:
    try:
        document = Document.read(item.card).corrected(said)
        today = clock.now().astimezone(decider.calendar.zone).date()
        decision = decider.decide(document, as_of=today, added=plugins.enrich(document), load=load)
    except Exception as error:  # noqa: BLE001 — one document must not stop the others, whatever is wrong with it
        _log.exception("a document could not be decided", document=item.title)
        return _failed(item, f"решение не получилось: {mask(str(error))}")
    try:
        return _settled(item, decision, decider, texts, clock, load, known, listed, since)
    except Exception as error:  # noqa: BLE001 — as above
        _log.exception("a decision could not be put into orders", document=item.title)
        return _failed(item, f"поручение не составляется: {mask(str(error))}")


def _settled(
    item: InboxItem,
    decision: Decision,
    decider: Deciding,
    texts: Texts,
    clock: Clock,
    load: dict[str, int],
    known: Sequence[StoredOrder],
    listed: Sequence[ListedOrder],
    since: Mapping[str, datetime | None],
) -> Settled:
    document = decision.document
    opening = Opening(decider.calendar, clock.now(), since.get(document.source))
    if decision.manual:
        return _waiting(item, decision, texts, opening, known)
    found = recognise(decision, listed, decider.calendar)
    if found.leaves_doubts(decision) and not known:
        cause = f"в системе уже есть поручение, которого нет в базе: {told(found.strange, decider.calendar)}"
        return _without_orders(item, InboxState.MANUAL, STRAY, cause, decision)
    decision = found.kept(decision)
    orders = orders_of(decision, item.id, decider.calendar)
    if any(row.key not in _at_once(decision) for row in known):
        return _revised(item, decision, orders, known)
    decision = _without(decision, known)
    orders = orders_of(decision, item.id, decider.calendar)
    for order in orders:
        load[order.lead] = load.get(order.lead, 0) + 1
    commands: list[Command] = [create_command(document, order, texts) for order in decision.orders]
    commands += informing(decision, texts, decider.calendar)
    recognised = list(found.same.values())
    return with_orders(
        item, decision, orders, commands, opening, deed=_DEEDS[InboxState.DECIDED], recognised=recognised
    )


def _waiting(
    item: InboxItem, decision: Decision, texts: Texts, opening: Opening, known: Sequence[StoredOrder]
) -> Settled:
    """Leave a document to a person; what its rules give at once is given all the same, once."""
    cause = "; ".join(reason.text for reason in decision.manual)
    waiting = _without_orders(item, InboxState.MANUAL, decision.manual[0].code.value, cause, decision)
    given = _without(decision, known)
    given = replace(given, orders=tuple(order for order in given.orders if order.at_once), clocks=())
    if not given.orders:
        return waiting
    orders = orders_of(given, item.id, opening.calendar)
    commands = [create_command(decision.document, order, texts) for order in given.orders]
    return replace(waiting, orders=orders, items=list(opening.items(given)), commands=commands)


def _at_once(decision: Decision) -> set[str]:
    return {order.key for order in decision.orders if order.at_once}


def _without(decision: Decision, known: Sequence[StoredOrder]) -> Decision:
    """Return the decision without the orders that were given before it."""
    keys = {row.key for row in known}
    return replace(decision, orders=tuple(order for order in decision.orders if order.key not in keys))


def _revised(
    item: InboxItem, decision: Decision, orders: Sequence[StoredOrder], known: Sequence[StoredOrder]
) -> Settled:
    """Settle a later revision of a document that has orders: they are never made twice."""

    def gist(rows: Sequence[StoredOrder]) -> list[tuple[Any, ...]]:
        return [(row.rule, Demands.read(row.demands).lead or row.lead, row.first_due_at) for row in rows]

    if gist(orders) == gist(known):
        cause = "новая редакция карточки ничего не меняет в поручениях"
        return _without_orders(item, InboxState.CLOSED, "", cause, decision)
    told = "; ".join(f"{row.lead} до {row.due_on:%d.%m.%Y}" if row.due_on else row.lead for row in orders)
    cause = f"карточка изменилась, а поручения уже есть; теперь было бы: {told}"
    return _without_orders(item, InboxState.MANUAL, CHANGED, cause, decision)


def _failed(item: InboxItem, why: str) -> Settled:
    return _without_orders(item, InboxState.FAILED, "failed", why)


def _without_orders(
    item: InboxItem, state: InboxState, code: str, cause: str, decision: Decision | None = None
) -> Settled:
    return Settled(item, Settlement(item.id, state, code, cause), _DEEDS[state], cause, decision=decision)


_DEEDS = {
    InboxState.DECIDED: "решение принято",
    InboxState.MANUAL: "отправлено на ручной разбор",
    InboxState.CLOSED: "новая редакция",
    InboxState.FAILED: "решение не получилось",
}
