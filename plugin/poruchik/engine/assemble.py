"""From what the fired rules want to orders: people, deadlines, the plan of control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from poruchik.control.part import not_after
from poruchik.engine.cast import Cast, Casting
from poruchik.engine.fire import Firing
from poruchik.engine.outline import NOBODY, Helper, OrderOutline, Outline, Outliner, conflict_reason
from poruchik.engine.period import PLACE, CalendarPeriod, periods
from poruchik.engine.term import Basis, RuleTerm, TermCounter, TermImpossible
from poruchik.model.decision import Conflict, FiredRule, Informed, ManualCode, ManualReason, NamedClock, SlotChoice
from poruchik.model.order import Assignee, CoExecutor, ControlPoint, Deadline, Extension, Order, order_key
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.policy.attributes import PLAN_YEAR
from poruchik.policy.slot_table import SLOTS
from poruchik.policy.whole import Policy
from poruchik.workcalendar.calendar import WorkCalendar

MAX_REMEMBERED = 20_000
NO_LEAD = "ни одно правило не назвало ответственного исполнителя"


@dataclass(slots=True)
class Assembled:
    """The parts of a decision that the rules' effects make up."""

    orders: tuple[Order, ...]
    slots: Mapping[str, str | int]
    clocks: tuple[NamedClock, ...]
    notify: tuple[Informed, ...]
    manual: tuple[ManualReason, ...]
    choices: tuple[SlotChoice, ...]
    conflicts: tuple[Conflict, ...]
    draft: Order | None


class Assembler:
    """Assembles decisions by one policy. What does not depend on the document is remembered."""

    def __init__(self, policy: Policy, calendar: WorkCalendar) -> None:
        self.policy = policy
        self.terms = TermCounter(policy, calendar)
        self._outliner = Outliner(self.terms)
        self.casting = Casting(policy.organization, calendar, policy.triage.administrator)
        self._outlines: dict[Firing, Outline] = {}

    def assemble(
        self,
        firing: Firing,
        basis: Basis,
        as_of: date,
        load: Mapping[str, int] | None,
        reporter: Assignee | None = None,
    ) -> Assembled:
        """Return orders, slots, clocks, and every reason why a person must decide.

        `reporter`, who has reported on the document's own order, stands for its lead where it is not among these.
        """
        found = self._outlines.get(firing)
        if found is None:
            if len(self._outlines) >= MAX_REMEMBERED:
                self._outlines.clear()
            found = self._outlines[firing] = self._outliner.outline(firing)
        return _Assembling(self, found, basis, as_of, load, reporter).assembled()


@dataclass(slots=True)
class _Assembling:
    """One document on its way to a decision."""

    by: Assembler
    outline: Outline
    basis: Basis
    as_of: date
    load: Mapping[str, int] | None
    reporter: Assignee | None
    manual: list[ManualReason] = field(init=False)
    choices: list[SlotChoice] = field(init=False)
    given: Counter[str] = field(default_factory=Counter)
    """How many orders each rule has given so far."""

    def assembled(self) -> Assembled:
        wanted = self.outline
        self.manual, self.choices = list(wanted.manual), list(wanted.choices)
        draft, notify = self._main_order()
        main = draft if wanted.has_lead else None
        orders = [main] if main else []
        for further in wanted.further:
            for text, period in self._texts(further):
                basis = replace(self.basis, period=period) if period else self.basis
                order = self._further_order(further, text, main, basis)
                if order:
                    orders.append(order)
        clocks, conflicts = tuple(self._clocks(main)) if wanted.clocks else (), wanted.conflicts
        differing = [clock.conflict for clock in wanted.clocks if clock.conflict]
        return Assembled(
            orders=tuple(orders),
            slots=wanted.slots,
            clocks=clocks,
            notify=notify,
            manual=tuple(self.manual),
            choices=tuple(self.choices),
            conflicts=(*conflicts, *differing),
            draft=draft,
        )

    def _leave(self, code: ManualCode, text: str) -> None:
        self._note(ManualReason(code, text))

    def _note(self, reason: ManualReason) -> None:
        if reason not in self.manual:
            self.manual.append(reason)

    # --- orders -----------------------------------------------------------------------------------

    def _main_order(self) -> tuple[Order | None, tuple[Informed, ...]]:
        """Return the document's own order, a draft where nobody is named for it, and who is notified beside it."""
        main, has_lead = self.outline.main, self.outline.has_lead
        deadline = self._chosen(main.terms) if main else None
        if not has_lead and not self.manual:
            self._leave(ManualCode.NO_LEAD, NO_LEAD)
        if main is None:
            return None, ()
        if has_lead and not main.terms and not self.manual:
            self._leave(ManualCode.NO_TERM, "ни одно правило не назначило срок")
        until = deadline.due_on if deadline else None
        cast = self.by.casting.cast(main, self.as_of, self.load, until=until)
        reasons = list(self.manual)
        order = self._order(main, cast, deadline)
        if not has_lead:
            self.manual = reasons  # nobody to reckon from is not a reason of its own
        if deadline and deadline.due_at < self.basis.registered:
            return order, (*cast.notify, self._told_of_the_past(cast, deadline))
        return order, cast.notify

    def _told_of_the_past(self, cast: Cast, deadline: Deadline) -> Informed:
        """Return who hears at once that a term was over before the document was registered.

        The order is given all the same, with that term.
        """
        to = self.by.policy.triage.to or PersonRef(RefKind.HEAD_OF_LEAD)
        gist = (
            f"Срок {self.by.terms.shown(deadline.due_at)} прошёл раньше, чем документ зарегистрирован: "
            "договоритесь о новом с тем, кто его назначил"
        )
        rule = FiredRule(deadline.rule, deadline.act, deadline.clause, gist)
        return Informed(self.by.casting.find(to, self.as_of, lead=cast.lead), (rule,))

    def _texts(self, wanted: OrderOutline) -> Iterator[tuple[str, CalendarPeriod | None]]:
        """Yield the texts of a further order: one, or one for each period or each element of a list of the card."""
        effects, text = wanted.effects, wanted.effects.text or wanted.rule.gist
        for one in self._elements(wanted, text) if effects.each else (text,):
            if not effects.every:
                yield one, None
                continue
            year = self._year()
            if year is None:
                told = self.basis.facts.get(PLAN_YEAR)
                self._leave(ManualCode.BAD_TERM, f"правило «{wanted.rule.id}»: «{PLAN_YEAR}»: {told} — не год")
                return
            for period in periods(effects.every, year, self.basis.day):
                yield (one.replace(PLACE, period.name) if PLACE in one else f"{one} ({period.name})"), period

    def _year(self) -> int | None:
        """Return the year of the plan, that of registration where the card names none; None when it is no year."""
        year = self.basis.facts.get(PLAN_YEAR, self.basis.day.year)
        return year if isinstance(year, int) and date.min.year < year < date.max.year else None

    def _elements(self, wanted: OrderOutline, text: str) -> Sequence[str]:
        """Return the text for each element of the list that the order is divided by."""
        name = wanted.effects.each
        elements = self.basis.facts.get(name)
        if not isinstance(elements, tuple) or not elements:
            self._leave(ManualCode.NO_LIST, f"правило «{wanted.rule.id}»: в карточке нет «{name}», не на что делить")
            return ()
        place = f"{{{name}}}"
        return [text.replace(place, one) if place in text else f"{text} {one}" for one in elements]

    def _further_order(self, wanted: OrderOutline, text: str, main: Order | None, basis: Basis) -> Order | None:
        which = f"дополнительное поручение правила «{wanted.rule.id}»"
        if wanted.effects.lead is None:
            self._leave(ManualCode.NO_LEAD, f"{which}: не назван ответственный")
            return None
        found = self._deadlines(wanted.terms, main.deadline if main else None, basis)
        if not wanted.terms:
            self._leave(ManualCode.NO_TERM, f"{which}: не назначен срок")
        until = found[0].due_on if found else None
        cast = self.by.casting.cast(wanted, self.as_of, self.load, main.lead if main else self.reporter, until)
        order = self._order(wanted, cast, found[0] if found else None, text)
        return replace(order, begins_on=basis.period.first) if basis.period else order

    def _order(self, wanted: OrderOutline, cast: Cast, deadline: Deadline | None, text: str = "") -> Order:
        rule, effects = wanted.rule, wanted.effects
        if cast.lead.person is None and effects.lead is not NOBODY:
            self._leave(ManualCode.NO_PERSON, f"некому поручить: {'; '.join(cast.lead.path)}")
        co_executors = list(self._co_executors(wanted, cast, deadline))
        number = self.given[rule.id]
        self.given[rule.id] += 1
        return Order(
            key=order_key(self.basis.document.key, rule.id, number),
            rule=rule.id,
            act=rule.act,
            clause=rule.clause,
            text=text or effects.text or rule.gist,
            lead=cast.lead,
            deadline=deadline,
            co_executors=tuple(co_executors),
            control_kind=effects.control_kind,
            controller=cast.controller,
            overseer=cast.overseer,
            reminders=effects.reminders,
            escalations=effects.escalations,
            points=self._points(cast, deadline),
            checks=effects.checks,
            letters=effects.letters,
            extension=self._extension(wanted),
            suspension=effects.suspension,
            refusal_to=effects.refusal_to,
            at_once=effects.at_once,
            slots={
                slot.en: value
                for slot in SLOTS
                if (value := effects.slots.get(slot.en, self.outline.slots.get(slot.en))) is not None
            },
        )

    def _points(self, cast: Cast, deadline: Deadline | None) -> tuple[ControlPoint, ...]:
        return cast.ladder.points(self.basis.registered, deadline, cast.told) if deadline else ()

    def _co_executors(self, wanted: OrderOutline, cast: Cast, whole: Deadline | None) -> Iterator[CoExecutor]:
        """Yield the co-executors, each person once and never the lead: two roles may mean one person on that day."""
        roles = {cast.lead.person: "ответственный"} if cast.lead.person else {}
        for helper, assignee in zip(wanted.helpers, cast.helpers, strict=True):
            if assignee.person and assignee.person in roles:
                why = f"{assignee.ref}: это же {roles[assignee.person]}"
                self.choices.append(SlotChoice("соисполнители", assignee.person, wanted.rule.id, (why,)))
                continue
            if assignee.person:
                roles[assignee.person] = "соисполнитель"
            yield self._co_executor(helper, assignee, whole)

    def _co_executor(self, helper: Helper, assignee: Assignee, whole: Deadline | None) -> CoExecutor:
        if assignee.person is None:
            self._leave(ManualCode.NO_PERSON, f"некому быть соисполнителем: {'; '.join(assignee.path)}")
        deadline = None
        if helper.term:
            deadline = next(iter(self._deadlines((helper.term,), whole)), None)
            if deadline and whole:
                deadline = not_after(deadline, whole)
        elif whole:
            deadline = self.by.terms.half(whole, self.basis)
        by_half = helper.term is None
        return CoExecutor(assignee, deadline, helper.effect.reminders, helper.effect.escalations, by_half=by_half)

    def _extension(self, wanted: OrderOutline) -> Extension | None:
        asked, rule = wanted.effects.extension, wanted.extension_by
        if asked is None or rule is None:
            return None
        if asked.parameter:
            value = self.by.policy.parameters[asked.parameter].on(self.basis.day)
            if value is None or value.duration is None:
                return None  # not yet, or no longer, in force: nothing to ask for
            return Extension(value.duration, asked.times, asked.decides, value.act, value.clause)
        assert asked.limit is not None  # the language asks for one of the two
        return Extension(asked.limit, asked.times, asked.decides, rule.act, rule.clause)

    # --- terms ------------------------------------------------------------------------------------

    def _chosen(self, terms: Sequence[RuleTerm]) -> Deadline | None:
        """Return the earliest deadline; the trace says which was taken and which were not."""
        found = self._deadlines(terms, None)
        if not found:
            return None
        earliest, *others = found
        shown = self.by.terms.shown
        lost = tuple([f"{one.rule} → {shown(one.due_at)}" for one in others])
        self.choices.append(SlotChoice("срок", shown(earliest.due_at), earliest.rule, lost))
        return earliest

    def _deadlines(
        self, terms: Sequence[RuleTerm], previous: Deadline | None, basis: Basis | None = None
    ) -> list[Deadline]:
        """Return the deadlines of the terms, the earliest first, the others in the order of the rules."""
        found: list[Deadline] = []
        for term in terms:
            if term.term.none:
                continue
            try:
                found.append(term.deadline(basis or self.basis, previous))
            except TermImpossible as error:
                self._leave(ManualCode.BAD_TERM, f"срок правила «{term.rule.id}»: {error}")
        if len(found) > 1:
            earliest = min(found, key=lambda deadline: deadline.due_at)
            found = [earliest, *(one for one in found if one is not earliest)]
        return found

    def _clocks(self, main: Order | None) -> Iterator[NamedClock]:
        previous = main.deadline if main else None
        for clock in self.outline.clocks:
            if clock.conflict:
                self._note(conflict_reason(clock.conflict))
            try:
                yield NamedClock(clock.name, clock.term.deadline(self.basis, previous), clock.until)
            except TermImpossible as error:
                self._leave(ManualCode.BAD_TERM, f"счётчик «{clock.name}» правила «{clock.term.rule.id}»: {error}")
