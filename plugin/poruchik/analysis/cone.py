"""The question «is there a card on which these rules stand?», put to a SAT solver.

Only the rules that matter are in it: those asked about, whatever may defeat them, whatever sets the derived attributes
that they read, and so on. Values that these rules cannot tell apart are one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations

from pysat.solvers import Solver

from poruchik.analysis.dependencies import Dependencies
from poruchik.analysis.space import Key, Region, Space
from poruchik.engine.condition import passes
from poruchik.model.document import Value
from poruchik.policy.model import EQUAL, ONE_OF, PRESENT, Test, ValueType
from poruchik.policy.operators import SlowPattern, contains, implied
from poruchik.policy.vocabulary import STARTS_WITH

MAX_TEXTS = 40
"""Sets of tests of texts that are tried for one question before it is given up."""

Clause = list[int]


class Unsure(Exception):
    """A card may exist, but no text or list could be written that passes and fails the tests as it should."""


class Cone:
    """Questions about some rules, put to one solver."""

    def __init__(self, space: Space, dependencies: Dependencies, roots: Sequence[str], inside: int) -> None:
        """`inside` has the bits of the rules that can match together with the roots."""
        self._space = space
        self._dependencies = dependencies
        self._members = dependencies.cone(roots, inside)
        self._clauses: list[Clause] = []
        self._last = 0
        self._groups: dict[Key, list[int]] = {}
        self._classes: dict[Key, list[int]] = {}
        self._within: dict[tuple[Key, int], int] = {}
        self._match: dict[str, int] = {}
        self._live: dict[str, int] = {}
        self._disputes: dict[str, int] = {}
        self._solver: Solver | None = None
        self._occurs = self._new()
        """Whether only cards that can occur are asked about."""
        self._written = self._new()
        """Whether what could not be written as a text is left out."""

    def tells_apart(self, regions: Iterable[Region]) -> Cone:
        """Make the solver ready for questions about these regions too; return itself."""
        used = [one for name in self._members for one in self._space.regions[name]]
        self._divide([*used, *self._space.impossible, *regions])
        self._encode()
        for region in self._space.impossible:
            self._clauses.append([-self._occurs, *(-literal for literal in self._literals(region))])
        self._solver = Solver(name="m22", bootstrap_with=self._clauses)
        self._solver.set_phases([classes[0] for classes in self._classes.values()])
        self._clauses = []
        return self

    def card(
        self,
        live: Sequence[str],
        matched: Sequence[str] = (),
        *,
        region: Region | None = None,
        one_of: Sequence[str] = (),
        without: Sequence[str] = (),
        any_card: bool = False,
    ) -> dict[str, Value] | None:
        """Return the attributes of a card in the region on which rules are live or matched; None: there is none.

        Of `one_of`, where it is given, at least one is live too, of `without` none. The card can occur, unless
        `any_card` will do.
        Raise Unsure when no text could be written for it.
        """
        wanted = [self._live[name] for name in live] + [self._match[name] for name in matched]
        wanted += self._literals(region or {})
        if one_of:
            wanted.append(self._any([self._live[name] for name in one_of]))
        wanted += [-self._live[name] for name in without if name in self._live]
        wanted.append(-self._occurs if any_card else self._occurs)
        solver = self._solver
        assert solver is not None  # `tells_apart` has been called
        for clause in self._clauses:
            solver.add_clause(clause)
        self._clauses = []
        for _ in range(MAX_TEXTS):
            if not solver.solve(assumptions=[*wanted, self._written]):
                if solver.solve(assumptions=[*wanted, -self._written]):
                    raise Unsure
                return None
            model = set(solver.get_model() or ())
            facts = {key: value for key, value in self._plain(model) if value is not None}
            wrong = self._write_texts(model, facts)
            if not wrong:
                return facts
            solver.add_clause([-self._written, *wrong])
        raise Unsure

    # --- values -----------------------------------------------------------------------------------

    def _divide(self, regions: Iterable[Region]) -> None:
        """Group the samples of each dimension by the sets of these regions, and give each group a variable."""
        masks: dict[Key, set[int]] = {}
        for region in regions:
            for key, mask in region.items():
                masks.setdefault(key, set()).add(mask)
        for key, used in masks.items():
            groups = [self._space.dimension(key).everything]
            for mask in used:
                groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
            groups.sort(key=lambda group: group & -group)
            self._groups[key] = groups
            if len(groups) == 2:
                variable = self._new()
                self._classes[key] = [variable, -variable]
            else:
                self._classes[key] = [self._new() for _ in groups]
                self._clauses.append(list(self._classes[key]))
                self._clauses += [[-one, -other] for one, other in combinations(self._classes[key], 2)]

    def _literals(self, region: Region) -> list[int]:
        """Return what a region asks for, a literal a dimension."""
        return [self._in(key, mask) for key, mask in region.items()]

    def _in(self, key: Key, mask: int) -> int:
        known = self._within.get((key, mask))
        if known is None:
            classes = zip(self._classes[key], self._groups[key], strict=True)
            known = self._any([variable for variable, group in classes if group & mask])
            self._within[key, mask] = known
        return known

    # --- rules ------------------------------------------------------------------------------------

    def _encode(self) -> None:
        for name in self._members:  # what others depend on comes first
            regions = [self._all(self._literals(region)) for region in self._space.regions[name]]
            match = self._match[name] = self._any(regions)
            defeaters = [-self._live[other] for other in self._dependencies.defeaters(name) if other in self._live]
            agreed = [-self._disputed(key) for key in self._dependencies.asks(name)]
            self._live[name] = self._all([match, *defeaters, *agreed])
        for key in list(self._groups):
            if isinstance(key, str) and self._space.is_derived(key):
                self._derive(key)
        self._tie_tests()

    def _derive(self, key: str) -> None:
        """Give a derived attribute the value on which all live rules that set it agree, none where they do not."""
        values_of = self._proposed(key)
        samples = self._space.dimension(key).samples
        for variable, group in zip(self._classes[key], self._groups[key], strict=True):
            values = [value for number, value in enumerate(samples) if group >> number & 1]
            agreed = [self._all([values_of[one], -self._disputed(key)]) for one in values if one in values_of]
            absent = []
            if None in values:
                absent = [self._all([-one for one in values_of.values()]), self._disputed(key)]
            reached = self._any([*agreed, *absent])
            self._clauses += [[-variable, reached], [variable, -reached]]

    def _proposed(self, key: str) -> dict[Value, int]:
        """Return for each value of a derived attribute whether a live rule gives it."""
        by_value: dict[Value, list[int]] = {}
        for name, value in self._dependencies.setters(key):
            if name in self._live:
                by_value.setdefault(value, []).append(self._live[name])
        return {value: self._any(live) for value, live in by_value.items()}

    def _disputed(self, key: str) -> int:
        """Return whether live rules give a derived attribute different values."""
        known = self._disputes.get(key)
        if known is None:
            given = self._proposed(key).values()
            known = self._disputes[key] = self._any([self._all(list(two)) for two in combinations(given, 2)])
        return known

    def _tie_tests(self) -> None:
        """Tie the tests of one attribute: where one passes, another must pass too, or cannot."""
        for one in self._tests():
            for other in self._tests():
                if one is other or one.attribute != other.attribute:
                    continue
                follows = _follows(one, other, is_list=self._space.type_of(one.attribute) is ValueType.LIST)
                if follows is not None:
                    self._clauses.append(
                        [-self._passing(one), self._passing(other) if follows else -self._passing(other)]
                    )

    def _tests(self) -> list[Test]:
        return [key for key in self._groups if isinstance(key, Test)]

    def _passing(self, test: Test) -> int:
        return self._in(test, 0b10)

    # --- clauses ----------------------------------------------------------------------------------

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _all(self, literals: Sequence[int]) -> int:
        """Return a literal that is true when all of these are."""
        if len(literals) == 1:
            return literals[0]
        name = self._new()
        self._clauses += [[-name, literal] for literal in literals]
        self._clauses.append([name, *(-literal for literal in literals)])
        return name

    def _any(self, literals: Sequence[int]) -> int:
        """Return a literal that is true when any of these is."""
        return -self._all([-literal for literal in literals])

    # --- the answer -------------------------------------------------------------------------------

    def _plain(self, model: set[int]) -> Iterator[tuple[str, Value | None]]:
        for key, classes in self._classes.items():
            if isinstance(key, str) and not self._space.is_derived(key):
                group = next(group for one, group in zip(classes, self._groups[key], strict=True) if one in model)
                yield key, self._space.dimension(key).samples[(group & -group).bit_length() - 1]

    def _write_texts(self, model: set[int], facts: dict[str, Value]) -> Clause:
        """Add a text or list for each attribute with tests; return a clause that forbids what cannot be written."""
        by_attribute: dict[str, list[Test]] = {}
        for test in self._tests():
            by_attribute.setdefault(test.attribute, []).append(test)
        for name, tests in by_attribute.items():
            wanted = {test: self._passing(test) in model for test in tests}
            value = write_value(wanted, self._space.type_of(name))
            if value is not None:
                facts[name] = value
            if any(_passes(test, value) is not holds for test, holds in wanted.items()):
                return [-self._passing(test) if holds else self._passing(test) for test, holds in wanted.items()]
        return []


def write_value(wanted: Mapping[Test, bool], kind: ValueType) -> Value | None:
    """Return a value of a type that passes the tests marked so and, if it can be done this way, no other."""
    passing = [test for test, holds in wanted.items() if holds]
    if not passing:
        return None
    candidates: list[Value] = [value for test in passing for one in operands(test) for value in _around(one)]
    if kind is ValueType.LIST:
        candidates = [tuple(_pieces(wanted, passing))]
    elif kind in (ValueType.STRING, ValueType.TEXT):
        candidates.insert(0, ". ".join(_pieces(wanted, passing)))
    candidates += _COMMON.get(kind, ())
    fits = (one for one in candidates if all(_passes(test, one) is holds for test, holds in wanted.items()))
    return next(fits, candidates[0] if candidates else None)


_COMMON: Mapping[ValueType, tuple[Value, ...]] = {ValueType.NUMBER: (1, 2), ValueType.DATE: (date(2026, 1, 1),)}
"""What is tried where the tests name no value."""


def _pieces(wanted: Mapping[Test, bool], passing: Sequence[Test]) -> list[str]:
    """Return a word for each test, of its own words the first that passes none of those that must fail."""
    failing = [test for test, holds in wanted.items() if not holds]
    pieces = []
    for test in sorted(passing, key=lambda test: test.operator not in (EQUAL, STARTS_WITH)):
        words = [str(one) for one in operands(test)] or ["текст"]
        pieces.append(next((word for word in words if not any(_passes(other, word) for other in failing)), words[0]))
    return list(dict.fromkeys(pieces))


def _around(value: Value) -> tuple[Value, ...]:
    """Return a value to try, and for a number its neighbours."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value, value - 1, value + 1
    return (value,)


def _passes(test: Test, value: Value | None) -> bool:
    """Tell whether a value passes a test; one on which a pattern runs out of time does not."""
    try:
        return passes(test, value)
    except SlowPattern:
        return False


def operands(test: Test) -> Sequence[Value]:
    """Return the values that a test names; none for «есть» and what else is answered by yes or no."""
    if isinstance(test.operand, frozenset):
        return sorted(test.operand, key=str)
    if isinstance(test.operand, bool):
        return ()
    return test.operand if isinstance(test.operand, tuple) else (test.operand,)


def _follows(one: Test, other: Test, *, is_list: bool) -> bool | None:
    """Tell whether every value that passes the one passes the other (True), or none does (False); None: who knows."""
    if other.operand is True and other.operator == PRESENT:
        return True
    if one.operator in (EQUAL, ONE_OF):
        results = {_passes(other, value) for value in operands(one)}
        return results.pop() if len(results) == 1 else None
    same = one.function is contains and other.function is contains
    return True if same and implied(one.operand, other.operand, is_list=is_list) else None
