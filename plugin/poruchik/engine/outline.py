"""What a set of rules wants together, whatever the document: slots settled, effects joined, conflicts noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from poruchik.engine.fire import Firing
from poruchik.engine.term import RuleTerm, TermCounter
from poruchik.model.decision import Conflict, FiredRule, ManualCode, ManualReason, Side, SlotChoice
from poruchik.model.ladder import Anchor, EscalationStep
from poruchik.model.order import citation
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.policy.model import CoExecutorEffect, Effects, Rule, Term
from poruchik.policy.slot_table import PRIORITY, SLOTS
from poruchik.policy.slots import clock_slot, derived_slot, filled, is_settled, told

NOBODY = PersonRef(RefKind.PERSON, "")
"""The lead of a draft for which no rule, or more than one, names somebody."""


@dataclass(frozen=True, slots=True, eq=False)
class Helper:
    """A co-executor that a rule names, and the term of the part, if the rule gives one."""

    effect: CoExecutorEffect
    term: RuleTerm | None


@dataclass(frozen=True, slots=True, eq=False)
class OrderOutline:
    """One order before people and days are known. `effects` are joined where several rules make it."""

    rule: Rule
    effects: Effects
    terms: tuple[RuleTerm, ...]
    """The proposed terms; the earliest wins."""
    helpers: tuple[Helper, ...]
    extension_by: Rule | None = None
    """The rule whose extension it is."""
    notify: Mapping[PersonRef, tuple[FiredRule, ...]] = field(default_factory=dict)
    """Who is told of the document, by which rules."""

    @property
    def people(self) -> Iterator[PersonRef]:
        """Yield everybody whom the order names."""
        named = (self.effects.lead, self.effects.controller, self.effects.overseer, *self.notify)
        yield from (ref for ref in named if ref)
        yield from (helper.effect.ref for helper in self.helpers)
        yield from (step.to for step in self.effects.escalations)


@dataclass(frozen=True, slots=True, eq=False)
class ClockOutline:
    """A named clock and the doubt about it, if rules give it different terms."""

    name: str
    term: RuleTerm
    until: str
    conflict: Conflict | None


@dataclass(slots=True, eq=False)
class Outline:
    """What the rules of one firing want. `main` None: no rule is live; without `has_lead` it is a draft."""

    main: OrderOutline | None = None
    has_lead: bool = False
    further: tuple[OrderOutline, ...] = ()
    clocks: tuple[ClockOutline, ...] = ()
    slots: dict[str, str | int] = field(default_factory=dict)
    choices: list[SlotChoice] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    manual: list[ManualReason] = field(default_factory=list)

    def leave(self, code: ManualCode, text: str) -> None:
        """Note, once, why a person must decide."""
        reason = ManualReason(code, text)
        if reason not in self.manual:
            self.manual.append(reason)


class Outliner:
    """Joins the effects of the rules of one policy."""

    def __init__(self, terms: TermCounter) -> None:
        self.terms = terms
        self._filled: dict[str, tuple[tuple[str, Any], ...]] = {}

    def outline(self, firing: Firing) -> Outline:
        """Return what the live rules want; two values of a single-valued slot are a conflict, and nobody's choice."""
        filling: dict[str, list[tuple[Rule, Any]]] = {}
        for rule in firing.live:
            if rule.id not in self._filled:
                self._filled[rule.id] = tuple(filled(rule.effects))
            for slot, value in self._filled[rule.id]:
                filling.setdefault(slot, []).append((rule, value))
        return _Joining(firing, self.terms, filling).outline()


def conflict_reason(found: Conflict) -> ManualReason:
    """Return a conflict as the reason why a person must decide."""
    shown = ", ".join(
        f"правило «{side.rule}» ({citation(side.act, side.clause)}) → {side.value}" for side in found.sides
    )
    code = ManualCode.DISPUTED if found.settled else ManualCode.CONFLICT
    how = "спорный случай, выберите" if found.settled else "правила расходятся"
    return ManualReason(code, f"{found.slot}: {how}: {shown}")


class _Joining:
    def __init__(self, firing: Firing, terms: TermCounter, filling: Mapping[str, list[tuple[Rule, Any]]]) -> None:
        """`filling` has, for each single-valued slot, the rules that fill it with their values."""
        self._live = firing.live
        self._proposed = firing.proposed
        self._terms = terms
        self._filling = filling
        self._made = Outline()

    def outline(self) -> Outline:
        made = self._made
        for name, proposed in self._proposed.items():
            self._same(derived_slot(name), proposed)
        for rule in self._live:
            if rule.effects.manual:
                made.leave(ManualCode.BY_RULE, f"{rule.effects.manual} (правило «{rule.id}»)")
        for slot in SLOTS:
            found = self._single(slot.ru)
            if found:
                made.slots[slot.en] = found[1]
        self._score()
        self._main()
        made.further = tuple(self._further(rule, one) for rule in self._live for one in rule.effects.further)
        made.clocks = tuple(self._clocks())
        return made

    def _score(self) -> None:
        """Add up the points; where no rule names a priority, the scale of the pack does."""
        given = [(rule, rule.effects.score) for rule in self._live if rule.effects.score]
        if not given:
            return
        total = sum(points for _, points in given)
        parts = tuple(f"{points:+d} {rule.gist.rstrip('.')}" for rule, points in given)
        self._made.slots["score"] = total
        self._made.choices.append(SlotChoice("баллы", str(total), given[0][0].id, parts))
        step = next((one for one in self._terms.policy.priorities if total >= one.points), None)
        if step and PRIORITY.en not in self._made.slots:
            self._made.slots[PRIORITY.en] = step.priority

    def _main(self) -> None:
        live, made = self._live, self._made
        named = self._single("ответственный")
        controller = self._single("контролёр")
        overseer = self._single("контролёр по существу")
        control_kind = self._single("вид контроля")
        extended = self._single("продление")
        suspended = self._single("приостановка")
        refusal = self._single("отказ")
        text = self._single("текст")
        made.has_lead = named is not None
        if not live:
            return
        rule = named[0] if named else text[0] if text else _leading(live)
        effects = Effects(
            text=text[1] if text else rule.gist,
            lead=named[1] if named else NOBODY,
            controller=controller[1] if controller else None,
            overseer=overseer[1] if overseer else None,
            control_kind=control_kind[1] if control_kind else "",
            reminders=_union(one.effects.reminders for one in live),
            escalations=self._ladder(_union(one.effects.escalations for one in live)),
            checks=_union(one.effects.checks for one in live),
            letters=_union(one.effects.letters for one in live),
            extension=extended[1] if extended else None,
            suspension=suspended[1] if suspended else None,
            refusal_to=refusal[1] if refusal else None,
        )
        terms = tuple(found for one in live for found in self._counted(one, one.effects.term))
        first = {effect: one for one in reversed(live) for effect in one.effects.co_executors}
        named_by = ((first[effect], effect) for effect in _union(one.effects.co_executors for one in live))
        made.main = OrderOutline(
            rule,
            effects,
            terms,
            self._helpers(named_by),
            extended[0] if extended else None,
            self._informed(),
        )

    def _informed(self) -> Mapping[PersonRef, tuple[FiredRule, ...]]:
        told: dict[PersonRef, list[FiredRule]] = {}
        for rule in self._live:
            for ref in rule.effects.notify:
                told.setdefault(ref, []).append(FiredRule(rule.id, rule.act, rule.clause, rule.gist))
        return {ref: tuple(rules) for ref, rules in told.items()}

    def _further(self, rule: Rule, effects: Effects) -> OrderOutline:
        helpers = self._helpers((rule, one) for one in effects.co_executors)
        effects = replace(effects, escalations=self._ladder(effects.escalations))
        return OrderOutline(rule, effects, self._counted(rule, effects.term), helpers, rule)

    def _ladder(self, steps: tuple[EscalationStep, ...]) -> tuple[EscalationStep, ...]:
        """Return the escalations of an order, with those by default where its rules say nothing of delay."""
        overdue = any(step.when.anchor is Anchor.OVERDUE for step in steps)
        recurs = any(step.when.every for step in steps)
        more = [one for one in self._terms.policy.default_escalations if not (recurs if one.when.every else overdue)]
        return (*steps, *(one for one in more if one not in steps))

    def _single(self, slot: str) -> tuple[Rule, Any] | None:
        """Return the first rule that fills a single-valued slot, and its value; None where rules differ."""
        proposed = self._filling.get(slot)
        if not proposed or not self._same(slot, proposed):
            return None
        rule, value = proposed[0]
        self._made.choices.append(SlotChoice(slot, str(value), rule.id))
        return rule, value

    def _same(self, slot: str, proposed: Sequence[tuple[Rule, Any]]) -> bool:
        """Tell whether all rules propose one value; else note the conflict, and a person decides."""
        found = _difference(slot, proposed)
        if found is None:
            return True
        self._made.conflicts.append(found)
        reason = conflict_reason(found)
        self._made.leave(reason.code, reason.text)
        return False

    def _clocks(self) -> Iterator[ClockOutline]:
        """Yield the named clocks; one name with two different terms is a conflict."""
        proposed: dict[str, list[tuple[Rule, Term]]] = {}
        until: dict[str, str] = {}
        for rule in self._live:
            for clock in rule.effects.clocks:
                proposed.setdefault(clock.name, []).append((rule, clock.term))
                until.setdefault(clock.name, clock.until)
        for name, terms in proposed.items():
            rule, term = terms[0]
            conflict = _difference(clock_slot(name), terms)
            yield ClockOutline(name, self._terms.of(term, rule), until[name], conflict)

    def _helpers(self, named: Iterable[tuple[Rule, CoExecutorEffect]]) -> tuple[Helper, ...]:
        return tuple(Helper(one, self._terms.of(one.term, rule) if one.term else None) for rule, one in named)

    def _counted(self, rule: Rule, term: Term | None) -> tuple[RuleTerm, ...]:
        return (self._terms.of(term, rule),) if term else ()


def _difference(slot: str, proposed: Sequence[tuple[Rule, Any]]) -> Conflict | None:
    (first, value), *rest = proposed
    other = next((rule for rule, theirs in rest if theirs != value), None)
    if other is None:
        return None
    sides = tuple(Side(rule.id, rule.act, rule.clause, told(theirs)) for rule, theirs in proposed)
    return Conflict(slot, is_settled(first, other), sides)


def _leading(live: Sequence[Rule]) -> Rule:
    """Return whose words stand for an order that no rule words: who names an executor, else a term, else the last."""
    leads = [one for one in live if one.effects.lead]
    terms = [one for one in live if one.effects.term]
    return (leads or terms or live[-1:])[0]


def _union(groups: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """Return everything once, in order; most rules add nothing."""
    found = [group for group in groups if group]
    return tuple(dict.fromkeys(item for group in found for item in group)) if found else ()
