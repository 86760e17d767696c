"""Reading YAML with positions and limits. Nothing is interpreted here: a scalar stays the text its author typed."""

from __future__ import annotations

import errno
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import yaml

from poruchik.files import read_bounded
from poruchik.policy.problems import Position, Problems

MAX_BYTES = 2_000_000
MAX_NODES = 400_000
"""Counted after aliases are followed, so that a few of them cannot unfold without end."""
MAX_DEPTH = 24

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE_TAG = "tag:yaml.org,2002:"
_CORE_TYPES = {"str", "int", "float", "bool", "null", "timestamp", "seq", "map", "merge", "value"}
_IN_RUSSIAN = {
    "found a tab character": "отступ сделан табуляцией; замените её пробелами",
    "found character '\\t'": "отступ сделан табуляцией; замените её пробелами",
    "found character that cannot start any token": "недопустимый знак (табуляция, @ или `) в начале слова",
    "mapping values are not allowed": "лишнее двоеточие; текст с двоеточием возьмите в кавычки",
    "could not find expected ':'": "после ключа нет двоеточия",
    "did not find expected key": "нарушен отступ или не закрыта кавычка",
    "did not find expected ',' or ']'": "не закрыта скобка [",
    "did not find expected ',' or '}'": "не закрыта скобка {",
    "did not find expected '-' indicator": "нарушен отступ списка",
    "did not find expected node content": "не дописано значение",
    "did not find expected alphabetic or numeric character": "после * или & нужно имя латинскими буквами",
    "found unexpected end of stream": "не закрыта кавычка",
    "found undefined alias": "ссылка * на якорь, которого нет",
    "exceeded maximum nesting depth": "слишком глубокая вложенность",
    "but found another document": "в файле два документа YAML; уберите строку ---",
    "found invalid Unicode character escape code": "недопустимый код знака после \\u",
    "found unknown escape character": "недопустимый знак после \\; возьмите текст в одинарные кавычки",
    "block sequence entries are not allowed": "знак «-» списка стоит не на своём месте: нарушен отступ",
    "block collections are not allowed": "список или запись стоит не на своём месте: нарушен отступ",
    "mapping keys are not allowed": "ключ стоит не на своём месте: нарушен отступ",
    "did not find expected <document start>": "перед этой строкой лишнее: проверьте отступ и кавычки",
    "found undefined tag handle": "знак ! в начале слова: возьмите текст в кавычки",
    "did not find expected tag": "знак ! в начале слова: возьмите текст в кавычки",
    "could not find expected directive": "знак % в начале строки: возьмите текст в кавычки",
    "found duplicate anchor": "якорь & с этим именем уже есть",
    "second occurrence": "якорь & с этим именем уже есть",
    "did not find expected digit": "после | или > нужен перевод строки",
    "did not find expected comment or line break": "после | или > нужен перевод строки",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text, as typed. `null` is True when nothing was typed."""

    text: str
    position: Position
    null: bool = False
    stored: str = ""
    """In a spreadsheet: «число» or «дата», which is not what its author sees."""


@dataclass(frozen=True, slots=True)
class ListNode:
    """A YAML sequence."""

    items: tuple[Node, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class MapNode:
    """A YAML mapping; keys are scalars and unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    position: Position

    def get(self, key: str) -> Node | None:
        """Return the value under the key."""
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | ListNode | MapNode


class _Refused(Exception):
    """The file breaks a limit; the problem is noted."""


def read_file(path: Path, problems: Problems) -> Node | None:
    """Read one file; note what is wrong and return None when it cannot be used."""
    found = _read_file(path, problems)
    problems.blind |= found is None
    return found


def _read_file(path: Path, problems: Problems) -> Node | None:
    start = Position(str(path))
    try:
        data = read_bounded(path, MAX_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            problems.error(start, "размер", f"файл больше {MAX_BYTES // 1000} КБ", remedy="разделите его на части")
            return None
        problems.error(start, "файл", f"файл не открывается: {error.strerror}", remedy="проверьте имя и права")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.error(
            Position(str(path), line),
            "кодировка",
            "файл не в кодировке UTF-8",
            remedy="сохраните его как UTF-8",
        )
        return None
    return read_text(text, str(path), problems)


def read_text(text: str, name: str, problems: Problems) -> Node | None:
    """Read YAML (or JSON) text that came from `name`."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        problems.error(_mark(name, _where(error)), "yaml", _explain(error, text), remedy="исправьте запись YAML")
        return None
    except yaml.YAMLError:
        problems.error(
            Position(name),
            "yaml",
            "в файле недопустимые управляющие знаки",
            remedy="удалите их и сохраните файл как текст",
        )
        return None
    if root is None:
        problems.error(Position(name), "пустой-файл", "в файле ничего нет", remedy="удалите его или заполните")
        return None
    try:
        converter = _Converter(name, problems)
        converter.weigh(root, 0)
        return converter.node(root, 0)
    except _Refused:
        return None


class _Converter:
    """Turns PyYAML's nodes into ours and holds the limits."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.name = name
        self.problems = problems
        self.weights: dict[int, int] = {}

    def weigh(self, node: yaml.Node, depth: int) -> int:
        """Return how many elements a node has once its aliases are followed; refuse one that has too many.

        Each is weighed once, however often it is named: a bomb is known without being unfolded.
        """
        known = self.weights.get(id(node))
        if known is not None:
            return known
        if depth > MAX_DEPTH:
            self.check_depth(_mark(self.name, node.start_mark), depth)
        self.weights[id(node)] = MAX_NODES + 1  # until it is known: one that names itself has no end
        parts = node.value if isinstance(node, yaml.CollectionNode) else ()
        inside = (one for part in parts for one in (part if isinstance(part, tuple) else (part,)))
        weight = self.weights[id(node)] = 1 + sum(self.weigh(one, depth + 1) for one in inside)
        if weight > MAX_NODES:
            what = f"в файле больше {MAX_NODES} элементов (или ссылки * разворачиваются без конца)"
            self.refuse(_mark(self.name, node.start_mark), what)
        return weight

    def check_depth(self, position: Position, depth: int) -> None:
        if depth > MAX_DEPTH:
            self.refuse(position, f"вложенность глубже {MAX_DEPTH}")

    def node(self, node: yaml.Node, depth: int) -> Node:
        position = _mark(self.name, node.start_mark)
        self.check_depth(position, depth)
        if node.tag.removeprefix(_CORE_TAG) not in _CORE_TYPES or not node.tag.startswith(_CORE_TAG):
            self.problems.error(position, "yaml-тег", f"тег {node.tag} не допускается", remedy="уберите тег")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, position, depth)
        if isinstance(node, yaml.SequenceNode):
            return ListNode(tuple(self.node(item, depth + 1) for item in node.value), position)
        assert isinstance(node, yaml.ScalarNode)
        return self.scalar(node, position)

    def refuse(self, position: Position, what: str) -> None:
        self.problems.error(position, "размер", what, remedy="упростите файл")
        raise _Refused

    def mapping(self, node: yaml.MappingNode, position: Position, depth: int) -> MapNode:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key_node, value_node in node.value:
            at = _mark(self.name, key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.error(at, "ключ", "ключ должен быть словом", remedy="уберите скобки у ключа")
                continue
            key = Scalar(_as_written(str(key_node.value)), at)
            value = self.node(value_node, depth + 1)
            if key.text in entries:
                first = entries[key.text][0].position.line
                self.problems.error(
                    at,
                    "повтор-ключа",
                    f"ключ «{key.text}» уже есть в строке {first}",
                    why="второе значение молча заменило бы первое",
                    remedy="оставьте один",
                )
                continue
            entries[key.text] = (key, value)
        return MapNode(tuple(entries.values()), position)

    def scalar(self, node: yaml.ScalarNode, position: Position) -> Scalar:
        text, kind = _as_written(str(node.value)), node.tag.removeprefix(_CORE_TAG)
        if kind in ("int", "float") and ":" in text:
            self.problems.error(
                position,
                "время-без-кавычек",
                f"{text} без кавычек",
                why="YAML читает такую запись как число",
                remedy=f'напишите "{text}"',
            )
        return Scalar(text, position, null=kind == "null")


def _as_written(text: str) -> str:
    """Return a text in which «й» is one sign, however the system of its author writes it."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _mark(name: str, mark: yaml.Mark | None) -> Position:
    return Position(name, mark.line + 1, mark.column + 1) if mark else Position(name)


def _where(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Return where something begins that is never closed; else where reading stopped."""
    unclosed = (error.problem or "").startswith(("found unexpected end of stream", "did not find expected ',' or"))
    return error.context_mark if unclosed and error.context_mark else error.problem_mark


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, mark = error.problem or "", error.problem_mark
    lines = text.splitlines()
    near = lines[max(mark.line - 1, 0) : mark.line + 1] if mark else []
    if any(line.lstrip().startswith(("– ", "— ", "− ")) for line in near):
        return "это не YAML: в начале строки тире; элемент списка начинают с дефиса «-»"
    if any("\t" in line[: len(line) - len(line.lstrip())] for line in near):
        return "это не YAML: отступ сделан табуляцией; замените её пробелами"
    known = next((words for start, words in _IN_RUSSIAN.items() if problem.startswith(start)), None)
    return f"это не YAML: {known or 'строка не разбирается; проверьте отступ, двоеточия и кавычки'}"
