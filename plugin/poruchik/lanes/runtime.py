"""What a worker does, lane by lane: in rounds, one lane after another, or as a service (`service.py`).

A round with nothing to do writes nothing.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.engine.decide import Deciding
from poruchik.errors import IntegrationError, RowRefused, StoreError
from poruchik.lanes import intake as intake_lane
from poruchik.lanes import track as track_lane
from poruchik.lanes.beats import Beats
from poruchik.lanes.changing import Changing
from poruchik.lanes.circuit import answered, rest_ends
from poruchik.lanes.clockwork import Clockwork
from poruchik.lanes.control import Control
from poruchik.lanes.decide import decide
from poruchik.lanes.deliver import Delivered, Delivery
from poruchik.lanes.intake import intake
from poruchik.lanes.knowledge import FRESH
from poruchik.lanes.listing import LANE as LISTING
from poruchik.lanes.listing import Listing
from poruchik.lanes.paging import Paging
from poruchik.lanes.reconcile import LANE as RECONCILE
from poruchik.lanes.reconcile import Reconciliation
from poruchik.lanes.recount import Recount
from poruchik.lanes.recovery import Recovery
from poruchik.lanes.review import Reviewing
from poruchik.lanes.stops import Stops
from poruchik.lanes.track import Track
from poruchik.lanes.triage import Triaging
from poruchik.model.epoch import Stage
from poruchik.model.lanes import CONTROL, DECIDE, DELIVER, SERVICE, SET_COUNT, SET_USE, TEXTS, Key
from poruchik.plugins import Plugins
from poruchik.store.database import Store
from poruchik.store.look import Look
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar

COUNTING = timedelta(seconds=2)
"""So long is counted at one look."""
Enough = Callable[[], bool]
"""Tells a lane that it has had its time."""
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
    recovered: int = 0
    """Epochs that came a stage further, and steps of the daily reconciliation."""
    troubles: dict[str, str] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """True when nothing moved forward."""
        moved = self.taken or self.refused or self.tracked or self.decided or self.told or self.sent or self.failed
        return not (moved or self.recovered)


@dataclass(slots=True)
class LaneCount:
    """What a lane has done in this process."""

    runs: int = 0
    failures: int = 0
    seconds: float = 0.0


class Worker:
    """The lanes over one store: intake and track (`read`), decide, control and deliver.

    `senders` are the connectors of the deliver lanes where these run beside the others: one connector a lane.
    """

    def __init__(
        self,
        store: Store,
        connectors: Sequence[Connector],
        decider: Deciding,
        texts: Texts,
        plugins: Plugins,
        clock: Clock,
        *,
        senders: Sequence[Connector] = (),
        digests_to: str = "",
        fresh: timedelta = FRESH,
    ) -> None:
        self.store = store
        self.connectors = connectors
        self.systems = [one.settings.name for one in connectors]
        self._decider = decider
        self._plugins = plugins
        self._clock = clock
        self._texts = texts
        self._paging = {one.settings.name: Paging(one.capabilities.page_size) for one in connectors}
        self._readers = {one.settings.name: one for one in connectors}
        self._senders = {one.settings.name: one for one in senders or connectors}
        self.changing = {one.settings.name: Changing(one, decider, texts, plugins, clock) for one in connectors}
        self._tracks = {
            one.settings.name: Track(store, one, self.changing[one.settings.name], plugins, clock) for one in connectors
        }
        self.beats = Beats(store, clock)
        self._control = Control(store, decider, texts, plugins, clock, digest_system=digests_to, fresh=fresh)
        since = {one.settings.name: one.settings.under_control_since for one in connectors}
        self._since = since
        self._listings = {one.settings.name: Listing(store, one, clock) for one in connectors}
        self._reconciliations = {
            one.settings.name: Reconciliation(store, one, self.changing[one.settings.name], decider, clock)
            for one in connectors
        }
        self._checks = {one.settings.name: Listing(store, one, clock) for one in senders} or self._listings
        """Whether the database is older than a system is asked before anything is sent, whichever lane comes first."""
        self._recovery = Recovery(store, texts, clock)
        self._triaging = Triaging(store, decider, plugins, clock, since)
        self._reviewing = Reviewing(store, decider, texts, clock)
        self._stops = Stops(store, self.changing, clock)
        self._doubtful = False
        """Whether the time must not be gone by, as the last look found."""
        self._clockwork = Clockwork(store, [*connectors, *senders], clock)
        self._digests_to = digests_to
        self._counts_by: WorkCalendar | None = None
        self._recount: Recount | None = None
        """A calendar comes with the rules; when they come or change, what is open is counted again by it."""
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    # --- looking ----------------------------------------------------------------------------------

    def look(self) -> Look:
        """Return what there is to do, with the rules of now in force."""
        with self.store.reading() as reading:
            look = reading.look(self._clock.now(), self.systems)
        self.beats.see(look.lanes)
        self.beats.well(SERVICE, began=None if SERVICE in look.lanes else self._clock.now())
        doubted, self._doubtful = self._doubtful, self._clockwork.doubtful(look)
        if self._doubtful and not doubted:  # a machine that was put back to an earlier state notices it by its clock
            for listing in (*self._listings.values(), *self._checks.values()):
                listing.again()
        self._decider.refresh(look.published)
        self._note_rules()
        self._count_again()
        return look

    def _count_again(self) -> None:
        """Count again what is open when the calendar has changed: some of it now, the rest at the next looks."""
        calendar = self._decider.calendar
        if self._counts_by is not calendar:
            self._counts_by = calendar
            told = self._decider.policy.organization, self._texts, self._clock
            self._recount = Recount(self.store, calendar, *told, digest_system=self._digests_to)
        if self._recount is None:
            return
        began = self._clock.now()
        try:
            self._recount.run(enough=lambda: self._clock.now() - began > COUNTING)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 — the lanes go on, whatever is wrong with what is counted again
            _log.exception("terms could not be counted again")
            self._recount.done = True
        if self._recount.done:
            self._recount = None

    def _note_rules(self) -> None:
        """Note what of the rules is not as their authors meant it, and what is again."""
        texts = "; ".join(f"{name}: {cause}" for name, cause in sorted(self._texts.failed.items()))
        found = ((TEXTS, texts), (SET_COUNT, self._decider.miscounted), (SET_USE, self._decider.unusable))
        for key, cause in found:
            if cause:
                self.beats.wrong(key, cause)
            else:
                self.beats.nothing_wrong(key)

    def next_moment(self) -> datetime | None:
        """Return when the store holds something to do next; a simulated clock goes there."""
        now = self._clock.now()
        with self.store.reading() as reading:
            catching_up = reading.epochs.open()
            moments = [reading.inbox.next_moment()]
            moments += [] if catching_up else [reading.items.next_moment(), reading.orders.next_stop_over()]
            states = reading.systems.every()
            sent = {name: rest_ends(states.get(name), one) for name, one in reading.outbox.next_moments().items()}
        # What an epoch keeps back waits for its end, not for a moment.
        moments += [one for name, one in sent.items() if name not in catching_up or one > now]
        return min((moment for moment in moments if moment is not None), default=None)

    # --- the lanes of a service -------------------------------------------------------------------

    def read(self, system: str, enough: Enough) -> bool:
        """Take in documents and follow orders of one system; tell whether anything came."""
        with self.store.reading() as reading:
            look = reading.look(self._clock.now(), self.systems)
        done = Round()
        self._read(system, look, done, enough)
        return not done.idle

    def decide(self, enough: Enough) -> bool:
        """Decide new documents; tell whether any was decided."""
        moved = False
        while not enough() and self._decide():
            moved = True
        return moved

    def control(self, enough: Enough) -> bool:
        """Give clocks to what waits for a person, fire the points that are due; tell whether there were any."""
        moved = bool(self._triaging.stale() and self._triaging.run())
        moved |= bool(self._reviewing.stale() and self._reviewing.run())
        moved |= bool(not self._doubtful and self._stops.run())
        while not (self._doubtful or enough()) and self._fire():
            moved = True
        return moved

    def deliver(self, system: str, enough: Enough) -> bool:
        """Send what is due to one system; tell whether anything was sent."""
        done = self._deliver(system, enough)
        return bool(done.sent or done.failed)

    # --- rounds -----------------------------------------------------------------------------------

    def round(self) -> Round:
        """Run each lane once; a system that fails does not hinder the others."""
        done, look = Round(), self.look()
        for name in self.systems:
            self._read(name, look, done, _never)
        if look.undecided or done.taken:
            done.decided = self._decide()
        if done.decided or done.tracked or done.refused or self._triaging.stale():
            self._triaging.run()
        if not self._doubtful:
            done.tracked += self._stops.run()
        if done.tracked or self._reviewing.stale():
            self._reviewing.run()
        if (look.due or done.decided or done.tracked) and not self._doubtful:
            done.told = self._fire()
        queued = done.decided or done.tracked or done.told
        for name in self.systems:
            if not queued and name not in look.systems:
                continue
            try:
                delivered = self._deliver(name, _never)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 — its rows stay leased, and are looked up when the lease ends
                _log.exception("a connector failed", system=name)
                done.troubles[name] = f"сбой соединителя: {error}"
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

    def _read(self, system: str, look: Look, done: Round, enough: Enough) -> None:
        """Take in documents and follow orders; what is wrong with the one does not stop the other."""
        epoch = look.epochs.get(system)

        def documents() -> bool:
            seen = look.cursors.get((system, intake_lane.LANE), "")
            taken = intake(
                self.store, self._readers[system], self._plugins, self._clock, seen, self._paging[system], enough=enough
            )
            done.taken += taken.documents
            done.refused += taken.refused
            return taken.whole

        def changes() -> bool:
            listing = self._listings[system]
            # Before people's deeds are read: a database that is older than the system would pass over them.
            if epoch is None and listing.is_due():
                known = listing.run(None)
                key = (system, LISTING)
                self.beats.wrong(key, listing.trouble) if listing.trouble else self.beats.nothing_wrong(key)
                if not known:
                    return False
            tracked = self._tracks[system].run(look.cursors.get((system, track_lane.LANE), ""), enough=enough)
            done.tracked += tracked.changes
            return tracked.whole

        lanes = [(intake_lane.LANE, documents), (track_lane.LANE, changes)]
        if epoch and epoch.stage is not Stage.FOLLOWING:
            lanes.pop()  # what people did with an order is read once the order is here again
        whole: list[bool] = []
        troubles = [self._run_and_note(system, lane, read, look, whole) for lane, read in lanes]
        if all(whole) and not any(troubles):
            troubles.append(self._trouble(system, lambda: self._afterwards(system, look, done)))
        if told := "; ".join(dict.fromkeys(filter(None, troubles))):
            done.troubles[system] = told
        else:
            answered(self.store, system, look.states.get(system), self._clock.now())

    def _afterwards(self, system: str, look: Look, done: Round) -> None:
        """Compare orders with the system, and bring an epoch further, after a reading that left nothing over."""
        epoch = look.epochs.get(system)
        if epoch is None or epoch.stage is Stage.FOLLOWING:
            reconciliation, place = self._reconciliations[system], look.cursors.get((system, RECONCILE), "")
            if reconciliation.is_due(place):
                if reconciliation.rests:
                    return
                done.recovered += 1
                if not reconciliation.run(place):
                    return
        if epoch is None:
            return
        if epoch.stage is Stage.LISTING and not self._listings[epoch.system].run(epoch):
            return
        if epoch.stage is not Stage.ASKED:
            done.recovered += self._recovery.goes_on(epoch, self._decider.calendar)

    def _run_and_note(self, system: str, lane: str, read: Callable[[], bool], look: Look, every: list[bool]) -> str:
        """Run a lane that reads, and note how it fared; return what was wrong, «» when nothing was.

        To `every` is added whether all there was has been read.

        Written is what has changed, a beat now and then, and at once while a point is due or soon will be: an
        escalation waits for it.
        """
        began = self._clock.now()
        whole: list[bool] = []
        cause = self._trouble(system, lambda: whole.append(read()))
        if cause:
            self.beats.wrong((system, lane), cause)
        else:
            self.beats.well((system, lane), began=began if whole[0] else None, at_once=whole[0] and look.soon)
        every += whole
        return cause

    def _trouble(self, system: str, read: Callable[[], None]) -> str:
        """Read, and return what was wrong; «» when nothing was."""
        try:
            read()
        except IntegrationError as error:
            _log.warning("reading failed", system=system, cause=str(error))
            return str(error)
        except RowRefused as error:
            _log.warning("what was read was not stored", system=system, cause=str(error))
            return str(error)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 — a connector's own fault must not stop the other systems
            _log.exception("a connector failed", system=system)
            return f"сбой соединителя: {error}"
        return ""

    def _decide(self) -> int:
        decided = decide(
            self.store, self._decider, self._plugins, self._texts, self._clock, owner=self.owner, since=self._since
        )
        self._note(DECIDE, moved=bool(decided))
        return decided

    def _fire(self) -> int:
        told = self._control.run()
        self._note(CONTROL, moved=bool(told))
        return told

    def _deliver(self, system: str, enough: Enough) -> Delivered:
        sender = self._senders[system]
        with self.store.reading() as reading:
            epoch = reading.epochs.open().get(system)
        if epoch and epoch.stage is Stage.ASKED:
            return Delivered()
        check = self._checks[system]
        if epoch is None and check.is_due() and not self._knows_all_orders(check):
            return Delivered()
        delivery = Delivery(
            self.store, sender, self._texts, self._plugins, self._clock, owner=self.owner, doubts=epoch is not None
        )
        done = delivery.run(enough)
        self._note((system, DELIVER), moved=bool(done.sent or done.failed))
        return done

    def _knows_all_orders(self, check: Listing) -> bool:
        try:
            return check.run(None)
        except IntegrationError as error:
            _log.warning("the orders of a system cannot be listed", cause=str(error))
            return False

    def _note(self, key: Key, *, moved: bool) -> None:
        if moved:
            self.beats.well(key)
        else:
            self.beats.nothing_wrong(key)


def _never() -> bool:
    return False
