"""The one source of time. Everything that needs «now» is given a clock; nothing else asks the computer."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds of this clock."""


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Block for so many seconds."""
        time.sleep(seconds)


class SimulatedClock:
    """A clock that stands still until it is moved: the demo and the tests drive it."""

    def __init__(self, start: datetime) -> None:
        self._now = require_aware(start).astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move the clock instead of waiting."""
        self.move_to(self._now + timedelta(seconds=seconds))

    def move_to(self, moment: datetime) -> None:
        """Set the clock to a later moment; an earlier one is refused."""
        target = require_aware(moment).astimezone(UTC)
        with self._lock:
            if target < self._now:
                raise ValueError(f"a simulated clock does not go back: {target} is before {self._now}")
            self._now = target


def require_aware(moment: datetime) -> datetime:
    """Return the moment unchanged if it carries an offset; naive time stamps are refused at the edge."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(f"a time without an offset: {moment.isoformat()}")
    return moment
