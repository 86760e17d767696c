"""One test for each fault that other systems had with deadlines, reminders and substitutes."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from poruchik.control.item import Plan, Progress, fire, next_moment
from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.order import Deadline
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.parts import Absence, Employee, OrgUnit
from poruchik.organization.structure import Organization
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.duration import Duration

ZONE = ZoneInfo("Asia/Yekaterinburg")
HEAD = PersonRef(RefKind.HEAD_OF_LEAD)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def ladder(calendar: WorkCalendar, *rungs: str) -> Plan:
    """Return an escalation over an order due on Friday 16 October 2026."""
    deadline = Deadline(at("2026-10-16T18:00"), date(2026, 10, 16), "п", "приказ-269", "8.4")
    return Plan.make(
        start=at("2026-10-05T10:00"),
        issued_at=at("2026-10-05T10:00"),
        deadline=deadline,
        who=PersonRef(RefKind.LEAD),
        reminders=[],
        escalations=[EscalationStep(Rung.parse(rung), HEAD) for rung in rungs],
        calendar=calendar,
    )


def moments(calendar: WorkCalendar, plan: Plan, *, begin: str = "2026-10-05T10:00") -> list[str]:
    progress, found, now = Progress.beginning(plan), [], at(begin)
    while (following := next_moment(plan, progress, accepted=False, calendar=calendar)) is not None:
        now = max(now, following)
        messages, progress = fire(plan, progress, accepted=False, now=now, calendar=calendar)
        found += [f"{now:%m-%d %H:%M}"] * len(messages)
    return found


def test_one_business_day_is_not_24_business_hours(calendar: WorkCalendar) -> None:
    assert due(calendar, at("2026-10-05T10:00"), Duration.parse("1 рабочий день")).due_on == date(2026, 10, 6)
    assert moments(calendar, ladder(calendar, "просрочено на 1 рабочий день")) == ["10-20 09:00"]


def test_nobody_is_escalated_at_midnight_or_on_a_weekend(calendar: WorkCalendar) -> None:
    """Overdue since Friday evening: Monday morning, and not Saturday at 00:00."""
    assert moments(calendar, ladder(calendar, "просрочено", "просрочено на 1 день")) == ["10-19 09:00"]


def test_lunch_is_not_working_time(calendar: WorkCalendar) -> None:
    counted = due(calendar, at("2026-10-05T12:00"), Duration.parse("4 рабочих часа"))
    assert counted.due_at == at("2026-10-05T17:00")


def test_a_substitute_whose_time_is_over_is_not_used() -> None:
    people = organization(Absence("А", date(2026, 10, 1), date(2026, 10, 15), "Б"))
    assert people.resolve(PersonRef(RefKind.PERSON, "А"), date(2026, 10, 15)).person == "Б"
    assert people.resolve(PersonRef(RefKind.PERSON, "А"), date(2026, 10, 16)).person == "А"


def test_a_chain_of_substitutes_is_followed_to_its_end() -> None:
    people = organization(
        Absence("А", date(2026, 10, 1), date(2026, 10, 31), "Б"),
        Absence("Б", date(2026, 10, 5), date(2026, 10, 9), "В"),
    )
    found = people.resolve(PersonRef(RefKind.PERSON, "А"), date(2026, 10, 6))
    assert found.person == "В"
    assert len(found.path) == 2  # the message says through whom


def test_missed_levels_do_not_fire_at_once(calendar: WorkCalendar) -> None:
    plan = ladder(calendar, "просрочено", "просрочено на 1 рабочий день", "просрочено на 2 рабочих дня")
    assert moments(calendar, plan, begin="2026-10-30T12:00") == ["10-30 12:00", "11-02 09:00", "11-03 09:00"]


def test_a_stamp_in_moscow_time_is_the_same_moment(calendar: WorkCalendar) -> None:
    """A portal that writes +03:00 must not give or take two hours."""
    moscow = datetime.fromisoformat("2026-10-05T10:00:00+03:00")
    assert due(calendar, moscow, Duration.parse("4 часа")).due_at == at("2026-10-05T16:00")
    late = datetime.fromisoformat("2026-10-05T23:30:00+03:00")  # already the sixth in Yekaterinburg
    assert due(calendar, late, Duration.parse("1 день")).due_on == date(2026, 10, 7)


def organization(*absences: Absence) -> Organization:
    return Organization(
        units=[OrgUnit("отдел", "А")],
        employees=[Employee(name, "отдел") for name in "АБВ"],
        roles=[],
        absences=absences,
        zone=ZONE,
    )
