"""Settling a document: what became of it is written whole, in one transaction, then told to the plugins.

The lane that decides and the page on which a person does write the same rows, in this order: decision, hits of the
rules, orders, items under control, commands, the document's own row, the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from poruchik.control.opening import Item, Opening, begins_at
from poruchik.model import told
from poruchik.model.audit import PROGRAM, AuditEntry
from poruchik.model.commands import Command
from poruchik.model.decision import Decision
from poruchik.model.inbox import InboxItem, InboxState, Settlement
from poruchik.model.standing import StoredOrder
from poruchik.plugins import Plugins
from poruchik.store.database import Transaction
from poruchik.store.decisions import StoredDecision


@dataclass(slots=True)
class Settled:
    """What is to be written for one row of the inbox. `deed`, `details` and `who` make the line of the journal."""

    item: InboxItem
    settlement: Settlement
    deed: str
    details: str = ""
    who: str = PROGRAM
    decision: Decision | None = None
    orders: Sequence[StoredOrder] = ()
    items: Sequence[Item] = ()
    commands: Sequence[Command] = ()
    later: dict[str, datetime] = field(default_factory=dict)
    """Of the periodic orders: when their period begins."""
    recognised: Sequence[str] = ()
    """Ids of orders that the system was found to have already."""


def with_orders(
    item: InboxItem,
    decision: Decision,
    orders: Sequence[StoredOrder],
    commands: Sequence[Command],
    opening: Opening,
    *,
    deed: str,
    details: str = "",
    who: str = PROGRAM,
    recognised: Sequence[str] = (),
) -> Settled:
    """Return what is to be written for a document whose decision gives these orders by these commands."""
    return Settled(
        item,
        Settlement(item.id, InboxState.DECIDED),
        deed,
        details,
        who,
        decision=decision,
        orders=orders,
        items=list(opening.items(decision)),
        commands=commands,
        later={one.key: begins_at(one.begins_on, opening.calendar) for one in decision.orders if one.begins_on},
        recognised=recognised,
    )


def settle(writing: Transaction, settled: Sequence[Settled], now: datetime) -> None:
    """Write what became of documents."""
    decided = [(one.item, one.decision) for one in settled if one.decision]
    writing.decisions.add([_stored(item, decision, now) for item, decision in decided])
    writing.hits.add([(item.id, decision) for item, decision in decided], now)
    writing.orders.add([order for one in settled for order in one.orders], now)
    writing.items.add([item for one in settled for item in one.items], now)
    later = {key: at for one in settled for key, at in one.later.items()}
    writing.outbox.add([(one.item.source, command) for one in settled for command in one.commands], now, later=later)
    writing.strays.recognise([known for one in settled for known in one.recognised], now)
    writing.inbox.settle([one.settlement for one in settled], now)
    writing.audit.add([AuditEntry(now, one.deed, one.item.document_key, one.details, one.who) for one in settled])


def tell(plugins: Plugins, settled: Iterable[Settled]) -> None:
    """Let the plugins hear of the decisions, once they are stored."""
    for one in settled:
        if one.decision:
            plugins.notify("poruchik_decision_made", decision=one.decision)


def _stored(item: InboxItem, decision: Decision, now: datetime) -> StoredDecision:
    return StoredDecision(item.id, item.document_key, decision.policy_version, now, told.stored(decision))
