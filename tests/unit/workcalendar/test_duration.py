import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.errors import CalendarError
from poruchik.workcalendar.duration import Duration, Unit

DURATIONS = st.builds(Duration, st.integers(0, 99_999), st.sampled_from(Unit))


@given(DURATIONS)
def test_text_reads_back(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration
    assert Duration.parse(duration.accusative) == duration


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("30 дней", 30, Unit.DAYS),
        ("30 календарных дней", 30, Unit.DAYS),
        ("1 рабочий день", 1, Unit.WORKING_DAYS),
        (" 4  рабочих  часа ", 4, Unit.WORKING_HOURS),
        ("1 неделю", 1, Unit.WEEKS),
        ("1 МЕСЯЦ", 1, Unit.MONTHS),
    ],
)
def test_words_of_acts(text: str, amount: int, unit: Unit) -> None:
    assert Duration.parse(text) == Duration(amount, unit)


@pytest.mark.parametrize("text", ["", "дней", "три дня", "3", "-3 дня", "3 года", "3 дня и 2 часа", "1,5 часа"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(CalendarError, match="не срок"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(1, "1 неделю"), (21, "21 неделю"), (11, "11 недель"), (2, "2 недели")],
)
def test_accusative(amount: int, text: str) -> None:
    assert Duration(amount, Unit.WEEKS).accusative == text
