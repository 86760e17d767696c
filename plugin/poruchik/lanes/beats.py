"""How the lanes fare, written down seldom: what has changed, and a beat now and then. An idle lane writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from poruchik.clock import Clock
from poruchik.model.lanes import Key, LaneState
from poruchik.store.database import Store

BEAT = timedelta(seconds=30)
"""How often a lane that goes on as before is written down."""


class Beats:
    """Writes the rows of the lanes that run in this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen: Mapping[Key, LaneState] = {}

    def see(self, lanes: Mapping[Key, LaneState]) -> None:
        """Remember the rows as a look has just found them."""
        self._seen = lanes

    def well(self, key: Key, *, began: datetime | None = None, at_once: bool = False) -> None:
        """Note that a lane did something; `began` when its run did, where that read all there was."""
        now, state = self._clock.now(), self._seen.get(key)
        if at_once or state is None or state.failing_since or _old(state.succeeded_at, now):
            with self._store.writing() as writing:
                writing.lanes.succeeded(*key, began, now)

    def nothing_wrong(self, key: Key) -> None:
        """Note that a lane had nothing to do: only that it fails no more."""
        state = self._seen.get(key)
        if state is not None and state.failing_since:
            self.well(key)

    def wrong(self, key: Key, cause: str) -> None:
        """Note that a lane failed, and why."""
        now, state = self._clock.now(), self._seen.get(key)
        if state is None or state.cause != cause or _old(state.failed_at, now):
            with self._store.writing() as writing:
                writing.lanes.failed(*key, cause, now)


def _old(moment: datetime | None, now: datetime) -> bool:
    return moment is None or now - moment >= BEAT
