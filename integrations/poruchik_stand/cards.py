"""Documents as the stand keeps them: the contract's XML, made from the core's values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from poruchik.model.document import Document, SystemKind, Value
from poruchik_stand.contract import EXCHANGE, add, element
from poruchik_stand.store import StandStore

_PORTS = {SystemKind.SED: "sed", SystemKind.SOG: "sog"}


def seed(store: StandStore, documents: Iterable[Document]) -> int:
    """Register documents in the system that each names; return how many."""
    cards: dict[str, list[tuple[str, bytes]]] = {}
    for document in documents:
        cards.setdefault(_PORTS[document.system], []).append((document.external_id, card_of(document)))
    for system, own in cards.items():
        store.add_documents(system, own)
    return sum(len(own) for own in cards.values())


def card_of(document: Document) -> bytes:
    """Return the `Document` element of a document."""
    card = element(
        EXCHANGE,
        "document",
        id=document.external_id,
        revision=document.revision,
        number=document.reg_number or None,
        registeredAt=document.registered_at,
        receivedAt=document.received_at,
        signedAt=document.signed_at,
    )
    for name, value in document.attributes.items():
        attribute = etree.SubElement(card, f"{{{EXCHANGE}}}attribute")
        add(attribute, EXCHANGE, "name", name)
        add(attribute, EXCHANGE, "type", _type(value))
        for one in value if isinstance(value, tuple) else (value,):
            add(attribute, EXCHANGE, "value", one)
    return etree.tostring(card)


def _type(value: Value) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    if isinstance(value, datetime):
        return "dateTime"
    if isinstance(value, date):
        return "date"
    return "list" if isinstance(value, tuple) else "string"
