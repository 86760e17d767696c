"""From the rules that fired to orders: slots, people, deadlines, the plan of control."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from poruchik.control.ladder import EscalationStep, Rung
from poruchik.control.plan import plan_points
from poruchik.engine.term import TermCounter, TermImpossible
from poruchik.model.decision import Conflict, ManualCode, ManualReason, NamedClock, Side, SlotChoice
from poruchik.model.document import Document
from poruchik.model.order import Assignee, CoExecutor, Deadline, Extension, Order, citation
from poruchik.organization.person_ref import PersonRef, RefKind
from poruchik.policy.model import CoExecutorEffect, Effects, Policy, Rule, Term
from poruchik.policy.slots import clock_slot, derived_slot, is_settled, told
from poruchik.workcalendar.calendar import WorkCalendar

if TYPE_CHECKING:
    from poruchik.engine.decide import Firing

_NOBODY = PersonRef(RefKind.PERSON, "")
"""The lead of a draft for which no rule, or more than one, names somebody."""
_VERSION_DIGITS = 12
"""Of the policy's hash in an order's key; enough to tell versions of one installation apart."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one rule wants in one slot."""

    rule: Rule
    value: Any


@dataclass(slots=True)
class Assembled:
    """The parts of a decision that the rules' effects make up."""

    orders: tuple[Order, ...] = ()
    slots: dict[str, str | int] = field(default_factory=dict)
    clocks: tuple[NamedClock, ...] = ()
    notify: tuple[Assignee, ...] = ()
    manual: list[ManualReason] = field(default_factory=list)
    choices: tuple[SlotChoice, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    draft: Order | None = None


class Assembler:
    """Assembles the decision on one document."""

    def __init__(
        self,
        policy: Policy,
        calendar: WorkCalendar,
        document: Document,
        firing: Firing,
        as_of: date,
        load: Mapping[str, int] | None,
    ) -> None:
        self._policy = policy
        self._calendar = calendar
        self._document = document
        self._live = firing.live
        self._as_of = as_of
        self._load = load
        self._terms = TermCounter(policy, calendar, document, firing.facts)
        self._manual: list[ManualReason] = []
        self._choices: list[SlotChoice] = []
        self._conflicts: list[Conflict] = []
        for name, proposed in firing.proposed.items():
            self._same(derived_slot(name), proposed)
        self._draft: Order | None = None

    def assemble(self) -> Assembled:
        """Return orders, slots, clocks, and every reason why a person must decide."""
        for rule in self._live:
            if rule.effects.manual:
                self._leave(ManualCode.BY_RULE, f"{rule.effects.manual} (правило «{rule.id}»)")
        slots = self._plain_slots()
        main = self._main_order()
        orders = [main] if main else []
        for rule in self._live:
            for effects in rule.effects.further:
                order = self._further_order(rule, effects, len(orders), main)
                if order:
                    orders.append(order)
        notify = self._people((ref for rule in self._live for ref in rule.effects.notify), main)
        return Assembled(
            orders=tuple(orders),
            slots=slots,
            clocks=tuple(self._clocks(main)),
            notify=notify,
            manual=self._manual,
            choices=tuple(self._choices),
            conflicts=tuple(self._conflicts),
            draft=self._draft,
        )

    # --- slots ------------------------------------------------------------------------------------

    def _plain_slots(self) -> dict[str, str | int]:
        found: dict[str, str | int] = {}
        for name, slot, read in _PLAIN_SLOTS:
            proposal = self._single(slot, (Proposal(rule, read(rule.effects)) for rule in self._live))
            if proposal:
                found[name] = proposal.value
        return found

    def _single(self, slot: str, proposals: Iterable[Proposal]) -> Proposal | None:
        """Return the value of a single-valued slot; two different ones are a conflict that a person decides."""
        made = [proposal for proposal in proposals if proposal.value not in (None, "")]
        if not made:
            return None
        if not self._same(slot, [(proposal.rule, proposal.value) for proposal in made]):
            return None
        self._choices.append(SlotChoice(slot, str(made[0].value), made[0].rule.id))
        return made[0]

    def _same(self, slot: str, proposed: Sequence[tuple[Rule, Any]]) -> bool:
        """Tell whether all rules propose one value; else note the conflict, and a person decides."""
        (first, value), *rest = proposed
        other = next((rule for rule, theirs in rest if theirs != value), None)
        if other is None:
            return True
        sides = tuple(Side(rule.id, rule.act, rule.clause, told(theirs)) for rule, theirs in proposed)
        found = Conflict(slot, is_settled(first, other), sides)
        self._conflicts.append(found)
        shown = ", ".join(f"правило «{side.rule}» ({citation(side.act, side.clause)}) → {side.value}" for side in sides)
        self._leave(
            ManualCode.DISPUTED if found.settled else ManualCode.CONFLICT,
            f"{found.slot}: {'спорный случай, выберите' if found.settled else 'правила расходятся'}: {shown}",
        )
        return False

    def _leave(self, code: ManualCode, text: str) -> None:
        reason = ManualReason(code, text)
        if reason not in self._manual:
            self._manual.append(reason)

    # --- orders -----------------------------------------------------------------------------------

    def _main_order(self) -> Order | None:
        live = self._live
        named = self._single("ответственный", (Proposal(rule, rule.effects.lead) for rule in live))
        controller = self._single("контролёр", (Proposal(rule, rule.effects.controller) for rule in live))
        control_kind = self._single("вид контроля", (Proposal(rule, rule.effects.control_kind) for rule in live))
        extended = self._single("продление", (Proposal(rule, rule.effects.extension) for rule in live))
        refusal = self._single("отказ", (Proposal(rule, rule.effects.refusal_to) for rule in live))
        text = self._single("текст", (Proposal(rule, rule.effects.text) for rule in live))
        deadline, missing = self._deadline([Proposal(rule, rule.effects.term) for rule in live], chosen=True)
        if named is None and not self._manual:
            self._leave(ManualCode.NO_LEAD, "ни одно правило не назвало ответственного исполнителя")
        if named and deadline is None and missing and not self._manual:
            self._leave(ManualCode.NO_TERM, "ни одно правило не назначило срок")
        if not live:
            return None
        rule = named.rule if named else text.rule if text else next((one for one in live if one.effects.lead), live[-1])
        merged = Effects(
            text=text.value if text else rule.gist,
            lead=named.value if named else _NOBODY,
            controller=controller.value if controller else None,
            control_kind=control_kind.value if control_kind else "",
            reminders=_union(rule.effects.reminders for rule in live),
            escalations=_union(rule.effects.escalations for rule in live),
            checks=_union(rule.effects.checks for rule in live),
            extension=extended.value if extended else None,
            refusal_to=refusal.value if refusal else None,
        )
        helpers = {effect: helper for helper in reversed(live) for effect in helper.effects.co_executors}
        reasons = list(self._manual)
        order = self._order(rule, merged, deadline, 0, [(helpers[effect], effect) for effect in _co_executors(live)])
        self._draft = order
        if named:
            return order
        self._manual = reasons  # nobody to reckon from is not a reason of its own
        return None

    def _further_order(self, rule: Rule, effects: Effects, number: int, main: Order | None) -> Order | None:
        if effects.lead is None:
            self._leave(ManualCode.NO_LEAD, f"дополнительное поручение правила «{rule.id}»: не назван ответственный")
            return None
        previous = main.deadline if main else None
        deadline, missing = self._deadline([Proposal(rule, effects.term)], previous=previous)
        if deadline is None and missing:
            self._leave(ManualCode.NO_TERM, f"дополнительное поручение правила «{rule.id}»: не назначен срок")
        return self._order(rule, effects, deadline, number, [(rule, one) for one in effects.co_executors], main)

    def _order(
        self,
        rule: Rule,
        effects: Effects,
        deadline: Deadline | None,
        number: int,
        helpers: Sequence[tuple[Rule, CoExecutorEffect]],
        main: Order | None = None,
    ) -> Order:
        """Return one order; `helpers` are the co-executors, each with the rule that names it."""
        lead = self._resolve(effects.lead, main.lead if main else None, None)
        if lead.person is None and effects.lead is not _NOBODY:
            self._leave(ManualCode.NO_PERSON, f"некому поручить: {'; '.join(lead.path)}")
        controller = self._resolve(effects.controller, lead, None) if effects.controller else None
        co_executors = []
        for helper, effect in helpers:
            assignee = self._resolve(effect.ref, lead, controller)
            if assignee.person is None:
                self._leave(ManualCode.NO_PERSON, f"некому быть соисполнителем: {'; '.join(assignee.path)}")
            term, missing = self._deadline([Proposal(helper, effect.term)], previous=deadline)
            if missing and deadline:
                term = self._terms.half(deadline)
            co_executors.append(CoExecutor(assignee, term, effect.reminders, effect.escalations))
        version = self._policy.version.removeprefix("sha256:")[:_VERSION_DIGITS]
        return Order(
            key=f"{self._document.key}/{rule.id}/{version}/{number}",
            rule=rule.id,
            act=rule.act,
            clause=rule.clause,
            text=effects.text or rule.gist,
            lead=lead,
            deadline=deadline,
            co_executors=tuple(co_executors),
            control_kind=effects.control_kind,
            controller=controller,
            reminders=effects.reminders,
            escalations=effects.escalations,
            points=self._points(effects.reminders, effects.escalations, deadline, lead, controller),
            checks=effects.checks,
            extension=self._extension(effects),
            refusal_to=effects.refusal_to,
        )

    def _points(
        self,
        reminders: Sequence[Rung],
        escalations: Sequence[EscalationStep],
        deadline: Deadline | None,
        lead: Assignee,
        controller: Assignee | None,
    ) -> tuple[Any, ...]:
        if deadline is None:
            return ()
        return plan_points(
            start=self._document.registered_at,
            deadline=deadline,
            reminders=reminders,
            escalations=escalations,
            lead=lead,
            resolve=lambda ref: self._resolve(ref, lead, controller),
            calendar=self._calendar,
        )

    def _extension(self, effects: Effects) -> Extension | None:
        asked = effects.extension
        if asked is None:
            return None
        decides = str(asked.decides) if asked.decides else "автоматически"
        if asked.parameter:
            registered_on = self._document.registered_at.astimezone(self._calendar.zone).date()
            value = self._policy.parameters[asked.parameter].on(registered_on)
            if value is None or value.duration is None:
                return None  # not yet, or no longer, in force: nothing to ask for
            return Extension(str(value.duration), asked.times, decides, value.act, value.clause)
        by = next(rule for rule in self._live if asked in (rule.effects.extension, *_further_extensions(rule)))
        return Extension(str(asked.limit), asked.times, decides, by.act, by.clause)

    # --- people and terms -------------------------------------------------------------------------

    def _resolve(self, ref: PersonRef | None, lead: Assignee | None, controller: Assignee | None) -> Assignee:
        assert ref is not None
        return self._policy.organization.resolve(ref, self._as_of, lead=lead, controller=controller, load=self._load)

    def _people(self, refs: Iterable[PersonRef], main: Order | None) -> tuple[Assignee, ...]:
        lead, controller = (main.lead, main.controller) if main else (None, None)
        return tuple(self._resolve(ref, lead, controller) for ref in dict.fromkeys(refs))

    def _deadline(
        self, proposals: Iterable[Proposal], *, previous: Deadline | None = None, chosen: bool = False
    ) -> tuple[Deadline | None, bool]:
        """Return the earliest deadline, and whether a missing one is a gap (and not «срок: нет», or a failure).

        With `chosen` the trace says which was taken and which were not.
        """
        found: list[Deadline] = []
        missing = True
        for proposal in proposals:
            term: Term | None = proposal.value
            if term is None:
                continue
            missing = False
            if term.none:
                continue
            try:
                found.append(self._terms.deadline(term, proposal.rule, previous=previous))
            except TermImpossible as error:
                self._leave(ManualCode.BAD_TERM, f"срок правила «{proposal.rule.id}»: {error}")
        if not found:
            return None, missing
        earliest = min(found, key=lambda deadline: deadline.due_at)
        if chosen:
            others = tuple(f"{one.rule} → {_moment(one.due_at)}" for one in found if one is not earliest)
            self._choices.append(SlotChoice("срок", _moment(earliest.due_at), earliest.rule, others))
        return earliest, False

    def _clocks(self, main: Order | None) -> Iterator[NamedClock]:
        """Yield the named clocks; one name with two different terms is a conflict."""
        proposed: dict[str, list[tuple[Rule, Term]]] = {}
        until: dict[str, str] = {}
        for rule in self._live:
            for clock in rule.effects.clocks:
                proposed.setdefault(clock.name, []).append((rule, clock.term))
                until.setdefault(clock.name, clock.until)
        for name, terms in proposed.items():
            self._same(clock_slot(name), terms)
            rule, term = terms[0]
            try:
                deadline = self._terms.deadline(term, rule, previous=main.deadline if main else None)
                yield NamedClock(name, deadline, until[name])
            except TermImpossible as error:
                self._leave(ManualCode.BAD_TERM, f"счётчик «{name}» правила «{rule.id}»: {error}")


_PLAIN_SLOTS: tuple[tuple[str, str, Callable[[Effects], str | int | None]], ...] = (
    ("priority", "приоритет", lambda effects: effects.priority),
    ("reply_channel", "канал ответа", lambda effects: effects.reply_channel),
    ("route", "маршрут", lambda effects: effects.route),
)


def _union(groups: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))


def _co_executors(live: Sequence[Rule]) -> tuple[CoExecutorEffect, ...]:
    return _union(rule.effects.co_executors for rule in live)


def _further_extensions(rule: Rule) -> Iterator[Any]:
    return (effects.extension for effects in rule.effects.further)


def _moment(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M}"
