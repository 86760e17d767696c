"""Review: whatever waits for a controller has a clock, whatever made it wait, and whenever; what is over has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.control.opening import Item
from poruchik.control.review import Matter, Reviews, over
from poruchik.engine.decide import Deciding
from poruchik.lanes.withdraw import Needless, withdraw
from poruchik.model.standing import StoredOrder
from poruchik.store.database import Store, Transaction
from poruchik.texts.render import Texts

AT_ONCE = 200
"""Orders of one transaction."""
LOOK = timedelta(seconds=10)
"""So often it is asked what waits without a clock, beside every time that something has been read."""
_DEALT_WITH = "рассмотрено"
_log = structlog.get_logger("poruchik.review")


class Reviewing:
    """The lane."""

    def __init__(self, store: Store, decider: Deciding, texts: Texts, clock: Clock) -> None:
        self._store = store
        self._decider = decider
        self._texts = texts
        self._clock = clock
        self._looked: datetime | None = None

    def stale(self) -> bool:
        """Tell whether it is time to look."""
        return self._looked is None or not timedelta(0) <= self._clock.now() - self._looked < LOOK

    def run(self) -> int:
        """End the clocks of what is dealt with, begin those of what waits; return how many began."""
        self._looked = self._clock.now()
        self._end()
        return sum(self._begin(matter) for matter in Matter)

    def _end(self) -> None:
        after = 0
        while True:
            with self._store.reading() as reading:
                found = reading.reviews.dealt_with(AT_ONCE, after=after)
            if not found:
                return
            after, now = found[-1][0], self._clock.now()
            with self._store.writing() as writing:
                keys = {key for _, key in found}
                writing.orders.lock(keys)
                # Asked anew under the lock: the same may wait again.
                ended = {number for number, _ in writing.reviews.dealt_with(len(found), after=found[0][0] - 1)}
                held = [one for group in writing.items.reviews_of(keys).values() for one in group if one.id in ended]
                writing.items.save([over(one) for one in held], now)
                withdraw(writing, self._texts, _needless(held), now)

    def _begin(self, matter: Matter) -> int:
        begun = after = 0
        while True:
            with self._store.reading() as reading:
                found = reading.reviews.without_clock(matter, AT_ONCE, after=after)
            if not found:
                return begun
            after = found[-1][0]
            with self._store.writing() as writing:
                orders = writing.orders.lock(key for _, key in found)
                # Asked anew under the lock: another worker may have begun them meanwhile.
                still = [key for _, key in writing.reviews.without_clock(matter, AT_ONCE, among=orders)]
                begun += self._keep(writing, [orders[key] for key in still], matter)

    def _keep(self, writing: Transaction, orders: Sequence[StoredOrder], matter: Matter) -> int:
        policy, calendar, now = self._decider.policy, self._decider.calendar, self._clock.now()
        make = Reviews(policy.review, policy.triage.administrator, policy.organization, calendar, now)
        before = writing.items.reviews_of(one.key for one in orders)
        made = []
        for order in orders:
            try:
                made.append(make.item(order, matter, before.get(order.key, ())))
            except Exception:  # noqa: BLE001 — one order must not stop the others, whatever is wrong with it
                _log.exception("a review has no clock", order=order.key, matter=matter)
        writing.items.add([one for one in made if not one.id], now)
        writing.items.save([one for one in made if one.id], now)
        return len(made)


def _needless(ended: Sequence[Item]) -> Mapping[str, Needless]:
    by_order: dict[str, set[int]] = {}
    for item in ended:
        by_order.setdefault(item.order_key, set()).add(item.id)
    return {key: Needless(_DEALT_WITH, frozenset(ids)) for key, ids in by_order.items()}
