"""Templates of authors within bounds: whatever stands in one, it ends soon, stays small and can be refused by its line.

Allowed is what is named here and nothing else. Nothing in it makes a text longer than what it was given, apart from
`join`, which is counted, and the whole text, which is cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateError, nodes, pass_context
from jinja2.exceptions import TemplateNotFound
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from poruchik.files import read_bounded
from poruchik.texts.grammar import CASES, in_case, sentence

LONGEST = 100_000
"""Characters of a text, and of what `join` makes."""
LONGEST_TEMPLATE = 50_000
_TURNS = 10_000
"""Of all loops of one text together."""
_WORK = 200_000
"""Of one text: a node of a loop's body costs one at each turn, a filter or a call one for a hundred characters."""
_SEARCH = 50
_DEEPEST = 8
"""Loops and conditions within each other."""
_LONGEST_NAME = 300
_BUDGET = "·budget"
"""The name under which a text has its budget: none that a template can spell."""

_EXPRESSIONS = (
    *(nodes.Name, nodes.Const, nodes.TemplateData, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or),
    *(nodes.Not, nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Call, nodes.Keyword),
    *(nodes.Tuple, nodes.List),
)
_ALLOWED = (nodes.Template, nodes.Output, nodes.If, nodes.For, *_EXPRESSIONS)
_TESTS = frozenset({"defined", "undefined", "none", "string", "number", "even", "odd", "in", "eq", "ne"})
_METHODS = frozenset(
    {"startswith", "endswith", "strip", "lower", "upper", "capitalize", "removeprefix", "removesuffix", "isdigit"}
)
_WORDS = {
    nodes.Mul: "умножать",
    nodes.Mod: "подставлять по %",
    nodes.Pow: "возводить в степень",
    nodes.Add: "складывать",
    nodes.Sub: "вычитать",
    nodes.Concat: "склеивать через ~",
    nodes.Assign: "{% set %}",
    nodes.AssignBlock: "{% set %}",
    nodes.Macro: "{% macro %}",
    nodes.Include: "{% include %}",
    nodes.Import: "{% import %}",
    nodes.FromImport: "{% import %}",
    nodes.Extends: "{% extends %}",
    nodes.Block: "{% block %}",
}


class TooMuch(ValueError):
    """A text would be too long, or take too long."""


class Budget:
    """What one text may still do."""

    def __init__(self) -> None:
        self._turns, self._work = _TURNS, _WORK

    def turns(self, values: Iterable[Any], cost: int) -> Iterator[Any]:
        """Yield the values, counting them."""
        for value in values:
            self._turns -= 1
            if self._turns < 0:
                raise TooMuch(f"повторений больше {_TURNS}")
            self.spend(cost)
            yield value

    def spend(self, work: int) -> None:
        """Count work."""
        self._work -= work
        if self._work < 0:
            raise TooMuch("шаблон слишком долгий")


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """An environment that compiles only what is allowed."""

    def __init__(self, places: Iterable[Path]) -> None:
        super().__init__(
            loader=ChoiceLoader([_Loader(place) for place in places]),
            undefined=StrictUndefined,
            autoescape=False,  # plain text: the SOAP client puts it into XML
        )
        self.globals.clear()
        cases = {case: partial(_in_case, case=case) for case in CASES}
        self.filters.clear()
        self.filters |= {name: _charged(used) for name, used in {**_FILTERS, **cases}.items()}
        self.filters |= {"join": _join, "default": _default, "d": _default, _BUDGET: _turns}
        for name in set(self.tests) - _TESTS:
            del self.tests[name]

    def check(self, source: str) -> None:
        """Raise TemplateError with the line of the first thing that is not allowed, or cannot be read."""
        compile(self.compile(source, raw=True), "<text>", "exec")

    def write(self, name: str, facts: Mapping[str, Any]) -> str:
        """Return a text, cut where it is too long; raise whatever the template makes happen."""
        pieces, left = [], LONGEST
        for piece in self.get_template(name).generate({**facts, _BUDGET: Budget()}):
            pieces.append(piece[:left])
            left -= len(piece)
            if left <= 0:
                break
        whole = "".join(pieces)
        if "\0" in whole:
            raise ValueError("в тексте нулевой знак")
        whole.encode()  # half a character is refused here and not by whoever sends it
        return whole

    def call(self, context: Context, called: Any, /, *more: Any, **named: Any) -> Any:
        """Call one of the allowed methods, paid for by the length of what it belongs to."""
        context[_BUDGET].spend(1 + _length(getattr(called, "__self__", None)) // 100)
        return super().call(context, called, *more, **named)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,
    ) -> str:
        _check(source, name, self.filters, 0)
        for loop in list(source.find_all(nodes.For)):
            cost = nodes.Const(sum(map(_cost, loop.find_all(nodes.Node))), lineno=loop.lineno)
            counted = nodes.Filter(loop.iter, _BUDGET, [cost], [], None, None, lineno=loop.lineno)
            loop.iter = counted.set_environment(self)
        return super()._generate(source, name, filename, defer_init)


class _Loader(FileSystemLoader):
    """Reads the texts of a folder, none that is no ordinary file or too long to be one."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        path = Path(self.searchpath[0]) / template
        try:
            source = read_bounded(path, 4 * LONGEST_TEMPLATE).decode("utf-8-sig")
            changed = path.stat().st_mtime
        except FileNotFoundError:
            raise TemplateNotFound(template) from None
        if len(source) > LONGEST_TEMPLATE:
            raise TooMuch(f"шаблон длиннее {LONGEST_TEMPLATE} знаков")

        def unchanged() -> bool:
            return path.exists() and path.stat().st_mtime == changed

        return source, str(path), unchanged


def _cost(node: nodes.Node) -> int:
    """Return what a node costs at each turn: looking for one text in another takes longer than all else."""
    return _SEARCH if isinstance(node, nodes.Operand) and node.op in {"in", "notin"} else 1


# --- what is allowed ------------------------------------------------------------------------------


def _check(node: nodes.Node, name: str | None, filters: Collection[str], depth: int) -> None:
    what = _refused(node, filters, depth)
    if what:
        raise NotAllowed(what, getattr(node, "lineno", 1), name)
    inner = depth + isinstance(node, nodes.For | nodes.If)
    for child in node.iter_child_nodes():
        _check(child, name, filters, inner)


def _refused(node: nodes.Node, filters: Collection[str], depth: int) -> str:
    """Say what of a node is not allowed; «» when all of it is."""
    if not isinstance(node, _ALLOWED):
        return _WORDS.get(type(node), f"«{type(node).__name__}»") + " в текстах нельзя"
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return f"проверки «is {node.name}» нет; есть: {', '.join(sorted(_TESTS))}"
    if isinstance(node, nodes.Filter) and node.name not in filters:
        return f"фильтра «{node.name}» нет; есть: {', '.join(sorted(set(filters) - {_BUDGET}))}"
    if isinstance(node, nodes.For) and node.recursive:
        return "{% for … recursive %} в текстах нельзя"
    if isinstance(node, nodes.For | nodes.If) and depth >= _DEEPEST:
        return f"вложено глубже {_DEEPEST}"
    if isinstance(node, nodes.Call):
        method = node.node.attr if isinstance(node.node, nodes.Getattr) else ""
        if method not in _METHODS or node.dyn_args or node.dyn_kwargs:
            return f"вызывать можно только: {', '.join(sorted(_METHODS))}"
    return ""


class NotAllowed(TemplateError):
    """Something that texts may not have; `lineno` is where."""

    def __init__(self, what: str, lineno: int, name: str | None) -> None:
        super().__init__(what)
        self.lineno, self.name = lineno, name


# --- filters --------------------------------------------------------------------------------------


def _charged(used: Any) -> Any:
    """Return a filter that is paid for by the length of what it is given."""

    @pass_context
    def paid(context: Context, value: Any, *more: Any, **named: Any) -> Any:
        context[_BUDGET].spend(1 + _length(value) // 100)
        return used(value, *more, **named)

    return paid


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | dict) else 1


@pass_context
def _turns(context: Context, values: Iterable[Any], cost: int) -> Iterator[Any]:
    budget: Budget = context[_BUDGET]
    return budget.turns(values, cost)


@pass_context
def _join(context: Context, values: Iterable[Any], between: str = "", attribute: str = "") -> str:
    """Put values together, as long as that is no longer than a text may be."""
    parts: list[str] = []
    length = 0
    for value in context[_BUDGET].turns(values, 1):
        parts.append(str(context.environment.getattr(value, attribute) if attribute else value))
        length += len(parts[-1]) + len(between)
        if length > LONGEST:
            raise TooMuch(f"join длиннее {LONGEST} знаков")
    return between.join(parts)


def _default(value: Any, otherwise: Any = "", boolean: bool = False) -> Any:
    return otherwise if isinstance(value, Undefined) or (boolean and not value) else value


def _in_case(name: str, case: str) -> str:
    return in_case(name, case) if len(name) <= _LONGEST_NAME else name


_FILTERS: Mapping[str, Any] = {
    "предложение": sentence,
    "length": len,
    "count": len,
    "first": lambda values: values[0] if values else "",
    "last": lambda values: values[-1] if values else "",
    "lower": lambda text: str(text).lower(),
    "upper": lambda text: str(text).upper(),
    "capitalize": lambda text: str(text).capitalize(),
    "trim": lambda text: str(text).strip(),
    "string": str,
    "int": int,
}
