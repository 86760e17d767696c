"""The decision on one document: which rules fire, which are defeated, what they set. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from poruchik.engine.assemble import NO_LEAD, Assembler
from poruchik.engine.compile import CompiledPolicy, Conjunction, MatchClause, compile_policy
from poruchik.engine.condition import holds
from poruchik.engine.fire import MAX_REMEMBERED, Firing, Firings
from poruchik.engine.index import IndexMatcher, StratumIndex
from poruchik.engine.match import Matcher, Matching, build_matcher, try_out, why_no_durable
from poruchik.engine.term import Basis
from poruchik.errors import PolicyError
from poruchik.model.decision import Decision, ManualCode, ManualReason
from poruchik.model.document import Document, Facts, Value
from poruchik.model.exchange import Report
from poruchik.model.order import Assignee, Order, order_key
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.policy.attributes import (
    ANSWER_CHANNEL,
    ANSWERED_ON,
    DAYS_TO_REGISTER,
    DEVIATION,
    OF_REPORT,
    OUTCOME,
    PROMISED_ON,
    REPORTED,
    WORKING_DAYS_TO_REGISTER,
    Dictionary,
)
from poruchik.policy.model import Impossible, tests_of
from poruchik.policy.operators import SlowPattern
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.workcalendar.calendar import WorkCalendar

_LONG_AGO = timedelta(days=366)
"""Working days before this are not counted: a card with a year mistyped must not ask for a century of calendars."""


class Deciding(Protocol):
    """What the lanes and the pages ask of the rules: one policy, or the sets that are in force."""

    def refresh(self, published: tuple[int, int, int] | None = None) -> None:
        """Take up what was published meanwhile; `published` is what a look has just found of it."""

    @property
    def policy(self) -> Policy:
        """The policy in force today."""

    @property
    def calendar(self) -> WorkCalendar:
        """The work calendar of today."""

    @property
    def miscounted(self) -> str:
        """Says that the set in force is not read as it was when it was published; «» when it is."""

    @property
    def unusable(self) -> str:
        """Says why the set of today cannot be used; «» when it can."""

    def decide(
        self,
        document: Document,
        *,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return what the rules require for a document."""

    def on_report(
        self,
        document: Document,
        report: Report,
        at: datetime,
        *,
        by: str,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return the orders that rules give on a report of somebody."""


class Decider:
    """Decides documents by one policy. Build one and keep it: compiling costs more than deciding."""

    miscounted = unusable = ""

    def __init__(self, policy: Policy, calendar: WorkCalendar, compiled: CompiledPolicy, matcher: Matcher) -> None:
        self.policy = policy
        self.calendar = calendar
        self.matcher = matcher
        self._firings = Firings(compiled, matcher)
        self._assembler = Assembler(policy, calendar)
        self._dictionary = Dictionary(policy.attributes)
        self._on_report: dict[Firing, Firing] = {}
        self._impossible = ImpossibleCards(policy.impossible, compiled.impossible)
        asked = {test.attribute for rule in policy.rules for test in tests_of(rule.condition)}
        self._counts_registration = not asked.isdisjoint((DAYS_TO_REGISTER, WORKING_DAYS_TO_REGISTER))

    @classmethod
    def build(
        cls,
        policy: Policy,
        calendar: WorkCalendar,
        matcher: Callable[[CompiledPolicy], Matcher] = build_matcher,
    ) -> Decider:
        """Compile a policy; raise PolicyError for a circle of rules or a condition that grows too large."""
        problems = Problems()
        compiled = compile_policy(policy, problems)
        if compiled is None:
            raise PolicyError(str(problems.errors[0]), remedy="исправьте правила: poruchik rules check")
        return cls(policy, calendar, compiled, matcher(compiled))

    @classmethod
    def indexed(cls, policy: Policy, calendar: WorkCalendar) -> Decider:
        """Compile a policy for the bitset index alone, as the workers of a simulation do."""
        return cls.build(policy, calendar, IndexMatcher)

    def matching(self) -> Matching:
        """Return what matches the rules here, a card of every type and kind having been tried."""
        try_out(self.matcher, self.policy.attributes)
        return Matching(self.matcher.name, why_no_durable(), tuple(self.matcher.taken_over))

    def refresh(self, published: tuple[int, int, int] | None = None) -> None:
        """Do nothing: one policy stays as it is."""

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
        registered = document.registered_at.astimezone(self.calendar.zone)
        registered_on = registered.date()
        day = as_of or registered_on
        facts = self._facts(document, added)
        classifier = self.policy.classifier
        classified = classifier.classify(facts) if classifier and holds(classifier.condition, facts) else None
        if classified and classified.value:
            facts[classified.attribute] = classified.value
        unknown = self._dictionary.faults(facts)
        if not OF_REPORT.isdisjoint(facts):
            unknown |= {name: [f"«{name}» говорит отчёт, а не карточка"] for name in OF_REPORT & facts.keys()}
        known = {name: value for name, value in facts.items() if name not in unknown} if unknown else facts
        try:
            reasons = self._refusals(facts, unknown)
            firing = self._firings.on(known, registered_on)
        except SlowPattern as error:
            reasons = [ManualReason(ManualCode.SLOW_PATTERN, str(error))]
            return Decision(
                document=document, policy_version=self.policy.version, as_of=day, facts=facts, manual=tuple(reasons)
            )
        basis = Basis(document, known, registered, registered_on)
        assembled = self._assembler.assemble(firing, basis, day, load)
        if reasons:  # what the rules say of the rest is a draft: its term counts, nothing of it is sent
            return Decision(
                document=document,
                policy_version=self.policy.version,
                as_of=day,
                orders=tuple(order for order in assembled.orders if order.at_once),
                slots=assembled.slots,
                facts=facts,
                manual=tuple(reasons),
                fired=firing.fired,
                defeated=firing.defeated,
                draft=assembled.draft,
            )
        manual = assembled.manual
        if manual and classified and not classified.value:
            manual = (*manual, ManualReason(ManualCode.UNCLASSIFIED, str(classified)))
        return Decision(
            document=document,
            policy_version=self.policy.version,
            as_of=day,
            orders=assembled.orders,
            slots=assembled.slots,
            clocks=assembled.clocks,
            facts=facts,
            derived=firing.derived,
            notify=assembled.notify,
            manual=manual,
            classified=str(classified) if classified else "",
            fired=firing.fired,
            defeated=firing.defeated,
            trial=firing.trial,
            choices=assembled.choices,
            conflicts=assembled.conflicts,
            draft=assembled.draft,
        )

    def on_report(
        self,
        document: Document,
        report: Report,
        at: datetime,
        *,
        by: str,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return the orders that rules give on a report that came at a moment; the document's own are not repeated.

        `by` is who has reported: the lead executor for references in these orders.

        The law is that of the document's registration, terms are counted from the report. An order's key has what the
        report says: said again, it gives the same key.
        """
        registered_on = document.registered_at.astimezone(self.calendar.zone).date()
        known = self._facts(document, added)
        known = {name: value for name, value in known.items() if name not in self._dictionary.faults(known)}
        told = report_facts(report)
        firing = self._firings.on(known | told, registered_on)
        if firing not in self._on_report:
            if len(self._on_report) >= MAX_REMEMBERED:
                self._on_report.clear()
            live = tuple(rule for rule in firing.live if rule.on_report)
            fired = tuple(one for one in firing.fired if one.rule in {rule.id for rule in live})
            self._on_report[firing] = replace(firing, live=live, fired=fired, proposed={})
        reported = self._on_report[firing]
        local = at.astimezone(self.calendar.zone)
        document = replace(document, registered_at=local)
        basis = Basis(document, known | told, local, registered_on)
        employee = self.policy.organization.employee(by)
        lead = Assignee(PersonRef(RefKind.PERSON, by), by, employee.unit if employee else None)
        assembled = self._assembler.assemble(reported, basis, as_of or local.date(), load, lead)
        digest = hashlib.sha256(repr(sorted(told.items(), key=lambda one: one[0])).encode()).hexdigest()[:8]
        return Decision(
            document=document,
            policy_version=self.policy.version,
            as_of=as_of or local.date(),
            orders=tuple(replace(order, key=_key_of_report(order, document, digest)) for order in assembled.orders),
            facts=known | told,
            manual=tuple(reason for reason in assembled.manual if reason.text != NO_LEAD),
            fired=reported.fired,
        )

    def fire(self, facts: Facts, registered_on: date) -> Firing:
        """Return which rules fire on a card, by the law of that day, without deciding anything."""
        return self._firings.on(dict(facts), registered_on)

    def _refusals(self, facts: Facts, unknown: Mapping[str, Sequence[str]]) -> list[ManualReason]:
        """Return why the card itself is for a person: what the dictionary does not know, what cannot occur."""
        if unknown:
            return [ManualReason(ManualCode.UNKNOWN_ATTRIBUTE, text) for told in unknown.values() for text in told]
        card = self._impossible.first(facts)
        return [ManualReason(ManualCode.IMPOSSIBLE_CARD, f"такой карточки не бывает: {card.why}")] if card else []

    def _facts(self, document: Document, added: Facts | None) -> dict[str, Value]:
        """Return the facts with every moment in local time: a day in a rule means the whole local day."""
        zone = self.calendar.zone
        facts = document.facts()
        if added:
            facts = {**added, **facts}
        for name, value in facts.items():
            if isinstance(value, datetime):
                facts[name] = value.astimezone(zone)
        if self._counts_registration and document.received_at:
            received = document.received_at.astimezone(zone).date()
            registered = max(document.registered_at.astimezone(zone).date(), received)
            facts[DAYS_TO_REGISTER] = (registered - received).days
            since = max(received, registered - _LONG_AGO)
            facts[WORKING_DAYS_TO_REGISTER] = self.calendar.count_working_days(since, registered)
        return facts


def report_facts(report: Report) -> dict[str, Value]:
    """Return what rules may ask of a report; what it does not say is absent."""
    told: dict[str, Value | None] = {
        OUTCOME: report.outcome or None,
        PROMISED_ON: report.promised_on,
        DEVIATION: report.deviation or None,
        ANSWER_CHANNEL: report.answer_channel or None,
        ANSWERED_ON: report.answered_on,
    }
    return {REPORTED: True} | {name: value for name, value in told.items() if value is not None}


def _key_of_report(order: Order, document: Document, digest: str) -> str:
    number = order.key.rpartition("/")[2]
    return order_key(document.key, f"{order.rule}@{digest}", int(number))


class ImpossibleCards:
    """Finds what the policy says of a card that cannot occur (`не бывает`)."""

    def __init__(self, cards: Sequence[Impossible], conjunctions: Sequence[Sequence[Conjunction]]) -> None:
        self._cards = cards
        clauses = [MatchClause(one, (str(number),)) for number, of_card in enumerate(conjunctions) for one in of_card]
        self._index = StratumIndex(tuple(clauses))

    def first(self, facts: Facts) -> Impossible | None:
        """Return the first such card that this one is."""
        if not self._cards:
            return None
        found = self._index.match(facts)
        return self._cards[min(int(number) for number in found)] if found else None
