"""The СЭД and СОГ of the stand: what the exchange contract asks of a system, item by item."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from copy import deepcopy

from lxml import etree

from poruchik.clock import Clock
from poruchik_stand.contract import EXCHANGE, ExchangeFault, Handler, element, page, place, text
from poruchik_stand.store import StandOrder, StandStore

_STATE_OF_OPERATION = {"returnReport": "returned", "release": "released", "cancel": "cancelled"}
_CHANGE_OF_OPERATION = {"extend": "extended", "reassign": "reassigned", **_STATE_OF_OPERATION}
_FINAL = ("released", "cancelled")
_COPIED = ("text", "lead", "coExecutor", "controller", "controlKind", "dueAt", "dueOn", "explanation", "slot")
_NUMBER_PREFIX = {"sed": "П", "sog": "О"}

Item = Callable[[str, etree._Element], etree._Element]


class Exchange:
    """The operations of the contract over the stand's store.

    `deduplicates` False plays a system that knows neither message ids nor external ids: a repetition is made twice.
    """

    def __init__(self, store: StandStore, clock: Clock, *, deduplicates: bool = True) -> None:
        self._store = store
        self._clock = clock
        self._deduplicates = deduplicates
        self.handlers: Mapping[str, Handler] = {
            "GetDocuments": self._get_documents,
            "GetDocument": self._get_document,
            "CreateOrders": self._batch("CreateOrdersResponse", self._create),
            "ChangeOrders": self._batch("ChangeOrdersResponse", self._change),
            "SendNotices": self._batch("SendNoticesResponse", self._notice),
            "FindByExternalId": self._find,
            "GetOrders": self._get_orders,
            "GetOrderChanges": self._get_changes,
            "GetDirectory": self._get_directory,
        }
        self.directory: list[tuple[str, str, str]] = []
        """(name, unit, position) of the people, as the stand was given them."""

    # --- reading ----------------------------------------------------------------------------------

    def _get_documents(self, system: str, request: etree._Element) -> etree._Element:
        cursor, limit = text(request, "cursor"), int(text(request, "limit"))
        rows = self._store.documents(system, place(cursor), limit + 1)
        items = [(seq, etree.fromstring(xml)) for seq, xml in rows]
        return page(element(EXCHANGE, "GetDocumentsResponse"), EXCHANGE, items, limit, cursor)

    def _get_document(self, system: str, request: etree._Element) -> etree._Element:
        card = self._store.document(system, text(request, "id"))
        if card is None:
            raise ExchangeFault("notFound", f"документа {text(request, 'id')} нет")
        answer = element(EXCHANGE, "GetDocumentResponse")
        answer.append(etree.fromstring(card))
        return answer

    def _find(self, system: str, request: etree._Element) -> etree._Element:
        ids = [item.text or "" for item in request]
        answer = element(EXCHANGE, "FindByExternalIdResponse")
        seen: set[str] = set()
        for stored in self._store.orders(system, external_ids=ids):
            if stored.external_id in seen:
                continue
            seen.add(stored.external_id)
            order = etree.fromstring(stored.xml)
            found = element(EXCHANGE, "found", externalId=stored.external_id, id=stored.seq, state=stored.state)
            for name in ("lead", "dueAt"):
                found.extend(order.findall(f"{{{EXCHANGE}}}{name}"))
            answer.append(found)
        return answer

    def _get_orders(self, system: str, request: etree._Element) -> etree._Element:
        ids = [item.text or "" for item in request.findall(f"{{{EXCHANGE}}}id")]
        cursor, limit = text(request, "cursor"), int(text(request, "limit"))
        seqs = [int(one) for one in ids if one.isdigit()] if ids else None
        found = self._store.orders(system, after=place(cursor), limit=limit + 1, seqs=seqs)
        items = [(stored.seq, _shown(stored, system)) for stored in found]
        return page(element(EXCHANGE, "GetOrdersResponse"), EXCHANGE, items, limit, cursor)

    def _get_changes(self, system: str, request: etree._Element) -> etree._Element:
        cursor, limit = text(request, "cursor"), int(text(request, "limit"))
        rows = self._store.page("change", system, place(cursor), limit + 1)
        items = [(seq, etree.fromstring(xml)) for seq, xml in rows]
        return page(element(EXCHANGE, "GetOrderChangesResponse"), EXCHANGE, items, limit, cursor)

    def _get_directory(self, _system: str, _request: etree._Element) -> etree._Element:
        answer = element(EXCHANGE, "GetDirectoryResponse")
        for name, unit, position in self.directory:
            answer.append(element(EXCHANGE, "entry", name=name, unit=unit, position=position, active=True))
        return answer

    # --- commands ---------------------------------------------------------------------------------

    def _batch(self, response: str, item: Item) -> Handler:
        """Return a handler that answers each item of a batch with its own receipt."""

        def handle(system: str, request: etree._Element) -> etree._Element:
            answer = element(EXCHANGE, response)
            for one in request:
                answer.append(self._once(system, one, item))
            return answer

        return handle

    def _once(self, system: str, one: etree._Element, item: Item) -> etree._Element:
        message_id = text(one, "messageId")
        done = self._store.message(system, message_id) if self._deduplicates else None
        if done is not None:
            return element(EXCHANGE, "receipt", messageId=message_id, status="duplicate", id=done)
        receipt = item(system, one)
        if text(receipt, "status") != "rejected":
            self._store.remember(system, message_id, text(receipt, "id"))
        return receipt

    def _create(self, system: str, new: etree._Element) -> etree._Element:
        message_id, external_id = text(new, "messageId"), text(new, "externalId")
        if self._store.document(system, text(new, "documentId")) is None:
            return _rejected(message_id, "noDocument", f"документа {text(new, 'documentId')} нет")
        known = self._store.orders(system, external_ids=[external_id]) if self._deduplicates else []
        if known:
            return element(EXCHANGE, "receipt", messageId=message_id, status="duplicate", id=known[0].seq)
        order = etree.Element(f"{{{EXCHANGE}}}order", nsmap={None: EXCHANGE})
        for name in _COPIED:
            order.extend(deepcopy(new.findall(f"{{{EXCHANGE}}}{name}")))
        seq = self._store.add_order(system, external_id, text(new, "documentId"), order)
        return element(EXCHANGE, "receipt", messageId=message_id, status="accepted", id=seq)

    def _change(self, system: str, asked: etree._Element) -> etree._Element:
        message_id, external_id = text(asked, "messageId"), text(asked, "externalId")
        known = self._store.orders(system, external_ids=[external_id])
        if not known:
            return _rejected(message_id, "noOrder", f"поручения {external_id} нет")
        if known[0].state in _FINAL:
            return _rejected(message_id, "closed", "поручение уже закрыто")
        operation = text(asked, "operation")
        missing = {"extend": "dueAt", "reassign": "lead"}.get(operation)
        if missing and asked.find(f"{{{EXCHANGE}}}{missing}") is None:
            return _rejected(message_id, "incomplete", f"для {operation} нужен {missing}")
        self.record(system, known[0], _CHANGE_OF_OPERATION[operation], asked, by="Поручик")
        return element(EXCHANGE, "receipt", messageId=message_id, status="accepted", id=known[0].seq)

    def _notice(self, system: str, notice: etree._Element) -> etree._Element:
        seq = self._store.add("notice", system, notice)
        return element(EXCHANGE, "receipt", messageId=text(notice, "messageId"), status="accepted", id=seq)

    def record(self, system: str, stored: StandOrder, kind: str, said: etree._Element, *, by: str) -> int:
        """Carry out a change of an order and put it into the journal of changes; return its number."""
        order = etree.fromstring(stored.xml)
        if kind in ("extended", "reassigned"):
            for name in ("lead",) if kind == "reassigned" else ("dueAt", "dueOn"):
                _replace(order, said, name)
        self._store.save_order(stored.seq, _state_after(stored.state, kind, said), order)
        now = self._clock.now()
        change = element(
            EXCHANGE,
            "change",
            id=uuid.uuid4().hex,
            externalId=stored.external_id,
            kind=kind,
            at=now,
            by=by,
        )
        for child in said:
            name = etree.QName(child).localname
            if name in ("comment", "lead", "dueAt", "report", "part"):
                copy = deepcopy(child)
                copy.tag = f"{{{EXCHANGE}}}{name}"
                change.append(copy)
        return self._store.add("change", system, change)


def _shown(stored: StandOrder, system: str) -> etree._Element:
    """Return the whole `Order` element: what stands in columns, then what was given."""
    order = element(
        EXCHANGE,
        "order",
        id=stored.seq,
        externalId=stored.external_id,
        documentId=stored.document_id,
        number=f"{_NUMBER_PREFIX[system]}-{stored.seq:04d}",
        state=stored.state,
    )
    order.extend(list(etree.fromstring(stored.xml)))
    return order


def _state_after(state: str, kind: str, said: etree._Element) -> str:
    """Return the state of an order after a change; what happens to one part, or to the term, does not change it."""
    of_a_part = any(etree.QName(child).localname == "part" for child in said)
    if of_a_part or kind in ("extended", "termAsked", "drafted", "suspended", "resumed"):
        return state
    return "new" if kind == "reassigned" else kind


def _replace(order: etree._Element, said: etree._Element, name: str) -> None:
    """Put the child of `said` into the order, at the place the schema gives it."""
    given = next((child for child in said if etree.QName(child).localname == name), None)
    if given is None:
        return
    copy = deepcopy(given)
    copy.tag = f"{{{EXCHANGE}}}{name}"
    for old in order.findall(f"{{{EXCHANGE}}}{name}"):
        order.remove(old)
    rank = _COPIED.index(name)
    before = [child for child in order if _COPIED.index(etree.QName(child).localname) < rank]
    order.insert(len(before), copy)


def _rejected(message_id: str, code: str, why: str) -> etree._Element:
    return element(EXCHANGE, "receipt", messageId=message_id, status="rejected", code=code, text=why)
