import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.errors import CalendarError
from poruchik.model.ladder import Anchor, Recurrence, Rung
from poruchik.workcalendar.duration import Duration, Unit

DURATIONS = st.builds(Duration, st.integers(1, 400), st.sampled_from(Unit))
RUNGS = st.one_of(
    st.builds(Rung, st.sampled_from([Anchor.AFTER_START, Anchor.BEFORE_DUE, Anchor.OVERDUE]), DURATIONS),
    st.sampled_from([Rung(Anchor.DUE_DAY), Rung(Anchor.OVERDUE)]),
    st.sampled_from([Rung(Anchor.OVERDUE, every=every) for every in Recurrence if every is not Recurrence.MONTH]),
    st.builds(lambda nth: Rung(Anchor.OVERDUE, every=Recurrence.MONTH, nth=nth), st.integers(1, 15)),
)


@pytest.mark.parametrize(
    ("text", "anchor", "offset"),
    [
        ("через 12 часов", Anchor.AFTER_START, Duration(12, Unit.HOURS)),
        ("за 4 часа", Anchor.BEFORE_DUE, Duration(4, Unit.HOURS)),
        ("за 3 рабочих дня", Anchor.BEFORE_DUE, Duration(3, Unit.WORKING_DAYS)),
        ("за 1 неделю", Anchor.BEFORE_DUE, Duration(1, Unit.WEEKS)),
        ("в день срока", Anchor.DUE_DAY, None),
        ("просрочено", Anchor.OVERDUE, None),
        ("просрочено на 4 часа", Anchor.OVERDUE, Duration(4, Unit.HOURS)),
        ("  Просрочено  на 2 рабочих дня ", Anchor.OVERDUE, Duration(2, Unit.WORKING_DAYS)),
    ],
)
def test_words_of_policies(text: str, anchor: Anchor, offset: Duration | None) -> None:
    rung = Rung.parse(text)
    assert rung == Rung(anchor, offset)
    assert str(rung) == " ".join(text.lower().split())


@given(RUNGS)
def test_text_reads_back(rung: Rung) -> None:
    assert Rung.parse(str(rung)) == rung


@pytest.mark.parametrize(
    "text",
    [
        "",
        "завтра",
        "за",
        "за день",
        "за 0 дней",
        "просрочено 4 часа",
        "через 3 дня после",
        "в день 3 дня",
        "просрочено, иногда",
        "просрочено, каждый месяц",
        "просрочено, каждый месяц в 16-й рабочий день",
        "за 3 дня, каждый день",
        "просрочено, каждый месяц в 0-й рабочий день",
        "просрочено,каждый день",
    ],
)
def test_what_places_nothing_in_time_is_refused(text: str) -> None:
    with pytest.raises(CalendarError) as caught:
        Rung.parse(text)
    assert caught.value.what == f"«{text}» — не момент контроля"
    assert "за 3 рабочих дня" in caught.value.remedy
