"""Holding a file against the vocabulary: known keys, required keys, readable values. Finds all problems at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poruchik.policy.problems import Position, Problems, invisible, suggest
from poruchik.policy.shapes import Free, Leaf, ListOf, Record, Shape, Unreadable
from poruchik.policy.source import ListNode, MapNode, Node, Scalar
from poruchik.xml import xml_text

_BARE = ("пункт", "акт", "правило")
"""Keys whose values stand in no quotes of their own."""


@dataclass(frozen=True, slots=True)
class Located:
    """A value and the place where it was typed."""

    value: Any
    position: Position


@dataclass(frozen=True, slots=True)
class Entry:
    """A record under its English names.

    Leaves are `Located`, lists are tuples, records are `Entry`, what the vocabulary leaves free is a `Node`.
    `complete` is False when a part of it was unreadable.
    """

    position: Position
    fields: Mapping[str, Any]
    complete: bool

    def value(self, name: str, default: Any = None) -> Any:
        """Return the value without its position, or the default."""
        found = self.fields.get(name, default)
        return found.value if isinstance(found, Located) else found

    def values(self, name: str) -> tuple[Any, ...]:
        """Return a list field without positions."""
        return tuple(item.value for item in self.fields.get(name, ()))

    def at(self, name: str) -> Position:
        """Return the place of a field, or of the record when it has none."""
        found = self.fields.get(name)
        return found.position if isinstance(found, Located | Entry | Scalar | ListNode | MapNode) else self.position


def check_record(node: Node, record: Record, problems: Problems) -> Entry | None:
    """Hold a node against a record; None when it is not even a mapping."""
    if not isinstance(node, MapNode):
        problems.error(
            node.position,
            "не-запись",
            f"здесь нужна запись «{record.name}»",
            why=f"найдено: {describe(node)}",
            remedy=_form(node, record),
        )
        return None
    before = problems.spoiled
    fields: dict[str, Any] = {}
    known = {key.ru: key for key in record.keys}
    for name, value in node.entries:
        key = known.get(name.text)
        if key is None:
            problems.error(
                name.position,
                "неизвестный-ключ",
                f"ключа «{name.text}» в записи «{record.name}» нет",
                remedy="текст с запятой внутри {…} возьмите в кавычки"
                if isinstance(value, Scalar) and value.null
                else _one_deeper(name.text, record) or suggest(name.text, known),
            )
            continue
        read = _check(value, key.shape, f"{key.ru}", problems)
        if read is not None:
            fields[key.en] = read
    present = {name.text for name, _ in node.entries}
    for key in record.keys:
        if not key.required or key.ru in present:
            continue
        if not difflib.get_close_matches(
            key.ru, present - set(known), n=1, cutoff=0.6
        ):  # a misspelt one is told already
            problems.error(
                node.position,
                "нет-ключа",
                f"в записи «{record.name}» нет ключа «{key.ru}»",
                remedy=f"добавьте «{key.ru}: …» ({key.gist})",
            )
    return Entry(node.position, fields, complete=problems.spoiled == before)


def _one_deeper(name: str, record: Record) -> str:
    """Return the remedy for a key that belongs into a record within this one."""
    for key in record.keys:
        shape = key.shape.item if isinstance(key.shape, ListOf) else key.shape
        if isinstance(shape, Record) and any(inner.ru == name for inner in shape.keys):
            return f"«{name}» пишут внутри «{key.ru}»"
    return ""


def _form(node: Node, record: Record) -> str:
    """Return how a record is written: with what was found where one key is wanted, else its keys."""
    required = [key.ru for key in record.keys if key.required]
    if len(required) == 1 and isinstance(node, Scalar) and not node.null:
        return f"напишите {{{required[0]}: {node.text[:60]}}}"
    if len(record.keys) > 5:
        return "ключи: " + ", ".join(key.ru for key in record.keys)
    return f"напишите {{{', '.join(f'{key}: …' for key in required or [key.ru for key in record.keys])}}}"


def _check(node: Node, shape: Shape, name: str, problems: Problems) -> Any:
    match shape:
        case Leaf():
            return _check_leaf(node, shape, name, problems)
        case ListOf():
            return _check_list(node, shape, name, problems)
        case Record():
            return check_record(node, shape, problems)
        case Free():
            return node


def _check_leaf(node: Node, leaf: Leaf, name: str, problems: Problems) -> Located | None:
    if not isinstance(node, Scalar) or node.null:
        problems.error(
            node.position,
            "не-значение",
            f"«{name}»: здесь нужно одно значение ({leaf.name})",
            why=f"найдено: {describe(node)}",
            remedy="впишите значение одной строкой",
        )
        return None
    if leaf.verbal and not is_typed(node, name, problems) and not problems.stored:
        return None
    if leaf.verbal and (odd := _odd(node.text, name)):
        problems.error(node.position, "невидимый-знак", f"«{name}»: {odd}", remedy="наберите значение заново")
        if not problems.stored:
            return None
    if node.text != xml_text(node.text):
        problems.error(
            node.position,
            "управляющий-знак",
            f"«{name}»: в тексте знак, которого не видно и которого не примет СЭД",
            why="такие знаки приходят из Word и из записей вида \\x0b",
            remedy="сотрите место между словами и наберите его заново",
        )
        return None
    try:
        return Located(leaf.read(node.text), node.position)
    except Unreadable as error:
        problems.error(node.position, "значение", f"«{name}»: {error.what}", remedy=error.remedy)
        return None


def _odd(text: str, name: str) -> str:
    """Say what of a text is not what its author sees; «» when all of it is."""
    hidden = invisible(text)
    if hidden:
        return f"в тексте есть то, чего не видно: {hidden}"
    quoted = len(text) > 2 and text[0] in "“„«" and text[-1] in "”“»" and not set(text[1:-1]) & set("“”„«»")
    return f"кавычки из Word стали частью значения: {text}" if name in _BARE and quoted else ""


def is_typed(node: Scalar, name: str, problems: Problems) -> bool:
    """Tell whether a text is what its author typed; note it where a spreadsheet has made another value of it."""
    if not node.stored:
        return True
    problems.error(
        node.position,
        "не-текст",
        f"«{name}»: в ячейке {node.stored}, а нужен текст",
        why=f"Excel хранит «{node.text}», и как это было написано, уже не узнать",
        remedy="дайте ячейке формат «Текстовый» и впишите значение заново",
    )
    return False


def _check_list(node: Node, shape: ListOf, name: str, problems: Problems) -> tuple[Any, ...] | None:
    if isinstance(node, ListNode):
        items = node.items
    elif shape.single and not (isinstance(node, Scalar) and node.null):
        items = (node,)
    else:
        problems.error(
            node.position,
            "не-список",
            f"«{name}»: здесь нужен список",
            why=f"найдено: {describe(node)}",
            remedy="каждый элемент начните с новой строки и знака «-»",
        )
        return None
    read = (_check(item, shape.item, name, problems) for item in items)
    return tuple(item for item in read if item is not None)


def describe(node: Node) -> str:
    """Return what a node is, in a clerk's words."""
    if isinstance(node, ListNode):
        return "список"
    if isinstance(node, MapNode):
        return "запись с ключами " + ", ".join(key.text for key, _ in node.entries[:4])
    return "пусто" if node.null else f"«{node.text[:60]}»"
