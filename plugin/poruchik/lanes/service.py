"""The lanes as a service: each in a thread of its own, so that a slow system holds up no other.

Several services, on one machine or on many, work on one database. Each looks once a tick what there is to do; which of
them runs a lane now is `placement`'s business, and that nothing is done twice is the store's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import structlog

from poruchik.errors import PoruchikError, StoreError
from poruchik.lanes.placement import Placement
from poruchik.lanes.runtime import LaneCount, Worker
from poruchik.model.lanes import CONTROL, DECIDE, DELIVER, INTAKE, PLACEMENT, TRACK, Key
from poruchik.store.look import Look

TICK = 0.25
"""Seconds between two looks; the span for which one process has a lane that has work."""
BUDGET = 2.0
"""Seconds after which a lane ends, to be placed anew."""
TO_END = 8.0
"""Seconds that lanes have to end when the service is told to stop; what is under way after that keeps its lease."""
_TIDY = 60.0
_log = structlog.get_logger("poruchik.service")


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of the service. `span`: for how many seconds one process has it; a lane that polls has a longer one."""

    name: str
    span: float
    has_work: Callable[[Look], bool]
    run: Callable[[Callable[[], bool]], bool]
    """Given what tells that it is enough; tells whether anything moved."""
    keys: tuple[Key, ...]
    """The rows that tell how it fares."""


class Service:
    """Runs the lanes of a worker until it is told to stop."""

    def __init__(self, worker: Worker, database: str, *, every: float) -> None:
        self._worker = worker
        self._tick = min(TICK, every)
        self._lanes = {lane.name: lane for lane in self._all_lanes(every)}
        self._stop = threading.Event()
        self._moved = threading.Event()
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._hot: set[str] = set()
        """Lanes that poll and have just found something: they need not wait for their next span."""
        self._asked: dict[str, tuple[float, int]] = {}
        """The span for which this process last asked for each lane."""
        self.counts = {name: LaneCount() for name in self._lanes}
        self._placement = Placement(database, worker.owner, self._run, lanes=len(self._lanes))

    def _all_lanes(self, every: float) -> list[Lane]:
        worker = self._worker
        lanes = [
            Lane("decide", self._tick, lambda look: look.undecided, worker.decide, (DECIDE,)),
            Lane("control", self._tick, lambda look: look.due, worker.control, (CONTROL,)),
        ]
        for name in worker.systems:
            read, sent = ((name, INTAKE), (name, TRACK)), ((name, DELIVER),)
            deliver, has_commands = partial(worker.deliver, name), partial(_has_commands, name)
            lanes.append(Lane(f"read:{name}", every, lambda _look: True, partial(worker.read, name), read))
            lanes.append(Lane(f"deliver:{name}", self._tick, has_commands, deliver, sent))
        return lanes

    def serve(self, stop: threading.Event) -> bool:
        """Work until told to stop; return False when a lane was still running after `TO_END` seconds."""
        self._placement.open()
        tidied = time.monotonic()
        try:
            while not stop.is_set():
                self._moved.clear()
                self._begin_lanes()
                if time.monotonic() - tidied > _TIDY:
                    self._placement.tidy()
                    tidied = time.monotonic()
                self._pause(stop)
        finally:
            self._stop.set()
            ended = self._wait_for_lanes()
            self._placement.close()
        return ended

    def _begin_lanes(self) -> None:
        try:
            look = self._worker.look()
        except PoruchikError as error:
            _log.error("the database cannot be read", cause=str(error))
            return
        except Exception:  # noqa: BLE001 — whatever a look meets, the service goes on and looks again
            _log.exception("a look failed")
            return
        self._note_placement()
        for lane in self._lanes.values():
            with self._lock:
                busy = lane.name in self._running
                hot = lane.name in self._hot
            if not busy and lane.has_work(look):
                length = self._tick if hot else lane.span
                span = (length, int(time.time() / length))
                if self._asked.get(lane.name) != span:  # the answer would be the same
                    self._asked[lane.name] = span
                    self._placement.start(lane.name, span[1])

    def _pause(self, stop: threading.Event) -> None:
        """Wait for the next tick, or for a lane that moved something; a signal ends the wait within a twentieth."""
        ends = time.monotonic() + self._tick
        while not stop.is_set() and not self._moved.is_set() and (left := ends - time.monotonic()) > 0:
            stop.wait(min(left, 0.05))

    def _run(self, name: str) -> None:
        """Run one lane, from a thread of the placement; whatever fails, the service goes on."""
        with self._lock:
            if name in self._running or self._stop.is_set():
                return
            self._running.add(name)
        began, moved = time.monotonic(), False
        try:
            moved = self._lanes[name].run(lambda: self._stop.is_set() or time.monotonic() - began > BUDGET)
        except StoreError as error:
            _log.error("the database failed a lane", lane=name, cause=str(error))
            self._failed(name, str(error))
        except Exception as error:  # noqa: BLE001 — what one lane meets must not stop the others
            _log.exception("a lane failed", lane=name)
            self._failed(name, f"сбой программы: {type(error).__name__}: {error}")
        finally:
            self.counts[name].runs += 1
            self.counts[name].seconds += time.monotonic() - began
            with self._lock:
                self._running.discard(name)
                (self._hot.add if moved else self._hot.discard)(name)
            if moved:
                self._moved.set()

    def _failed(self, name: str, cause: str) -> None:
        self.counts[name].failures += 1
        with suppress(StoreError):  # where nothing can be written, the service's own beat tells it
            for key in self._lanes[name].keys:
                self._worker.beats.wrong(key, cause)
        self._stop.wait(1.0)

    def _note_placement(self) -> None:
        with suppress(StoreError):
            if self._placement.trouble:
                self._worker.beats.wrong(PLACEMENT, self._placement.trouble)
            else:
                self._worker.beats.nothing_wrong(PLACEMENT)

    def _wait_for_lanes(self) -> bool:
        ends = time.monotonic() + TO_END
        while time.monotonic() < ends:
            with self._lock:
                if not self._running:
                    return True
            time.sleep(0.02)
        return False


def _has_commands(system: str, look: Look) -> bool:
    return system in look.systems
