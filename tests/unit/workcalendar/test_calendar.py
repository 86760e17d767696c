from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.errors import CalendarError
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Yekaterinburg")
SHIPPED = WorkCalendar.load(rules_folder() / "kalendar")
DAYS = st.dates(date(2020, 1, 15), date(2027, 11, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_full_day_has_two_halves_around_lunch(calendar: WorkCalendar) -> None:
    assert calendar.working_intervals(date(2026, 10, 1)) == (
        (at("2026-10-01T09:00"), at("2026-10-01T13:00")),
        (at("2026-10-01T14:00"), at("2026-10-01T18:00")),
    )


def test_short_day_ends_an_hour_earlier(calendar: WorkCalendar) -> None:
    assert calendar.day_end(date(2026, 11, 3)) == at("2026-11-03T17:00")
    assert calendar.working_intervals(date(2026, 11, 3))[-1][1] == at("2026-11-03T17:00")


def test_day_off_has_no_hours(calendar: WorkCalendar) -> None:
    assert calendar.working_intervals(date(2026, 11, 4)) == ()


def test_without_files_there_is_no_lunch() -> None:
    assert WorkCalendar().working_intervals(date(2026, 10, 1)) == ((at("2026-10-01T09:00"), at("2026-10-01T18:00")),)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-10-01T09:00", "2026-10-01T09:00"),
        ("2026-10-01T12:59", "2026-10-01T12:59"),
        ("2026-10-01T13:00", "2026-10-01T14:00"),
        ("2026-10-01T07:15", "2026-10-01T09:00"),
        ("2026-10-02T18:00", "2026-10-05T09:00"),
        ("2026-11-03T17:00", "2026-11-05T09:00"),
        ("2026-12-30T20:00", "2027-01-11T09:00"),
    ],
)
def test_next_working_moment(calendar: WorkCalendar, moment: str, expected: str) -> None:
    assert calendar.next_working_moment(at(moment)) == at(expected)


def test_moscow_time_stamp_is_read_in_local_time(calendar: WorkCalendar) -> None:
    """16:30 in Moscow is 18:30 here: the two-hour trap of ПОС."""
    moscow = datetime(2026, 10, 1, 16, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    assert calendar.next_working_moment(moscow) == at("2026-10-02T09:00")


def test_naive_moment_is_refused(calendar: WorkCalendar) -> None:
    with pytest.raises(ValueError, match="without an offset"):
        calendar.next_working_moment(datetime(2026, 10, 1, 9))


def test_a_date_with_a_time_counts_as_its_day(calendar: WorkCalendar) -> None:
    assert calendar.is_working_day(datetime(2026, 10, 1, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-12-31", "выходной (перенос с 4 января)"),
        ("2026-11-04", "праздник (День народного единства)"),
        ("2026-05-11", "выходной (после праздника: День Победы)"),
        ("2026-10-03", "выходной (суббота)"),
        ("2026-10-01", "рабочий день"),
        ("2024-12-28", "рабочий день (перенос)"),
        ("2025-11-01", "сокращённый рабочий день (перенос)"),
    ],
)
def test_days_are_described(calendar: WorkCalendar, day: str, words: str) -> None:
    assert calendar.describe(date.fromisoformat(day)) == words


def test_uncovered_year_is_an_error_that_says_what_is_covered(calendar: WorkCalendar) -> None:
    with pytest.raises(CalendarError) as caught:
        calendar.is_working_day(date(1999, 1, 1))
    assert caught.value.what == "на 1999 год производственного календаря нет"
    assert "2005" in caught.value.remedy


def test_unknown_zone_is_an_error() -> None:
    with pytest.raises(CalendarError, match="Asia/Nowhere"):
        WorkCalendar(zone="Asia/Nowhere")


@given(DAYS, st.integers(-400, 400).filter(bool))
def test_shift_counts_working_days_one_by_one(day: date, amount: int) -> None:
    step = timedelta(days=1 if amount > 0 else -1)
    expected, left = day, abs(amount)
    while left:
        expected += step
        left -= SHIPPED.is_working_day(expected)
    assert SHIPPED.shift_working_days(day, amount) == expected


@given(DAYS)
def test_next_and_previous_are_strict_neighbours(day: date) -> None:
    following, before = SHIPPED.next_working_day(day), SHIPPED.previous_working_day(day)
    assert before < day < following
    between = [before + timedelta(days=n) for n in range(1, (following - before).days)]
    assert [d for d in between if SHIPPED.is_working_day(d)] == ([day] if SHIPPED.is_working_day(day) else [])


@given(st.datetimes(datetime(2020, 2, 1), datetime(2027, 11, 30), timezones=st.just(UTC)))
def test_next_working_moment_is_working_and_stays(moment: datetime) -> None:
    found = SHIPPED.next_working_moment(moment)
    assert found >= moment
    assert any(start <= found < end for start, end in SHIPPED.working_intervals(found.date()))
    assert SHIPPED.next_working_moment(found) == found
