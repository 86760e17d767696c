"""What a person may do with an order on a page, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from poruchik.control.deed import DEEDS, DeedRefused, Ground, Wish, command_of, deed_id, outdated, request_of, under_way
from poruchik.control.whom import decided_by_another
from poruchik.model.commands import Command, Operation, Person, Reassign, Release, UnreadableCommand
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.model.exchange import Report
from poruchik.model.standing import CLOSED, OrderState, StoredOrder
from poruchik.organization.parts import Absence, Role
from poruchik.organization.structure import Organization
from poruchik.resources import rules_folder
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from support.orders import CONTROLLER, EXTENSION, HEAD, KEY, LEAD, ORGANIZATION, OTHER, ZONE, at, order

NOW = "2026-10-12T10:00"
WHOLE = Report("почта", date(2026, 10, 12), "разъяснено")
REPORTED = {"state": OrderState.REPORTED, "reported_at": at(NOW), "report": WHOLE.stored()}


def wish(operation: Operation, comment: str = "Потому что так надо.", **more: Any) -> Wish:
    return Wish(operation, CONTROLLER, comment, **more)


def command(
    calendar: WorkCalendar,
    wanted: Wish,
    given: StoredOrder,
    sent: tuple[OutboxItem, ...] = (),
    operations: tuple[Operation, ...] = tuple(Operation),
    now: str = NOW,
) -> Command:
    return command_of(given, wanted, Ground(ORGANIZATION, calendar, operations, at(now)), sent)


def queued(operation: Operation, state: OutboxState, revision: int = 0) -> OutboxItem:
    made = UnreadableCommand(f"{KEY}:{operation}:page-{revision}", KEY, operation, "", "")
    return OutboxItem(1, made, "sog", state, 0, 0, "", None, at(NOW), False, "", at(NOW))


def test_an_extension_ends_with_the_working_day(calendar: WorkCalendar) -> None:
    made = command(calendar, wish(Operation.EXTEND, due_on=date(2026, 10, 30)), order(demands={"extension": EXTENSION}))
    assert made.message_id == f"{KEY}:extend:page-0"
    assert made.told() == {
        "by": CONTROLLER,
        "comment": f"{CONTROLLER}: Потому что так надо.",
        "due_at": "2026-10-30T18:00:00+05:00",
        "due_on": "2026-10-30",
    }


@pytest.mark.parametrize(
    ("due_on", "given", "now", "why"),
    [
        (None, {"demands": {"extension": EXTENSION}}, NOW, "не указано, до какого дня"),
        (date(2026, 12, 30), {"demands": {"extension": EXTENSION}}, NOW, "не позднее 18 ноября 2026"),
        (date(2026, 10, 30), {}, NOW, "правило не предусматривает продления"),
        (date(2026, 10, 30), {"demands": {"extension": EXTENSION}, "extensions": 1}, NOW, r"раз: 1 \(59-ФЗ, ст. 12 ч. 2\)"),
        (date(2026, 10, 30), {"demands": {"extension": EXTENSION}}, "2026-10-20T10:00", "срок истёк 19 октября 2026"),
        (date(2026, 10, 30), {"due_at": None, "due_on": None}, NOW, "нет срока, продлевать нечего"),
    ],
)  # fmt: skip
def test_why_a_term_is_not_moved(
    calendar: WorkCalendar, due_on: date | None, given: dict[str, Any], now: str, why: str
) -> None:
    with pytest.raises(DeedRefused, match=why):
        command(calendar, wish(Operation.EXTEND, due_on=due_on), order(**given), now=now)


def test_another_lead(calendar: WorkCalendar) -> None:
    made = command(calendar, wish(Operation.REASSIGN, lead=OTHER), order())
    assert isinstance(made, Reassign) and made.lead == Person(OTHER, "отдел")


@pytest.mark.parametrize(
    ("lead", "why"),
    [("", "не выбран исполнитель"), ("Никто Н. Н.", "«Никто Н. Н.» в организации нет"), (LEAD, "поручение и так у")],
)
def test_who_cannot_be_the_lead(calendar: WorkCalendar, lead: str, why: str) -> None:
    with pytest.raises(DeedRefused, match=why):
        command(calendar, wish(Operation.REASSIGN, lead=lead), order())


def test_a_refused_order_can_be_given_back_to_who_refused_it(calendar: WorkCalendar) -> None:
    made = command(calendar, wish(Operation.REASSIGN, lead=LEAD), order(state=OrderState.REFUSED))
    assert isinstance(made, Reassign) and made.lead.name == LEAD


def test_only_a_report_is_returned(calendar: WorkCalendar) -> None:
    assert command(calendar, wish(Operation.RETURN), order(**REPORTED)).operation is Operation.RETURN
    with pytest.raises(DeedRefused, match="отчёта, который можно вернуть, нет"):
        command(calendar, wish(Operation.RETURN), order())


@pytest.mark.parametrize(
    ("comment", "given", "why"),
    [
        ("", REPORTED, None),
        ("", {}, "отчёта нет"),
        ("Снято по звонку.", {}, None),
        ("", REPORTED | {"demands": {"checks": ["дата ответа"]}}, None),
        ("", REPORTED | {"demands": {"checks": ["согласие"]}}, "в отчёте не хватает: согласие"),
        ("Согласие в деле.", REPORTED | {"demands": {"checks": ["согласие"]}}, None),
    ],
)
def test_a_release_is_shown_or_explained(
    calendar: WorkCalendar, comment: str, given: dict[str, Any], why: str | None
) -> None:
    wanted = wish(Operation.RELEASE, comment)
    if why is None:
        made = command(calendar, wanted, order(**given))
        assert isinstance(made, Release) and made.comment.startswith(CONTROLLER)
        return
    with pytest.raises(DeedRefused, match=why):
        command(calendar, wanted, order(**given))


@pytest.mark.parametrize("operation", [one for one in DEEDS if one is not Operation.RELEASE])
@pytest.mark.parametrize("comment", ["", "ну"])
def test_everything_else_wants_a_reason(calendar: WorkCalendar, operation: Operation, comment: str) -> None:
    with pytest.raises(DeedRefused, match="не сказано, почему"):
        command(calendar, wish(operation, comment, lead=OTHER, due_on=date(2026, 10, 30)), order(**REPORTED))


@pytest.mark.parametrize("operation", DEEDS)
@pytest.mark.parametrize(
    ("state", "why"),
    [*((state, "уже закрыто") for state in CLOSED), (OrderState.WAITING, "ещё не создано в системе")],
)
def test_what_cannot_be_changed_at_all(
    calendar: WorkCalendar, operation: Operation, state: OrderState, why: str
) -> None:
    with pytest.raises(DeedRefused, match=why):
        command(calendar, wish(operation), order(state=state))


@pytest.mark.parametrize("operation", DEEDS)
def test_what_the_system_does_not_take(calendar: WorkCalendar, operation: Operation) -> None:
    with pytest.raises(DeedRefused, match="система sog этого не принимает"):
        command(calendar, wish(operation), order(), operations=(Operation.NOTICE,))


@pytest.mark.parametrize(
    ("sent", "waits"),
    [
        (queued(Operation.EXTEND, OutboxState.WAITING), True),
        (queued(Operation.EXTEND, OutboxState.LEASED), True),
        (queued(Operation.EXTEND, OutboxState.SENT), True),
        (queued(Operation.EXTEND, OutboxState.SENT, revision=9), False),
        (queued(Operation.EXTEND, OutboxState.DEAD), False),
        (queued(Operation.EXTEND, OutboxState.WITHDRAWN), False),
        (queued(Operation.NOTICE, OutboxState.WAITING), False),
        (queued(Operation.CREATE, OutboxState.WAITING), False),
    ],
)
def test_one_change_at_a_time(calendar: WorkCalendar, sent: OutboxItem, waits: bool) -> None:
    assert bool(under_way(order(), [sent])) is waits
    wanted = wish(Operation.REASSIGN, lead=OTHER)
    if not waits:
        command(calendar, wanted, order(), (sent,))
        return
    with pytest.raises(DeedRefused, match="предыдущее изменение ещё ждёт ответа системы"):
        command(calendar, wanted, order(), (sent,))


def test_a_form_sent_twice_is_one_command_and_one_of_before_is_outdated(calendar: WorkCalendar) -> None:
    given, changed = order(), replace(order(), revision=4)
    made = command(calendar, wish(Operation.REASSIGN, lead=OTHER), given)
    assert made.message_id == deed_id(given, Operation.REASSIGN)
    assert not outdated(given, made)
    assert outdated(changed, made)
    assert not outdated(changed, replace(made, message_id=f"{KEY}:reassign:7")), "the program's own command"


EXTENDED = {"demands": {"extension": EXTENSION}}


def test_who_does_not_decide_is_sent_to_prepare_it(calendar: WorkCalendar) -> None:
    wanted = Wish(Operation.EXTEND, HEAD, "Ждём сведений.", due_on=date(2026, 10, 30))
    with pytest.raises(DeedRefused, match=rf"решает {CONTROLLER}"):
        command(calendar, wanted, order(**EXTENDED))
    ground = Ground(ORGANIZATION, calendar, (Operation.NOTICE,), at(NOW))
    asked = request_of(order(**EXTENDED), wanted, ground, (), Texts(rules_folder()))
    assert (asked.to.name, asked.subject) == (CONTROLLER, "О-1: просят продлить срок до 30 октября 2026")
    assert f"Просит {HEAD}, пишет: Ждём сведений." in asked.text and "не позднее 18 ноября 2026" in asked.text
    with pytest.raises(DeedRefused, match="не позднее 18 ноября"):
        request_of(order(**EXTENDED), replace(wanted, due_on=date(2026, 12, 30)), ground, (), Texts(rules_folder()))


@pytest.mark.parametrize(
    ("who", "absences", "roles", "decides"),
    [
        (CONTROLLER, [], ORGANIZATION.roles, None),
        (HEAD, [], ORGANIZATION.roles, CONTROLLER),
        (HEAD, [Absence(CONTROLLER, date(2026, 10, 1), date(2026, 10, 20), OTHER)], ORGANIZATION.roles, OTHER),
        (OTHER, [Absence(CONTROLLER, date(2026, 10, 1), date(2026, 10, 20), OTHER)], ORGANIZATION.roles, None),
        (CONTROLLER, [Absence(CONTROLLER, date(2026, 10, 1), date(2026, 10, 20), OTHER)], ORGANIZATION.roles, None),
        (HEAD, [], [], None),  # nobody holds the role: the order does not stand still
    ],
)
def test_who_decides_on_that_day(who: str, absences: list[Absence], roles: list[Role], decides: str | None) -> None:
    office = Organization(ORGANIZATION.units, ORGANIZATION.employees, roles, absences, ZONE)
    found = decided_by_another(order(**EXTENDED), who, office, date(2026, 10, 12))
    assert (found and found.person) == decides
