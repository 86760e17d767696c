"""The decision on one document: which rules fire, which are defeated, what they set. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from poruchik.engine.assemble import Assembler
from poruchik.engine.compile import CompiledPolicy, compile_policy
from poruchik.engine.condition import holds
from poruchik.engine.match import Matcher, build_matcher
from poruchik.errors import PolicyError
from poruchik.model.decision import Decision, DefeatedRule, FiredRule, ManualCode, ManualReason
from poruchik.model.document import Document, Facts, Value
from poruchik.policy.attributes import faults
from poruchik.policy.model import Policy, Rule, Status
from poruchik.policy.problems import Problems
from poruchik.workcalendar.calendar import WorkCalendar


@dataclass(slots=True)
class Firing:
    """What the strata gave: `live` rules in the order of the files, and everything that must be told of the rest."""

    facts: dict[str, Value]
    derived: dict[str, Value] = field(default_factory=dict)
    proposed: dict[str, list[tuple[Rule, Value]]] = field(default_factory=dict)
    """For each derived attribute the rules that set it, in the order in which they were heard."""
    live: list[Rule] = field(default_factory=list)
    defeated: dict[str, str] = field(default_factory=dict)
    trial: list[Rule] = field(default_factory=list)


class Decider:
    """Decides documents by one policy. Build one and keep it: compiling costs more than deciding."""

    def __init__(self, policy: Policy, calendar: WorkCalendar, compiled: CompiledPolicy, matcher: Matcher) -> None:
        self.policy = policy
        self.calendar = calendar
        self.matcher = matcher
        self._compiled = compiled
        self._place = {rule.id: number for number, rule in enumerate(policy.rules)}
        self._rank = {rule: number for stratum in compiled.strata for number, rule in enumerate(stratum.order)}

    @classmethod
    def build(cls, policy: Policy, calendar: WorkCalendar) -> Decider:
        """Compile a policy; raise PolicyError for a circle of rules or a condition that grows too large."""
        problems = Problems()
        compiled = compile_policy(policy, problems)
        if compiled is None:
            raise PolicyError(str(problems.errors[0]), remedy="исправьте правила: poruchik rules check")
        return cls(policy, calendar, compiled, build_matcher(compiled))

    def close(self) -> None:
        """Give the matcher's memory back."""
        self.matcher.close()

    def decide(
        self,
        document: Document,
        *,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return what the policy requires for a document.

        `as_of` is the day whose absences and roles count, by default the local day of registration; `added` are
        attributes found by plugins; `load` the number of open orders a person has.
        """
        registered_on = document.registered_at.astimezone(self.calendar.zone).date()
        day = as_of or registered_on
        facts = self._facts(document, added or {})
        unknown = faults(facts, self.policy.attributes)
        if unknown:
            reasons = [ManualReason(ManualCode.UNKNOWN_ATTRIBUTE, text) for text in unknown]
            return self._empty(document, day, facts, reasons)
        for card in self.policy.impossible:
            if holds(card.condition, facts):
                reason = ManualReason(ManualCode.IMPOSSIBLE_CARD, f"такой карточки не бывает: {card.why}")
                return self._empty(document, day, facts, [reason])
        firing = self.fire(facts, registered_on)
        assembled = Assembler(self.policy, self.calendar, document, firing, day, load).assemble()
        return Decision(
            document=document,
            policy_version=self.policy.version,
            as_of=day,
            orders=assembled.orders,
            slots=assembled.slots,
            clocks=assembled.clocks,
            facts=firing.facts,
            derived=firing.derived,
            notify=assembled.notify,
            manual=tuple(assembled.manual),
            fired=_told(firing.live),
            defeated=tuple(DefeatedRule(rule, by) for rule, by in firing.defeated.items()),
            trial=_told(firing.trial),
            choices=assembled.choices,
            conflicts=assembled.conflicts,
            draft=assembled.draft,
        )

    def fire(self, facts: Mapping[str, Value], registered_on: date) -> Firing:
        """Match the strata one after another; what one derives, the next ones see."""
        firing = Firing(dict(facts))
        live: list[str] = []
        for number in range(len(self._compiled.strata)):
            matched = self.matcher.match(number, firing.facts)
            standing = []
            for rule_id in sorted(matched, key=self._rank.__getitem__):  # defeaters before those they defeat
                rule = self._compiled.rules[rule_id]
                if not rule.period.covers(registered_on):
                    continue
                if rule.status is Status.TRIAL:
                    firing.trial.append(rule)
                elif rule_id not in firing.defeated:
                    standing.append(rule_id)
                    for name in rule.instead:
                        if name in self._compiled.rules:
                            firing.defeated.setdefault(name, rule_id)
            self._derive(standing, firing)
            live += standing
        firing.live = [self._compiled.rules[rule_id] for rule_id in self._in_order(live)]
        firing.defeated = self._really_defeated(firing, registered_on)
        return firing

    def _derive(self, standing: Iterable[str], firing: Firing) -> None:
        """Add what the rules of a stratum derive; the first value stays, another one is a conflict."""
        for rule_id in self._in_order(standing):
            rule = self._compiled.rules[rule_id]
            for name, value in rule.effects.derived.items():
                firing.proposed.setdefault(name, []).append((rule, value))
                if name not in firing.derived:
                    firing.derived[name] = firing.facts[name] = value

    def _really_defeated(self, firing: Firing, registered_on: date) -> dict[str, str]:
        """Keep of the defeated only the rules that would have fired: those of the trace."""
        kept = {}
        for name in self._in_order(firing.defeated):
            rule = self._compiled.rules[name]
            in_force = rule.status is Status.IN_FORCE and rule.period.covers(registered_on)
            if in_force and holds(rule.condition, firing.facts):
                kept[name] = firing.defeated[name]
        return kept

    def _in_order(self, rules: Iterable[str]) -> list[str]:
        return sorted(rules, key=self._place.__getitem__)

    def _facts(self, document: Document, added: Facts) -> dict[str, Value]:
        """Return the facts with every moment in local time: a day in a rule means the whole local day."""
        facts = {**added, **document.facts()}
        return {
            name: value.astimezone(self.calendar.zone) if isinstance(value, datetime) else value
            for name, value in facts.items()
        }

    def _empty(self, document: Document, day: date, facts: Facts, reasons: Sequence[ManualReason]) -> Decision:
        return Decision(
            document=document,
            policy_version=self.policy.version,
            as_of=day,
            facts=facts,
            manual=tuple(reasons),
        )


def _told(rules: Sequence[Rule]) -> tuple[FiredRule, ...]:
    return tuple(FiredRule(rule.id, rule.act, rule.clause, rule.gist) for rule in rules)
