"""The proof that somebody always hears of delay: for every kind of order, over all cards and all absences.

A kind of order is a rule that names a lead, with all that may fire beside it, or a further order of a rule. It is
silent when there is a card on which nothing of its ladder comes again, or a day on which nobody is left to hear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from poruchik.analysis.cone import Unsure
from poruchik.analysis.prover import Card, Prover
from poruchik.model.ladder import EscalationStep
from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Absence, Shift
from poruchik.policy.model import Effects, Rule
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status

HORIZON = timedelta(days=366)
"""Absences and shifts beyond it are not looked at: nobody plans them."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A kind of order of whose delay nobody hears: on that card, or on that day."""

    rule: Rule
    order: str
    """«» for the document's own, else the text of the further one."""
    card: Card | None = None
    day: date | None = None
    path: tuple[str, ...] = ()
    """Of a day: how somebody was looked for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of order: who leads it, and what its own rule says of its ladder."""

    rule: Rule
    effects: Effects
    further: bool

    @property
    def order(self) -> str:
        """Return the words of a further order."""
        return (self.effects.text or self.rule.gist) if self.further else ""


def kinds(policy: Policy) -> Iterator[Kind]:
    """Yield every kind of order with a term; what is for information is nobody's delay."""
    for rule in policy.rules:
        if rule.status is not Status.IN_FORCE:
            continue
        if rule.effects.lead:
            yield Kind(rule, rule.effects, further=False)
        for one in rule.effects.further:
            if one.lead and one.term and not one.term.none:
                yield Kind(rule, one, further=True)


def silences(prover: Prover, day: date) -> Iterator[Silence]:
    """Yield the kinds of orders of whose delay nobody hears, each with a witness."""
    policy = prover.compiled.policy
    by_default = any(step.when.every for step in policy.default_escalations)
    for kind in kinds(policy):
        silent = None if by_default else _ladder_ends(prover, kind)
        if silent is None:
            silent = _nobody_left(policy, kind, day)
        if silent:
            yield silent


def _ladder_ends(prover: Prover, kind: Kind) -> Silence | None:
    """Return a card on which nothing of the ladder comes again."""
    rules = prover.compiled.policy.rules
    if any(step.when.every for step in kind.effects.escalations):
        return None
    repeating = () if kind.further else _names(rules, _repeats)
    terms = () if kind.further else _names(rules, _sets_term)
    if not kind.further and not terms:
        return None  # nothing of theirs is ever due
    try:
        card = prover.live_without(kind.rule.id, repeating, one_of=terms)
    except Unsure:
        return None
    return Silence(kind.rule, kind.order, card=card) if card is not None else None


def _names(rules: tuple[Rule, ...], which: object) -> tuple[str, ...]:
    assert callable(which)
    return tuple(rule.id for rule in rules if rule.status is Status.IN_FORCE and which(rule.effects))


def _repeats(effects: Effects) -> bool:
    return any(step.when.every for step in effects.escalations)


def _sets_term(effects: Effects) -> bool:
    return effects.term is not None and not effects.term.none


def _nobody_left(policy: Policy, kind: Kind, day: date) -> Silence | None:
    """Return a day on which the rungs that come again reach nobody, whoever the controller is."""
    assert kind.effects.lead is not None
    if kind.effects.lead.kind in (RefKind.LEAD, RefKind.CONTROLLER):
        return None  # whoever leads the document's own order: that kind is looked at by itself
    ladder = [step for step in (*kind.effects.escalations, *policy.default_escalations) if step.when.every]
    if not kind.further:
        ladder += [step for rule in policy.rules for step in rule.effects.escalations if step.when.every]
    for on in turns(policy, day):
        lead = policy.organization.resolve(kind.effects.lead, on)
        for step in ladder:
            told = hears(policy, step.to, on, lead, kind.effects.controller)
            if told.person is None:
                return Silence(kind.rule, kind.order, day=on, path=told.path)
    return None


def turns(policy: Policy, day: date) -> list[date]:
    """Return the days from which somebody comes or goes, this one first."""
    shifts = [shift for role in policy.organization.roles for shift in role.shifts]
    spans: list[Absence | Shift] = [*policy.organization.absences, *shifts]
    after = {span.until + timedelta(days=1) for span in spans if span.until < date.max}
    return [day, *sorted(one for one in {span.since for span in spans} | after if day < one <= day + HORIZON)]


def hears(policy: Policy, to: PersonRef, on: date, lead: Assignee, controller: PersonRef | None) -> Assignee:
    """Return whom a rung reaches on a day, by the same notion as control itself."""
    organization, last = policy.organization, policy.triage.administrator
    watches = organization.hears(controller, on, lead=lead, last=last) if controller else None
    return organization.hears(to, on, lead=lead, controller=watches, last=last)


def ladder_of(policy: Policy, kind: Kind) -> list[EscalationStep]:
    """Return the escalations of a kind of order: of its own rule, and those by default beside them."""
    own = list(kind.effects.escalations)
    return [*own, *(step for step in policy.default_escalations if step not in own)]
