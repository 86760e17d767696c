"""The life of an order: what each thing that people do with it in the СЭД means for its control. Pure.

People's changes always win: the plan is counted anew from them. Decisions: `docs/sroki.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from poruchik.control.completeness import missing_in
from poruchik.control.extension import limit_of, why_not
from poruchik.control.giving import person_of
from poruchik.control.item import ItemKind, ItemState, Plan, next_moment
from poruchik.control.opening import Item
from poruchik.control.part import half_of, not_after
from poruchik.control.recount import recounted, set_by_people
from poruchik.control.suspension import after_stop, longest_until, why_not_stop
from poruchik.control.whom import find, lead_of, who_decides
from poruchik.control.wording import due_text, left_text
from poruchik.errors import PoruchikError
from poruchik.model.commands import Command, Extend, Notice, NoticeKind, Operation, Reassign, Release, Return
from poruchik.model.exchange import ChangeKind, OrderChange, Report
from poruchik.model.order import Assignee, Deadline, Extension, citation
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import CLOSED, Demands, OrderState, Stop, StoredOrder, stops_in, stops_text
from poruchik.organization.structure import Organization
from poruchik.reply.draft import Draft, Hint
from poruchik.reply.review import review
from poruchik.texts.facts import (
    EXTENSION_ASKED,
    EXTENSION_NOTICE,
    EXTENSION_REFUSED,
    HANDED_OVER,
    PART_REFUSED,
    REPLY_HINTS,
    REPORT_INCOMPLETE,
    TERM_CHANGED,
    TERM_STANDS,
)
from poruchik.texts.labels import CHANGES
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import day_meant, late_from
from poruchik.workcalendar.wording import day_text

_SHORT = 40
"""Characters of an id of a change that stands in the id of a message as it is."""
_OUTCOME = 200
"""Characters of the class of outcome that are kept."""


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """What a change is judged by: people, calendar, texts, the present moment, what the system can be asked for."""

    organization: Organization
    calendar: WorkCalendar
    texts: Texts
    now: datetime
    operations: Collection[Operation]
    review: Callable[[Draft], list[Hint]] = review
    """Finds the hints to the draft of a reply."""
    zone: str = ""
    """Of the system, where its settings name one."""


@dataclass(slots=True)
class OrderWithItems:
    """An order with its items while changes are applied to it, and what is to be written besides."""

    order: StoredOrder
    items: list[Item]
    commands: list[Command] = field(default_factory=list)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """For the audit: what, details, who."""
    manual: str = ""
    """Why a person must look at the document."""
    reported: Report | None = None
    """The complete report that was applied: rules may give orders on it."""
    taken_on: bool = False
    """Whether somebody has the order again that its executor had refused."""

    @property
    def closed(self) -> bool:
        """Tell whether nothing is due any more."""
        return self.order.state in CLOSED


def apply(subject: OrderWithItems, change: OrderChange, context: ChangeContext) -> None:
    """Apply one change to an order."""
    _Life(subject, change, context).apply()


_BEFORE_RECEIPT = (OrderState.WAITING, OrderState.NEW)
_BEFORE_ACCEPTANCE = (*_BEFORE_RECEIPT, OrderState.DELIVERED, OrderState.REFUSED, OrderState.RETURNED)
"""States that a late word of receipt or acceptance may still move; it undoes no report and no release."""
_ENDS_A_STOP = (ChangeKind.REPORTED, ChangeKind.RELEASED, ChangeKind.CANCELLED)
_NOTHING_ASKED: dict[str, Any] = {"asked_due_at": None, "asked_by": "", "asked_why": ""}
_REWORK_DAYS = 3
"""Working days for a report that was returned after its term."""


def _as_meant(change: OrderChange, context: ChangeContext) -> tuple[OrderChange, date | None]:
    """Return a change with its term as people mean it, and the day where it is one: it stands until its end."""
    zones = [context.calendar.zone, *([ZoneInfo(context.zone)] if context.zone else [])]
    day = day_meant(change.due_at, zones) if change.due_at else None
    return (replace(change, due_at=context.calendar.day_end(day)), day) if day else (change, None)


class _Life:
    def __init__(self, subject: OrderWithItems, change: OrderChange, context: ChangeContext) -> None:
        self.subject = subject
        self.change, self.day = _as_meant(change, context)
        self.context = context
        self.demands = Demands.read(subject.order.demands)

    def apply(self) -> None:
        kind, order = self.change.kind, self.subject.order
        self._check_part()
        self._note(f"в системе: {CHANGES[kind]}", self._told())
        if order.state in CLOSED and kind is not ChangeKind.RETURNED:
            self._note("изменение пришло после закрытия", CHANGES[kind])
            return
        steps: dict[ChangeKind, Callable[[], None]] = {
            ChangeKind.DELIVERED: self._delivered,
            ChangeKind.ACCEPTED: self._accepted,
            ChangeKind.REFUSED: self._refused,
            ChangeKind.REPORTED: self._reported,
            ChangeKind.RETURNED: self._returned,
            ChangeKind.TERM_ASKED: self._term_asked,
            ChangeKind.DRAFTED: self._drafted,
            ChangeKind.EXTENDED: self._extended,
            ChangeKind.REASSIGNED: self._reassigned,
            ChangeKind.RELEASED: lambda: self._close(OrderState.RELEASED),
            ChangeKind.CANCELLED: lambda: self._close(OrderState.CANCELLED),
            ChangeKind.SUSPENDED: self._suspended,
            ChangeKind.RESUMED: self._resumed,
        }
        if kind in _ENDS_A_STOP and not self.change.part and order.stopped_until is not None:
            self._resumed()
        steps[kind]()
        self._go_on_unless_waited_for()

    def _go_on_unless_waited_for(self) -> None:
        """Let parts that stand still go on where no report waits any more: refused or handed over, it is to be done."""
        order = self.subject.order
        if order.state in (*CLOSED, OrderState.REPORTED) or order.stopped_until is not None:
            return
        if order.reported_at is not None:
            self._order(reported_at=None)
        for item in list(self.subject.items):
            if item.state is ItemState.PAUSED:
                progress = replace(item.progress, resumed_at=self.context.now)
                self._keep(replace(item, state=ItemState.ACTIVE, progress=progress))

    def _check_part(self) -> None:
        """Raise PoruchikError for a part that nobody knows: whose it is, a person must say."""
        parts = [item.name for item in self.subject.items if item.name]
        if self.change.part and self.subject.items and self.change.part not in parts:
            known = f"есть: {', '.join(parts)}" if parts else "у него нет соисполнителей и счётчиков"
            raise PoruchikError(f"части «{self.change.part[:100]}» у поручения нет", remedy=known)

    # --- receipt and acceptance -------------------------------------------------------------------

    def _delivered(self) -> None:
        if not self.change.part and self.subject.order.state in _BEFORE_RECEIPT:
            self._order(state=OrderState.DELIVERED)
        for item in self._parts():
            if item.plan.deadline.provisional:
                self._replan(item, self._from_receipt(item))
        lead = self._lead_item()
        if lead and not self.change.part and lead.plan.deadline.due_at != self.subject.order.due_at:
            deadline = lead.plan.deadline
            self._order_by(deadline)
            self._order(first_due_at=deadline.due_at)
            comment = f"Срок отсчитан от получения: {due_text(deadline, self.context.calendar)}."
            self._set_term(deadline.due_at, deadline.due_on, comment)

    def _from_receipt(self, item: Item) -> Plan:
        """Return the plan counted from the receipt; a co-executor's ends with the lead's at the latest."""
        calendar, lead = self.context.calendar, self._lead_item()
        plan = recounted(item.plan, calendar, start=self.change.at)
        if item.kind is ItemKind.CO_EXECUTOR and lead:
            plan = replace(plan, deadline=not_after(plan.deadline, lead.plan.deadline)).counted(calendar)
        return plan

    def _accepted(self) -> None:
        lead = self._lead_item()
        # Whoever has it as it was decided may have accepted before this database knew of the order.
        handed_over = self.demands.lead not in ("", self.subject.order.lead)
        if not self.change.part and lead and handed_over and self.change.at < lead.plan.issued_at:
            self._note("принято прежним исполнителем", "поручение с тех пор передано")
            return
        if not self.change.part and self.subject.order.state in _BEFORE_ACCEPTANCE:
            self.subject.taken_on |= self.subject.order.state == OrderState.REFUSED
            self._order(state=OrderState.ACCEPTED)
        for item in self._parts():
            self._keep(replace(item, accepted=True))

    def _refused(self) -> None:
        if self.change.part:
            self._answer(PART_REFUSED, self._present(self.subject.order.lead))
            return
        self._order(state=OrderState.REFUSED)
        wanted = self.demands.refusal_to
        to = self._find(wanted) if wanted else None
        if to and to.person and to.person != self.subject.order.lead and Operation.REASSIGN in self.context.operations:
            comment = f"{self.subject.order.lead} вернул(а) поручение: {self.change.comment or 'без объяснения'}."
            self._command(Reassign, lead=person_of(to), comment=comment)
            return
        why = f"{self.subject.order.lead} возвращает поручение «не моё»: {self.change.comment or 'без объяснения'}"
        self.subject.manual = why

    # --- reports ----------------------------------------------------------------------------------

    def _reported(self) -> None:
        if self.change.part:
            for item in self._parts():
                self._keep(replace(item, state=ItemState.DONE))
            return
        hints = Report.read(self.subject.order.report).draft_hints
        report = replace(self.change.report, draft_hints=hints)
        missing = missing_in(report, self.demands.checks)
        if missing and Operation.RETURN not in self.context.operations:
            self._note("отчёт неполон", ", ".join(missing))
            self._answer(REPORT_INCOMPLETE, self._present(self.subject.order.lead), не_хватает=missing)
            return  # the ladder goes on
        registered = self.subject.order.registered_on
        self.subject.taken_on |= self.subject.order.state == OrderState.REFUSED
        self._order(
            state=OrderState.REPORTED,
            reported_at=None if missing else self.change.at,
            reported_late=self._reported_late(complete=not missing),
            **({} if missing else _NOTHING_ASKED),
            report=report.stored(),
            outcome=report.outcome[:_OUTCOME],
            answer_days=(report.answered_on - registered).days if report.answered_on else None,
        )
        for item in list(self.subject.items):
            if item.state is ItemState.ACTIVE:
                self._keep(replace(item, state=ItemState.PAUSED))
        self.subject.reported = None if missing else report
        if missing:
            self._note("отчёт неполон", ", ".join(missing))
            comment = f"Отчёт неполон: не указано — {', '.join(missing)}."
            self._command(Return, comment=comment)
        elif self.demands.controller is None and Operation.RELEASE in self.context.operations:
            self._command(Release, comment="Отчёт полон, контролёр не назначен.")

    def _reported_late(self, *, complete: bool) -> bool | None:
        """Tell whether the executor is late: by his first complete report, and by what he was asked to do again."""
        order = self.subject.order
        if not complete or order.reported_at is not None:
            return order.reported_late
        return bool(order.reported_late) or order.is_late(self.change.at)

    def _drafted(self) -> None:
        """Give the executor hints to the draft of the reply: advice, unless the rule asks for a draft without any."""
        hints = self.context.review(Draft(self.change.comment))
        known = Report.read(self.subject.order.report)
        self._order(report=replace(known, draft_hints=len(hints)).stored())
        self._note("проверен проект ответа", f"подсказок: {len(hints)}")
        self._answer(REPLY_HINTS, self._present(self.subject.order.lead), подсказки=[str(hint) for hint in hints])

    def _returned(self) -> None:
        rework = self._rework()
        if not self.change.part:
            self._order(state=OrderState.RETURNED, reported_at=None, closed_at=None)
        for item in list(self.subject.items):
            meant = item.name == self.change.part
            stopped = item.state in (ItemState.PAUSED, ItemState.ENDED) and not self.change.part
            if stopped or (item.state is ItemState.DONE and meant):
                progress = replace(item.progress, resumed_at=self.context.now)
                self._keep(replace(item, state=ItemState.ACTIVE, progress=progress))
        lead = self._lead_item()
        if rework and lead:
            self._set_order_term(rework, extends=False)
            self._replan(lead, self._by_people(lead, rework))

    def _rework(self) -> datetime | None:
        """Return the term of what is to be done again: as it is named, else its own while that is ahead, else 3 days.

        The reviewer's time is not the executor's. What was never complete has no other term than its own.
        """
        order, calendar = self.subject.order, self.context.calendar
        if self.change.part or order.due_at is None or (order.reported_at is None and self.change.due_at is None):
            return None
        if self.change.due_at or not order.is_late(self.context.now):
            return self.change.due_at
        today = self.change.at.astimezone(calendar.zone).date()
        return calendar.day_end(calendar.shift_working_days(today, _REWORK_DAYS))

    # --- terms ------------------------------------------------------------------------------------

    def _term_asked(self) -> None:
        asked, lead = self.change.due_at, self._present(self.subject.order.lead)
        if self.change.part:
            self._answer(EXTENSION_ASKED, lead, решает=lead.person, предел="", просит=self._day(asked))
            return
        why = self._why_not(asked)
        if why or asked is None:
            self._note("в продлении отказано", why)
            self._answer(EXTENSION_REFUSED, lead, почему=why, просит=self._day(asked))
            return
        self._order(asked_due_at=asked, asked_by=self.change.by, asked_why=self.change.comment)
        extension = self.demands.extension
        assert extension is not None  # or there would be a reason why not
        if extension.decides is None and Operation.EXTEND in self.context.operations:
            self._set_term(asked, asked.astimezone(self.context.calendar.zone).date(), "Продлено по правилу.")
            return
        decides = who_decides(self.subject.order, self.context.organization, self._today()) or lead
        limit = day_text(self._limit(extension))
        self._answer(EXTENSION_ASKED, decides, решает=decides.person, предел=limit, просит=self._day(asked))

    def _why_not(self, asked: datetime | None) -> str:
        order = self.subject.order
        return why_not(
            self.demands.extension,
            asked=asked,
            at=self.change.at,
            due_at=order.due_at,
            late_at=order.late_at,
            first_due_at=order.first_due_at or self.context.now,
            extensions=order.extensions,
            calendar=self.context.calendar,
        )

    def _limit(self, allowed: Extension) -> date:
        return limit_of(allowed, self.subject.order.first_due_at or self.context.now, self.context.calendar)

    def _extended(self) -> None:
        due_at = self.change.due_at
        if due_at is None:
            self._note("новый срок не назван", "изменение пропущено")
            return
        was = self.subject.order
        if not self.change.part:
            if due_at == was.due_at or self.day == was.due_on:
                return  # our own deed comes back, from a system that keeps dates by its day
            self._set_order_term(due_at)
        for item in [item for item in self._parts() if item.kind is not ItemKind.CLOCK or self.change.part]:
            self._replan(item, self._by_people(item, due_at))
        if not self.change.part:
            self._tell_of_new_term(was, due_at)
            self._let_parts_follow()

    def _set_order_term(self, due_at: datetime, *, extends: bool = True) -> None:
        """Give the order another term. It is extended only beyond the latest day that the term ever had."""
        order, lead = self.subject.order, self._lead_item()
        day = due_at.astimezone(self.context.calendar.zone).date()
        furthest = max((one for one in (order.furthest_on, order.due_on) if one), default=day)
        hourly = self.day is None and lead is not None and lead.plan.deadline.hourly
        self._order(
            due_at=due_at,
            due_on=day,
            late_at=late_from(due_at, day, self.context.calendar, hourly=hourly),
            furthest_on=max(furthest, day),
            extensions=order.extensions + (extends and day > furthest),
            **_NOTHING_ASKED,
        )

    def _by_people(self, item: Item, due_at: datetime) -> Plan:
        return set_by_people(item.plan, due_at, self.change.by, self.context.calendar, daylike=self.day is not None)

    def _tell_of_new_term(self, was: StoredOrder, due_at: datetime) -> None:
        """Tell the executor at once of a term that is not the one he knows."""
        if self.subject.order.extensions > was.extensions:
            self._told_of_extension(due_at)
        elif self.subject.order.due_on != was.due_on:
            lead = self._present(self.subject.order.lead)
            self._answer(TERM_CHANGED, lead, до=self._day(due_at), было=self._day(was.due_at))

    def _let_parts_follow(self) -> None:
        """Move the terms of co-executors with the lead's: halves are counted again, and no part ends after it.

        The contract has no part in our commands: whose term moves is told.
        """
        lead, calendar = self._lead_item(), self.context.calendar
        if lead is None:
            return
        whole = lead.plan.deadline
        for item in list(self.subject.items):
            before = item.plan.deadline
            if item.kind is not ItemKind.CO_EXECUTOR or item.state is ItemState.DONE:
                continue
            if item.plan.half:
                after = half_of(whole, item.plan.start.astimezone(calendar.zone), calendar)
            else:
                after = not_after(before, whole)
            if after.due_at != before.due_at:
                self._replan(item, replace(item.plan, deadline=after).counted(calendar))
                was, now = day_text(before.due_on), day_text(after.due_on)
                self._answer(TERM_CHANGED, self._present(item.person), часть=item.name, до=now, было=was)

    def _told_of_extension(self, due_at: datetime) -> None:
        extension = self.demands.extension
        if not extension:
            self._note("срок продлён, хотя правило продления не предусматривает", "изменение людей действует")
            return
        if due_at.astimezone(self.context.calendar.zone).date() > self._limit(extension):
            self._note("срок продлён сверх предела", "изменение людей действует")
        lead = self._present(self.subject.order.lead)
        self._answer(EXTENSION_NOTICE, lead, до=self._day(due_at))

    # --- stops ------------------------------------------------------------------------------------

    def _suspended(self) -> None:
        """Let the term stand still, where an act allows it; the day it can reach at most is what the order shows."""
        order, allowed, at = self.subject.order, self.demands.suspension, min(self.change.at, self.context.now)
        lead, to = self._lead_item(), self._present(self.subject.order.lead)
        why = "приостановить можно поручение, а не часть" if self.change.part else why_not_stop(order, allowed, at)
        if why or allowed is None or lead is None:
            self._note("срок не остановлен", why)
            self._answer(TERM_STANDS, to, почему=why, ждут="", до="")
            return
        until = longest_until(allowed, at, self.context.calendar)
        stop = Stop(at, None, self.change.comment or allowed.reason, self.change.by)
        self._order(stops=stops_text([*stops_in(order.stops), stop]), stopped_until=until)
        for item in list(self.subject.items):
            if item.state is ItemState.ACTIVE:
                self._keep(replace(item, state=ItemState.PAUSED))
        furthest = after_stop(lead.plan, at, until, self.context.calendar).deadline
        self._order_by(furthest)
        self._note("срок стоит", f"{allowed}; {allowed.basis}")
        self._set_term(furthest.due_at, furthest.due_on, f"Срок стоит, пока {allowed.reason} ({allowed.basis}).")
        self._answer(TERM_STANDS, to, почему="", ждут=allowed.reason, до=self._day(until), основание=allowed.basis)

    def _resumed(self) -> None:
        """Let the term go on by what was left of it; a stop does not count for longer than it may."""
        order, calendar, lead = self.subject.order, self.context.calendar, self._lead_item()
        if order.stopped_until is None or lead is None:
            self._note("срок не стоит", "изменение пропущено")
            return
        *before, stop = stops_in(order.stops)
        until, was = min(max(self.change.at, stop.since), order.stopped_until), lead.plan.deadline
        for item in list(self.subject.items):
            if item.state is ItemState.PAUSED:
                plan = after_stop(item.plan, stop.since, until, calendar)
                progress = replace(item.progress, resumed_at=self.context.now)
                self._keep(replace(item, state=ItemState.ACTIVE, plan=plan, progress=progress, snapshot=""))
        self._order(stops=stops_text([*before, replace(stop, until=until)]), stopped_until=None)
        self._let_parts_follow()
        lead = self._lead_item()
        assert lead is not None  # it was there
        deadline = lead.plan.deadline
        self._order_by(deadline)
        if order.first_due_at == was.due_at:
            self._order(first_due_at=deadline.due_at)
        if order.furthest_on == was.due_on:
            self._order(furthest_on=deadline.due_on)
        self._note("срок идёт дальше", f"стоял с {self._day(stop.since)} по {self._day(until)}")
        if self.change.kind not in _ENDS_A_STOP:
            self._set_term(deadline.due_at, deadline.due_on, f"Срок стоял до {self._day(until)} и идёт дальше.")
            to = self._present(order.lead)
            self._answer(TERM_CHANGED, to, до=self._day(deadline.due_at), было=self._day(was.due_at))

    def _order_by(self, deadline: Deadline) -> None:
        late_at = deadline.late_from(self.context.calendar)
        self._order(due_at=deadline.due_at, due_on=deadline.due_on, late_at=late_at)

    # --- people -----------------------------------------------------------------------------------

    def _reassigned(self) -> None:
        if not self.change.lead:
            self._note("новый исполнитель не назван", "изменение пропущено")
            return
        before = self.subject.order.lead
        self.subject.taken_on |= self.subject.order.state == OrderState.REFUSED
        known = self.context.organization.employee(self.change.lead)
        unit = self.change.lead_unit or (known.unit if known else "")
        self._order(lead=self.change.lead, unit=unit, state=OrderState.NEW, **_NOTHING_ASKED)
        for item in self._parts():
            plan = replace(item.plan, issued_at=self.change.at).counted(self.context.calendar)
            self._keep(replace(item, person=self.change.lead, unit=unit, accepted=False, plan=plan, snapshot=""))
        if self.change.lead != before:
            self._answer(HANDED_OVER, self._present(self.change.lead), прежний=before, остаток=self._left())

    def _left(self) -> str:
        order, lead = self.subject.order, self._lead_item()
        if order.due_at is None:
            return ""
        hourly = lead is not None and lead.plan.deadline.hourly
        return left_text(order.due_at, self.context.now, self.context.calendar, hourly=hourly)

    def _close(self, state: OrderState) -> None:
        if self.change.part:
            for item in self._parts():
                self._keep(replace(item, state=ItemState.DONE))
            return
        self.subject.taken_on |= self.subject.order.state == OrderState.REFUSED
        self._order(state=state, closed_at=self.change.at, **_NOTHING_ASKED)
        for item in list(self.subject.items):
            if item.state is not ItemState.DONE:
                self._keep(replace(item, state=ItemState.ENDED))

    # --- the parts of it --------------------------------------------------------------------------

    def _parts(self) -> Iterator[Item]:
        """Yield the items that the change is about: one part, or the lead's with the clocks."""
        for item in list(self.subject.items):
            if self.change.part == item.name or (not self.change.part and item.kind is ItemKind.CLOCK):
                yield item

    def _lead_item(self) -> Item | None:
        return next((item for item in self.subject.items if item.kind is ItemKind.LEAD), None)

    def _replan(self, item: Item, plan: Plan) -> None:
        later = plan.deadline.due_at > self.context.now
        progress = item.progress.extended(self.context.now) if later else item.progress
        self._keep(replace(item, plan=plan, progress=progress, snapshot=""))

    def _keep(self, item: Item) -> None:
        following = None
        if item.state is ItemState.ACTIVE:
            following = next_moment(item.plan, item.progress, accepted=item.accepted, calendar=self.context.calendar)
        items = self.subject.items
        items[[one.key for one in items].index(item.key)] = replace(item, next_at=following)

    def _order(self, **changes: Any) -> None:
        self.subject.order = replace(self.subject.order, **changes)

    # --- people, commands, notes ------------------------------------------------------------------

    def _find(self, ref: PersonRef) -> Assignee:
        return find(ref, self.subject.order, self.context.organization, self._today())

    def _present(self, person: str) -> Assignee:
        if self.context.organization.employee(person) is None:
            return lead_of(self.subject.order)
        return self.context.organization.resolve(PersonRef(RefKind.PERSON, person), self._today())

    def _today(self) -> date:
        return self.context.now.astimezone(self.context.calendar.zone).date()

    def _day(self, moment: datetime | None) -> str:
        return day_text(moment.astimezone(self.context.calendar.zone).date()) if moment else "дня не назвали"

    def _set_term(self, due_at: datetime, due_on: date, comment: str) -> None:
        if Operation.EXTEND in self.context.operations:
            self._command(Extend, due_at=due_at, due_on=due_on, comment=comment)

    def _answer(self, template: str, to: Assignee, **facts: Any) -> None:
        """Queue a message that answers what somebody did."""
        order, lead = self.subject.order, self._lead_item()
        if to.person is None:
            self._note("некому сообщить", "; ".join(to.path))
            return
        deadline = lead.plan.deadline if lead else None
        basis = citation(deadline.act, deadline.clause) if deadline else citation(order.act, order.clause)
        known = {
            "номер": order.title,
            "поручение": order.text,
            "исполнитель": order.lead,
            "часть": self.change.part,
            "кто": self.change.by,
            "пишет": self.change.comment,
            "срок": due_text(deadline, self.context.calendar) if deadline else "не назначен",
            "основание": basis,
        }
        subject, text = self.context.texts.render(template, known | facts)
        self._command(Notice, kind=NoticeKind.ANSWER, to=person_of(to), subject=subject, text=text, orders=(order.key,))

    def _command(self, kind: type[Command], /, **content: Any) -> None:
        key = self.subject.order.key
        change_id = self.change.id
        if len(change_id) > _SHORT:  # the id of a message has its limit too
            change_id = hashlib.sha256(change_id.encode()).hexdigest()[:32]
        message_id = f"{key}:{kind.operation}:{change_id}"
        told = sum(one.message_id.startswith(message_id) for one in self.subject.commands)
        # One change may be told to several people.
        self.subject.commands.append(kind(f"{message_id}:{told}" if told else message_id, key, **content))

    def _note(self, what: str, details: str = "") -> None:
        self.subject.notes.append((what, details, self.change.by))

    def _told(self) -> str:
        change = self.change
        # A draft is a letter to a person: it is checked and not kept.
        comment = change.comment if change.kind is not ChangeKind.DRAFTED else ""
        told = [change.part, change.lead, self._day(change.due_at) if change.due_at else "", comment]
        return "; ".join(one for one in told if one)
