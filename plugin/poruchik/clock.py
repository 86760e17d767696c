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

    @property
    def jump(self) -> timedelta | None:
        """Return by how much somebody has set what it goes by and is not believed, below zero for back; or None."""

    def accept(self) -> None:
        """Believe it again."""


_PLAUSIBLE = timedelta(days=1)
JUMP = timedelta(minutes=5)
"""A clock that goes forward by more while less time has passed was set by somebody, and perhaps wrongly."""


def elapsed() -> float:
    """Return seconds that pass whatever the clock shows, also while the computer or this process sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SystemClock:
    """The computer's clock, which does not go back while the program runs, whoever sets it.

    When it is set by more than `JUMP` it is not believed: this clock goes on as before until `accept`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set(datetime.now(UTC))
        self._by_computer = True
        self._jump: timedelta | None = None

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        with self._lock:
            moment, computer = self._shown(), datetime.now(UTC)
            ahead = computer - moment
            self._jump = ahead if self._by_computer and abs(ahead) > JUMP else None
            if self._by_computer and timedelta(0) < ahead <= JUMP:
                self._set(computer)
                return computer
            return moment

    @property
    def jump(self) -> timedelta | None:
        """Return by how much the computer's clock was set since it was last believed; None when it was not."""
        self.now()
        return self._jump

    def accept(self) -> None:
        """Believe the computer's clock again, if it does not go back."""
        with self._lock:
            self._set(max(datetime.now(UTC), self._shown()))
            self._jump = None

    def follow(self, moment: datetime) -> None:
        """Go by another clock from now on, which shows this moment: the database's, which several hosts share."""
        with self._lock:
            self._set(moment)
            self._by_computer = False

    def reach(self, moment: datetime) -> None:
        """Go on from a moment that has been already, if this clock is behind it by less than a day."""
        if timedelta(0) < moment - self.now() < _PLAUSIBLE:
            with self._lock:
                self._set(moment)

    def _shown(self) -> datetime:
        return self._base + timedelta(seconds=elapsed() - self._since)

    def _set(self, moment: datetime) -> None:
        self._base, self._since = moment, elapsed()

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

    @property
    def jump(self) -> timedelta | None:
        """Return None: whoever drives it means what it shows."""
        return None

    def accept(self) -> None:
        """Do nothing."""

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
