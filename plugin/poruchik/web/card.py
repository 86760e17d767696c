"""The card of an order: where it stands, why this person and this date, what happened, what is to come."""

from __future__ import annotations

from dataclasses import dataclass

from poruchik.control.completeness import missing_in
from poruchik.control.deed import outdated, under_way, why_never
from poruchik.control.history import past, to_come
from poruchik.model.decision import Decision
from poruchik.model.delivery import OutboxState
from poruchik.model.exchange import Report
from poruchik.model.order import Order
from poruchik.model.standing import Demands, OrderState, StoredOrder, slots_in, stops_in
from poruchik.policy.slot_table import SLOTS
from poruchik.policy.words import ReleaseCheck
from poruchik.store.decisions import last_of
from poruchik.web.access import Right
from poruchik.web.deeds import DONE, deeds_for
from poruchik.web.document import facts_of, note_view
from poruchik.web.page import Page, Shown, Visit
from poruchik.web.rows import due_words, left_words, tone
from poruchik.web.stops import may_stop


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is needed before an order can be released."""

    name: str
    done: bool


def card(visit: Visit) -> Shown:
    """Show an order."""
    return _shown(visit, visit.order(), personal=False)


def personal(visit: Visit) -> Shown:
    """Show an order with what the citizen wrote, and write down who looked."""
    order = visit.order()
    with visit.site.store.reading() as reading:
        item = reading.inbox.get(order.inbox_id)
    assert item is not None
    note_view(visit, item)
    return _shown(visit, order, personal=True)


def checks_of(order: StoredOrder) -> list[Check]:
    """Return what the policy demands before the order is released, and what of it the last report has."""
    demanded = Demands.read(order.demands).checks
    lacking = missing_in(Report.read(order.report), demanded)
    reported, released = order.reported_at is not None, order.state == OrderState.RELEASED
    return [
        Check(name, released if name == ReleaseCheck.REPORT else reported and name not in lacking) for name in demanded
    ]


def slots_of(order: StoredOrder) -> list[tuple[str, str]]:
    """Return the plain slots of an order in words, in the order of the table."""
    known = slots_in(order.slots)
    return [(slot.ru, str(known[slot.en])) for slot in SLOTS if slot.en in known]


def _shown(visit: Visit, order: StoredOrder, *, personal: bool) -> Shown:
    site = visit.site
    with site.store.reading() as reading:
        item = reading.inbox.get(order.inbox_id)
        decisions = [one for one in reading.decisions.of_document(order.document_key) if one.inbox_id == order.inbox_id]
        items = reading.items.of_orders([order.key]).get(order.key, [])
        reviews = reading.items.reviews_of([order.key]).get(order.key, [])
        points = reading.points.of_orders([order.key])
        journal = reading.audit.about(order.key, order.document_key)
        messages = reading.outbox.about([order.key])
        parked = [one.cause for one in reading.items.parked() if one.order_key == order.key]
        unread = reading.changes.of_order(order.key)
    assert item is not None
    decision, unreadable = last_of(decisions, item.card)
    return Shown(
        "card.html",
        {
            "order": order,
            "item": item,
            "due": due_words(order, site.calendar),
            "left": left_words(order, visit.now, site.calendar),
            "tone": tone(order, visit.horizon),
            "slots": slots_of(order),
            "checks": checks_of(order),
            "report": Report.read(order.report),
            "facts": facts_of(item, site.policy.attributes, personal=personal),
            "personal": personal,
            "decided": decisions[-1] if decisions else None,
            "decision": decision,
            "unreadable": unreadable,
            "as_decided": _as_decided(decision, order),
            "past": past(journal, points),
            "coming": to_come([*items, *reviews], site.calendar),
            "parts": items,
            "messages": messages,
            "pending": under_way(order, messages),
            "deeds": deeds_for(visit, order),
            "stops": stops_in(order.stops),
            "may_stop": may_stop(visit, order),
            "not_extended": why_never(order, site.calendar, visit.now) if not order.closed_at else "",
            "done": DONE.get(visit.query.get("done", ""), ""),
            "unread": unread,
            "parked": parked,
            "failed": [one for one in messages if one.state is OutboxState.DEAD and not outdated(order, one.command)],
        },
    )


def _as_decided(decision: Decision | None, order: StoredOrder) -> Order | None:
    """Return what the decision says of this order."""
    return next((one for one in decision.orders if one.key == order.key), None) if decision else None


PAGES = (
    Page("/orders/{id:int}", Right.ORDERS, show=card),
    Page("/orders/{id:int}/personal", Right.PERSONAL, do=personal),
)
