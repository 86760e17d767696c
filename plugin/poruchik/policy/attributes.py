"""The dictionary of attributes: what a document may say, in which type, with which values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from poruchik.discretion import sayable
from poruchik.model.document import Facts, SystemKind, Value
from poruchik.policy.check import Entry, describe, is_typed
from poruchik.policy.model import NOWHERE, Attribute, ValueType
from poruchik.policy.problems import Problems, suggest
from poruchik.policy.shapes import Unreadable, read_date, read_yes_no
from poruchik.policy.source import ListNode, MapNode, Node, Scalar

_MOMENT = ValueType.MOMENT
PLAN_YEAR = "год плана"
DAYS_TO_REGISTER, WORKING_DAYS_TO_REGISTER = "дней до регистрации", "рабочих дней до регистрации"
"""Counted by the program when a rule asks for them."""
REPORTED, OUTCOME, PROMISED_ON, DEVIATION, ANSWER_CHANNEL, ANSWERED_ON = (
    "отчёт",
    "отчёт.исход",
    "отчёт.обещано к",
    "отчёт.отклонение",
    "отчёт.канал ответа",
    "отчёт.дата ответа",
)
_OF_REPORT = (
    Attribute(REPORTED, ValueType.YES_NO, (), "Пришёл полный отчёт исполнителя; в карточке документа его нет"),
    Attribute(OUTCOME, ValueType.STRING, (), "Исход, который назван в отчёте"),
    Attribute(PROMISED_ON, ValueType.DATE, (), "К какому дню в ответе обещано решить вопрос"),
    Attribute(DEVIATION, ValueType.TEXT, (), "Отклонение от порядка, о котором сообщает исполнитель"),
    Attribute(ANSWER_CHANNEL, ValueType.STRING, (), "Канал, которым ушёл ответ"),
    Attribute(ANSWERED_ON, ValueType.DATE, (), "День ответа"),
)
OF_REPORT = frozenset(attribute.name for attribute in _OF_REPORT)
"""What is known only once a report has come. A rule that asks for any of it fires then, and not before."""
BUILT_IN: Mapping[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("система", ValueType.STRING, tuple(SystemKind), "Где зарегистрирован документ"),
        Attribute("номер", ValueType.STRING, (), "Регистрационный номер"),
        Attribute("дата регистрации", _MOMENT, (), "Когда документ зарегистрирован"),
        Attribute("дата поступления", _MOMENT, (), "Когда документ поступил"),
        Attribute("дата подписания", _MOMENT, (), "Когда документ подписан"),
        Attribute(PLAN_YEAR, ValueType.NUMBER, (), "На какой год план; без него — год регистрации"),
        Attribute(DAYS_TO_REGISTER, ValueType.NUMBER, (), "Сколько дней прошло от поступления до регистрации"),
        Attribute(WORKING_DAYS_TO_REGISTER, ValueType.NUMBER, (), "То же в рабочих днях"),
        *_OF_REPORT,
    )
}
"""The card's own fields: every dictionary has them."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_PYTHON_TYPES: Mapping[ValueType, tuple[type, ...]] = {
    ValueType.STRING: (str,),
    ValueType.TEXT: (str,),
    ValueType.NUMBER: (int, Decimal),
    ValueType.YES_NO: (bool,),
    ValueType.DATE: (date,),
    ValueType.MOMENT: (datetime,),
    ValueType.LIST: (tuple,),
}


def parse_dictionary(entries: Iterable[Entry], problems: Problems) -> dict[str, Attribute]:
    """Return the attributes of a checked dictionary file, the built-in ones included."""
    attributes = dict(BUILT_IN)
    for entry in entries:
        if not entry.complete:
            continue
        attribute = Attribute(
            name=entry.value("name"),
            type=entry.value("type"),
            values=entry.values("values"),
            gist=entry.value("gist", ""),
            derived=entry.value("derived", False),
            position=entry.position,
        )
        known = attributes.get(attribute.name)
        if known and not (attribute.name in BUILT_IN and known.position is NOWHERE):
            problems.error(
                entry.at("name"),
                "повтор-атрибута",
                f"атрибут «{attribute.name}» уже объявлен",
                why=f"в строке {known.position.line}",
                remedy="уберите повтор или переименуйте",
            )
            continue
        if known and known.type is not attribute.type:
            problems.error(
                entry.at("name"),
                "тип",
                f"«{attribute.name}» — поле самой карточки, его тип «{known.type.value}»",
                remedy="напишите этот тип или уберите атрибут из словаря",
            )
            continue
        attributes[attribute.name] = attribute
    return attributes


def read_scalar(text: str, attribute: Attribute) -> Value:
    """Read one value of the attribute's type; raise Unreadable. A list's element is a word."""
    match attribute.type:
        case ValueType.NUMBER:
            return _read_number(text)
        case ValueType.YES_NO:
            return read_yes_no(text)
        case ValueType.DATE:
            return read_date(text)
        case ValueType.MOMENT:
            return _read_moment(text)
        case _:
            if attribute.values and text not in attribute.values:
                several = [part.strip() for part in re.split(r" или |,|/", text)]
                if len(several) > 1 and set(several) <= set(attribute.values):
                    raise Unreadable(f"значения «{text}» нет в словаре", f"несколько — списком: [{', '.join(several)}]")
                raise Unreadable(f"значения «{text}» нет в словаре", suggest(text, attribute.values))
            return text


def read_node(node: Node, attribute: Attribute, problems: Problems) -> Value | None:
    """Read an attribute's value from a file; note what is wrong."""
    if attribute.type is ValueType.LIST and isinstance(node, ListNode):
        items = [read_node(item, attribute, problems) for item in node.items]
        return tuple(str(item[0]) for item in items if isinstance(item, tuple))
    if not isinstance(node, Scalar) or node.null:
        problems.error(
            node.position,
            "значение",
            f"«{attribute.name}»: здесь нужно одно значение",
            why=f"найдено: {describe(node)}",
            remedy=f"тип атрибута — {attribute.type.value}",
        )
        return None
    verbal = attribute.type in (ValueType.STRING, ValueType.TEXT, ValueType.LIST)
    if verbal and not is_typed(node, attribute.name, problems) and not problems.stored:
        return None
    try:
        value = read_scalar(node.text, attribute)
    except Unreadable as error:
        problems.error(node.position, "значение", f"«{attribute.name}»: {error.what}", remedy=error.remedy)
        return None
    return (str(value),) if attribute.type is ValueType.LIST else value


def read_facts(node: Node, attributes: Mapping[str, Attribute], problems: Problems) -> dict[str, Value]:
    """Read a mapping of attributes to values, as cases, `признаки` and documents have it."""
    if not isinstance(node, MapNode):
        problems.error(
            node.position,
            "не-запись",
            "здесь нужны атрибуты и значения",
            remedy="напишите «атрибут: значение»",
        )
        return {}
    facts: dict[str, Value] = {}
    for name, value_node in node.entries:
        attribute = known_attribute(name, attributes, problems)
        value = read_node(value_node, attribute, problems) if attribute else None
        if value is not None:
            facts[name.text] = value
    return facts


def known_attribute(name: Scalar, attributes: Mapping[str, Attribute], problems: Problems) -> Attribute | None:
    """Return the declared attribute, or note that there is none, with the nearest name."""
    attribute = attributes.get(name.text)
    if attribute is None:
        problems.error(
            name.position,
            "неизвестный-атрибут",
            f"атрибута «{name.text}» нет в словаре",
            remedy=suggest(name.text, attributes),
        )
    return attribute


class Dictionary:
    """Holds the facts of documents against the dictionary."""

    def __init__(self, attributes: Mapping[str, Attribute]) -> None:
        self._attributes = attributes
        self._quick = {
            name: (_PYTHON_TYPES[attribute.type], frozenset(attribute.values)) for name, attribute in attributes.items()
        }
        """The types and, where they are listed, the values that need no closer look."""

    def faults(self, facts: Facts) -> dict[str, list[str]]:
        """Return what in a document's facts is not in the dictionary: by attribute, one Russian phrase each."""
        found: dict[str, list[str]] = {}
        for name, value in facts.items():
            quick = self._quick.get(name)
            strange = quick is None or type(value) not in quick[0] or (quick[1] and value not in quick[1])
            if strange and (told := list(self._faults(name, value))):
                found[name] = told
        return found

    def _faults(self, name: str, value: Value) -> Iterator[str]:
        attribute = self._attributes.get(name)
        if attribute is None:
            yield f"атрибута «{name}» нет в словаре ({suggest(name, self._attributes)})"
        elif not _is_of_type(value, attribute.type):
            yield f"«{name}»: значение «{sayable(value)}» не того типа, нужен тип «{attribute.type.value}»"
        elif attribute.values:
            for item in value if isinstance(value, tuple) else (value,):
                if item not in attribute.values:
                    yield f"«{name}»: значения «{sayable(item)}» нет в словаре ({suggest(str(item), attribute.values)})"


def _is_of_type(value: Value, kind: ValueType) -> bool:
    if kind is ValueType.NUMBER and isinstance(value, bool):
        return False
    if kind is ValueType.DATE and isinstance(value, datetime):
        return False
    return isinstance(value, _PYTHON_TYPES[kind])


def _read_number(text: str) -> int | Decimal:
    if text[:1] in ("<", ">", "="):
        raise Unreadable(f"«{text}» — не число", "сравнивают словами: {больше: …}, {не меньше: …}, {между: [от, до]}")
    if not _NUMBER.fullmatch(text):
        raise Unreadable(f"«{text}» — не число", "напишите цифрами, дробную часть после точки")
    try:
        return int(text) if "." not in text else Decimal(text)
    except InvalidOperation:
        raise Unreadable(f"«{text}» — не число", "напишите цифрами") from None


def _read_moment(text: str) -> datetime | date:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(
            f"«{text}» — не дата и время", 'напишите в кавычках, например "2026-11-23T10:00+05:00"'
        ) from None
    if "T" not in text and " " not in text:
        return moment.date()
    if moment.tzinfo is None:
        raise Unreadable(f"у времени «{text}» нет часового пояса", f'допишите смещение: "{text}+05:00"')
    return moment
