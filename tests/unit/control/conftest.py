import pytest

from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    """The shipped calendar: federal days, short days and office hours 9–18 with lunch 13–14."""
    return WorkCalendar.load(rules_folder() / "kalendar")
