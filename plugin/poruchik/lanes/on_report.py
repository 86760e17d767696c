"""On a report: the orders that rules give for what a report of execution says, such as a promise in the answer.

Each is made once: its key has the rule and what the report says, so that a report sent again gives nothing new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from poruchik.control.giving import create_command
from poruchik.control.opening import Item, Opening
from poruchik.engine.decide import Deciding
from poruchik.errors import PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Create
from poruchik.model.document import Document
from poruchik.model.exchange import OrderChange, Report
from poruchik.model.standing import StoredOrder
from poruchik.plugins import Plugins
from poruchik.store.corrections import facts
from poruchik.store.database import Transaction
from poruchik.store.orders import orders_of
from poruchik.texts.render import Texts


@dataclass(frozen=True, slots=True)
class Following:
    """The orders that one report gives, ready to be written. `source` is the order that was reported."""

    source: StoredOrder
    orders: tuple[StoredOrder, ...]
    items: tuple[Item, ...]
    commands: tuple[Create, ...]

    def write(self, writing: Transaction, now: datetime) -> None:
        """Write them, with a line of the journal each."""
        writing.orders.add(self.orders, now)
        writing.items.add(self.items, now)
        writing.outbox.add([(self.source.system, command) for command in self.commands], now)
        writing.audit.add(
            [AuditEntry(now, "поручено по отчёту", one.key, f"{self.source.key}: {one.text}") for one in self.orders]
        )


def following(
    writing: Transaction,
    order: StoredOrder,
    change: OrderChange,
    report: Report,
    decider: Deciding,
    plugins: Plugins,
    texts: Texts,
    now: datetime,
) -> Following | None:
    """Return the orders that rules give on a report and that are not there yet; None where there are none.

    Raise PoruchikError when a rule gives an order that cannot be made: a person must know.
    """
    if not any(rule.on_report for rule in decider.policy.rules):
        return None
    item = writing.inbox.get(order.inbox_id)
    if item is None:
        return None
    said = facts(writing.corrections.of_documents([item.document_key]).get(item.document_key, ()))
    document = Document.read(item.card).corrected(said)
    today = now.astimezone(decider.calendar.zone).date()
    decision = decider.on_report(
        *(document, report, change.at),
        by=order.lead,
        as_of=today,
        added=plugins.enrich(document),
        load=writing.orders.load(),
    )
    if decision.manual:
        raise PoruchikError(
            "по отчёту положено поручение, а составить его нельзя: "
            + "; ".join(reason.text for reason in decision.manual),
            remedy="исправьте отчёт в системе или выдайте поручение сами и закройте это изменение",
        )
    known = {row.key for rows in writing.orders.of_documents([item.document_key]).values() for row in rows}
    decision = replace(decision, orders=tuple(one for one in decision.orders if one.key not in known))
    if not decision.orders:
        return None
    opening = Opening(decider.calendar, now)
    return Following(
        order,
        tuple(orders_of(decision, item.id, decider.calendar)),
        tuple(opening.items(decision)),
        tuple(create_command(decision.document, one, texts) for one in decision.orders),
    )
