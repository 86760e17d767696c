from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.control.plan import Ladder, point_moment
from poruchik.model.ladder import Anchor, Rung
from poruchik.model.order import Assignee, ControlPoint, Deadline, PointKind
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.duration import Duration, Unit

ZONE = ZoneInfo("Asia/Yekaterinburg")
SHIPPED = WorkCalendar.load(rules_folder() / "kalendar")
LEAD = Assignee(PersonRef(RefKind.PERSON, "Иванов И. И."), "Иванов И. И.", "отдел связи")
HEAD = PersonRef(RefKind.HEAD_OF_LEAD)
PEOPLE = {HEAD: "Котова К. К.", PersonRef(RefKind.ROLE, "контролёр-сроков"): "Котова К. К."}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def resolve(ref: PersonRef) -> Assignee:
    return Assignee(ref, PEOPLE.get(ref))


def deadline(due_at: datetime, *, hourly: bool = False) -> Deadline:
    return Deadline(due_at, due_at.date(), "правило", "приказ-269", "8.4", hourly=hourly)


def plan(
    start: str,
    until: Deadline,
    reminders: Sequence[str] = (),
    escalations: Sequence[tuple[str, PersonRef]] = (),
) -> tuple[ControlPoint, ...]:
    ladder = Ladder([Rung.parse(text) for text in reminders], [Rung.parse(text) for text, _ in escalations], SHIPPED)
    return ladder.points(at(start), until, [*[LEAD] * len(reminders), *(resolve(ref) for _, ref in escalations)])


def moments(points: Sequence[ControlPoint]) -> list[tuple[str, str]]:
    return [(f"{point.at:%Y-%m-%dT%H:%M}", point.reason) for point in points]


def test_ladder_of_a_thirty_day_term() -> None:
    points = plan(
        "2026-10-05T11:00",
        deadline(at("2026-11-03T17:00")),
        ["за 10 дней", "за 5 рабочих дней", "за 1 рабочий день", "в день срока"],
        [("просрочено", HEAD), ("просрочено на 2 рабочих дня", PersonRef(RefKind.SUPERIOR, "2"))],
    )
    assert moments(points) == [
        ("2026-10-23T09:00", "за 10 дней"),  # 24 October is a Saturday
        ("2026-10-27T09:00", "за 5 рабочих дней"),
        ("2026-11-02T09:00", "за 1 рабочий день"),
        ("2026-11-03T09:00", "в день срока"),
        ("2026-11-05T09:00", "просрочено"),  # 4 November is a holiday
        ("2026-11-09T09:00", "просрочено на 2 рабочих дня"),
    ]
    assert [point.kind for point in points] == [PointKind.REMINDER] * 4 + [PointKind.ESCALATION] * 2
    assert [point.to.person for point in points[:5]] == ["Иванов И. И."] * 4 + ["Котова К. К."]


def test_hour_term_is_controlled_round_the_clock() -> None:
    """A mention in social networks on a Friday evening, 24 hours."""
    points = plan(
        "2026-10-02T20:00",
        deadline(at("2026-10-03T20:00"), hourly=True),
        ["через 12 часов", "за 4 часа", "за 1 час"],
        [("просрочено", HEAD), ("просрочено на 4 часа", HEAD)],
    )
    assert moments(points) == [
        ("2026-10-03T08:00", "через 12 часов"),
        ("2026-10-03T16:00", "за 4 часа"),
        ("2026-10-03T19:00", "за 1 час"),
        ("2026-10-03T20:00", "просрочено"),
        ("2026-10-04T00:00", "просрочено на 4 часа"),
    ]


def test_points_before_the_start_are_left_out() -> None:
    until = deadline(at("2026-10-08T18:00"))
    points = plan("2026-10-05T11:00", until, ["за 10 дней", "за 3 рабочих дня", "за 1 рабочий день"])
    assert moments(points) == [("2026-10-07T09:00", "за 1 рабочий день")]


def test_one_person_hears_once_at_one_moment() -> None:
    twice = [("просрочено", ref) for ref in PEOPLE]
    points = plan("2026-10-05T11:00", deadline(at("2026-10-08T18:00")), ["в день срока", "в день срока"], twice)
    assert moments(points) == [("2026-10-08T09:00", "в день срока"), ("2026-10-09T09:00", "просрочено")]


def test_nobody_found_is_kept_so_that_it_is_seen() -> None:
    unknown = PersonRef(RefKind.ROLE, "нет такой")
    points = plan("2026-10-05T11:00", deadline(at("2026-10-08T18:00")), [], [("просрочено", unknown)])
    assert [(point.to.ref, point.to.person) for point in points] == [(unknown, None)]


@pytest.mark.parametrize(
    ("start", "due_at", "rung", "expected"),
    [
        # Due on Monday: the day before is Sunday, so the executor hears on Friday.
        ("2026-10-01T10:00", "2026-10-05T18:00", "за 1 день", "2026-10-02T09:00"),
        # A deadline on a day off that is not rolled: no reminder on Sunday.
        ("2026-10-01T10:00", "2026-10-04T18:00", "в день срока", "2026-10-02T09:00"),
        # Twelve hours before 18:00 is six in the morning: at the start of work.
        ("2026-10-01T10:00", "2026-10-05T18:00", "за 12 часов", "2026-10-05T09:00"),
        # Two hours before a Sunday evening: back to Friday, not after the deadline.
        ("2026-10-01T10:00", "2026-10-04T18:00", "за 2 часа", "2026-10-02T09:00"),
        ("2026-10-01T10:00", "2026-10-05T18:00", "за 5 рабочих часов", "2026-10-05T12:00"),
        ("2026-10-01T10:00", "2026-10-05T18:00", "за 9 рабочих часов", "2026-10-02T17:00"),
        # Registered on Friday evening, the moment of the reminder is at night.
        ("2026-10-02T16:00", "2026-10-09T18:00", "через 12 часов", "2026-10-05T09:00"),
        # There is no working time left but the start itself.
        ("2026-10-02T16:00", "2026-10-04T18:00", "через 12 часов", "2026-10-02T16:00"),
        ("2026-10-02T16:00", "2026-10-16T18:00", "через 3 рабочих дня", "2026-10-07T16:00"),
        # Being late for hours is counted in working time: the ladder does not burn overnight.
        ("2026-10-01T10:00", "2026-10-02T18:00", "просрочено на 4 часа", "2026-10-05T14:00"),
        ("2026-10-01T10:00", "2026-10-02T18:00", "просрочено на 30 минут", "2026-10-05T09:30"),
        ("2026-10-01T10:00", "2026-10-02T18:00", "просрочено на 1 день", "2026-10-05T09:00"),
        ("2026-10-01T10:00", "2026-10-02T18:00", "просрочено на 1 рабочий день", "2026-10-06T09:00"),
    ],
)
def test_day_terms_are_controlled_in_working_time(start: str, due_at: str, rung: str, expected: str) -> None:
    assert moments(plan(start, deadline(at(due_at)), [rung])) == [(expected, rung)]


def test_day_of_an_hour_term_begins_in_the_morning_or_at_the_deadline() -> None:
    for due_at, expected in (
        ("2026-10-03T20:00", "2026-10-03T09:00"),
        ("2026-10-03T02:00", "2026-10-03T02:00"),
    ):
        points = plan("2026-10-02T20:00", deadline(at(due_at), hourly=True), ["в день срока"])
        assert moments(points) == [(expected, "в день срока")]


def test_every_way_of_writing_a_point() -> None:
    """The table of moments: a term of ten working days, due on Monday the 19th."""
    until = deadline(at("2026-10-19T18:00"))
    words = ["за 3 рабочих дня", "за 4 часа", "через 12 часов", "через 50 % срока", "в день срока"]
    later = [
        "просрочено",
        "просрочено на 1 рабочий день",
        "просрочено, каждый рабочий день",
        "не принято через 1 рабочий день",
    ]
    points = plan("2026-10-05T11:00", until, words, [(text, HEAD) for text in later])
    assert {point.reason: f"{point.at:%m-%dT%H:%M}" for point in points} == {
        "за 3 рабочих дня": "10-14T09:00",
        "за 4 часа": "10-19T14:00",
        "через 12 часов": "10-06T09:00",
        "через 50 % срока": "10-12T14:30",
        "в день срока": "10-19T09:00",
        "просрочено": "10-20T09:00",
        "просрочено, каждый рабочий день": "10-20T09:00",
        "просрочено на 1 рабочий день": "10-21T09:00",
        "не принято через 1 рабочий день": "10-06T11:00",
    }


def test_hour_terms_run_round_the_clock() -> None:
    until = deadline(at("2026-10-11T09:00"), hourly=True)  # a Sunday
    points = plan("2026-10-10T21:00", until, ["через 50 % срока", "за 1 час"], [("просрочено на 4 часа", HEAD)])
    assert moments(points) == [
        ("2026-10-11T03:00", "через 50 % срока"),
        ("2026-10-11T08:00", "за 1 час"),
        ("2026-10-11T13:00", "просрочено на 4 часа"),
    ]


# --- what users of other systems complained about ---------------------------------------------------


def test_no_reminder_at_midnight_or_on_a_weekend() -> None:
    """Zammad #4432, GLPI PR #22678: messages at 00:00 and on days off."""
    until = replace(deadline(at("2026-10-12T23:59")), due_on=date(2026, 10, 12))
    points = plan("2026-10-01T10:00", until, ["за 1 день", "за 2 дня"], [("просрочено", HEAD)])
    assert moments(points) == [("2026-10-09T09:00", "за 1 день"), ("2026-10-13T09:00", "просрочено")]


def test_weekend_does_not_burn_the_escalation_ladder() -> None:
    """probo #1591: by Monday morning every step had been taken."""
    steps = [
        ("просрочено", HEAD),
        ("просрочено на 1 рабочий день", HEAD),
        ("просрочено на 2 рабочих дня", HEAD),
    ]
    points = plan("2026-10-01T10:00", deadline(at("2026-10-02T18:00")), [], steps)
    assert [f"{point.at:%d.%m %H:%M}" for point in points] == ["05.10 09:00", "06.10 09:00", "07.10 09:00"]


def test_all_escalations_are_planned_and_not_the_nearest_alone() -> None:
    """Zammad #3928: only the nearest escalation was shown."""
    refs = [PersonRef(RefKind.SUPERIOR, str(level)) for level in (1, 2, 3)]
    points = plan("2026-10-01T10:00", deadline(at("2026-10-02T18:00")), [], [("просрочено", ref) for ref in refs])
    assert [point.to.ref for point in points] == refs


def test_offset_before_the_deadline_is_before_it() -> None:
    """GLPI #15429: negative offsets came out wrong."""
    points = plan("2026-10-01T10:00", deadline(at("2026-10-16T18:00")), ["за 3 рабочих дня"])
    assert moments(points) == [("2026-10-13T09:00", "за 3 рабочих дня")]


# --- properties -------------------------------------------------------------------------------------

STARTS = st.datetimes(datetime(2024, 1, 10), datetime(2027, 6, 1), timezones=st.just(ZONE))
TERMS = st.builds(Duration, st.integers(1, 12), st.sampled_from(Unit))
RUNGS = st.one_of(
    st.builds(Rung, st.sampled_from([Anchor.AFTER_START, Anchor.BEFORE_DUE, Anchor.OVERDUE]), TERMS),
    st.sampled_from([Rung(Anchor.DUE_DAY), Rung(Anchor.OVERDUE)]),
)


@given(STARTS, TERMS, st.lists(RUNGS, max_size=5), st.lists(RUNGS, max_size=5))
def test_plan_keeps_its_promises(
    start: datetime, term: Duration, reminders: list[Rung], escalations: list[Rung]
) -> None:
    found = due(SHIPPED, start, term)
    until = deadline(found.due_at, hourly=found.hourly)
    told = [*[LEAD] * len(reminders), *[resolve(HEAD)] * len(escalations)]
    points = Ladder(reminders, escalations, SHIPPED).points(start, until, told)
    assert list(points) == sorted(points, key=lambda point: point.at)
    assert len({(point.at, point.kind) for point in points}) == len(points)
    assert all(point.at >= start for point in points)
    for point in points:
        rung = Rung.parse(point.reason)
        if rung.anchor in (Anchor.BEFORE_DUE, Anchor.DUE_DAY):
            assert point.at <= until.due_at
        if rung.anchor is Anchor.OVERDUE:
            assert point.at >= until.due_at
        if not until.hourly:
            assert SHIPPED.next_working_moment(point.at) == point.at


@given(st.lists(STARTS, min_size=2, max_size=6), TERMS, st.lists(RUNGS, min_size=1, max_size=5), st.data())
def test_what_is_remembered_of_a_day_holds_at_every_hour_of_it(
    starts: list[datetime], term: Duration, rungs: list[Rung], data: st.DataObject
) -> None:
    ladder = Ladder(rungs, [], SHIPPED)
    for start in starts:
        found = due(SHIPPED, start, term)
        until = deadline(found.due_at, hourly=found.hourly)
        for hour in data.draw(st.lists(st.times(), min_size=1, max_size=4)):
            moment = datetime.combine(start.date(), hour, ZONE)
            wanted = {point_moment(rung, start=moment, deadline=until, calendar=SHIPPED) for rung in rungs}
            assert {point.at for point in ladder.points(moment, until, [LEAD] * len(rungs))} == wanted - {None}
