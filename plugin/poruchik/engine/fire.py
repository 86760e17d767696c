"""Which rules fire on a document, which are defeated, what they derive. Remembered by what matched."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from poruchik.engine.compile import CompiledPolicy
from poruchik.engine.match import Matcher
from poruchik.model.decision import DefeatedRule, FiredRule
from poruchik.model.document import Value
from poruchik.policy.model import Rule, tests_of
from poruchik.policy.words import Status

MAX_REMEMBERED = 20_000
"""Steps that are kept; past it all are forgotten. A policy meets far fewer sets of rules than documents."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class Firing:
    """What the strata gave: the same object for all documents on which the same rules matched."""

    live: tuple[Rule, ...]
    """In the order of the files."""
    derived: Mapping[str, Value]
    proposed: Mapping[str, tuple[tuple[Rule, Value], ...]]
    """For each derived attribute the rules that set it, in the order in which they were heard."""
    fired: tuple[FiredRule, ...]
    defeated: tuple[DefeatedRule, ...]
    trial: tuple[FiredRule, ...]


@dataclass(slots=True, eq=False)
class _Step:
    """Where some strata have led. What follows is found by the set of rules that match next."""

    live: list[str] = field(default_factory=list)
    matched: set[str] = field(default_factory=set)
    defeated: dict[str, str] = field(default_factory=dict)
    trial: list[Rule] = field(default_factory=list)
    proposed: dict[str, list[tuple[Rule, Value]]] = field(default_factory=dict)
    derived: dict[str, Value] = field(default_factory=dict)
    new: dict[str, Value] = field(default_factory=dict)
    """What the last stratum derived."""
    disputed: set[str] = field(default_factory=set)
    """What rules derived differently: it is absent, and no rule that asks for it fires."""
    following: dict[frozenset[str], _Step] = field(default_factory=dict)
    firing: Firing | None = None
    """At the end."""


class Firings:
    """Matches the strata one after another; what one derives, the next ones see."""

    def __init__(self, compiled: CompiledPolicy, matcher: Matcher) -> None:
        self._rules = compiled.rules
        self._matcher = matcher
        self._strata = range(len(compiled.strata))
        self._place = {rule.id: number for number, rule in enumerate(compiled.policy.rules)}
        self._asked = {
            rule.id: frozenset(test.attribute for test in tests_of(rule.condition)) for rule in compiled.rules.values()
        }
        self._rank = {rule: number for stratum in compiled.strata for number, rule in enumerate(stratum.order)}
        periods = [rule.period for rule in compiled.rules.values()]
        turns = {period.since for period in periods} | {period.until and period.until + _DAY for period in periods}
        self._turns = sorted(day for day in turns if day)
        """Days on which a rule begins to be in force or no longer is."""
        self._first: dict[int, _Step] = {}
        self._kept = 0

    def on(self, facts: dict[str, Value], day: date) -> Firing:
        """Return what fires by the law of that day; what is derived is added to the facts."""
        era = bisect_right(self._turns, day)
        step = self._first.get(era)
        if step is None:
            step = self._first[era] = _Step()
        for stratum in self._strata:
            matched = self._matcher.match(stratum, facts)
            following = step.following.get(matched)
            if following is None:
                following = self._keep(step, matched, self._go_on(step, matched, day))
            step = following
            if step.new:
                facts.update(step.new)
            for name in step.disputed:
                facts.pop(name, None)
        if step.firing is None:
            step.firing = self._end(step)
        return step.firing

    def _keep(self, step: _Step, matched: frozenset[str], following: _Step) -> _Step:
        if self._kept >= MAX_REMEMBERED:
            self._first.clear()
            self._kept = 0
        self._kept += 1
        step.following[matched] = following
        return following

    def _go_on(self, before: _Step, matched: frozenset[str], day: date) -> _Step:
        step = _Step(
            live=list(before.live),
            matched=set(before.matched),
            defeated=dict(before.defeated),
            trial=list(before.trial),
            proposed={name: list(made) for name, made in before.proposed.items()},
            derived=dict(before.derived),
            disputed=set(before.disputed),
        )
        standing = []
        for rule_id in sorted(matched, key=self._rank.__getitem__):  # defeaters before those they defeat
            rule = self._rules[rule_id]
            if not rule.period.covers(day) or not step.disputed.isdisjoint(self._asked.get(rule_id, ())):
                continue
            if rule.status is Status.TRIAL:
                step.trial.append(rule)
                continue
            step.matched.add(rule_id)
            if rule_id not in step.defeated:
                standing.append(rule_id)
                for name in rule.instead:
                    if name in self._rules:
                        step.defeated.setdefault(name, rule_id)
        self._derive(standing, step)
        step.live += standing
        return step

    def _derive(self, standing: Iterable[str], step: _Step) -> None:
        """Add what the rules of a stratum derive. Two values are a conflict: the order of the files settles nothing."""
        for rule_id in self._in_order(standing):
            rule = self._rules[rule_id]
            for name, value in rule.effects.derived.items():
                step.proposed.setdefault(name, []).append((rule, value))
                if name not in step.derived and name not in step.disputed:
                    step.derived[name] = step.new[name] = value
                elif step.derived.get(name) != value:
                    step.disputed.add(name)
                    step.derived.pop(name, None)
                    step.new.pop(name, None)

    def _end(self, step: _Step) -> Firing:
        live = tuple(self._rules[rule_id] for rule_id in self._in_order(step.live))
        # Of the defeated only those that would have fired are told of.
        defeated = self._in_order(name for name in step.defeated if name in step.matched)
        return Firing(
            live=live,
            derived=step.derived,
            proposed={name: tuple(made) for name, made in step.proposed.items()},
            fired=_told(live),
            defeated=tuple(DefeatedRule(name, step.defeated[name]) for name in defeated),
            trial=_told(step.trial),
        )

    def _in_order(self, rules: Iterable[str]) -> list[str]:
        return sorted(rules, key=self._place.__getitem__)


def _told(rules: Iterable[Rule]) -> tuple[FiredRule, ...]:
    return tuple(FiredRule(rule.id, rule.act, rule.clause, rule.gist) for rule in rules)
