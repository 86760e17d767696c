"""Between the XML of the contract and the values of the core. Pure: no network, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree
from poruchik.connector import SystemSettings
from poruchik.errors import DocumentRefused
from poruchik.model.document import Document, Value
from poruchik.model.exchange import Command, FoundOrder, Receipt, ReceiptStatus

NAMESPACE = "urn:poruchik:exchange:1"
_MAX_ATTRIBUTES = 250
_MAX_ID = 200


class ContractBroken(ValueError):
    """An answer is not what the contract says. The text is Russian."""


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order as the system shows it."""

    id: str
    external_id: str
    document_id: str
    number: str
    state: str
    text: str
    lead: str
    lead_unit: str
    due_at: datetime | None
    due_on: date | None
    explanation: str


def tag(name: str) -> str:
    """Return the qualified name of an element of the contract."""
    return f"{{{NAMESPACE}}}{name}"


# --- documents -----------------------------------------------------------------------------------


def read_document(card: etree._Element, settings: SystemSettings) -> Document:
    """Read a card; raise DocumentRefused naming the document and what is wrong with it."""
    external_id = _text(card, "id")
    try:
        if not external_id:
            raise ContractBroken("у карточки нет id")
        if len(external_id) > _MAX_ID or len(_text(card, "revision")) > _MAX_ID:
            raise ContractBroken(f"id или revision длиннее {_MAX_ID} знаков")
        return Document(
            source=settings.name,
            system=settings.kind,
            external_id=external_id,
            revision=_text(card, "revision") or "1",
            reg_number=_text(card, "number"),
            registered_at=_required_moment(card, "registeredAt", "даты регистрации", settings.zone),
            received_at=_moment(card, "receivedAt", settings.zone),
            signed_at=_moment(card, "signedAt", settings.zone),
            attributes=_attributes(card, settings.zone),
        )
    except ContractBroken as error:
        number = _text(card, "number")
        known_as = f"документ {number} (id {external_id})" if number else f"документ {external_id or 'без id'}"
        raise DocumentRefused(
            f"{known_as}: {error}",
            external_id=external_id[:_MAX_ID],
            where=settings.name,
            remedy="исправьте карточку в системе",
        ) from error


def _attributes(card: etree._Element, zone: str) -> dict[str, Value]:
    facts: dict[str, Value] = {}
    for item in card.iterchildren(tag("attribute")):
        name = _text(item, "name")
        if not name or name in facts:
            raise ContractBroken(f"атрибут «{name}» повторяется" if name else "атрибут без имени")
        values = [value.text or "" for value in item.iterchildren(tag("value"))]
        kind = _text(item, "type")
        if not values or (kind != "list" and len(values) > 1):
            raise ContractBroken(f"у атрибута «{name}» значений {len(values)}, нужно одно")
        facts[name] = _value(name, kind, values, zone)
        if len(facts) > _MAX_ATTRIBUTES:
            raise ContractBroken(f"больше {_MAX_ATTRIBUTES} атрибутов")
    return facts


def _value(name: str, kind: str, values: Sequence[str], zone: str) -> Value:
    text = values[0].strip()
    try:
        match kind:
            case "string":
                return values[0]
            case "number":
                number = Decimal(text)
                if not number.is_finite() or number.adjusted() >= 15:
                    raise ContractBroken(f"атрибут «{name}»: число {text} слишком велико")
                return int(number) if number == number.to_integral_value() else number
            case "boolean":
                return {"true": True, "1": True, "false": False, "0": False}[text]
            case "date":
                return date.fromisoformat(text)
            case "dateTime":
                return _aware(text, f"атрибут «{name}»", zone)
            case "list":
                return tuple(values)
    except (ValueError, KeyError, ArithmeticError) as error:
        if isinstance(error, ContractBroken):
            raise
        raise ContractBroken(f"атрибут «{name}»: «{text[:60]}» не читается как {kind}") from None
    raise ContractBroken(f"атрибут «{name}»: неизвестный тип «{kind}»")


def _required_moment(card: etree._Element, name: str, russian: str, zone: str) -> datetime:
    moment = _moment(card, name, zone)
    if moment is None:
        raise ContractBroken(f"нет {russian} ({name})")
    return moment


def _moment(card: etree._Element, name: str, zone: str) -> datetime | None:
    text = _text(card, name)
    return _aware(text, name, zone) if text else None


def _aware(text: str, where: str, zone: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ContractBroken(f"{where}: «{text[:60]}» — не дата и время") from None
    if moment.tzinfo is None:
        if not zone:
            raise ContractBroken(f"{where}: у времени «{text}» нет часового пояса")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if not 1990 <= moment.year <= 2100:
        raise ContractBroken(f"{where}: «{text[:60]}» — невозможная дата")
    return moment


# --- orders --------------------------------------------------------------------------------------


def new_order(command: Command) -> dict[str, Any]:
    """Return the fields of a `NewOrder` element as zeep takes them."""
    payload = command.payload
    order: dict[str, Any] = {
        "messageId": command.message_id,
        "externalId": command.order_key,
        "documentId": payload["document_id"],
        "text": payload["text"],
        "lead": _person(payload["lead"]),
        "act": payload["act"],
        "clause": payload["clause"],
        "explanation": payload["explanation"],
    }
    if payload.get("co_executors"):
        order["coExecutor"] = [
            {"person": _person(one)} | ({"dueAt": _iso(one["due_at"])} if one.get("due_at") else {})
            for one in payload["co_executors"]
        ]
    if payload.get("controller"):
        order["controller"] = _person(payload["controller"])
    if payload.get("control_kind"):
        order["controlKind"] = payload["control_kind"]
    if payload.get("due_at"):
        order["dueAt"] = _iso(payload["due_at"])
        order["dueOn"] = date.fromisoformat(payload["due_on"])
    if payload.get("checks"):
        order["check"] = list(payload["checks"])
    return order


def receipts_for(commands: Sequence[Command], answer: etree._Element) -> list[Receipt]:
    """Return the receipt of each command, whatever their order in the answer; raise ContractBroken."""
    found: dict[str, Receipt] = {}
    for item in answer.iterchildren(tag("receipt")):
        message_id, status = _text(item, "messageId"), _text(item, "status")
        try:
            receipt = Receipt(
                message_id, ReceiptStatus(status), _text(item, "id"), _text(item, "code"), _text(item, "text")
            )
        except ValueError:
            raise ContractBroken(f"квитанция {message_id}: неизвестный статус «{status}»") from None
        # The same receipt twice is harmless; two that differ are not.
        if found.setdefault(message_id, receipt) != receipt:
            raise ContractBroken(f"две разные квитанции на {message_id}")
    missing = [command.message_id for command in commands if command.message_id not in found]
    if missing:
        raise ContractBroken(f"нет квитанций на {len(missing)} команд, первая — {missing[0]}")
    return [found[command.message_id] for command in commands]


def read_found(item: etree._Element) -> FoundOrder:
    """Read one answer of FindByExternalId."""
    external_id, internal_id = _text(item, "externalId"), _text(item, "id")
    if not external_id or not internal_id:
        raise ContractBroken("у найденного поручения нет externalId или id")
    due_at = _text(item, "dueAt")
    return FoundOrder(
        external_id=external_id,
        id=internal_id,
        state=_text(item, "state"),
        lead=_name(item, "lead"),
        due_at=_aware(due_at, "dueAt", "") if due_at else None,
    )


def read_order(item: etree._Element) -> OrderCard:
    """Read one whole order."""
    due_at, due_on = _text(item, "dueAt"), _text(item, "dueOn")
    lead = item.find(tag("lead"))
    return OrderCard(
        id=_text(item, "id"),
        external_id=_text(item, "externalId"),
        document_id=_text(item, "documentId"),
        number=_text(item, "number"),
        state=_text(item, "state"),
        text=_text(item, "text"),
        lead=_name(item, "lead"),
        lead_unit=_text(lead, "unit") if lead is not None else "",
        due_at=_aware(due_at, "dueAt", "") if due_at else None,
        due_on=date.fromisoformat(due_on) if due_on else None,
        explanation=_text(item, "explanation"),
    )


def _person(person: Mapping[str, Any]) -> dict[str, str]:
    named = {"name": str(person["person"])}
    return named | {"unit": str(person["unit"])} if person.get("unit") else named


def _name(item: etree._Element, name: str) -> str:
    person = item.find(tag(name))
    return _text(person, "name") if person is not None else ""


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(item: etree._Element, name: str) -> str:
    return (item.findtext(tag(name)) or "").strip()
