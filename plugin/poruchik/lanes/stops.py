"""Stops: a term that has stood still as long as it may goes on by itself, whoever has forgotten it."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from poruchik.clock import Clock
from poruchik.errors import PoruchikError
from poruchik.lanes.changing import Changing
from poruchik.model.exchange import ChangeKind, OrderChange
from poruchik.store.database import Store

AT_ONCE = 200
GOES_ON = "срок пошёл дальше сам: дольше стоять не может"
_log = structlog.get_logger("poruchik.stops")


class Stops:
    """The lane."""

    def __init__(self, store: Store, changing: Mapping[str, Changing], clock: Clock) -> None:
        self._store = store
        self._changing = changing
        self._clock = clock

    def run(self) -> int:
        """Let go on what has stood long enough; return how many orders that were."""
        now = self._clock.now()
        with self._store.reading() as reading:
            due = reading.orders.stopped_before(now, AT_ONCE)
        gone_on = 0
        for order in due:
            changing = self._changing.get(order.system)
            assert order.stopped_until is not None  # it was asked for
            if changing is None:
                continue  # the system was taken out of the settings
            change = OrderChange(
                id=f"stop-over-{order.stopped_until.isoformat()}",
                order_key=order.key,
                kind=ChangeKind.RESUMED,
                at=order.stopped_until,
                by="",
            )
            try:
                with self._store.writing() as writing:
                    current = writing.orders.lock([order.key])[order.key]
                    if current.stopped_until == order.stopped_until:
                        changing.done_here(writing, change, GOES_ON)
                        gone_on += 1
            except PoruchikError as error:  # one order must not stop the others
                _log.warning("a term could not go on", order=order.key, cause=str(error))
        return gone_on
