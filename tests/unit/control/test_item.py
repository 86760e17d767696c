"""Which points of a plan fire when, and what becomes of those that were missed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from poruchik.control.item import TAKEN_OVER, Message, Plan, Progress, fire, next_moment
from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.order import Counting, Deadline, PointKind
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.workcalendar.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Yekaterinburg")
LEAD = PersonRef(RefKind.LEAD)
HEAD, MINISTER = PersonRef(RefKind.HEAD_OF_LEAD), PersonRef(RefKind.ROLE, "министр")
DUE = "2026-10-19T18:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def plan(
    calendar: WorkCalendar,
    *,
    reminders: tuple[str, ...] = (),
    escalations: tuple[tuple[str, PersonRef], ...] = (),
    start: str = "2026-10-05T11:00",
    issued: str | None = None,
    due: str = DUE,
    hourly: bool = False,
) -> Plan:
    until = Deadline(at(due), at(due).date(), "правило", "приказ-269", "8.4", hourly=hourly)
    return Plan.make(
        start=at(start),
        issued_at=at(issued or start),
        deadline=until,
        who=LEAD,
        reminders=[Rung.parse(text) for text in reminders],
        escalations=[EscalationStep(Rung.parse(text), ref) for text, ref in escalations],
        calendar=calendar,
    )


def life(
    calendar: WorkCalendar,
    made: Plan,
    until: str,
    *,
    outage: tuple[str, str] | None = None,
    accepted: str | None = None,
    resumed: str | None = None,
) -> list[tuple[str, str, str, bool]]:
    """Let the clock jump from point to point; within an outage nothing fires. Return moment, rungs, to, late."""
    progress, told = Progress.beginning(made), []
    now = made.issued_at
    while True:
        yes = accepted is not None and now >= at(accepted)
        following = next_moment(made, progress, accepted=yes, calendar=calendar)
        if following is None or following > at(until):
            return told
        now = max(following, now)
        if outage and at(outage[0]) <= now < at(outage[1]):
            now = at(outage[1])
        if resumed and now == at(resumed):
            progress = Progress.read(progress.stored().replace("{", f'{{"resumed_at":"{now.isoformat()}",', 1))
        if accepted is not None and now >= at(accepted) and not yes:
            continue
        messages, progress = fire(made, progress, accepted=yes, now=now, calendar=calendar)
        if not messages:
            waits = calendar.next_working_moment(now)
            assert waits > now, "nothing fires although something is due"
            now = waits
            messages, progress = fire(made, progress, accepted=yes, now=now, calendar=calendar)
        told += [(f"{now:%m-%d %H:%M}", *_words(message)) for message in messages]


def _words(message: Message) -> tuple[str, str, bool]:
    return ", ".join(point.rung for point in message.points), str(message.to), message.late


REMINDERS = ("за 3 рабочих дня", "за 1 рабочий день", "в день срока")
LADDER = (("просрочено", HEAD), ("просрочено на 1 рабочий день", MINISTER), ("просрочено на 2 рабочих дня", MINISTER))


def test_a_ladder_on_its_days(calendar: WorkCalendar) -> None:
    told = life(calendar, plan(calendar, reminders=REMINDERS, escalations=LADDER), "2026-11-10T18:00")
    assert told == [
        ("10-14 09:00", "за 3 рабочих дня", "ответственный", False),
        ("10-16 09:00", "за 1 рабочий день", "ответственный", False),
        ("10-19 09:00", "в день срока", "ответственный", False),
        ("10-20 09:00", "просрочено", "начальник-исполнителя", False),
        ("10-21 09:00", "просрочено на 1 рабочий день", "роль: министр", False),
        ("10-22 09:00", "просрочено на 2 рабочих дня", "роль: министр", False),
    ]


def test_three_missed_levels_never_fire_together(calendar: WorkCalendar) -> None:
    """An outage from before the deadline to a Sunday night two weeks later."""
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER)
    told = life(calendar, made, "2026-11-20T18:00", outage=("2026-10-15T00:00", "2026-11-01T23:00"))
    assert told == [
        ("10-14 09:00", "за 3 рабочих дня", "ответственный", False),
        # One message for what was missed: the first level, with the reminders in it.
        ("11-02 09:00", "просрочено, в день срока, за 1 рабочий день", "начальник-исполнителя", True),
        ("11-03 09:00", "просрочено на 1 рабочий день", "роль: министр", True),
        ("11-05 09:00", "просрочено на 2 рабочих дня", "роль: министр", True),  # 4 November is a holiday
    ]


def test_a_level_that_was_not_missed_keeps_its_distance_too(calendar: WorkCalendar) -> None:
    made = plan(calendar, escalations=LADDER[:2])
    told = life(calendar, made, "2026-11-20T18:00", outage=("2026-10-20T08:00", "2026-10-20T19:00"))
    assert [(moment, rung) for moment, rung, _, _ in told] == [
        ("10-21 09:00", "просрочено"),
        ("10-22 09:00", "просрочено на 1 рабочий день"),
    ]


def test_missed_reminders_become_one(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS)
    told = life(calendar, made, "2026-11-20T18:00", outage=("2026-10-10T00:00", "2026-10-16T10:00"))
    assert told == [
        ("10-16 10:00", "за 1 рабочий день, за 3 рабочих дня", "ответственный", True),
        ("10-19 09:00", "в день срока", "ответственный", False),
    ]


def test_what_a_report_held_back_is_no_outage(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS)
    resumed = "2026-10-16T10:00"
    told = life(calendar, made, "2026-11-20T18:00", outage=("2026-10-10T00:00", resumed), resumed=resumed)
    assert told[0] == ("10-16 10:00", "за 1 рабочий день, за 3 рабочих дня", "ответственный", False)


def test_every_working_morning(calendar: WorkCalendar) -> None:
    made = plan(calendar, escalations=(("просрочено, каждый рабочий день", MINISTER),), due="2026-10-29T18:00")
    told = life(calendar, made, "2026-11-06T08:00")
    assert [moment for moment, *_ in told] == [
        *("10-30 09:00", "11-02 09:00", "11-03 09:00", "11-05 09:00"),  # neither the weekend nor the holiday
    ]


def test_acceptance_stops_only_its_own_points(calendar: WorkCalendar) -> None:
    steps = (("не принято через 1 рабочий день", HEAD), ("не принято через 2 рабочих дня", MINISTER), LADDER[0])
    made = plan(calendar, escalations=steps)
    assert [rung for _, rung, _, _ in life(calendar, made, "2026-11-01T18:00")] == [rung for rung, _ in steps]
    told = life(calendar, made, "2026-11-01T18:00", accepted="2026-10-07T09:00")
    assert [rung for _, rung, _, _ in told] == ["не принято через 1 рабочий день", "просрочено"]


def test_acceptance_is_counted_from_when_the_order_was_given(calendar: WorkCalendar) -> None:
    made = plan(calendar, escalations=(("не принято через 1 рабочий день", HEAD),), issued="2026-10-08T12:00")
    assert [moment for moment, *_ in life(calendar, made, "2026-11-01T18:00")] == ["10-09 12:00"]


def test_what_lies_before_the_order_is_not_told(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER, issued="2026-10-16T12:00")
    assert life(calendar, made, "2026-10-20T08:00") == [("10-19 09:00", "в день срока", "ответственный", False)]


def test_an_order_given_after_its_term_goes_up_step_by_step(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER, issued="2026-11-16T12:00")
    assert life(calendar, made, "2026-12-20T08:00") == [
        ("11-16 12:00", "просрочено", "начальник-исполнителя", True),
        ("11-17 09:00", "просрочено на 1 рабочий день", "роль: министр", True),
        ("11-18 09:00", "просрочено на 2 рабочих дня", "роль: министр", True),
    ]


def test_late_before_the_installation_is_one_line_for_the_controller(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER, issued="2026-11-16T12:00").taken_over(calendar)
    assert life(calendar, made, "2026-12-20T08:00") == [("11-17 09:00", TAKEN_OVER, "контролёр", False)]


def test_hour_terms_fire_at_night_and_on_days_off(calendar: WorkCalendar) -> None:
    """24 hours from a Friday evening: to the duty role round the clock."""
    made = plan(
        calendar,
        reminders=("через 12 часов", "за 4 часа"),
        escalations=(("просрочено", HEAD), ("просрочено на 4 часа", MINISTER)),
        start="2026-10-02T20:00",
        due="2026-10-03T20:00",
        hourly=True,
    )
    assert [moment for moment, *_ in life(calendar, made, "2026-10-05T09:00")] == [
        *("10-03 08:00", "10-03 16:00", "10-03 20:00", "10-04 00:00"),
    ]


@pytest.mark.parametrize("night", ["2026-10-19T23:00", "2026-10-17T12:00", "2026-10-19T13:30"])
def test_day_terms_are_silent_at_night_on_days_off_and_at_lunch(calendar: WorkCalendar, night: str) -> None:
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER)
    assert fire(made, Progress.beginning(made), accepted=False, now=at(night), calendar=calendar)[0] == ()


def test_one_business_day_is_one_working_day(calendar: WorkCalendar) -> None:
    """Not 24 business hours: late since Monday evening, one day more is Wednesday morning."""
    made = plan(calendar, escalations=(("просрочено на 1 рабочий день", HEAD),))
    assert life(calendar, made, "2026-11-20T18:00")[0][0] == "10-21 09:00"


def test_snapshots_read_back(calendar: WorkCalendar) -> None:
    made = plan(calendar, reminders=REMINDERS, escalations=LADDER)
    counting = Counting(at("2026-10-05T11:00"), "10 рабочих дней", "не переносить", cap=at(DUE).date())
    for cap in (None, at(DUE).date(), at(DUE)):
        deadline = Deadline(at(DUE), at(DUE).date(), "п", "а", "1", steps=("а", "б"), counting=counting)
        full = Plan(**{name: getattr(made, name) for name in made.__dataclass_fields__} | {"deadline": deadline})
        assert Plan.read(full.stored()) == full, cap
    progress = Progress(at(DUE), at(DUE), at(DUE), at(DUE), {"просрочено, каждый день": at(DUE)}, at(DUE))
    assert Progress.read(progress.stored()) == progress
    assert made.points[0].kind is PointKind.REMINDER
