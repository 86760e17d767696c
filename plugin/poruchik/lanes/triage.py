"""Triage: every document that waits for a person gets a clock, whatever made it wait, and whenever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.control.item import ItemState, next_moment
from poruchik.control.opening import Item
from poruchik.control.triage import Clocks
from poruchik.engine.decide import Deciding
from poruchik.errors import RowRefused
from poruchik.model.document import Document, Facts
from poruchik.model.inbox import InboxItem, InboxState
from poruchik.model.order import Deadline
from poruchik.plugins import Plugins
from poruchik.store.corrections import facts
from poruchik.store.database import Store

AT_ONCE = 200
"""Documents of one transaction."""
LOOK = timedelta(seconds=10)
"""So often it is asked what waits without a clock, beside every time that something has been decided or read."""
_log = structlog.get_logger("poruchik.triage")


class Triaging:
    """The lane. `since`: by system, what was due before that moment is taken over as late."""

    def __init__(
        self,
        store: Store,
        decider: Deciding,
        plugins: Plugins,
        clock: Clock,
        since: Mapping[str, datetime | None],
    ) -> None:
        self._store = store
        self._decider = decider
        self._plugins = plugins
        self._clock = clock
        self._since = since
        self._looked: datetime | None = None

    def stale(self) -> bool:
        """Tell whether it is time to look."""
        return self._looked is None or not timedelta(0) <= self._clock.now() - self._looked < LOOK

    def run(self) -> int:
        """Give clocks to the documents that wait without one; return to how many."""
        self._looked = self._clock.now()
        given = after = 0
        while True:
            with self._store.reading() as reading:
                waiting = reading.inbox.without_clock(AT_ONCE, after=after)
                keys = {one.document_key for one in waiting}
                ordered = reading.orders.of_documents(keys) if waiting else {}
                corrected = reading.corrections.of_documents(keys) if waiting else {}
            if not waiting:
                return given
            given += self._write(
                [
                    self._item(
                        one,
                        facts(corrected.get(one.document_key, ())),
                        has_orders=one.document_key in ordered,
                    )
                    for one in waiting
                ]
            )
            after = waiting[-1].id

    def _item(self, waiting: InboxItem, said: Facts, *, has_orders: bool) -> Item:
        decider, now = self._decider, self._clock.now()
        clocks = Clocks(decider.policy.triage, decider.policy.organization, decider.calendar, now)
        # What has orders is under their terms: here the house's counts, within which somebody must look.
        document = self._readable(waiting, said) if waiting.state is InboxState.MANUAL and not has_orders else None
        term = self._term(document) if document else None
        registered = document.registered_at if document else now
        return clocks.item(waiting, term, registered.astimezone(decider.calendar.zone), self._since.get(waiting.source))

    def _readable(self, waiting: InboxItem, said: Facts) -> Document | None:
        try:
            return Document.read(waiting.card).corrected(said)
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one card, the house's term counts
            _log.warning("a card could not be read", document=waiting.title, cause=repr(error))
            return None

    def _term(self, document: Document) -> Deadline | None:
        """Return the term that the rules compute for a document, whatever else of it is in doubt."""
        try:
            today = self._clock.now().astimezone(self._decider.calendar.zone).date()
            draft = self._decider.decide(document, as_of=today, added=self._plugins.enrich(document)).draft
        except Exception as error:  # noqa: BLE001 — as above
            _log.warning(
                "the term of a waiting document could not be found", document=document.title, cause=repr(error)
            )
            return None
        return draft.deadline if draft else None

    def _write(self, items: Sequence[Item]) -> int:
        """Keep clocks; what the database refuses is found by halves, told in the journal and tried at the next look."""
        try:
            return self._keep(items)
        except RowRefused as error:
            if len(items) == 1:
                _log.warning("a clock was not stored", document=items[0].order_key, cause=str(error))
                return 0
        middle = len(items) // 2
        return self._write(items[:middle]) + self._write(items[middle:])

    def _keep(self, items: Sequence[Item]) -> int:
        now = self._clock.now()
        with self._store.writing() as writing:
            free = writing.inbox.lock_waiting([one.inbox_id for one in items if one.inbox_id])
            mine = [one for one in items if one.inbox_id in free]
            kept = writing.items.of_orders({one.order_key for one in mine})
            before = {one.key: one for found in kept.values() for one in found}
            writing.items.add([one for one in mine if one.key not in before], now)
            writing.items.save([self._again(before[one.key], one) for one in mine if one.key in before], now)
        return len(mine)

    def _again(self, before: Item, item: Item) -> Item:
        """Return the clock of a document that waits a second time: what was told is not told again."""
        progress = before.progress.extended(self._clock.now())
        following = next_moment(item.plan, progress, accepted=False, calendar=self._decider.calendar)
        return replace(
            item,
            id=before.id,
            progress=progress,
            next_at=following,
            state=ItemState.ACTIVE,
            accepted=False,
            snapshot="",
        )
