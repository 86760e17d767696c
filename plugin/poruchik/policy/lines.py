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
YEARS = range(1990, 2101)
"""Of the dates of a card; all others are slips of the pen, or stand for none."""


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
        card = from_json(line)
        if not isinstance(card, dict):
            raise Unreadable("в строке не документ", "одна строка — один документ: {…}")
        return self.document(card, called)

    def document(self, card: Mapping[str, Any], called: str) -> Document:
        """Return the document of a card as JSON has it; null is an attribute that it has not. Raise Unreadable."""
        facts = {name: self._value(name, raw) for name, raw in card.items() if raw is not None}
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


def from_json(text: bytes) -> Any:
    """Read JSON in which no key stands twice; raise Unreadable. Halves of a character that belong together are one."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise Unreadable("строка не в кодировке UTF-8", "сохраните файл как UTF-8") from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("это не JSON", "одна строка — один документ: {…}; без архива — {…} или список [{…}]") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(f"ключ «{twice}» повторяется", "оставьте один: второе значение молча заменило бы первое")
    return found


def at_moment(value: Value, zone: tzinfo) -> datetime:
    """Return the moment; a day alone is the start of its office hours. Raise Unreadable for one that no office has."""
    assert isinstance(value, date)
    if value.year not in YEARS:
        raise Unreadable(f"{value.year} год — не дата документа", f"годы бывают с {YEARS.start} по {YEARS.stop - 1}")
    return value if isinstance(value, datetime) else datetime.combine(value, _WORKDAY_START, zone)


def _text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "да" if raw else "нет"
    if isinstance(raw, str | int | Decimal):
        return str(raw)
    raise Unreadable("здесь нужно одно значение", "впишите слово, число или да-нет")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
