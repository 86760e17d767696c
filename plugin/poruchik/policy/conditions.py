"""Reading `если`: a mapping of attributes to tests, with `все`, `любое`, `кроме`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from poruchik.model.document import Value
from poruchik.policy import model
from poruchik.policy.attributes import known_attribute, read_node
from poruchik.policy.check import describe
from poruchik.policy.model import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    GREATER,
    LESS,
    ONE_OF,
    PRESENT,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    NotOf,
    Test,
    ValueType,
)
from poruchik.policy.operators import comparable
from poruchik.policy.patterns import PATTERN_HELP, is_slow, pattern_fault
from poruchik.policy.problems import Problems, suggest
from poruchik.policy.shapes import Unreadable, read_yes_no
from poruchik.policy.source import ListNode, MapNode, Node, Scalar
from poruchik.policy.vocabulary import ALL, ALWAYS, ANY, BETWEEN, EXCEPT, LOOKS_LIKE, NOT, OPERATORS, Operand, Operator

_BUILT_IN: Mapping[str, Operator] = {one.ru: one for one in OPERATORS}
_COMPARISONS = {GREATER, AT_LEAST, LESS, AT_MOST}


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads conditions over one dictionary and one set of operators."""

    attributes: Mapping[str, Attribute]
    operators: Mapping[str, model.Operator]
    problems: Problems

    def read(self, node: Node) -> Condition | None:
        """Return the condition, or None after noting what is wrong."""
        if isinstance(node, Scalar) and node.text == ALWAYS:
            return AllOf(())
        if not isinstance(node, MapNode):
            self.problems.error(
                node.position,
                "условие",
                "здесь нужны условия: «атрибут: значение»",
                why=f"найдено: {describe(node)}",
                remedy="перечислите условия с новой строки; без условий напишите «всегда»",
            )
            return None
        if not node.entries:
            self.problems.error(
                node.position, "условие", "здесь нет ни одного условия", remedy=f"впишите их или напишите «{ALWAYS}»"
            )
            return None
        parts = [self._entry(name, value) for name, value in node.entries]
        read = tuple(part for part in parts if part is not None)
        if len(read) != len(parts):
            return None
        return read[0] if len(read) == 1 else AllOf(read)

    def _entry(self, name: Scalar, value: Node) -> Condition | None:
        if name.text == EXCEPT:
            part = self.read(value) if isinstance(value, MapNode) else self._group(value, AnyOf)
            return NotOf(part) if part else None
        if name.text in (ALL, ANY):
            return self._group(value, AllOf if name.text == ALL else AnyOf)
        attribute = known_attribute(name, self.attributes, self.problems)
        return self._test(attribute, value) if attribute else None

    def _group(self, node: Node, kind: Callable[[tuple[Condition, ...]], Condition]) -> Condition | None:
        if not isinstance(node, ListNode) or not node.items:
            self.problems.error(
                node.position,
                "условие",
                "здесь нужен список условий",
                why=f"найдено: {describe(node)}",
                remedy="каждое условие начните с новой строки и знака «-»",
            )
            return None
        parts = [self.read(item) for item in node.items]
        read = tuple(part for part in parts if part is not None)
        return kind(read) if len(read) == len(parts) else None

    def _test(self, attribute: Attribute, node: Node) -> Condition | None:
        if isinstance(node, MapNode):
            parts = [self._operator(attribute, word, operand) for word, operand in node.entries]
            read = tuple(part for part in parts if part is not None)
            if len(read) != len(parts) or not read:
                return None
            return read[0] if len(read) == 1 else AllOf(read)
        return self._plain(attribute, node)

    def _plain(self, attribute: Attribute, node: Node) -> Condition | None:
        """Read a value (equal) or a list of values (one of)."""
        if attribute.type in (ValueType.LIST, ValueType.TEXT):
            self.problems.error(
                node.position,
                "условие",
                f"«{attribute.name}» — {attribute.type.value}, он не сравнивается целиком",
                remedy="напишите {содержит: …}",
            )
            return None
        if not isinstance(node, ListNode):
            value = read_node(node, attribute, self.problems)
            return None if value is None else Test(attribute.name, EQUAL, value, position=node.position)
        values = [read_node(item, attribute, self.problems) for item in node.items]
        read = [value for value in values if value is not None]
        if len(read) != len(values):
            return None
        return Test(attribute.name, ONE_OF, frozenset(read), position=node.position)

    def _operator(self, attribute: Attribute, word: Scalar, node: Node) -> Condition | None:
        if word.text == NOT:
            part = self._test(attribute, node)
            return NotOf(part) if part else None
        if word.text == PRESENT:
            return self._present(attribute, node)
        known = _BUILT_IN.get(word.text)
        if known and known.types and attribute.type not in known.types:
            self.problems.error(
                word.position,
                "тип",
                f"«{word.text}» не применяется к атрибуту «{attribute.name}» (тип {attribute.type.value})",
                remedy="подходит к типам: " + ", ".join(sorted(known.types)),
            )
            return None
        if word.text == BETWEEN:
            return self._between(attribute, node)
        if word.text in _COMPARISONS or word.text in self.operators:
            operand = self._operand(attribute, word.text, node)
            if operand is None or (word.text == LOOKS_LIKE and not self._are_patterns(operand, node)):
                return None
            return Test(attribute.name, word.text, operand, self.operators.get(word.text), node.position)
        self.problems.error(
            word.position,
            "неизвестная-проверка",
            f"проверки «{word.text}» нет",
            remedy=suggest(word.text, dict.fromkeys([*_BUILT_IN, *self.operators])),
        )
        return None

    def _are_patterns(self, operand: model.Operand, node: Node) -> bool:
        """Note patterns that cannot be read, and those that a plain text keeps busy for too long."""
        before = self.problems.spoiled
        for text in operand if isinstance(operand, tuple) else (str(operand),):
            fault = pattern_fault(str(text))
            if fault:
                self.problems.error(node.position, "шаблон", f"шаблон «{text}»: {fault}", remedy=PATTERN_HELP)
            elif is_slow(str(text)):
                self.problems.warning(
                    node.position,
                    "шаблон-медленный",
                    f"шаблон «{text}» может думать без конца",
                    why="на длинном тексте он не успел, такой документ уйдёт на ручной разбор",
                    remedy="уберите повтор внутри повтора: (а+)+, (.*?,){9}",
                )
        return self.problems.spoiled == before

    def _present(self, attribute: Attribute, node: Node) -> Condition | None:
        try:
            wanted = read_yes_no(node.text if isinstance(node, Scalar) else "")
        except Unreadable as error:
            self.problems.error(node.position, "значение", f"«{PRESENT}»: {error.what}", remedy=error.remedy)
            return None
        present = Test(attribute.name, PRESENT, True, position=node.position)
        return present if wanted else NotOf(present)

    def _between(self, attribute: Attribute, node: Node) -> Condition | None:
        if not isinstance(node, ListNode) or len(node.items) != 2:
            self.problems.error(
                node.position, "значение", "«между»: здесь нужны две границы", remedy="напишите [от, до]"
            )
            return None
        low, high = (read_node(item, attribute, self.problems) for item in node.items)
        if low is None or high is None:
            return None
        if not _in_order(low, high):
            self.problems.error(
                node.position, "значение", f"«{BETWEEN}»: первая граница больше второй", remedy="поменяйте их местами"
            )
            return None
        return AllOf(
            (
                Test(attribute.name, AT_LEAST, low, position=node.position),
                Test(attribute.name, AT_MOST, high, position=node.position),
            )
        )

    def _operand(self, attribute: Attribute, word: str, node: Node) -> model.Operand | None:
        known = _BUILT_IN.get(word)
        if known and known.operand is Operand.PART and attribute.type is not ValueType.LIST:
            attribute = Attribute(attribute.name, ValueType.STRING)
        if not isinstance(node, ListNode):
            return read_node(node, _element(attribute), self.problems)
        values = [read_node(item, _element(attribute), self.problems) for item in node.items]
        read: list[Value] = [value for value in values if value is not None]
        return tuple(read) if len(read) == len(values) else None


def _in_order(low: Any, high: Any) -> bool:
    """Tell whether bounds of one type are in order; a day and a moment are compared as days."""
    low, high = comparable(low, high)
    return bool(low <= high)


def _element(attribute: Attribute) -> Attribute:
    """Return the attribute as one of its elements: a list is tested by a word of it."""
    if attribute.type is not ValueType.LIST:
        return attribute
    return Attribute(attribute.name, ValueType.STRING, attribute.values)
