"""What each thing that people do with an order means for it, for its items, and for what is sent on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from poruchik.control.item import ItemKind, ItemState, Plan
from poruchik.control.lifecycle import ChangeContext, OrderWithItems, apply
from poruchik.errors import PoruchikError
from poruchik.model.commands import Notice, Operation
from poruchik.model.exchange import ChangeKind, OrderChange, Report
from poruchik.model.order import Counting
from poruchik.model.standing import CLOSED, OrderState, Outcome, outcome_of
from poruchik.reply.draft import Hint
from poruchik.resources import rules_folder
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from support.orders import CONTROLLER, EXTENSION, HEAD, KEY, LEAD, ORGANIZATION, OTHER, at, item, order

TEXTS = Texts(rules_folder())
CLOCK, PART = "ответ направившему", OTHER
NOW = "2026-10-12T10:00"
WHOLE = Report("почта", date(2026, 10, 12), "разъяснено", ("ответ.pdf",))


class Played:
    """An order of which a test says what happens; with the lead's item, a co-executor's and a clock."""

    def __init__(self, calendar: WorkCalendar, *, operations: set[Operation] | None = None, **given: Any) -> None:
        self.calendar = calendar
        self.operations = set(Operation) if operations is None else operations
        items = [
            item(calendar),
            item(calendar, ItemKind.CO_EXECUTOR, PART, person=OTHER),
            item(calendar, ItemKind.CLOCK, CLOCK),
        ]
        self.subject = OrderWithItems(order(**{"demands": {"controller": "роль: контроль"}, **given}), items)

    def happens(self, kind: ChangeKind, *, when: str = NOW, by: str = LEAD, **more: Any) -> OrderWithItems:
        context = ChangeContext(
            ORGANIZATION, self.calendar, TEXTS, at(self.now or when), self.operations, lambda _draft: self.hints
        )
        change = OrderChange("7", KEY, kind, at(when), by, **more)
        apply(self.subject, change, context)
        return self.subject

    now = ""
    """When it becomes known; «» at once."""
    hints: list[Hint] = []  # noqa: RUF012 — replaced by the test that needs some

    def sent(self) -> list[tuple[Operation, Any]]:
        told = []
        for command in self.subject.commands:
            told.append((command.operation, command.to.name if isinstance(command, Notice) else command.told()))
        return told

    def states(self) -> list[ItemState]:
        return [one.state for one in self.subject.items]

    def notes(self) -> list[str]:
        return [what for what, _, _ in self.subject.notes]


@pytest.fixture
def played(calendar: WorkCalendar) -> Played:
    return Played(calendar)


# --- receipt and acceptance -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state"), [(ChangeKind.DELIVERED, OrderState.DELIVERED), (ChangeKind.ACCEPTED, OrderState.ACCEPTED)]
)
def test_receipt_and_acceptance_are_states(played: Played, kind: ChangeKind, state: OrderState) -> None:
    subject = played.happens(kind)
    assert subject.order.state == state
    assert subject.commands == []
    assert subject.order.due_at == at("2026-10-19T18:00")


def test_acceptance_is_the_leads_and_of_the_clocks_not_of_a_co_executor(played: Played) -> None:
    assert [one.accepted for one in played.happens(ChangeKind.ACCEPTED).items] == [True, False, True]


def test_acceptance_of_a_part_leaves_the_order_as_it_is(played: Played) -> None:
    subject = played.happens(ChangeKind.ACCEPTED, by=OTHER, part=PART)
    assert [one.accepted for one in subject.items] == [False, True, False]
    assert subject.order.state == OrderState.NEW


def test_what_waits_for_acceptance_is_not_planned_any_more(played: Played) -> None:
    assert played.subject.items[0].next_at == at("2026-10-07T11:00")
    assert played.happens(ChangeKind.ACCEPTED).items[0].next_at == at("2026-10-14T09:00")


def test_a_term_that_begins_with_receipt_is_counted_from_it_and_told_to_the_system(played: Played) -> None:
    lead = played.subject.items[0]
    counting = Counting(at("2026-10-05T11:00"), "14 дней", "на предыдущий рабочий")
    deadline = replace(lead.plan.deadline, provisional=True, counting=counting)
    played.subject.items[0] = replace(lead, plan=replace(lead.plan, deadline=deadline))
    subject = played.happens(ChangeKind.DELIVERED, when="2026-10-07T15:00")
    assert subject.items[0].plan.deadline.due_on == date(2026, 10, 21)
    assert not subject.items[0].plan.deadline.provisional
    assert (subject.order.due_on, subject.order.first_due_at) == (date(2026, 10, 21), subject.order.due_at)
    ((operation, body),) = played.sent()
    assert (operation, body["due_on"]) == (Operation.EXTEND, "2026-10-21")


# --- «не моё» -------------------------------------------------------------------------------------


def test_a_refused_order_goes_to_whom_the_rule_names(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"refusal_to": "начальник-исполнителя"})
    subject = played.happens(ChangeKind.REFUSED, comment="не моё")
    assert subject.order.state == OrderState.REFUSED
    ((operation, body),) = played.sent()
    assert (operation, body["lead"]["person"]) == (Operation.REASSIGN, HEAD)
    assert body["comment"] == f"{LEAD} вернул(а) поручение: не моё."
    assert subject.manual == ""


@pytest.mark.parametrize(
    ("demands", "operations"),
    [
        ({}, set(Operation)),
        ({"refusal_to": f"сотрудник: {LEAD}"}, set(Operation)),
        ({"refusal_to": "роль: никто"}, set(Operation)),
        ({"refusal_to": "начальник-исполнителя"}, {Operation.NOTICE}),
    ],
    ids=["the rule names nobody", "names the same", "nobody holds the role", "the system cannot"],
)
def test_else_it_goes_to_a_person(calendar: WorkCalendar, demands: dict[str, str], operations: set[Operation]) -> None:
    played = Played(calendar, demands=demands, operations=operations)
    subject = played.happens(ChangeKind.REFUSED)
    assert subject.manual == f"{LEAD} возвращает поручение «не моё»: без объяснения"
    assert subject.commands == []


def test_a_refused_part_is_told_to_the_lead(played: Played) -> None:
    subject = played.happens(ChangeKind.REFUSED, by=OTHER, part=PART)
    assert subject.order.state == OrderState.NEW
    assert played.sent() == [(Operation.NOTICE, LEAD)]


@pytest.mark.parametrize(
    ("kind", "more"),
    [(ChangeKind.ACCEPTED, {}), (ChangeKind.REASSIGNED, {"lead": OTHER}), (ChangeKind.RELEASED, {}), (ChangeKind.CANCELLED, {})],
)  # fmt: skip
def test_somebody_has_a_refused_order_again(calendar: WorkCalendar, kind: ChangeKind, more: dict[str, str]) -> None:
    played = Played(calendar, state=OrderState.REFUSED)
    assert played.happens(kind, **more).taken_on
    assert not Played(calendar).happens(kind, **more).taken_on


# --- reports --------------------------------------------------------------------------------------


def test_a_whole_report_stops_what_is_due(played: Played) -> None:
    subject = played.happens(ChangeKind.REPORTED, report=WHOLE)
    assert (subject.order.state, subject.order.reported_at) == (OrderState.REPORTED, at(NOW))
    assert (subject.order.outcome, subject.order.answer_days) == ("разъяснено", 7)
    assert played.states() == [ItemState.PAUSED] * 3
    assert [one.next_at for one in subject.items] == [None] * 3
    assert subject.commands == []


def test_without_a_controller_a_whole_report_releases(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={})
    played.happens(ChangeKind.REPORTED, report=WHOLE)
    assert [operation for operation, _ in played.sent()] == [Operation.RELEASE]


def test_an_incomplete_report_is_returned_with_what_is_missing(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"controller": "роль: контроль", "checks": ["дата ответа", "класс исхода"]})
    subject = played.happens(ChangeKind.REPORTED, report=Report("почта"))
    assert (subject.order.state, subject.order.reported_at) == (OrderState.REPORTED, None)
    assert played.sent() == [(Operation.RETURN, {"comment": "Отчёт неполон: не указано — дата ответа, класс исхода."})]
    assert ("отчёт неполон", "дата ответа, класс исхода", LEAD) in subject.notes


def test_where_the_system_takes_no_return_the_lead_is_told_and_the_ladder_goes_on(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"checks": ["дата ответа"]}, operations={Operation.NOTICE})
    subject = played.happens(ChangeKind.REPORTED, report=Report("почта"))
    assert subject.order.state == OrderState.NEW
    assert played.states() == [ItemState.ACTIVE] * 3
    assert played.sent() == [(Operation.NOTICE, LEAD)]


def test_a_report_on_a_part_ends_that_part(played: Played) -> None:
    subject = played.happens(ChangeKind.REPORTED, by=OTHER, part=PART, report=WHOLE)
    assert played.states() == [ItemState.ACTIVE, ItemState.DONE, ItemState.ACTIVE]
    assert subject.order.reported_at is None


def test_a_returned_report_resumes_and_says_since_when(played: Played) -> None:
    played.happens(ChangeKind.REPORTED, report=WHOLE)
    subject = played.happens(ChangeKind.RETURNED, by=CONTROLLER, when="2026-10-15T10:00")
    assert (subject.order.state, subject.order.reported_at) == (OrderState.RETURNED, None)
    assert played.states() == [ItemState.ACTIVE] * 3
    assert {one.progress.resumed_at for one in subject.items} == {at("2026-10-15T10:00")}


def test_a_returned_part_resumes_alone(played: Played) -> None:
    played.happens(ChangeKind.REPORTED, by=OTHER, part=PART, report=WHOLE)
    played.happens(ChangeKind.RETURNED, by=LEAD, part=PART)
    assert played.states() == [ItemState.ACTIVE] * 3
    assert played.subject.order.state == OrderState.NEW


def test_a_draft_is_checked_counted_and_not_kept(played: Played) -> None:
    played.hints = [Hint("тон", "грубо", "смягчите", "п. 11.3", 1, 1, "слово")]
    subject = played.happens(ChangeKind.DRAFTED, comment="Уважаемый заявитель! Никогда больше не пишите.")
    assert Report.read(subject.order.report).draft_hints == 1
    assert played.sent() == [(Operation.NOTICE, LEAD)]
    assert "Никогда" not in str(subject.notes)
    later = played.happens(ChangeKind.REPORTED, report=WHOLE).order.report
    assert Report.read(later).draft_hints == 1, "a report after the draft keeps what it got"


# --- moments and states: what people mean ---------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["2026-10-30T00:00:00+05:00", "2026-10-29T21:00:00+00:00", "2026-10-29T19:00:00+00:00"]
)
def test_a_day_set_by_people_stands_until_its_end(calendar: WorkCalendar, written: str) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    order = played.happens(ChangeKind.EXTENDED, due_at=datetime.fromisoformat(written)).order
    assert (order.due_on, order.due_at, order.late_at) == (
        date(2026, 10, 30),
        at("2026-10-30T18:00"),
        at("2026-10-31T00:00"),
    )
    (lead, *_) = played.subject.items
    assert [f"{one.at:%m-%d}" for one in lead.plan.points if one.tells_of_delay] == ["11-02"], "the Monday after"
    late = played.happens(ChangeKind.REPORTED, when="2026-10-30T23:30", report=WHOLE).order
    assert outcome_of(late, at("2026-11-10T10:00")) is Outcome.EXTENDED


def test_an_echo_of_our_own_term_from_a_system_that_keeps_dates_changes_nothing(played: Played) -> None:
    before = played.subject.order
    assert (
        played.happens(ChangeKind.EXTENDED, due_at=datetime.fromisoformat("2026-10-19T00:00:00+05:00")).order is before
    )


@pytest.mark.parametrize("when", ["2026-10-19T18:00:01", "2026-10-19T23:30"])
def test_a_report_on_the_due_day_is_in_time(played: Played, when: str) -> None:
    order = played.happens(ChangeKind.REPORTED, when=when, report=WHOLE).order
    assert order.reported_late is False and outcome_of(order, at("2026-11-10T10:00")) is Outcome.IN_TIME


def test_a_term_that_was_shortened_by_mistake_leaves_the_extension_unused(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    played.happens(ChangeKind.EXTENDED, due_at=at("2026-10-12T18:00"), by=CONTROLLER)
    assert played.sent()[0] == (Operation.NOTICE, LEAD), "told at once"
    order = played.happens(ChangeKind.EXTENDED, due_at=at("2026-10-19T18:00"), by=CONTROLLER).order
    assert (order.extensions, order.furthest_on) == (0, date(2026, 10, 19))
    subject = played.happens(ChangeKind.TERM_ASKED, due_at=at("2026-10-30T18:00"))
    assert subject.order.asked_due_at == at("2026-10-30T18:00")
    assert played.happens(ChangeKind.EXTENDED, due_at=at("2026-10-30T18:00")).order.extensions == 1


def test_the_same_day_at_another_hour_is_no_extension(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    subject = played.happens(ChangeKind.TERM_ASKED, due_at=at("2026-10-19T23:59"))
    assert "просят не больше, чем есть" in str(subject.notes)
    assert played.happens(ChangeKind.EXTENDED, due_at=at("2026-10-19T23:59")).order.extensions == 0


@pytest.mark.parametrize("kind", [ChangeKind.DELIVERED, ChangeKind.ACCEPTED])
@pytest.mark.parametrize("state", [OrderState.REPORTED, OrderState.ACCEPTED])
def test_what_comes_late_undoes_nothing(calendar: WorkCalendar, kind: ChangeKind, state: OrderState) -> None:
    played = Played(calendar, state=state)
    assert played.happens(kind).order.state == state


def test_an_acceptance_older_than_a_reassignment_is_not_the_new_leads(played: Played) -> None:
    played.happens(ChangeKind.REASSIGNED, when="2026-10-07T10:00", lead=CONTROLLER)
    subject = played.happens(ChangeKind.ACCEPTED, when="2026-10-06T10:00")
    assert subject.order.state == OrderState.NEW and not subject.items[0].accepted
    assert "принято прежним исполнителем" in played.notes()


def test_the_reviewers_time_is_not_the_executors(played: Played) -> None:
    """Reported in time, returned long after the term, reported again within the days for rework: in time."""
    played.happens(ChangeKind.REPORTED, when="2026-10-16T12:00", report=WHOLE)
    played.now = "2026-11-09T10:00"
    order = played.happens(ChangeKind.RETURNED, when="2026-11-09T10:00", by=CONTROLLER).order
    assert (order.due_on, order.late_at) == (date(2026, 11, 12), at("2026-11-13T00:00"))
    assert order.extensions == 0 and not order.is_late(at("2026-11-12T12:00"))
    order = played.happens(ChangeKind.REPORTED, when="2026-11-12T12:00", report=WHOLE).order
    assert outcome_of(order, at("2026-12-01T10:00")) is Outcome.IN_TIME


@pytest.mark.parametrize(("again", "late"), [("2026-11-12T23:00", False), ("2026-11-13T09:00", True)])
def test_rework_has_a_term_too(played: Played, again: str, late: bool) -> None:
    played.happens(ChangeKind.REPORTED, when="2026-10-16T12:00", report=WHOLE)
    played.now = "2026-11-09T10:00"
    played.happens(ChangeKind.RETURNED, when="2026-11-09T10:00")
    assert played.happens(ChangeKind.REPORTED, when=again, report=WHOLE).order.reported_late is late


def test_rework_before_the_term_keeps_it(played: Played) -> None:
    played.happens(ChangeKind.REPORTED, when="2026-10-14T12:00", report=WHOLE)
    assert played.happens(ChangeKind.RETURNED, when="2026-10-15T12:00").order.due_on == date(2026, 10, 19)


def test_a_returned_report_that_was_late_stays_late(played: Played) -> None:
    played.happens(ChangeKind.REPORTED, when="2026-10-20T12:00", report=WHOLE)
    played.now = "2026-11-09T10:00"
    played.happens(ChangeKind.RETURNED, when="2026-11-09T10:00")
    order = played.happens(ChangeKind.REPORTED, when="2026-11-10T12:00", report=WHOLE).order
    assert outcome_of(order, at("2026-12-01T10:00")) is Outcome.LATE


def test_a_part_that_nobody_knows_is_for_a_person(played: Played) -> None:
    before = played.subject.order
    with pytest.raises(PoruchikError, match=r"части «Никто Н. Н.» у поручения нет"):
        played.happens(ChangeKind.REPORTED, part="Никто Н. Н.")
    assert played.subject.order is before and played.notes() == []


def test_what_was_open_at_the_close_is_opened_again_and_nothing_else(played: Played) -> None:
    _, part, clock = played.subject.items
    played.happens(ChangeKind.REPORTED, part=part.name)
    played.happens(ChangeKind.RELEASED)
    assert played.states() == [ItemState.ENDED, ItemState.DONE, ItemState.ENDED]
    played.happens(ChangeKind.RETURNED)
    assert played.states() == [ItemState.ACTIVE, ItemState.DONE, ItemState.ACTIVE], clock.name


@pytest.mark.parametrize(
    ("due", "half", "follows"),
    [
        ("2026-10-13T18:00", False, date(2026, 10, 13)),  # not after the lead's
        ("2026-10-30T18:00", False, None),  # a term of its own stays
        ("2026-10-30T18:00", True, date(2026, 10, 16)),  # half of the new one; 17 October is a Saturday
        ("2026-10-13T18:00", True, date(2026, 10, 9)),
    ],
)
def test_a_part_follows_the_lead(calendar: WorkCalendar, due: str, half: bool, follows: date | None) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    lead, part, clock = played.subject.items
    played.subject.items = [lead, replace(part, plan=replace(part.plan, half=half)), clock]
    before = part.plan.deadline.due_on
    played.happens(ChangeKind.EXTENDED, due_at=at(due), by=CONTROLLER)
    after = Plan.read(played.subject.items[1].plan.stored())
    assert after.deadline.due_on == (follows or before) and after.half is half
    told = [to for _, to in played.sent()]
    assert (part.person in told[1:]) is bool(follows)
    assert len({one.message_id for one in played.subject.commands}) == len(told)


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demands", "asked", "more", "why"),
    [
        ({}, "2026-10-30T18:00", {}, "правило не предусматривает продления"),
        ({"extension": EXTENSION}, None, {}, "не указано, до какого дня"),
        ({"extension": EXTENSION}, "2026-10-30T18:00", {"extensions": 1}, "срок уже продлевали, раз: 1"),
        ({"extension": EXTENSION}, "2026-10-12T18:00", {}, "просят не больше, чем есть"),
        ({"extension": EXTENSION}, "2026-12-30T18:00", {}, "не позднее 18 ноября 2026"),
    ],
)
def test_what_cannot_be_given_is_refused_at_once(
    calendar: WorkCalendar, demands: dict[str, Any], asked: str | None, more: dict[str, Any], why: str
) -> None:
    played = Played(calendar, demands=demands, **more)
    subject = played.happens(ChangeKind.TERM_ASKED, due_at=at(asked) if asked else None, comment="надо")
    assert subject.order.asked_due_at is None
    assert played.sent() == [(Operation.NOTICE, LEAD)]
    (details,) = [details for what, details, _ in subject.notes if what == "в продлении отказано"]
    assert why in details


def test_after_its_end_a_term_is_not_moved(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    subject = played.happens(ChangeKind.TERM_ASKED, when="2026-10-20T10:00", due_at=at("2026-10-30T18:00"))
    assert "срок истёк 19 октября 2026" in str(subject.notes)


def test_a_request_is_put_to_who_decides(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    subject = played.happens(ChangeKind.TERM_ASKED, due_at=at("2026-10-30T18:00"))
    assert subject.order.asked_due_at == at("2026-10-30T18:00")
    assert played.sent() == [(Operation.NOTICE, CONTROLLER)]


def test_where_the_rule_decides_itself_the_system_is_asked(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION | {"decides": "автоматически"}})
    played.happens(ChangeKind.TERM_ASKED, due_at=at("2026-10-30T18:00"))
    ((operation, body),) = played.sent()
    assert (operation, body["due_on"]) == (Operation.EXTEND, "2026-10-30")


def test_an_extension_by_people_moves_the_plan_and_counts(calendar: WorkCalendar) -> None:
    played = Played(calendar, demands={"extension": EXTENSION}, asked_due_at=at("2026-10-30T18:00"))
    subject = played.happens(ChangeKind.EXTENDED, by=CONTROLLER, due_at=at("2026-10-30T18:00"))
    assert (subject.order.due_on, subject.order.extensions) == (date(2026, 10, 30), 1)
    assert (subject.order.first_due_at, subject.order.asked_due_at) == (at("2026-10-19T18:00"), None)
    lead, part, clock = subject.items
    assert lead.plan.deadline.due_on == date(2026, 10, 30)
    assert f"срок установил(а) {CONTROLLER}" in lead.plan.deadline.term
    assert {one.plan.deadline.due_on for one in (part, clock)} == {date(2026, 10, 19)}
    assert played.sent() == [(Operation.NOTICE, LEAD)]


@pytest.mark.parametrize(
    ("due", "note"),
    [
        (None, "новый срок не назван"),
        ("2026-12-30T18:00", "срок продлён сверх предела"),
    ],
)
def test_what_is_odd_about_an_extension_is_noted(calendar: WorkCalendar, due: str | None, note: str) -> None:
    played = Played(calendar, demands={"extension": EXTENSION})
    played.happens(ChangeKind.EXTENDED, by=CONTROLLER, due_at=at(due) if due else None)
    assert note in played.notes()


def test_people_may_extend_what_the_rule_does_not(played: Played) -> None:
    subject = played.happens(ChangeKind.EXTENDED, by=CONTROLLER, due_at=at("2026-10-30T18:00"))
    assert subject.order.due_on == date(2026, 10, 30)
    assert "срок продлён, хотя правило продления не предусматривает" in played.notes()


def test_our_own_term_that_comes_back_changes_nothing(played: Played) -> None:
    before = played.subject.order
    assert played.happens(ChangeKind.EXTENDED, by="Поручик", due_at=at("2026-10-19T18:00")).order is before


def test_a_shorter_term_is_no_extension(played: Played) -> None:
    subject = played.happens(ChangeKind.EXTENDED, by=CONTROLLER, due_at=at("2026-10-14T18:00"))
    assert (subject.order.due_on, subject.order.extensions) == (date(2026, 10, 14), 0)


def test_the_term_of_a_part_is_its_own(played: Played) -> None:
    subject = played.happens(ChangeKind.EXTENDED, by=LEAD, part=PART, due_at=at("2026-10-16T18:00"))
    assert [one.plan.deadline.due_on.day for one in subject.items] == [19, 16, 19]
    assert subject.order.due_on == date(2026, 10, 19)


# --- people, and the end --------------------------------------------------------------------------


def test_another_lead_begins_anew(calendar: WorkCalendar) -> None:
    played = Played(calendar, state=OrderState.ACCEPTED)
    played.happens(ChangeKind.ACCEPTED)
    subject = played.happens(ChangeKind.REASSIGNED, by=CONTROLLER, lead=OTHER)
    assert (subject.order.lead, subject.order.unit, subject.order.state) == (OTHER, "отдел", OrderState.NEW)
    lead, part, clock = subject.items
    assert (lead.person, lead.accepted, lead.plan.issued_at) == (OTHER, False, at(NOW))
    assert (clock.person, part.plan.issued_at) == (OTHER, at("2026-10-05T11:00"))
    assert lead.next_at == at("2026-10-14T09:00"), "acceptance is waited for from the day it was handed over"


def test_a_reassignment_that_names_nobody_is_passed_over(played: Played) -> None:
    before = played.subject.order
    assert played.happens(ChangeKind.REASSIGNED, by=CONTROLLER).order is before
    assert "новый исполнитель не назван" in played.notes()


@pytest.mark.parametrize(
    ("kind", "state"), [(ChangeKind.RELEASED, OrderState.RELEASED), (ChangeKind.CANCELLED, OrderState.CANCELLED)]
)
def test_the_end(played: Played, kind: ChangeKind, state: OrderState) -> None:
    subject = played.happens(kind, by=CONTROLLER)
    assert (subject.order.state, subject.order.closed_at, subject.closed) == (state, at(NOW), True)
    assert played.states() == [ItemState.ENDED] * 3
    assert [one.next_at for one in subject.items] == [None] * 3


def test_the_end_of_a_part(played: Played) -> None:
    assert not played.happens(ChangeKind.RELEASED, by=LEAD, part=PART).closed
    assert played.states() == [ItemState.ACTIVE, ItemState.DONE, ItemState.ACTIVE]


@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind is not ChangeKind.RETURNED])
def test_after_the_end_nothing_changes_but_the_journal(
    calendar: WorkCalendar, kind: ChangeKind, state: OrderState
) -> None:
    played = Played(calendar, state=state, closed_at=at("2026-10-10T10:00"))
    before = played.subject.order
    subject = played.happens(kind, lead=OTHER, due_at=at("2026-10-30T18:00"), report=WHOLE)
    assert subject.order is before
    assert subject.commands == []
    assert played.notes()[-1] == "изменение пришло после закрытия"
