"""From rules to what matchers take: strata of conjunctions.

A condition becomes a disjunction of conjunctions of literals; a rule fires when one of its conjunctions holds.
Rules that read a derived attribute come in a later stratum than the rules that set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import product

from poruchik.policy.model import AllOf, AnyOf, Condition, Impossible, NotOf, Rule, Test, tests_of
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status

MAX_CONJUNCTIONS = 256
"""Of one rule. A larger condition is better written as several rules, or as a derived attribute."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A test, or its negation."""

    test: Test
    negated: bool = False


Conjunction = frozenset[Literal]


@dataclass(frozen=True, slots=True)
class MatchClause:
    """One conjunction and the rules that fire when it holds."""

    literals: Conjunction
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stratum:
    """Rules that are matched together. `order` lists them so that defeaters come first."""

    clauses: tuple[MatchClause, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready for matching."""

    policy: Policy
    rules: Mapping[str, Rule]
    strata: tuple[Stratum, ...]
    conjunctions: Mapping[str, tuple[Conjunction, ...]]
    """Of each rule; empty: it never fires."""
    levels: Mapping[str, int]
    """The stratum of each rule."""
    impossible: tuple[tuple[Conjunction, ...], ...]
    """Of each `не бывает`: a card that satisfies one of them cannot occur."""


def compile_policy(policy: Policy, problems: Problems) -> CompiledPolicy | None:
    """Compile the rules that are not repealed; None after noting a cycle or a condition that grows too large."""
    rules = {rule.id: rule for rule in policy.rules if rule.status is not Status.REPEALED}
    before = len(problems.found)
    conjunctions = {rule.id: _conjunctions(f"правила «{rule.id}»", rule, problems) for rule in rules.values()}
    impossible = [_conjunctions("«не бывает»", card, problems) for card in policy.impossible]
    levels = _levels(rules, problems)
    if levels is None or len(problems.found) > before:
        return None
    strata = []
    for level in range(max(levels.values(), default=0) + 1):
        members = [rule_id for rule_id in rules if levels[rule_id] == level]
        clauses = _clauses((rule_id, conjunctions[rule_id]) for rule_id in members)
        strata.append(Stratum(clauses, _defeaters_first(members, rules)))
    return CompiledPolicy(policy, rules, tuple(strata), conjunctions, levels, tuple(impossible))


# --- conditions ----------------------------------------------------------------------------------


def _conjunctions(name: str, owner: Rule | Impossible, problems: Problems) -> tuple[Conjunction, ...]:
    try:
        return tuple(dict.fromkeys(_without_contradictions(_disjuncts(owner.condition, negated=False))))
    except _TooLarge:
        problems.error(
            owner.position,
            "условие-велико",
            f"условие {name} разворачивается больше чем в {MAX_CONJUNCTIONS} сочетаний",
            remedy="разделите его или вынесите часть условия в признак",
        )
        return ()


class _TooLarge(Exception):
    """A condition has too many conjunctions."""


def _disjuncts(condition: Condition, *, negated: bool) -> list[Conjunction]:
    """Return the disjunctive normal form of a condition or of its negation."""
    match condition:
        case Test():
            return [frozenset({Literal(condition, negated)})]
        case NotOf(part):
            return _disjuncts(part, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            read = [_disjuncts(part, negated=negated) for part in parts]
            if isinstance(condition, AllOf) != negated:
                return _multiply(read)
            return _limited([conjunction for part in read for conjunction in part])


def _multiply(parts: Sequence[list[Conjunction]]) -> list[Conjunction]:
    size = 1
    for part in parts:
        size *= len(part)
        if size > MAX_CONJUNCTIONS:
            raise _TooLarge
    return [frozenset().union(*chosen) for chosen in product(*parts)]


def _limited(conjunctions: list[Conjunction]) -> list[Conjunction]:
    if len(conjunctions) > MAX_CONJUNCTIONS:
        raise _TooLarge
    return conjunctions


def _without_contradictions(conjunctions: Iterable[Conjunction]) -> Iterator[Conjunction]:
    """Leave out what can never hold: a test together with its own negation."""
    for literals in conjunctions:
        if not any(Literal(literal.test, not literal.negated) in literals for literal in literals):
            yield literals


def _clauses(members: Iterable[tuple[str, Sequence[Conjunction]]]) -> tuple[MatchClause, ...]:
    """Join equal conjunctions of several rules: the engine must not see one twice."""
    rules_of: dict[Conjunction, list[str]] = {}
    for rule_id, conjunctions in members:
        for literals in conjunctions:
            rules_of.setdefault(literals, []).append(rule_id)
    return tuple(MatchClause(literals, tuple(rules)) for literals, rules in rules_of.items())


# --- order ---------------------------------------------------------------------------------------


def _levels(rules: Mapping[str, Rule], problems: Problems) -> dict[str, int] | None:
    """Return the stratum of each rule: after what it reads, not before what defeats it."""
    setters: dict[str, list[str]] = {}
    for rule in rules.values():
        for name in rule.effects.derived:
            setters.setdefault(name, []).append(rule.id)
    reads = {
        rule.id: {setter for test in tests_of(rule.condition) for setter in setters.get(test.attribute, ())}
        for rule in rules.values()
    }
    defeaters: dict[str, set[str]] = {rule_id: set() for rule_id in rules}
    for rule in rules.values():
        for name in rule.instead:
            if name in rules:
                defeaters[name].add(rule.id)
    try:
        order = list(TopologicalSorter({name: reads[name] | defeaters[name] for name in rules}).static_order())
    except CycleError as error:
        circle = list(error.args[1])
        problems.error(
            rules[circle[0]].position,
            "круг",
            "правила зависят друг от друга по кругу: " + " → ".join(circle),
            why="правило читает признак или отменяется правилом, которое само от него зависит",
            remedy="разорвите круг: уберите «вместо» или чтение признака",
        )
        return None
    levels: dict[str, int] = {}
    for name in order:
        after = [levels[other] + 1 for other in reads[name]]
        not_before = [levels[other] for other in defeaters[name]]
        levels[name] = max((0, *after, *not_before))
    return levels


def _defeaters_first(members: Sequence[str], rules: Mapping[str, Rule]) -> tuple[str, ...]:
    inside = set(members)
    graph: dict[str, set[str]] = {name: set() for name in members}
    for name in members:
        for defeated in rules[name].instead:
            if defeated in inside:
                graph[defeated].add(name)
    return tuple(TopologicalSorter(graph).static_order())
