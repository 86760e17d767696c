from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.days import day_runs
from poruchik.workcalendar.deadline import shift_days
from poruchik.workcalendar.duration import Duration, Unit

SHIPPED = WorkCalendar.load(rules_folder() / "kalendar")


def told(event: str, last: str, unit: Unit) -> list[str]:
    return [str(run) for run in day_runs(SHIPPED, date.fromisoformat(event), date.fromisoformat(last), unit)]


def test_calendar_days_over_may() -> None:
    assert told("2026-04-29", "2026-05-06", Unit.DAYS) == [
        "30 апреля 2026, четверг, сокращённый рабочий день: 1-й день",
        "1 мая 2026, пятница, праздник (Праздник Весны и Труда): 2-й день",
        "2–3 мая 2026, суббота – воскресенье, выходные: дни 3–4",
        "4–6 мая 2026, понедельник – среда: дни 5–7",
    ]


def test_working_days_leave_out_the_others() -> None:
    assert told("2026-11-26", "2026-12-01", Unit.WORKING_DAYS) == [
        "27 ноября 2026, пятница: 1-й день",
        "28–29 ноября 2026, суббота – воскресенье, выходные: не считаются",
        "30 ноября — 1 декабря 2026, понедельник – вторник: дни 2–3",
    ]


@given(
    st.dates(date(2024, 1, 1), date(2026, 10, 1)),
    st.integers(1, 200),
    st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS, Unit.WEEKS]),
)
def test_the_last_number_is_the_term(event: date, amount: int, unit: Unit) -> None:
    last = shift_days(SHIPPED, event, Duration(amount, unit))
    runs = list(day_runs(SHIPPED, event, last, unit))
    counted = [run.counted for run in runs if run.counted]
    assert counted[-1][1] == amount * (7 if unit is Unit.WEEKS else 1)
    assert runs[-1].last == last
    for one, following in pairwise(runs):
        assert (following.first - one.last).days == 1


def test_a_term_without_an_end_is_not_told_for_ever() -> None:
    assert sum(1 for _ in day_runs(SHIPPED, date(2024, 1, 1), date(2027, 12, 31), Unit.DAYS)) < 3700


@pytest.mark.parametrize("unit", [Unit.DAYS, Unit.WORKING_DAYS])
def test_a_term_that_is_over_before_it_began(unit: Unit) -> None:
    assert told("2026-11-26", "2026-11-20", unit) == []
