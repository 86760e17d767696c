"""A document: its card, what was decided on it and why; what a citizen wrote only after saying that one looks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from poruchik.control.item import OVER
from poruchik.control.opening import Item
from poruchik.control.recognition import is_over
from poruchik.control.wording import due_text, left_text
from poruchik.discretion import HIDDEN as UNSAID
from poruchik.discretion import sayable
from poruchik.engine.trace import value_text
from poruchik.model.audit import AuditEntry
from poruchik.model.document import Document, Value
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState
from poruchik.model.order import citation
from poruchik.model.standing import OrderState
from poruchik.policy.model import Attribute, ValueType
from poruchik.store.database import Transaction
from poruchik.store.decisions import last_of
from poruchik.texts.facts import HOUSE_ORDER
from poruchik.texts.labels import CAUSES
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit, missing
from poruchik.web.rows import rows

HIDDEN = "скрыто"
_DONE = {"topic": "Правила решают документ заново. Обновите страницу через несколько секунд."}
_OF_THE_APPLICANT = "заявитель."


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card. `hidden` values are personal data that were not asked for."""

    name: str
    value: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class DecisionTerm:
    """The term of a document that waits for a person, in words; `person` deals with it."""

    due: str
    left: str
    basis: str
    term: str
    person: str


def fingerprint(item: InboxItem) -> str:
    """Return what a form was filled in by: another one when the document has been dealt with meanwhile."""
    return hashlib.sha256(f"{item.state}\n{item.code}\n{item.cause}".encode()).hexdigest()[:16]


def facts_of(item: InboxItem, attributes: Mapping[str, Attribute], *, personal: bool) -> list[Fact]:
    """Return the lines of a card; what a citizen wrote or is stays hidden unless it was asked for."""
    if item.state is InboxState.REFUSED:
        return [Fact("карточка, как пришла", item.card if personal else HIDDEN, not personal)]
    try:
        known = Document.read(item.card).facts()
    except (ValueError, KeyError, TypeError):
        return [Fact("карточка не читается", "сообщите администратору")]
    return [_fact(name, value, attributes.get(name), personal=personal) for name, value in known.items()]


def _fact(name: str, value: Value, attribute: Attribute | None, *, personal: bool) -> Fact:
    private = name.startswith(_OF_THE_APPLICANT) or attribute is None or attribute.type is ValueType.TEXT
    # A field of a list may hold anything: what is not of the list is said only as far as a cause says it.
    listed = attribute.values if attribute else ()
    unlisted = bool(listed) and not set(_several(value)) <= set(listed)
    private = private or (unlisted and any(sayable(one) == UNSAID for one in _several(value)))
    hidden = private and not personal
    return Fact(name, HIDDEN if hidden else value_text(value), hidden)


def _several(value: Value) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def document(visit: Visit) -> Shown:
    """Show a document and the decision on it."""
    return _shown(visit, personal=False)


def personal(visit: Visit) -> Shown:
    """Show what a citizen wrote, and write down who looked."""
    item = find(visit)
    note_view(visit, item)
    return _shown(visit, personal=True)


def note_view(visit: Visit, item: InboxItem) -> None:
    """Write down that somebody looks at personal data; without that they are not shown."""
    if not visit.may(Right.PERSONAL):
        raise missing("Страницы")
    entry = AuditEntry(
        visit.site.clock.now(), "просмотр персональных данных", item.document_key, visit.user.login, visit.who
    )
    with visit.site.store.writing() as writing:
        writing.audit.add([entry])


def find(visit: Visit) -> InboxItem:
    """Return the document of the address, if the visitor may see it: all of them, or those of one's own orders."""
    with visit.site.store.reading() as reading:
        item = reading.inbox.get(visit.path["id"])
        if item is None or not (visit.scope.everything or _own(visit, reading, item)):
            raise missing("Документа")
        return item


def _own(visit: Visit, reading: Transaction, item: InboxItem) -> bool:
    return bool(reading.overview.of_document(visit.scope, item.document_key))


def _shown(visit: Visit, *, personal: bool) -> Shown:
    item = find(visit)
    with visit.site.store.reading() as reading:
        decisions = [one for one in reading.decisions.of_document(item.document_key) if one.inbox_id == item.id]
        orders = reading.overview.of_document(visit.scope, item.document_key)
        journal = reading.audit.about(item.document_key)
        revisions = reading.inbox.revisions(item.source, item.external_id)
        said = reading.corrections.of_documents([item.document_key]).get(item.document_key, [])
        strays = reading.strays.of_documents([item.document_key]).get(item.document_key, [])
        clocks = reading.items.of_orders([item.document_key]).get(item.document_key, [])
    last = decisions[-1] if decisions else None
    decision, unreadable = last_of(decisions, item.card)
    return Shown(
        "document.html",
        {
            "item": item,
            "cause": item.cause,
            "causes": CAUSES,
            "facts": facts_of(item, visit.site.policy.attributes, personal=personal),
            "personal": personal,
            "said": said,
            "strays": strays,
            "is_over": is_over,
            "done": _DONE.get(visit.query.get("done", ""), ""),
            "decided": last,
            "decision": decision,
            "unreadable": unreadable,
            "rows": rows(orders, visit.horizon, visit.site.calendar),
            "journal": journal,
            "waiting": item.state in WAITS_FOR_A_PERSON,
            "clock": _clock(visit, next((one for one in clocks if one.inbox_id == item.id), None)),
            "fingerprint": fingerprint(item),
            "refused_order": next((one.id for one in orders if one.state == OrderState.REFUSED), 0),
            "revisions": revisions,
        },
    )


def _clock(visit: Visit, clock: Item | None) -> DecisionTerm | None:
    """Return the term within which somebody must deal with a document."""
    if clock is None or clock.state in OVER:
        return None
    calendar, deadline = visit.site.calendar, clock.plan.deadline
    basis = citation(deadline.act, deadline.clause) if deadline.act else HOUSE_ORDER
    left = left_text(deadline.due_at, visit.now, calendar, hourly=deadline.hourly)
    return DecisionTerm(due_text(deadline, calendar), left, basis, deadline.term, clock.person)


PAGES = (
    Page("/documents/{id:int}", Right.ORDERS, show=document),
    Page("/documents/{id:int}/personal", Right.PERSONAL, do=personal),
)
