"""A card of the exchange contract (`schemas/exchange`, element Document) as a document of the core."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from lxml import etree

from poruchik.discretion import sayable
from poruchik.errors import DocumentRefused
from poruchik.model.document import Document, SystemKind, Value

NAMESPACE = "urn:poruchik:exchange:1"
_MAX_ATTRIBUTES = 250
_MAX_ID = 200
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LONGEST_CAUSE = 400
_NO_DATE = "0001-01-01"
"""What 1С and .NET write where there is no date."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)?")
_END_OF_DAY = re.compile(r"(\d{4}-\d\d-\d\d)T24:00(?::00(?:\.0+)?)?(Z|[+-]\d\d:\d\d)?")
"""XML Schema has 24:00:00; it is the beginning of the next day."""


class ContractBroken(ValueError):
    """Something is not what the contract says. The text is Russian; what it cites may be of any length and is cut."""

    def __init__(self, what: str) -> None:
        super().__init__(what if len(what) <= _LONGEST_CAUSE else what[: _LONGEST_CAUSE - 1] + "…")


def tag(name: str) -> str:
    """Return the qualified name of an element of the contract."""
    return f"{{{NAMESPACE}}}{name}"


def read_card(card: etree._Element, *, source: str, kind: SystemKind, zone: str = "") -> Document:
    """Read a card; raise DocumentRefused naming the document and what is wrong with it.

    With a `zone`, time stamps without an offset are accepted as its local time.
    """
    external_id = child_text(card, "id")
    try:
        if not external_id:
            raise ContractBroken("у карточки нет id")
        if max(len(child_text(card, name)) for name in ("id", "revision", "number")) > _MAX_ID:
            raise ContractBroken(f"id, revision или number длиннее {_MAX_ID} знаков")
        return Document(
            source=source,
            system=kind,
            external_id=external_id,
            revision=child_text(card, "revision") or "1",
            reg_number=child_text(card, "number"),
            registered_at=_required_moment(card, "registeredAt", "даты регистрации", zone),
            received_at=optional_moment(card, "receivedAt", zone),
            signed_at=optional_moment(card, "signedAt", zone),
            attributes=_attributes(card, zone),
        )
    except ContractBroken as error:
        number, named = child_text(card, "number")[:_MAX_ID], external_id[:_MAX_ID]
        known_as = f"документ {number} (id {named})" if number else f"документ {named or 'без id'}"
        raise DocumentRefused(
            f"{known_as}: {error}",
            external_id=external_id[:_MAX_ID],
            where=source,
            remedy="исправьте карточку в системе",
        ) from error


def _attributes(card: etree._Element, zone: str) -> dict[str, Value]:
    facts: dict[str, Value] = {}
    absent: set[str] = set()
    for item in card.iterchildren(tag("attribute")):
        name = child_text(item, "name")
        if not name or name in facts or name in absent:
            raise ContractBroken(f"атрибут «{name}» повторяется" if name else "атрибут без имени")
        given = list(item.iterchildren(tag("value")))
        values = [(value.text or "").strip() for value in given]
        kind = child_text(item, "type")
        if kind != "list" and len(values) != 1:
            raise ContractBroken(f"у атрибута «{name}» значений {len(values)}, нужно одно")
        empty = all(_is_nil(one) for one in given)  # a list without elements too
        value = None if empty else _value(name, kind, values, zone)
        if value is None:
            absent.add(name)
            continue
        facts[name] = value
        if len(facts) > _MAX_ATTRIBUTES:
            raise ContractBroken(f"больше {_MAX_ATTRIBUTES} атрибутов")
    return facts


def _value(name: str, kind: str, values: Sequence[str], zone: str) -> Value | None:
    """Return the value of an attribute; None for the empty date of other programs."""
    text = values[0]
    try:
        match kind:
            case "string":
                return values[0]
            case "number":
                number = Decimal(text)
                if not number.is_finite() or number.adjusted() >= 15:
                    raise ContractBroken(f"атрибут «{name}»: число слишком велико")
                return int(number) if number == number.to_integral_value() else number
            case "boolean":
                return {"true": True, "1": True, "false": False, "0": False}[text]
            case "date":
                return None if text.startswith(_NO_DATE) else day_of(text)
            case "dateTime":
                return None if text.startswith(_NO_DATE) else aware_moment(text, f"атрибут «{name}»", zone)
            case "list":
                return tuple(values)
    except (ValueError, KeyError, ArithmeticError) as error:
        if isinstance(error, ContractBroken):
            raise
        raise ContractBroken(f"атрибут «{name}»: «{sayable(text)}» не читается как {kind}") from None
    raise ContractBroken(f"атрибут «{name}»: неизвестный тип «{kind}»")


def _required_moment(card: etree._Element, name: str, russian: str, zone: str) -> datetime:
    moment = optional_moment(card, name, zone)
    if moment is None:
        raise ContractBroken(f"нет {russian} ({name})")
    return moment


def optional_moment(item: etree._Element, name: str, zone: str) -> datetime | None:
    """Return the moment of a child element; None when it is not there, or has the year 1 of systems that mean none."""
    text = child_text(item, name)
    return aware_moment(text, name, zone) if text and not text.startswith(_NO_DATE) else None


def day_of(text: str) -> date:
    """Read a day of XML Schema, which may have a zone; raise ValueError. The day is the one that is written."""
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date.fromisoformat(found[1])


def aware_moment(text: str, where: str, zone: str = "") -> datetime:
    """Read a moment with an offset, or a local one of the zone; raise ContractBroken."""
    ended = _END_OF_DAY.fullmatch(text)
    try:
        moment = datetime.fromisoformat(f"{ended[1]}T00:00:00{ended[2] or ''}" if ended else text)
        moment += timedelta(days=1 if ended else 0)
    except (ValueError, OverflowError):
        raise ContractBroken(f"{where}: «{sayable(text)}» — не дата и время") from None
    if moment.tzinfo is None:
        if not zone:
            raise ContractBroken(f"{where}: у времени «{sayable(text)}» нет часового пояса")
        moment = moment.replace(tzinfo=ZoneInfo(zone))
    if not 1990 <= moment.year <= 2100:
        raise ContractBroken(f"{where}: «{sayable(text)}» — невозможная дата")
    return moment


def _is_nil(item: etree._Element) -> bool:
    return item.get(_NIL, "").strip() in ("true", "1")


def child_text(item: etree._Element, name: str) -> str:
    """Return the text of a child element, trimmed; «» when it is not there."""
    return (item.findtext(tag(name)) or "").strip()
