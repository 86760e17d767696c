"""Clockwork: whether the time may be believed. A clock that was set forward by far eats every term that is due.

Control stands until a connected system shows the same time, or somebody says that it is right: `poruchik clock accept`.
One that was set back stops nothing, for ours does not follow it; but it is told, because the next process would.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.model.audit import AuditEntry
from poruchik.model.lanes import CLOCK, CLOCK_BEHIND, LaneState
from poruchik.store.database import Store
from poruchik.store.look import Look

AGREES = 60.0
"""Seconds by which the clock of a system may differ from ours and still show that ours is right."""
_log = structlog.get_logger("poruchik.clock")


class Clockwork:
    """Watches the clock of this process."""

    def __init__(self, store: Store, connectors: Iterable[Connector], clock: Clock) -> None:
        self._store = store
        self._connectors = list(connectors)
        self._clock = clock
        self._told: list[float | None] | None = None
        """While a jump is doubted: what each connector had seen of its system's clock when it was noticed."""

    def doubtful(self, look: Look) -> bool:
        """Tell whether the time must not be gone by; note it when that begins and ends."""
        state = look.lanes.get(CLOCK)
        failing = bool(state and state.failing_since)
        jump = self._clock.jump
        behind = -jump if jump is not None and jump < timedelta(0) else None
        self._note_behind(behind, look.lanes.get(CLOCK_BEHIND))
        if behind is not None:
            jump = None
        if jump is None and not failing:
            return False
        if self._told is None:
            self._told = [_skew(one) for one in self._connectors]
            if jump is not None and not failing:
                self._note_jump(f"на {_words(jump.total_seconds())} вперёд")
            return True
        if not failing:
            self._believe("подтверждено")
            return False
        for one, before in zip(self._connectors, self._told, strict=True):
            skew = _skew(one)
            if skew is not None and skew != before and abs(skew) <= AGREES:
                self._believe(f"часы системы {one.settings.name} показывают то же")
                return False
        return True

    def _note_behind(self, behind: timedelta | None, state: LaneState | None) -> None:
        """Note when the computer's clock falls behind ours, and when it has caught up."""
        failing = bool(state and state.failing_since)
        if failing is (behind is not None):
            return
        now = self._clock.now()
        with self._store.writing() as writing:
            if behind is None:
                writing.lanes.succeeded(*CLOCK_BEHIND, None, now)
                return
            what = f"на {_words(behind.total_seconds())}"
            _log.error("the clock was set back", by=what)
            writing.lanes.failed(*CLOCK_BEHIND, what, now)
            writing.audit.add([AuditEntry(now, "часы переведены назад, служба идёт по прежним", "часы", what)])

    def _note_jump(self, what: str) -> None:
        now = self._clock.now()
        _log.error("the clock was set forward, control stands", jump=what)
        with self._store.writing() as writing:
            writing.lanes.failed(*CLOCK, what, now)
            writing.audit.add([AuditEntry(now, "часы переведены, контроль стоит", "часы", what)])

    def _believe(self, why: str) -> None:
        self._clock.accept()
        self._told = None
        now = self._clock.now()
        with self._store.writing() as writing:
            writing.lanes.succeeded(*CLOCK, None, now)
            writing.audit.add([AuditEntry(now, "время принято, контроль идёт", "часы", why)])


def _skew(connector: Connector) -> float | None:
    """Return by how many seconds a system's clock was ahead of ours at its last answer; None if it shows none."""
    skew: float | None = getattr(connector, "clock_skew", None)
    return skew


def _words(seconds: float) -> str:
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60
    return f"{days} дн." if days else f"{hours} ч {minutes % 60} мин" if hours else f"{minutes} мин"
