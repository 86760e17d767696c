"""One line of an archive: a document as JSON under the dictionary's names, read fast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, NoReturn

from poruchik.model.document import Document, SystemKind, Value
from poruchik.policy.attributes import read_scalar
from poruchik.policy.model import Attribute, ValueType
from poruchik.policy.problems import suggest
from poruchik.policy.shapes import Unreadable

REGISTERED, RECEIVED, SIGNED, NUMBER, SYSTEM = (
    "дата регистрации",
    "дата поступления",
    "дата подписания",
    "номер",
    "система",
)
OWN = (SYSTEM, NUMBER, REGISTERED, RECEIVED, SIGNED)
"""The card's own fields, which are not among a document's attributes."""
SOURCES = {SystemKind.SED: "sed", SystemKind.SOG: "sog"}
"""What the systems of documents are called that come from no configured one."""
_WORKDAY_START = time(9)


class LineReader:
    """Reads lines by one dictionary. Values that are there already in their type are taken as they are."""

    def __init__(self, attributes: Mapping[str, Attribute], zone: tzinfo) -> None:
        self._attributes = attributes
        self._zone = zone
        self.zone = str(zone)
        """Of times without an offset."""
        self._listed = {name: frozenset(one.values) for name, one in attributes.items() if one.values}
        self._words = {
            name
            for name, one in attributes.items()
            if one.type in (ValueType.STRING, ValueType.TEXT) and not one.values
        }

    def read(self, line: bytes, called: str) -> Document:
        """Return the document of a line; raise Unreadable. Without a number it is `called` so."""
        try:
            card = json.loads(line, parse_float=Decimal, parse_constant=_no_constant)
        except UnicodeDecodeError:
            raise Unreadable("строка не в кодировке UTF-8", "сохраните архив как UTF-8") from None
        except (ValueError, RecursionError):
            raise Unreadable("это не JSON", "одна строка — один документ: {…}") from None
        if not isinstance(card, dict):
            raise Unreadable("в строке не документ", "одна строка — один документ: {…}")
        facts = {name: self._value(name, raw) for name, raw in card.items()}
        registered = facts.pop(REGISTERED, None)
        if registered is None:
            raise Unreadable(f"у документа нет «{REGISTERED}»", "добавьте её")
        named = facts.pop(SYSTEM, SystemKind.SED)
        if named not in SOURCES:
            raise Unreadable(f"«{SYSTEM}»: «{named}»", "допустимо: " + ", ".join(SystemKind))
        system = SystemKind(str(named))
        number = str(facts.pop(NUMBER, ""))
        return Document(
            source=SOURCES[system],
            system=system,
            external_id=number or called,
            reg_number=number,
            registered_at=at_moment(registered, self._zone),
            received_at=at_moment(facts.pop(RECEIVED), self._zone) if RECEIVED in facts else None,
            signed_at=at_moment(facts.pop(SIGNED), self._zone) if SIGNED in facts else None,
            attributes=facts,
        )

    def _value(self, name: str, raw: Any) -> Value:
        if type(raw) is str:
            listed = self._listed.get(name)
            if (listed and raw in listed) or name in self._words:
                return raw
        attribute = self._attributes.get(name)
        if attribute is None:
            raise Unreadable(f"атрибута «{name}» нет в словаре", suggest(name, self._attributes))
        try:
            if isinstance(raw, list) and attribute.type is ValueType.LIST:
                return tuple(str(read_scalar(_text(item), attribute)) for item in raw)
            value = read_scalar(_text(raw), attribute)
        except Unreadable as error:
            raise Unreadable(f"«{name}»: {error.what}", error.remedy) from None
        return (str(value),) if attribute.type is ValueType.LIST else value


def at_moment(value: Value, zone: tzinfo) -> datetime:
    """Return the moment; a day alone is the start of its office hours."""
    if isinstance(value, datetime):
        return value
    assert isinstance(value, date)
    return datetime.combine(value, _WORKDAY_START, zone)


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "да" if raw else "нет"
    if isinstance(raw, str | int | Decimal):
        return str(raw)
    raise Unreadable("здесь нужно одно значение", "впишите слово, число или да-нет")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
