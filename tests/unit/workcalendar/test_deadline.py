from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.errors import CalendarError
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.duration import Duration, Roll, Unit

ZONE = ZoneInfo("Asia/Yekaterinburg")
SHIPPED = WorkCalendar.load(rules_folder() / "kalendar")
MOMENTS = st.datetimes(datetime(2024, 1, 10), datetime(2027, 6, 1), timezones=st.just(ZONE))
DAY_UNITS = [unit for unit in Unit if not unit.is_hourly]
TERMS = st.builds(Duration, st.integers(1, 12), st.sampled_from(Unit))
DAY_TERMS = st.builds(Duration, st.integers(1, 12), st.sampled_from(DAY_UNITS))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def term(text: str) -> Duration:
    return Duration.parse(text)


def test_deadline_ends_with_the_working_day(calendar: WorkCalendar) -> None:
    assert due(calendar, at("2026-10-01T11:00"), term("5 дней")).due_at == at("2026-10-06T18:00")


def test_deadline_on_a_short_day_ends_earlier(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-10-31T11:00"), term("3 дня"))
    assert found.due_at == at("2026-11-03T17:00")
    assert found.steps[-1] == "до 17:00, сокращённый день"


def test_end_of_day_is_the_last_minute(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-10-31T11:00"), term("3 дня"), end_of_day=True)
    assert found.due_at == at("2026-11-03T23:59")
    assert found.due_on == date(2026, 11, 3)


def test_steps_name_the_calendar_days_that_mattered(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-12-01T10:00"), term("30 дней"), Roll.PREVIOUS)
    assert found.steps == (
        "событие — 1 декабря 2026, первый день срока — 2 декабря 2026",
        "30 дней → 31 декабря 2026, четверг",
        "31 декабря 2026 — выходной (перенос с 4 января) → срок на 30 декабря 2026, среда",
        "до 18:00",
    )
    assert found.confirmed


def test_steps_name_a_working_saturday(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2024-11-29T10:00"), term("30 дней"), Roll.PREVIOUS)
    assert "28 декабря 2024 — рабочий день (перенос)" in found.steps
    stays = due(calendar, at("2025-10-02T10:00"), term("30 дней"), Roll.PREVIOUS)
    assert "1 ноября 2025, суббота — сокращённый рабочий день (перенос), перенос не нужен" in stays.steps


def test_steps_of_working_days_name_what_is_not_counted(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-11-02T10:00"), term("5 рабочих дней"))
    assert found.due_on == date(2026, 11, 10)
    assert "не считаются 4 ноября 2026: праздник (День народного единства)" in found.steps


def test_working_hours_stay_inside_working_time(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-10-02T16:30"), term("4 рабочих часа"))
    assert found.due_at == at("2026-10-05T11:30")
    assert found.hourly


def test_working_hours_skip_the_lunch_break(calendar: WorkCalendar) -> None:
    assert due(calendar, at("2026-10-01T12:00"), term("2 рабочих часа")).due_at == at("2026-10-01T15:00")


def test_full_working_day_of_hours_ends_with_the_day(calendar: WorkCalendar) -> None:
    assert due(calendar, at("2026-10-01T09:00"), term("8 рабочих часов")).due_at == at("2026-10-01T18:00")


def test_hours_run_round_the_clock_from_a_moscow_stamp(calendar: WorkCalendar) -> None:
    moscow = datetime(2026, 10, 2, 23, 30, tzinfo=ZoneInfo("Europe/Moscow"))
    found = due(calendar, moscow, term("12 часов"))
    assert found.due_at == at("2026-10-03T13:30")
    assert found.due_on == date(2026, 10, 3)


def test_hours_are_not_rolled(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2026-10-02T15:00"), term("24 часа"), Roll.NEXT)
    assert found.due_at == at("2026-10-03T15:00")
    assert found.steps[-1] == "3 октября 2026 — выходной (суббота); часы идут и в нерабочее время"


def test_roll_back_never_leaves_no_day_at_all(calendar: WorkCalendar) -> None:
    """Received on 2 January, three days: the working day before lies in the old year."""
    found = due(calendar, at("2026-01-02T10:00"), term("3 дня"), Roll.PREVIOUS)
    assert found.due_on == date(2026, 1, 12)
    assert "рабочих дней до него в сроке нет" in found.steps[2]


def test_term_into_an_unconfirmed_year_says_so(calendar: WorkCalendar) -> None:
    found = due(calendar, at("2027-12-20T10:00"), term("30 дней"))
    assert not found.confirmed
    assert found.steps[-1] == "календарь 2028 года ещё не подтверждён: срок может измениться"
    assert not due(WorkCalendar(), at("2026-10-01T10:00"), term("5 дней")).confirmed


@pytest.mark.parametrize("text", ["0 дней", "0 часов", "99999 месяцев", "99999 недель", "99999 рабочих часов"])
def test_term_that_makes_no_sense_is_refused(calendar: WorkCalendar, text: str) -> None:
    with pytest.raises(CalendarError) as caught:
        due(calendar, at("2026-10-01T10:00"), term(text))
    assert caught.value.remedy


def test_naive_event_is_refused(calendar: WorkCalendar) -> None:
    with pytest.raises(ValueError, match="without an offset"):
        due(calendar, datetime(2026, 10, 1, 9), term("1 день"))


# --- what users of other systems complained about ---------------------------------------------------


def test_one_day_is_a_day_and_not_twenty_four_working_hours(calendar: WorkCalendar) -> None:
    """jmix #790: P1D became 24 business hours, about three days."""
    assert due(calendar, at("2026-10-05T10:00"), term("1 день")).due_on == date(2026, 10, 6)


def test_deadline_exists_for_what_arrives_off_hours(calendar: WorkCalendar) -> None:
    """GLPI #687: nothing was computed for what was created off-hours."""
    found = due(calendar, at("2026-10-03T03:00"), term("1 рабочий час"))
    assert found.due_at == at("2026-10-05T10:00")


def test_lunch_is_no_working_time(calendar: WorkCalendar) -> None:
    """osTicket #6847, Frappe Helpdesk #2212: the break was counted."""
    assert due(calendar, at("2026-10-01T13:20"), term("1 рабочий час")).due_at == at("2026-10-01T15:00")


# --- properties -------------------------------------------------------------------------------------


@given(MOMENTS, TERMS, st.sampled_from(Roll))
def test_deadline_is_after_the_event_and_in_local_time(start: datetime, duration: Duration, roll: Roll) -> None:
    found = due(SHIPPED, start, duration, roll)
    assert found.due_at > start
    assert found.due_at.tzinfo is SHIPPED.zone
    assert found.due_on == found.due_at.date()
    assert found.hourly == duration.unit.is_hourly


@given(MOMENTS, DAY_TERMS, st.sampled_from([Roll.PREVIOUS, Roll.NEXT]))
def test_rolled_deadline_is_a_working_day(start: datetime, duration: Duration, roll: Roll) -> None:
    raw = due(SHIPPED, start, duration).due_on
    rolled = due(SHIPPED, start, duration, roll).due_on
    assert SHIPPED.is_working_day(rolled)
    assert rolled == raw or not SHIPPED.is_working_day(raw)
    if roll is Roll.NEXT:
        assert rolled >= raw


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=60)), TERMS, st.sampled_from([Roll.NONE, Roll.NEXT]))
def test_later_event_never_gives_an_earlier_deadline(
    start: datetime, later: timedelta, duration: Duration, roll: Roll
) -> None:
    second = (start.astimezone(UTC) + later).astimezone(ZONE)
    assert due(SHIPPED, start, duration, roll).due_at <= due(SHIPPED, second, duration, roll).due_at


@given(MOMENTS, st.sampled_from(Unit), st.integers(1, 11), st.sampled_from([Roll.NONE, Roll.NEXT]))
def test_longer_term_never_ends_earlier(start: datetime, unit: Unit, amount: int, roll: Roll) -> None:
    shorter, longer = Duration(amount, unit), Duration(amount + 1, unit)
    assert due(SHIPPED, start, shorter, roll).due_at <= due(SHIPPED, start, longer, roll).due_at


@given(MOMENTS, DAY_TERMS, st.sampled_from(Roll))
def test_zone_of_the_time_stamp_does_not_matter(start: datetime, duration: Duration, roll: Roll) -> None:
    assert due(SHIPPED, start.astimezone(UTC), duration, roll) == due(SHIPPED, start, duration, roll)
