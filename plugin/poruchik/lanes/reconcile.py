"""Reconcile: open orders as a system has them against those that are here, once a day and after a recovery.

What was found is acted upon after the next whole reading of people's deeds, and only of an order that nothing has
touched meanwhile: until then the journal of the system may still bring it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector, Repetition
from poruchik.control.comparison import Comparing
from poruchik.engine.decide import Deciding
from poruchik.errors import BadAnswer, IntegrationError, RequestRefused
from poruchik.lanes.changing import Changing
from poruchik.model.commands import Operation
from poruchik.model.difference import Difference
from poruchik.model.exchange import FoundOrder
from poruchik.model.standing import CLOSED, StoredOrder
from poruchik.store.database import Store, Transaction

LANE = "reconcile"
AGAIN = "again"
"""The cursor with which all is compared once more, whatever was compared today."""
_AT_ONCE, _CALLS = 200, 5
_FEW = 20
"""Up to so many orders of one look may differ alike; of more, when half of all do, it is no deed of people."""
_ALL, _REFUSED = "all", "refused"
_REST = timedelta(minutes=10)
_log = structlog.get_logger("poruchik.reconcile")


def compared_on(place: str) -> date | None:
    """Return the day on which all open orders were last compared, as the cursor tells; None where they never were."""
    day, _, rest = place.partition(" ")
    return date.fromisoformat(day) if rest == _ALL else None


@dataclass(slots=True)
class _Seen:
    """What one look has found, and from where to where it looked."""

    place: str
    after: str
    pairs: list[tuple[StoredOrder, FoundOrder | None]] = field(default_factory=list)


class Reconciliation:
    """The open orders of one system."""

    def __init__(self, store: Store, connector: Connector, changing: Changing, decider: Deciding, clock: Clock) -> None:
        self._store = store
        self._connector = connector
        self._system = connector.settings.name
        self._changing = changing
        self._decider = decider
        self._clock = clock
        self._seen: _Seen | None = None
        self._rests_until: datetime | None = None

    def is_due(self, place: str) -> bool:
        """Tell whether orders are to be compared, as far as the cursor says; a system must show them by their ids."""
        by_id = self._connector.capabilities.operations.get(Operation.CREATE) is Repetition.LOOK_UP
        return by_id and place not in (self._done(), self._refused())

    @property
    def rests(self) -> bool:
        """Tell whether the system did not answer a short while ago."""
        return self._rests_until is not None and self._clock.now() < self._rests_until

    def run(self, place: str) -> bool:
        """Go a step further, after a whole reading of people's deeds; tell whether today's orders have been compared.

        A system that does not answer is asked again after a while; one that refuses the question, tomorrow.
        """
        if self._seen is not None and self._seen.place == place:
            self._settle(self._seen)
            place, self._seen = self._seen.after, None
            return place == self._done()
        try:
            self._seen = self._look(place)
        except IntegrationError as error:
            _log.warning("orders are not compared", system=self._system, cause=str(error))
            if isinstance(error, RequestRefused | BadAnswer):
                self._settle(_Seen(place, self._refused()))
                return True
            self._rests_until = self._clock.now() + _REST
        return False

    def _done(self) -> str:
        return f"{self._today()} {_ALL}"

    def _refused(self) -> str:
        """Return the cursor of a day on which the system would not be asked: nothing was compared."""
        return f"{self._today()} {_REFUSED}"

    def _today(self) -> str:
        return self._clock.now().astimezone(self._decider.calendar.zone).date().isoformat()

    def _look(self, place: str) -> _Seen:
        """Ask the system about the next orders."""
        day, _, last = place.partition(" ")
        after = int(last) if day == self._today() else 0
        with self._store.reading() as reading:
            orders = reading.orders.open_of(self._system, after=after, limit=_AT_ONCE * _CALLS)
        whole = len(orders) < _AT_ONCE * _CALLS
        seen = _Seen(place, self._done() if whole else f"{self._today()} {orders[-1].id}")
        for first in range(0, len(orders), _AT_ONCE):
            some = orders[first : first + _AT_ONCE]
            found = self._connector.find([one.key for one in some])
            seen.pairs += [(one, found.get(one.key)) for one in some]
        return seen

    def _settle(self, seen: _Seen) -> None:
        """Apply what nobody has told, and keep what a person must look at."""
        now, calendar = self._clock.now(), self._decider.calendar
        zone = self._connector.settings.zone
        comparing = Comparing(self._decider.policy.organization, calendar, now, zone)
        with self._store.writing() as writing:
            if not writing.cursors.move(self._system, LANE, seen=seen.place, cursor=seen.after, now=now):
                return  # another worker has compared them
            untouched = self._untouched(writing, seen)
            found = [one for order, there in untouched for one in comparing.differences(order, there)]
            alike = Counter(one.kind for one in found)
            many = {kind for kind, count in alike.items() if count > max(_FEW, len(untouched) // 2)}
            told = [one for one in found if one.change and one.kind not in many]
            kept = [one for one in found if one not in told]
            writing.differences.put([order.key for order, _ in untouched], kept)
            self._changing.take(writing, [one.change for one in told if one.change], [])
        self._tell(told, kept)

    def _untouched(self, writing: Transaction, seen: _Seen) -> list[tuple[StoredOrder, FoundOrder | None]]:
        """Return the pairs of orders that are as they were, and about which nothing is under way."""
        keys = [order.key for order, _ in seen.pairs]
        now = writing.orders.lock(keys)
        busy = {key for one in writing.outbox.unfinished_about(keys) for key in one.command.about}
        busy |= writing.changes.waiting(keys)
        return [
            (now[order.key], found)
            for order, found in seen.pairs
            if order.key not in busy
            and order.key in now
            and now[order.key].revision == order.revision
            and now[order.key].state not in CLOSED
        ]

    def _tell(self, told: Sequence[Difference], kept: Sequence[Difference]) -> None:
        if told or kept:
            _log.warning("orders differ from the system", system=self._system, settled=len(told), left=len(kept))
