"""Knowledge: up to when it is known what people did in a system. Nobody is blamed for what he may have done since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from poruchik.model.lanes import TRACK, LaneState
from poruchik.workcalendar.calendar import WorkCalendar

FRESH = timedelta(minutes=30)
"""How long an escalation waits until enough is known."""
LOOK_AGAIN = timedelta(seconds=30)
"""How often that is looked at."""


class Knowledge:
    """Whether enough is known of each system to blame anybody for what stands in it."""

    def __init__(
        self,
        lanes: Mapping[tuple[str, str], LaneState],
        stale: dict[str, datetime],
        patience: timedelta,
        now: datetime,
        calendar: WorkCalendar,
    ) -> None:
        self._lanes = lanes
        self._stale = stale
        self._patience = patience
        self._now = now
        self._calendar = calendar

    def suffices(self, system: str, due: datetime) -> bool:
        """Tell whether all that people did up to a moment has been read, or has been waited for long enough."""
        if self._read_up_to(system, due):
            self._stale.pop(system, None)
            return True
        return self._now - self._stale.setdefault(system, self._now) >= self._patience

    def as_of(self, system: str, due: datetime) -> str:
        """Return up to when it is known what people did; «» where that is up to the moment itself."""
        if self._read_up_to(system, due):
            return ""
        began = self._began(system)
        return f"{began.astimezone(self._calendar.zone):%d.%m.%Y %H:%M}" if began else "день установки"

    def _read_up_to(self, system: str, due: datetime) -> bool:
        began = self._began(system)
        return began is not None and began >= due

    def _began(self, system: str) -> datetime | None:
        state = self._lanes.get((system, TRACK))
        return state.began_at if state else None
