"""Between the XML of the contract and the values of the core. Pure: no network, no clock.

Cards of documents are read by `poruchik.card_xml`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from lxml import etree

from poruchik.answer import LostItem
from poruchik.card_xml import NAMESPACE, ContractBroken, aware_moment, child_text, day_of, optional_moment, tag
from poruchik.model.commands import Cancel, Command, Create, Extend, Notice, Person, Reassign, Release, Return
from poruchik.model.exchange import (
    ChangeKind,
    FoundOrder,
    ListedOrder,
    OrderChange,
    Receipt,
    ReceiptStatus,
    RefusedChange,
    Report,
)


def item_of(command: Command, *, slots: bool = False) -> dict[str, Any]:
    """Return the fields of the element that carries a command, as zeep takes them; what is not there is left out.

    `slots`: the system takes the plain slots of an order.
    """
    ids = {"messageId": command.message_id, "externalId": command.order_key}
    match command:
        case Create():
            carried = [{"_value_1": value, "name": name} for name, value in command.slots.items()] if slots else []
            return ids | _new_order(command) | _given(slot=carried)
        case Notice():
            return ids | _notice(command)
        case Extend(due_at=due_at, due_on=due_on, comment=comment):
            return ids | _given(operation="extend", dueAt=due_at, dueOn=due_on, comment=comment)
        case Reassign(lead=lead, comment=comment):
            return ids | _given(operation="reassign", lead=_person(lead), comment=comment)
        case Return(comment=comment):
            return ids | _given(operation="returnReport", comment=comment)
        case Release(comment=comment):
            return ids | _given(operation="release", comment=comment)
        case Cancel(comment=comment):
            return ids | _given(operation="cancel", comment=comment)
    raise ValueError(f"такой команды в договоре нет: {command.operation}")


def _new_order(order: Create) -> dict[str, Any]:
    return _given(
        documentId=order.document_id,
        text=order.text,
        lead=_person(order.lead),
        coExecutor=[_given(person=_person(one.person), dueAt=one.due_at) for one in order.co_executors],
        controller=_person(order.controller) if order.controller else None,
        controlKind=order.control_kind,
        dueAt=order.due_at,
        dueOn=order.due_on,
        check=list(order.checks),
    ) | {"act": order.act, "clause": order.clause, "explanation": order.explanation}


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "externalId": list(notice.orders),
        "kind": notice.kind.value,
        "to": _person(notice.to),
        "subject": notice.subject,
        "text": notice.text,
        "late": notice.late,
    } | _given(pointAt=notice.point_at)


def _given(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value: an element that says nothing is not sent."""
    return {name: value for name, value in fields.items() if value}


TEXTS = ("text", "explanation", "comment")
"""The fields that may be long."""


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters, cut at the end of a word."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    word = head.rsplit(maxsplit=1)[0] if not text[limit - 1].isspace() and len(head.split()) > 1 else head
    return word.rstrip() + "…"


def receipts_for(commands: Sequence[Command], answer: etree._Element, lost: Sequence[LostItem] = ()) -> list[Receipt]:
    """Return the receipt of each command, whatever their order in the answer; raise ContractBroken where there is none.

    A command whose receipt cannot be read, contradicts another or is not there has an unreadable one: what became of it
    is not known, of the others it is.
    """
    found = {one.id: _unreadable(one.id, one.cause) for one in lost}
    for item in answer.iterchildren(tag("receipt")):
        receipt = _receipt(item)
        # The same receipt twice is harmless; two that differ are not.
        if found.setdefault(receipt.message_id, receipt) != receipt:
            found[receipt.message_id] = _unreadable(receipt.message_id, "две разные квитанции")
    known = [command for command in commands if command.message_id in found]
    if not known:
        raise ContractBroken(f"нет квитанций на {len(commands)} команд, первая — {commands[0].message_id}")
    return [found.get(command.message_id) or _unreadable(command.message_id, "квитанции нет") for command in commands]


def _receipt(item: etree._Element) -> Receipt:
    message_id, status = child_text(item, "messageId"), child_text(item, "status")
    if status not in (ReceiptStatus.ACCEPTED, ReceiptStatus.DUPLICATE, ReceiptStatus.REJECTED):
        return _unreadable(message_id, f"неизвестный статус «{status[:60]}»")
    return Receipt(
        message_id,
        ReceiptStatus(status),
        id=child_text(item, "id")[:_MAX_KEY],  # cut, not refused: the order exists
        code=child_text(item, "code")[:_MAX_ID],
        text=child_text(item, "text"),
        refused_parts=tuple(part.text or "" for part in item.iterchildren(tag("refusedPart"))),
    )


def _unreadable(message_id: str, why: str) -> Receipt:
    return Receipt(message_id, ReceiptStatus.UNREADABLE, text=why)


def found_among(
    ids: Sequence[str], answer: etree._Element, lost: Sequence[LostItem], zone: str
) -> Mapping[str, FoundOrder]:
    """Return the orders that an answer of FindByExternalId tells of; what cannot be read of one is told with it.

    Where an answer does not say which order it is about, every order that it does not name may be the one.
    """
    found: dict[str, FoundOrder] = {}
    nameless = [one.cause for one in lost if one.id not in ids]
    for one in lost:
        if one.id in ids:
            found[one.id] = FoundOrder(one.id, "", "", unreadable=one.cause)
    for item in answer.iterchildren(tag("found")):
        external_id = child_text(item, "externalId")
        if external_id:
            found.setdefault(external_id, _found(item, external_id, zone))
        else:
            nameless.append("у найденного поручения нет externalId")
    if nameless:
        rest = {one: FoundOrder(one, "", "", unreadable=nameless[0]) for one in ids if one not in found}
        return rest | found
    return found


def _found(item: etree._Element, external_id: str, zone: str) -> FoundOrder:
    internal_id = child_text(item, "id")[:_MAX_KEY]
    try:
        if not internal_id:
            raise ContractBroken("у найденного поручения нет id")
        due_at = optional_moment(item, "dueAt", zone)
    except ContractBroken as error:
        return FoundOrder(external_id, internal_id, "", unreadable=str(error))
    return FoundOrder(external_id, internal_id, child_text(item, "state"), _name(item, "lead"), due_at)


def listed(item: etree._Element, zone: str) -> ListedOrder:
    """Read one `order` of GetOrders; a term that cannot be read is none."""
    try:
        due_at = optional_moment(item, "dueAt", zone)
    except ContractBroken:
        due_at = None
    told = {name: child_text(item, name)[:_MAX_KEY] for name in ("externalId", "id", "documentId", "state")}
    return ListedOrder(told["externalId"], told["id"], told["documentId"], told["state"], _name(item, "lead"), due_at)


_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_MAX_NAME, _MAX_ID, _MAX_KEY = 300, 200, 650
"""Characters of a person's name or of a part, of an id, and of the key of an order, as the store keeps them."""


def read_change(item: etree._Element, zone: str) -> OrderChange:
    """Read one `OrderChange` element."""
    change_id, order_key, kind = (child_text(item, name) for name in ("id", "externalId", "kind"))
    if not order_key:
        raise ContractBroken("у изменения нет externalId")
    # Without an id of its own a change is known by what it says.
    change_id = change_id or "xml-" + hashlib.sha256(_canonical(item)).hexdigest()[:32]
    if kind not in list(ChangeKind):
        raise ContractBroken(f"изменение {change_id}: неизвестный вид «{kind}»")
    if len(change_id) > _MAX_ID or len(order_key) > _MAX_KEY:
        raise ContractBroken(f"изменение {change_id[:60]}: id или externalId слишком длинны")
    named = {"lead": _name(item, "lead"), "part": child_text(item, "part"), "by": child_text(item, "by")}
    if long := next((name for name, value in named.items() if len(value) > _MAX_NAME), None):
        raise ContractBroken(f"изменение {change_id}: {long} длиннее {_MAX_NAME} знаков")
    lead, report = item.find(tag("lead")), item.find(tag("report"))
    return OrderChange(
        id=change_id,
        order_key=order_key,
        kind=ChangeKind(kind),
        at=aware_moment(child_text(item, "at"), "at", zone),
        by=named["by"],
        comment=child_text(item, "comment"),
        part=named["part"],
        lead=named["lead"],
        lead_unit=child_text(lead, "unit") if lead is not None else "",
        due_at=optional_moment(item, "dueAt", zone),
        report=_report(report) if report is not None else Report(),
        raw=etree.tostring(item, encoding="unicode", with_tail=False),
    )


def _canonical(item: etree._Element) -> bytes:
    """Return an element as bytes that are the same wherever in an answer it stands."""
    return etree.tostring(item, method="c14n", exclusive=True)


def refused_change(item: etree._Element, cause: str) -> RefusedChange:
    """Return a change that breaks the contract, with what names it as far as the store keeps such names."""
    key, change_id = child_text(item, "externalId"), child_text(item, "id")
    raw = etree.tostring(item, encoding="unicode", with_tail=False)
    key = key if len(key) <= _MAX_KEY else ""
    return RefusedChange(key, cause, raw, change_id if len(change_id) <= _MAX_ID else "")


_PREFIX = re.compile(r"<(?:([\w.-]+):)?change[\s/>]")
_ID = re.compile(r"<(?:[\w.-]+:)?id(?:\s[^<>]*)?>([^<]*)<")


def change_id(raw: str) -> str:
    """Return the id of a change whose XML cannot be read, «» where none is found."""
    found = _ID.search(raw)
    change_id = found[1].strip() if found else ""
    return change_id if len(change_id) <= _MAX_ID else ""


def whole_change(raw: str) -> str:
    """Return a change in an element that binds the prefixes which the answer around it may have bound."""
    found = _PREFIX.search(raw)
    prefix = f":{found[1]}" if found and found[1] else ""
    return f'<kept xmlns{prefix}="{NAMESPACE}" xmlns:xsi="{_XSI}">{raw}</kept>'


def _report(item: etree._Element) -> Report:
    return Report(
        answer_channel=child_text(item, "answerChannel"),
        answered_on=_day(item, "answeredOn"),
        promised_on=_day(item, "promisedOn"),
        deviation=child_text(item, "deviation"),
        outcome=child_text(item, "outcome"),
        attachments=tuple(one.text or "" for one in item.iterchildren(tag("attachment"))),
    )


def _day(item: etree._Element, name: str) -> date | None:
    told = child_text(item, name)
    try:
        return day_of(told) if told else None
    except ValueError:
        raise ContractBroken(f"{name}: «{told}» — не день") from None


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name} | ({"unit": person.unit} if person.unit else {})


def _name(item: etree._Element, name: str) -> str:
    person = item.find(tag(name))
    return child_text(person, "name") if person is not None else ""
