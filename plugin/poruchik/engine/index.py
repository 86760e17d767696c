"""The bitset index: an independent matcher in pure Python.

Each clause of a stratum is one bit. For every attribute, a value's mask has the bits of the clauses whose literals
on that attribute it satisfies, and of those with none; the AND over the attributes is the answer. Masks are
remembered by value, so that a common value costs one look-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from poruchik.engine.compile import CompiledPolicy, Literal, MatchClause
from poruchik.engine.condition import passes
from poruchik.model.document import Facts, Value

MAX_REMEMBERED = 4096
"""Values of one attribute whose masks are kept, and sets of clauses: texts and numbers have no end of values."""
_NONE: frozenset[str] = frozenset()


class IndexMatcher:
    """Matches with bitset indexes, one a stratum."""

    name = "битовый индекс"

    def __init__(self, compiled: CompiledPolicy) -> None:
        self.taken_over: list[str] = []
        self._strata = [StratumIndex(stratum.clauses) for stratum in compiled.strata]

    def match(self, stratum: int, facts: Facts) -> frozenset[str]:
        """Return the ids of the rules of one stratum that fire on these facts."""
        return self._strata[stratum].match(facts)

    def close(self) -> None:
        """Nothing to give back: Python collects it."""


class StratumIndex:
    """The index of the clauses of one stratum."""

    def __init__(self, clauses: tuple[MatchClause, ...]) -> None:
        self._rules = [clause.rules for clause in clauses]
        self._all = (1 << len(clauses)) - 1
        self._fired: dict[int, frozenset[str]] = {}
        literals: dict[str, dict[Literal, int]] = {}
        for number, clause in enumerate(clauses):
            for literal in clause.literals:
                of_attribute = literals.setdefault(literal.test.attribute, {})
                of_attribute[literal] = of_attribute.get(literal, 0) | (1 << number)
        self._attributes = [_AttributeIndex(name, masks, self._all) for name, masks in literals.items()]

    def match(self, facts: Facts) -> frozenset[str]:
        """Return the ids of the rules that fire on these facts."""
        bits = self._all
        for attribute in self._attributes:
            bits &= attribute.mask(facts.get(attribute.name))
            if not bits:
                return _NONE
        fired = self._fired.get(bits)
        if fired is None:
            if len(self._fired) >= MAX_REMEMBERED:
                self._fired.clear()
            fired = self._fired[bits] = self._rules_of(bits)
        return fired

    def _rules_of(self, bits: int) -> frozenset[str]:
        fired: set[str] = set()
        while bits:
            lowest = bits & -bits
            fired.update(self._rules[lowest.bit_length() - 1])
            bits ^= lowest
        return frozenset(fired)


class _AttributeIndex:
    """Masks of the values of one attribute."""

    def __init__(self, name: str, literals: Mapping[Literal, int], everything: int) -> None:
        self.name = name
        self._literals = tuple(literals.items())
        self._everything = everything
        self._remembered: dict[tuple[type, Value | None], int] = {}

    def mask(self, value: Value | None) -> int:
        """Return the clauses that this value leaves possible."""
        # True equals 1 and would share its mask; the type keeps them apart.
        key = (type(value), value)
        mask = self._remembered.get(key)
        if mask is None:
            mask = self._compute(value)
            if len(self._remembered) < MAX_REMEMBERED:
                self._remembered[key] = mask
        return mask

    def _compute(self, value: Value | None) -> int:
        failed = (mask for literal, mask in self._literals if passes(literal.test, value) is literal.negated)
        return self._everything & ~reduce(lambda left, right: left | right, failed, 0)
