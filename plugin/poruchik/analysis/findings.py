"""What is looked for in a policy: conflicts, rules that never count, kinds of documents that nobody decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import product

from poruchik.analysis.cone import Unsure
from poruchik.analysis.prover import Card, Prover
from poruchik.analysis.space import Key, Region
from poruchik.analysis.together import bits
from poruchik.policy.model import Rule
from poruchik.policy.slots import claims, is_settled, told
from poruchik.policy.words import Status

MAX_CONFLICTS = 200
"""Conflicts that one look finds; a policy with more has a common cause, best seen from the first few."""


@dataclass(frozen=True, slots=True)
class FoundConflict:
    """Two rules that set one slot differently on a card that can occur, and that card."""

    slot: str
    rules: tuple[Rule, Rule]
    values: tuple[str, str]
    card: Card
    settled: bool


class Idleness(StrEnum):
    """Why a rule never counts."""

    CONTRADICTION = "contradiction"
    IMPOSSIBLE = "impossible"
    NOT_DERIVED = "not-derived"
    DEFEATED = "defeated"


@dataclass(frozen=True, slots=True)
class FoundIdle:
    """A rule that no card lets count. `by`: the rules that defeat it, where that is why."""

    rule: Rule
    why: Idleness
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundGap:
    """A combination of type and kind that can occur and for which no rule names a lead or sends it to a person."""

    card: Card
    combination: tuple[str, ...]


class ConflictSearch:
    """Goes through the pairs of rules that fill one slot. `cut_short` says that there are more than MAX_CONFLICTS."""

    def __init__(self, prover: Prover) -> None:
        self._prover = prover
        self.cut_short = False

    def conflicts(self) -> Iterator[FoundConflict]:
        """Yield every conflict, in the order of the rules."""
        found = 0
        for slot, one, other, values in self._pairs():
            if found >= MAX_CONFLICTS:
                self.cut_short = True
                return
            pair = (one.id, other.id)
            try:
                card = self._prover.live(pair)
            except Unsure:
                continue
            if card is None:
                continue
            found += 1
            card = self._prover.smallest(card, partial(self._prover.stands, pair))
            yield FoundConflict(slot, (one, other), (told(values[0]), told(values[1])), card, is_settled(one, other))

    def _pairs(self) -> Iterator[tuple[str, Rule, Rule, tuple[object, object]]]:
        """Yield the pairs that set a slot differently, may match together and of which neither defeats the other."""
        numbers = self._prover.dependencies.number
        rules = [self._prover.compiled.rules[name] for name in numbers]
        claimed = [dict(claims(rule.effects)) for rule in rules]
        setters: dict[str, dict[object, int]] = {}
        for number, slots in enumerate(claimed):
            for slot, value in slots.items():
                of_value = setters.setdefault(slot, {})
                of_value[value] = of_value.get(value, 0) | 1 << number
        all_setters = {slot: sum(of_value.values()) for slot, of_value in setters.items()}
        for number, rule in enumerate(rules):
            beside = self._prover.together.with_rule(rule.id) >> (number + 1) << (number + 1)
            for name in rule.instead:
                if name in numbers:
                    beside &= ~(1 << numbers[name])
            for slot, value in claimed[number].items():
                for second in bits(beside & all_setters[slot] & ~setters[slot][value]):
                    other = rules[second]
                    if rule.id not in other.instead:
                        yield slot, rule, other, (value, claimed[second][slot])


def idle_rules(prover: Prover) -> Iterator[FoundIdle]:
    """Yield the rules in force or on trial that never count; of a rule that may count for all we know, nothing."""
    for rule in prover.compiled.rules.values():
        try:
            found = _idle(prover, rule)
        except Unsure:
            continue
        if found:
            yield found


def _idle(prover: Prover, rule: Rule) -> FoundIdle | None:
    if rule.status is Status.TRIAL:
        return None if prover.matched(rule.id) else FoundIdle(rule, _why_never_matched(prover, rule))
    if prover.live([rule.id]) is not None:
        return None
    if prover.matched(rule.id) is not None:
        return FoundIdle(rule, Idleness.DEFEATED, tuple(prover.dependencies.defeaters(rule.id)))
    return FoundIdle(rule, _why_never_matched(prover, rule))


def _why_never_matched(prover: Prover, rule: Rule) -> Idleness:
    if not prover.space.regions[rule.id]:
        return Idleness.CONTRADICTION
    return Idleness.IMPOSSIBLE if prover.matched(rule.id, any_card=True) is not None else Idleness.NOT_DERIVED


def gaps(prover: Prover) -> Iterator[FoundGap]:
    """Yield the combinations of type and kind that no rule decides."""
    rules = prover.compiled.rules
    deciding = [name for name in prover.dependencies.number if rules[name].effects.lead or rules[name].effects.manual]
    for combination, region in _combinations(prover):
        inside = prover.together.within(region)
        near = [name for name in deciding if inside >> prover.dependencies.number[name] & 1]
        try:
            if prover.live_one_of(near, region) is not None:
                continue
            card = prover.occurs(region)
        except Unsure:
            continue
        if card is not None:
            yield FoundGap(card, combination)


def _combinations(prover: Prover) -> Iterator[tuple[tuple[str, ...], Region]]:
    """Yield each type with each kind of the dictionary that a rule tells apart at all."""
    attributes = prover.compiled.policy.attributes
    names = [name for name in ("тип", "вид") if name in attributes and attributes[name].values]
    known = [name for name in names if prover.space.has(name)]
    if not known:
        return
    for values in product(*(attributes[name].values for name in known)):
        samples = [prover.space.dimension(name).samples for name in known]
        region: dict[Key, int] = {
            name: 1 << found.index(value) for name, found, value in zip(known, samples, values, strict=True)
        }
        yield values, region
