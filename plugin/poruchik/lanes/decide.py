"""Decide: from the inbox to decisions, orders and commands, a batch in one transaction, no external call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from poruchik.clock import Clock
from poruchik.control.opening import Item, Opening, begins_at
from poruchik.engine.decide import Deciding
from poruchik.engine.trace import decision_json
from poruchik.errors import RowRefused
from poruchik.model.audit import AuditEntry
from poruchik.model.decision import Decision
from poruchik.model.document import Document
from poruchik.model.exchange import Command, Operation
from poruchik.model.inbox import InboxItem, InboxState, Settlement
from poruchik.model.order import Assignee, Order, citation
from poruchik.model.standing import StoredOrder
from poruchik.plugins import Plugins
from poruchik.store.database import Store, Transaction
from poruchik.store.decisions import StoredDecision
from poruchik.store.orders import orders_of
from poruchik.texts.render import MAX_TEXT, Texts
from poruchik.workcalendar.wording import day_text

BATCH = 200
LEASE = timedelta(seconds=20)
"""How long a worker may have documents: a batch takes a second at most, a dead worker's work waits no longer."""
MAX_TRIES = 5
"""After which a document that cannot be settled is left to a person."""
CHANGED = "changed-after-orders"
_log = structlog.get_logger("poruchik.decide")


@dataclass(slots=True)
class Outcome:
    """What is to be written for one row of the inbox."""

    item: InboxItem
    settlement: Settlement
    decision: Decision | None = None
    orders: list[StoredOrder] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    commands: list[tuple[str, Command]] = field(default_factory=list)
    later: dict[str, datetime] = field(default_factory=dict)
    """Of the periodic orders: when their period begins."""


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
        known = reading.orders.of_documents({item.document_key for item in items})
    outcomes = [
        _decide_one(item, decider, plugins, texts, clock, load, known.get(item.document_key, []), since or {})
        for item in items
        if item.id not in superseded
    ]
    try:
        with store.writing() as writing:
            mine = writing.inbox.lock_mine([outcome.item.id for outcome in outcomes], owner)
            written = [outcome for outcome in outcomes if outcome.item.id in mine]
            _write(writing, written, clock)
            writing.inbox.close_older(list(superseded), clock.now())
    except RowRefused as error:
        _log.warning("a batch was not stored", documents=len(items), cause=str(error))
        with store.writing() as writing:
            writing.inbox.release([item.id for item in items], owner=owner, cause=str(error), now=clock.now())
        return 0
    for outcome in written:
        if outcome.decision:
            plugins.notify("poruchik_decision_made", decision=outcome.decision)
    return len(written) + len(superseded)


def _give_up(store: Store, items: Sequence[InboxItem], owner: str, clock: Clock) -> int:
    """Leave documents to a person that could not be settled in so many tries."""
    now = clock.now()
    with store.writing() as writing:
        mine = writing.inbox.lock_mine([item.id for item in items], owner)
        settled = [
            Settlement(
                item.id, InboxState.FAILED, "failed", f"документ {item.title}: попыток {MAX_TRIES}: {_why(item)}"
            )
            for item in items
            if item.id in mine
        ]
        writing.inbox.settle(settled, now)
        writing.audit.add(
            [
                AuditEntry(now, _DEEDS[InboxState.FAILED], item.document_key, one.cause)
                for item, one in zip(items, settled, strict=True)
            ]
        )
    return len(settled)


def _why(item: InboxItem) -> str:
    return item.cause or "программа каждый раз останавливалась, не дойдя до решения"


def _decide_one(
    item: InboxItem,
    decider: Deciding,
    plugins: Plugins,
    texts: Texts,
    clock: Clock,
    load: dict[str, int],
    known: Sequence[StoredOrder],
    since: Mapping[str, datetime | None],
) -> Outcome:
    try:
        document = Document.from_json(item.card)
        today = clock.now().astimezone(decider.calendar.zone).date()
        decision = decider.decide(document, as_of=today, added=plugins.enrich(document), load=load)
    except Exception as error:  # noqa: BLE001 — one document must not stop the others, whatever is wrong with it
        _log.exception("a document could not be decided", document=item.title)
        cause = f"документ {item.title}: решение не получилось: {error}"
        return Outcome(item, Settlement(item.id, InboxState.FAILED, "failed", cause))
    if decision.manual:
        causes = "; ".join(reason.text for reason in decision.manual)
        cause = f"документ {item.title}: {causes}"
        settlement = Settlement(item.id, InboxState.MANUAL, decision.manual[0].code.value, cause)
        return Outcome(item, settlement, decision)
    orders = orders_of(decision, item.id, decider.calendar.zone)
    if known:
        return _revised(item, decision, orders, known)
    for order in orders:
        load[order.lead] = load.get(order.lead, 0) + 1
    commands = [(document.source, create_command(document, order, texts)) for order in decision.orders]
    items = list(Opening(decider.calendar, clock.now(), since.get(document.source)).items(decision))
    later = {one.key: begins_at(one.begins_on, decider.calendar) for one in decision.orders if one.begins_on}
    return Outcome(item, Settlement(item.id, InboxState.DECIDED), decision, orders, items, commands, later)


def _revised(
    item: InboxItem, decision: Decision, orders: Sequence[StoredOrder], known: Sequence[StoredOrder]
) -> Outcome:
    """Settle a later revision of a document that has orders: they are never made twice."""

    def gist(rows: Sequence[StoredOrder]) -> list[tuple[Any, ...]]:
        return [(row.rule, json.loads(row.demands).get("lead", row.lead), row.first_due_at) for row in rows]

    if gist(orders) == gist(known):
        cause = "новая редакция карточки ничего не меняет в поручениях"
        return Outcome(item, Settlement(item.id, InboxState.CLOSED, "", cause), decision)
    told = "; ".join(f"{row.lead} до {row.due_on:%d.%m.%Y}" if row.due_on else row.lead for row in orders)
    cause = f"документ {item.title}: карточка изменилась, а поручения уже есть; теперь было бы: {told}"
    return Outcome(item, Settlement(item.id, InboxState.MANUAL, CHANGED, cause), decision)


def _write(writing: Transaction, outcomes: Sequence[Outcome], clock: Clock) -> None:
    now = clock.now()
    writing.decisions.add(
        [
            StoredDecision(
                inbox_id=outcome.item.id,
                document_key=outcome.item.document_key,
                policy_version=outcome.decision.policy_version,
                decided_at=now,
                body=json.dumps(decision_json(outcome.decision), ensure_ascii=False, separators=(",", ":")),
            )
            for outcome in outcomes
            if outcome.decision
        ]
    )
    writing.hits.add([(outcome.item.id, outcome.decision) for outcome in outcomes if outcome.decision], now)
    writing.orders.add([order for outcome in outcomes for order in outcome.orders], now)
    writing.items.add([item for outcome in outcomes for item in outcome.items], now)
    later = {key: at for outcome in outcomes for key, at in outcome.later.items()}
    writing.outbox.add([command for outcome in outcomes for command in outcome.commands], now, later=later)
    writing.inbox.settle([outcome.settlement for outcome in outcomes], now)
    writing.audit.add(
        [
            AuditEntry(now, _DEEDS[outcome.settlement.state], outcome.item.document_key, outcome.settlement.cause)
            for outcome in outcomes
        ]
    )


_DEEDS = {
    InboxState.DECIDED: "решение принято",
    InboxState.MANUAL: "отправлено на ручной разбор",
    InboxState.CLOSED: "новая редакция",
    InboxState.FAILED: "решение не получилось",
}


def create_command(document: Document, order: Order, texts: Texts) -> Command:
    """Return the command that makes an order in the connected system."""
    payload: dict[str, Any] = {
        "document_id": document.external_id,
        "text": order.text,
        "explanation": _explanation(document, order, texts),
        "act": order.act,
        "clause": order.clause,
        "lead": _person(order.lead),
        "co_executors": [
            _person(one.assignee) | ({"due_at": one.deadline.due_at.isoformat()} if one.deadline else {})
            for one in order.co_executors
        ],
        "control_kind": order.control_kind,
        "checks": list(order.checks),
    }
    if order.controller and order.controller.person:
        payload["controller"] = _person(order.controller)
    if order.deadline:
        payload["due_at"] = order.deadline.due_at.isoformat()
        payload["due_on"] = order.deadline.due_on.isoformat()
    return Command(f"{order.key}:{Operation.CREATE}:1", Operation.CREATE, order.key, payload)


def _explanation(document: Document, order: Order, texts: Texts) -> str:
    """Return why this person and why this date, and the drafts of the letters that the order asks for."""
    told = [texts.explanation(_reasons(order))]
    told += [f"Проект: {letter}\n{texts.letter(letter, _of_letter(document, order))}" for letter in order.letters]
    return "\n\n".join(told)[:MAX_TEXT]


def _of_letter(document: Document, order: Order) -> dict[str, Any]:
    """Return what a letter to the applicant may use; the names are those of `texts/facts.py`."""
    facts, deadline = document.facts(), order.deadline
    zone = deadline.due_at.tzinfo if deadline else document.registered_at.tzinfo
    received = document.received_at
    return {
        "номер": document.title,
        "зарегистрировано": day_text(document.registered_at.astimezone(zone).date()),
        "поступило": day_text(received.astimezone(zone).date()) if received else "",
        "листов": facts.get("листов", ""),
        "срок": day_text(deadline.due_on) if deadline else "",
        "основание": citation(deadline.act, deadline.clause) if deadline else citation(order.act, order.clause),
        "исполнитель": order.lead.person or "",
        "контролёр": (order.controller.person or "") if order.controller else "",
        "суть_неясна": facts.get("суть неясна") is True,
    }


def _reasons(order: Order) -> dict[str, Any]:
    """Return what the text that goes with an order may use; the names are those of `texts/facts.py`."""
    deadline = order.deadline
    return {
        "основание": citation(order.act, order.clause),
        "правило": order.rule,
        "найден": list(order.lead.path),
        "срок": f"{deadline.due_at:%d.%m.%Y, %H:%M}" if deadline else "",
        "посчитан": deadline.term if deadline else "",
        "основание_срока": citation(deadline.act, deadline.clause) if deadline else "",
        "шаги": list(deadline.steps[1:]) if deadline else [],
        "предварительный": bool(deadline and deadline.provisional),
        "контролёр": (order.controller.person or "") if order.controller else "",
        "проверки": list(order.checks),
    }


def _person(assignee: Assignee) -> dict[str, Any]:
    return {"person": assignee.person, "unit": assignee.unit}
