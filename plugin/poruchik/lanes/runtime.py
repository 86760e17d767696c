"""Who runs the lanes: one worker, round after round. A round with nothing to do writes nothing."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.engine.decide import Deciding
from poruchik.errors import IntegrationError, StoreError
from poruchik.lanes import intake as intake_lane
from poruchik.lanes import track as track_lane
from poruchik.lanes.control import Control
from poruchik.lanes.decide import decide
from poruchik.lanes.deliver import Delivery
from poruchik.lanes.intake import intake
from poruchik.lanes.recount import recount
from poruchik.lanes.track import Track
from poruchik.plugins import Plugins
from poruchik.store.database import Store
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar

_log = structlog.get_logger("poruchik.worker")


@dataclass(slots=True)
class Round:
    """What one round did. `troubles` are systems that could not be read, with the cause."""

    taken: int = 0
    refused: int = 0
    tracked: int = 0
    decided: int = 0
    told: int = 0
    sent: int = 0
    failed: int = 0
    postponed: int = 0
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """True when nothing moved forward."""
        return not (self.taken or self.refused or self.tracked or self.decided or self.told or self.sent or self.failed)


class Worker:
    """Runs intake, track, decide, control and deliver over one store."""

    def __init__(
        self,
        store: Store,
        connectors: Sequence[Connector],
        decider: Deciding,
        texts: Texts,
        plugins: Plugins,
        clock: Clock,
        *,
        digests_to: str = "",
    ) -> None:
        self.store = store
        self.connectors = connectors
        self._decider = decider
        self._plugins = plugins
        self._clock = clock
        self._texts = texts
        self._tracks = [Track(store, one, decider, texts, plugins, clock) for one in connectors]
        self._control = Control(store, decider, texts, plugins, clock, digest_system=digests_to)
        self._since = {one.settings.name: one.settings.under_control_since for one in connectors}
        self._recounted_by: WorkCalendar | None = None
        """A calendar comes with the rules; when they come or change, it is compared with what is open."""
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def round(self) -> Round:
        """Run each lane once; a system that fails does not hinder the others."""
        done = Round()
        with self.store.reading() as reading:
            look = reading.look(self._clock.now())
        self._decider.refresh(look.published)
        if self._recounted_by is not self._decider.calendar:
            recount(self.store, self._decider.calendar, self._clock)
            self._recounted_by = self._decider.calendar
        for connector, track in zip(self.connectors, self._tracks, strict=True):
            try:
                name = connector.settings.name
                seen = look.cursors.get((name, intake_lane.LANE), "")
                taken = intake(self.store, connector, self._plugins, self._clock, seen)
                tracked = track.run(look.cursors.get((name, track_lane.LANE), ""))
            except IntegrationError as error:
                _log.warning("reading failed", system=connector.settings.name, cause=str(error))
                done.troubles[connector.settings.name] = str(error)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 — a connector's own fault must not stop the other systems
                _log.exception("a connector failed", system=connector.settings.name)
                done.troubles[connector.settings.name] = f"сбой соединителя: {error}"
            else:
                done.taken += taken.documents
                done.refused += taken.refused
                done.tracked += tracked
        if look.undecided or done.taken:
            done.decided = decide(
                self.store, self._decider, self._plugins, self._texts, self._clock, owner=self.owner, since=self._since
            )
        if look.due or done.decided or done.tracked:
            done.told = self._control.run()
        queued = done.decided or done.tracked or done.told
        for connector in self.connectors:
            if not queued and connector.settings.name not in look.systems:
                continue
            delivery = Delivery(self.store, connector, self._texts, self._plugins, self._clock, owner=self.owner)
            try:
                delivered = delivery.run()
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 — its rows stay leased, and are looked up when the lease ends
                _log.exception("a connector failed", system=connector.settings.name)
                done.troubles[connector.settings.name] = f"сбой соединителя: {error}"
                continue
            done.sent += delivered.sent
            done.failed += delivered.failed
            done.postponed += delivered.postponed
        return done

    def run_until_idle(self, *, max_rounds: int = 10_000) -> list[Round]:
        """Run rounds until one moves nothing forward; return them all."""
        rounds = []
        for _ in range(max_rounds):
            rounds.append(self.round())
            if rounds[-1].idle:
                break
        return rounds

    def next_moment(self) -> datetime | None:
        """Return when the store holds something to do next; a simulated clock goes there."""
        with self.store.reading() as reading:
            moments = (reading.inbox.next_moment(), reading.items.next_moment(), reading.outbox.next_moment())
        return min((moment for moment in moments if moment is not None), default=None)

    def serve(self, stop: threading.Event, *, every: float) -> None:
        """Run rounds until told to stop; pause `every` seconds after a round that moved nothing."""
        while not stop.is_set():
            if self.round().idle:
                stop.wait(every)
