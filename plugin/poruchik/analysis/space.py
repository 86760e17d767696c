"""The finite picture of all cards: for each attribute the values that the rules can tell apart.

An attribute with a closed list has all its values, a number or a date one sample on each side of every bound that a
rule names, and every attribute but the card's own obligatory ones may be absent. A literal becomes the set of samples
that pass it (bits of an integer), a conjunction one such set an attribute: a region.

Texts and lists have no such samples, nor have words and numbers without a list of values that an operator looks into
(`содержит`, `похоже на`, those of plugins). Each of their tests is a dimension of its own with two values, «fails» and
«passes»; `analysis/cone.py` ties those of one attribute together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from poruchik.engine.compile import CompiledPolicy, Conjunction, Literal
from poruchik.engine.condition import passes
from poruchik.model.document import SystemKind, Value
from poruchik.policy.model import AT_LEAST, AT_MOST, Attribute, Period, Test, ValueType, tests_of
from poruchik.policy.vocabulary import AFTER, BEFORE
from poruchik.policy.words import Status

REGISTERED_ON, SYSTEM = "дата регистрации", "система"
OBLIGATORY = (SYSTEM, REGISTERED_ON)
OTHER = "нечто иное"
"""A value of an attribute without a closed list that no rule names."""
_HOUR = time(10)
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
FAILS, PASSES = 0b01, 0b10
"""The two samples of a test of a text or a list."""

Key = str | Test
"""A dimension: an attribute, or one test of a text or a list."""
Region = Mapping[Key, int]
"""For each dimension that a conjunction constrains, the samples it leaves."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """An attribute and its samples; None is the absent value. The first sample is what a witness prefers."""

    samples: tuple[Value | None, ...]

    @property
    def everything(self) -> int:
        """Return the set of all samples."""
        return (1 << len(self.samples)) - 1


class Space:
    """The dimensions of a compiled policy, and its rules and impossible cards as regions."""

    def __init__(self, compiled: CompiledPolicy, day: date) -> None:
        self.policy = compiled.policy
        self._zone = compiled.policy.zone
        self._day = day
        live = [rule for rule in compiled.rules.values() if rule.status is not Status.REPEALED]
        conditions = [rule.condition for rule in live] + [card.condition for card in self.policy.impossible]
        tests: dict[str, list[Test]] = {}
        for condition in conditions:
            for test in tests_of(condition):
                tests.setdefault(test.attribute, []).append(test)
        tests.setdefault(REGISTERED_ON, []).extend(test for rule in live for test in _in_force(rule.period))
        self._derivable = _derivable(compiled)
        self._free = {name for name, found in tests.items() if self._is_free(name, found)}
        self._dimensions: dict[Key, Dimension] = {
            name: Dimension(tuple(self._samples(name, found)))
            for name, found in tests.items()
            if name not in self._free
        }
        self._masks: dict[Literal, int] = {}
        self.regions: dict[str, tuple[Region, ...]] = {}
        for rule in live:
            period = frozenset(Literal(test) for test in _in_force(rule.period))
            found = (self._region(one | period) for one in compiled.conjunctions[rule.id])
            self.regions[rule.id] = tuple(region for region in found if region is not None)
        self.impossible = tuple(self._impossible(compiled))

    def _is_free(self, name: str, tests: Iterable[Test]) -> bool:
        """Tell whether samples could miss what tests tell apart: in texts, in lists, in words that are looked into."""
        attribute = self.policy.attributes.get(name)
        if attribute is None or name in self._derivable or name in OBLIGATORY:
            return False
        if attribute.type in (ValueType.TEXT, ValueType.LIST):
            return True
        if attribute.values or attribute.type is ValueType.YES_NO:
            return False  # every value is a sample
        return any(test.function is not None and test.operator not in (AFTER, BEFORE) for test in tests)

    def has(self, key: Key) -> bool:
        """Tell whether some condition is about it."""
        return key in self._dimensions

    def dimension(self, key: Key) -> Dimension:
        """Return the samples of a dimension."""
        return _TEST if isinstance(key, Test) else self._dimensions[key]

    def is_derived(self, key: Key) -> bool:
        """Tell whether rules set this attribute."""
        return key in self._derivable

    def type_of(self, name: str) -> ValueType:
        """Return the type of an attribute."""
        return self.policy.attributes[name].type

    def first(self, name: str) -> Value:
        """Return what an obligatory field of a card is when nothing constrains it."""
        dimension = self._dimensions.get(name) or Dimension(tuple(self._samples(name, ())))
        value = dimension.samples[0]
        assert value is not None
        return value

    # --- regions ----------------------------------------------------------------------------------

    def _region(self, conjunction: Conjunction) -> Region | None:
        """Return the region of a conjunction, None when it is empty."""
        region: dict[Key, int] = {}
        for literal in sorted(conjunction, key=_by_words):  # sets have no order, and witnesses should
            key: Key = literal.test if literal.test.attribute in self._free else literal.test.attribute
            mask = region.get(key, self.dimension(key).everything) & self._mask(key, literal)
            if not mask:
                return None
            region[key] = mask
        return region

    def _mask(self, key: Key, literal: Literal) -> int:
        if isinstance(key, Test):
            return FAILS if literal.negated else PASSES
        mask = self._masks.get(literal)
        if mask is None:
            samples = self._dimensions[key].samples
            passing = (n for n, value in enumerate(samples) if passes(literal.test, value) is not literal.negated)
            mask = self._masks[literal] = sum(1 << n for n in passing)
        return mask

    def _impossible(self, compiled: CompiledPolicy) -> Iterator[Region]:
        """Yield the regions of cards that cannot occur; derived attributes are not there yet when cards are held."""
        for conjunction in (one for of_card in compiled.impossible for one in of_card):
            region = self._region(conjunction)
            if region is not None and all(mask & 1 for key, mask in region.items() if self.is_derived(key)):
                yield {key: mask for key, mask in region.items() if not self.is_derived(key)}

    # --- samples ----------------------------------------------------------------------------------

    def _samples(self, name: str, tests: Iterable[Test]) -> list[Value | None]:
        if name in self._derivable:
            return [None, *self._derivable[name]]
        attribute = self.policy.attributes.get(name) or Attribute(name, ValueType.STRING)
        operands = list(dict.fromkeys(value for test in tests for value in _operands(test)))
        found: list[Value] = list(dict.fromkeys(self._values(attribute, operands)))
        if name == SYSTEM:
            found = [value for value in found if value in list(SystemKind)] or [SystemKind.SED]
        return list(found) if name in OBLIGATORY else [None, *found]

    def _values(self, attribute: Attribute, operands: list[Value]) -> Iterable[Value]:
        match attribute.type:
            case ValueType.YES_NO:
                return (True, False)
            case ValueType.NUMBER:
                return _around_numbers(sorted(one for one in operands if isinstance(one, int | Decimal)))
            case ValueType.DATE:
                days = [one for one in operands if isinstance(one, date)]
                return (self._day, *(day + shift for day in days for shift in (-_DAY, timedelta(0), _DAY)))
            case ValueType.MOMENT:
                return self._moments(operands)
            case _ if attribute.values:
                return attribute.values
            case _:
                return (OTHER, *operands)

    def _moments(self, operands: Iterable[Value]) -> Iterator[datetime]:
        yield datetime.combine(self._day, _HOUR, self._zone)
        for one in operands:
            if isinstance(one, datetime):
                local = one.astimezone(self._zone)
                yield from (local - _MINUTE, local, local + _MINUTE)
            elif isinstance(one, date):
                yield from (datetime.combine(one + shift, _HOUR, self._zone) for shift in (-_DAY, timedelta(0), _DAY))


_TEST = Dimension((False, True))


def _derivable(compiled: CompiledPolicy) -> dict[str, list[Value]]:
    """Return, for each attribute that a rule sets or the dictionary calls derived, its values, also those never set."""
    found: dict[str, dict[Value, None]] = {
        attribute.name: dict.fromkeys((True, False) if attribute.type is ValueType.YES_NO else attribute.values)
        for attribute in compiled.policy.attributes.values()
        if attribute.derived
    }
    for rule in compiled.rules.values():
        if rule.status is Status.IN_FORCE:
            for name, value in rule.effects.derived.items():
                found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def _in_force(period: Period) -> Iterator[Test]:
    """Yield what the days of a rule ask of the date of registration."""
    if period.since:
        yield Test(REGISTERED_ON, AT_LEAST, period.since)
    if period.until:
        yield Test(REGISTERED_ON, AT_MOST, period.until)


def _by_words(literal: Literal) -> tuple[str, str, str, bool]:
    test = literal.test
    return test.attribute, test.operator, str(_operands(test)), literal.negated


def _operands(test: Test) -> tuple[Value, ...]:
    operand = test.operand
    if isinstance(operand, frozenset):
        return tuple(sorted(operand, key=str))
    if isinstance(operand, tuple):
        return operand
    return (operand,)


def _around_numbers(bounds: list[int | Decimal]) -> Iterator[int | Decimal]:
    """Yield each bound and a number on each side of it, whole where there is one."""
    if not bounds:
        yield 1
        return
    yield bounds[0] - 1
    for bound, following in zip(bounds, [*bounds[1:], None], strict=True):
        yield bound
        if following is None or following > bound + 1:
            yield bound + 1
        elif following != bound:
            yield (Decimal(bound) + Decimal(following)) / 2
