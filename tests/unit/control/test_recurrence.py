"""What comes again while an order is late: when first, and when after that."""

from __future__ import annotations

from datetime import datetime

import pytest

from poruchik.control.item import Plan, Progress, fire, next_moment
from poruchik.control.recurrence import again, first_of
from poruchik.model.ladder import EscalationStep, Recurrence, Rung
from poruchik.model.order import Deadline
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.workcalendar.calendar import WorkCalendar
from support.orders import at
from support.policies import CALENDAR

CONTROLLER, HEAD = PersonRef(RefKind.CONTROLLER), PersonRef(RefKind.HEAD_OF_LEAD)
LATE = "2026-11-05T09:00"
"""Thursday, the morning after the holiday of the fourth."""

TABLE = [
    # words, whether the term is in hours, when it comes
    ("каждый день", False, ["2026-11-05T09:00", "2026-11-06T09:00", "2026-11-09T09:00", "2026-11-10T09:00"]),
    ("каждый день", True, ["2026-11-05T09:00", "2026-11-06T09:00", "2026-11-07T09:00", "2026-11-08T09:00"]),
    ("каждый рабочий день", False, ["2026-11-05T09:00", "2026-11-06T09:00", "2026-11-09T09:00"]),
    ("каждый рабочий день", True, ["2026-11-05T09:00", "2026-11-06T09:00", "2026-11-09T09:00"]),
    ("каждую неделю", False, ["2026-11-05T09:00", "2026-11-12T09:00", "2026-11-19T09:00"]),
    ("каждый месяц в 1-й рабочий день", False, ["2026-12-01T09:00", "2027-01-11T09:00", "2027-02-01T09:00"]),
    ("каждый месяц в 4-й рабочий день", False, ["2026-11-06T09:00", "2026-12-04T09:00"]),
    ("каждый месяц в 15-й рабочий день", False, ["2026-11-23T09:00", "2026-12-21T09:00"]),
]


@pytest.mark.parametrize(("words", "hourly", "comes"), TABLE)
def test_when_it_comes(words: str, hourly: bool, comes: list[str]) -> None:
    rung = Rung.parse(f"просрочено, {words}")
    first = first_of(rung, at(LATE), CALENDAR)
    found = [first]
    while len(found) < len(comes):
        found.append(again(rung, first, found[-1], CALENDAR, hourly=hourly))
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in found] == comes


def test_every_word_is_in_the_table() -> None:
    assert {Rung.parse(f"просрочено, {words}").every for words, *_ in TABLE} == set(Recurrence)


def test_a_week_that_begins_with_a_day_off_is_told_on_the_next_working_day() -> None:
    rung = Rung.parse("просрочено, каждую неделю")
    first = at("2026-10-28T09:00")  # a Wednesday; so is the holiday of the fourth of November
    late = again(rung, first, first, CALENDAR, hourly=False)
    assert f"{late:%m-%d}" == "11-05"
    assert f"{again(rung, first, late, CALENDAR, hourly=False):%m-%d}" == "11-11", "and then on its own weekday"


def plan(calendar: WorkCalendar, *steps: tuple[str, PersonRef], due: str = "2026-11-03T18:00") -> Plan:
    due_at = at(due)
    return Plan.make(
        start=at("2026-10-05T11:00"),
        issued_at=at("2026-10-05T11:00"),
        deadline=Deadline(due_at, due_at.date(), "правило", "акт", "1"),
        who=PersonRef(RefKind.LEAD),
        reminders=(),
        escalations=[EscalationStep(Rung.parse(words), to) for words, to in steps],
        calendar=calendar,
    )


def lived(made: Plan, until: str) -> list[tuple[str, str, str]]:
    """Return what a plan tells until a day: moment, words, to whom."""
    progress, told = Progress.beginning(made), []
    while (moment := next_moment(made, progress, accepted=False, calendar=CALENDAR)) and moment < at(until):
        messages, progress = fire(made, progress, accepted=False, now=moment, calendar=CALENDAR)
        progress = Progress.read(progress.stored())
        told += [(f"{moment:%m-%d}", message.points[0].rung, str(message.to)) for message in messages]
    return told


def test_two_rungs_of_one_moment_to_one_person_are_both_kept() -> None:
    made = Plan.read(
        plan(CALENDAR, ("просрочено", CONTROLLER), ("просрочено, каждый рабочий день", CONTROLLER)).stored()
    )
    assert lived(made, "2026-11-10T00:00") == [
        ("11-05", "просрочено", "контролёр"),
        ("11-05", "просрочено, каждый рабочий день", "контролёр"),
        ("11-06", "просрочено, каждый рабочий день", "контролёр"),
        ("11-09", "просрочено, каждый рабочий день", "контролёр"),
    ]


def test_each_recurrence_has_a_memory_of_its_own() -> None:
    made = plan(CALENDAR, ("просрочено, каждый рабочий день", HEAD), ("просрочено, каждую неделю", CONTROLLER))
    weekly = [day for day, words, _ in lived(made, "2026-11-30T00:00") if "неделю" in words]
    assert weekly == ["11-05", "11-12", "11-19", "11-26"]


def test_what_an_outage_held_back_comes_once() -> None:
    made = plan(CALENDAR, ("просрочено, каждую неделю", CONTROLLER))
    progress = Progress.beginning(made)
    messages, progress = fire(made, progress, accepted=False, now=at("2026-11-25T10:00"), calendar=CALENDAR)
    assert [message.late for message in messages] == [True]
    following = next_moment(made, progress, accepted=False, calendar=CALENDAR)
    assert following == at("2026-11-26T09:00")


def test_what_an_earlier_version_remembers_of_each_working_day_is_kept() -> None:
    old = '{"v":1,"reminded_until":"2026-11-03T09:00:00+05:00","raised_until":"2026-11-05T09:00:00+05:00","daily_fired":"2026-11-09T09:00:00+05:00"}'
    made = plan(CALENDAR, ("просрочено, каждый рабочий день", HEAD))
    assert next_moment(made, Progress.read(old), accepted=False, calendar=CALENDAR) == datetime.fromisoformat(
        "2026-11-10T09:00:00+05:00"
    )
