"""Track: what people did with orders in a system, page by page, to the orders' state and to what is still due.

The cursor moves in the transaction that applies the page. Messages that an order no longer needs are withdrawn there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.errors import RowRefused
from poruchik.lanes.changing import Changing
from poruchik.lanes.paging import Paging, check_progress
from poruchik.model import lanes
from poruchik.model.exchange import ChangesPage, OrderChange, RefusedChange
from poruchik.plugins import Plugins
from poruchik.store.database import Store

LANE = lanes.TRACK
MAX_PAGES = 50
"""Of one run, so that one system cannot keep the worker from the other lanes."""
_log = structlog.get_logger("poruchik.track")


@dataclass(frozen=True, slots=True)
class Tracked:
    """What one run did. `whole`: all there was has been read."""

    changes: int
    whole: bool


class Track:
    """The lane for one system."""

    def __init__(self, store: Store, connector: Connector, changing: Changing, plugins: Plugins, clock: Clock) -> None:
        self._store = store
        self._connector = connector
        self._system = connector.settings.name
        self._changing = changing
        self._plugins = plugins
        self._clock = clock
        self._paging = Paging(connector.capabilities.page_size)
        self._forgot_on: date | None = None

    def run(self, cursor: str, *, enough: Callable[[], bool] = lambda: False) -> Tracked:
        """Apply what is new in the system after the cursor; return how many changes were of our orders.

        Raise IntegrationError when the system cannot be read; what was applied stays.
        """
        self._forget()
        applied, seen, whole = 0, {cursor}, False
        for _ in range(MAX_PAGES):
            page = self._paging.read(self._connector.order_changes, cursor)
            check_progress(page, seen, self._system)
            whole = not page.has_more
            if page.cursor == cursor and not (page.changes or page.refused):
                break
            ours = self._take(page, cursor)
            if ours is None:
                whole = False
                break  # another worker has taken this page
            for change in ours:
                self._plugins.notify("poruchik_order_changed", change=change)
            applied += len(ours)
            if not page.has_more or enough():
                break
            cursor = page.cursor
        return Tracked(applied, whole)

    def _take(self, page: ChangesPage, cursor: str) -> list[OrderChange] | None:
        """Apply a page and move the cursor; None when another worker has moved it.

        A page that the database refuses is applied change by change: the one at fault waits for a person, the others do
        not, and the cursor moves.
        """
        try:
            return self._take_page(page, cursor)
        except RowRefused as error:
            _log.warning("a page of changes was not stored", system=self._system, cause=str(error))
        ours: list[OrderChange] = []
        refused = list(page.refused)
        for change in page.changes:
            try:
                with self._store.writing() as writing:
                    ours += self._changing.take(writing, [change], [])
            except RowRefused as error:
                cause = f"изменение {change.id}: {error}"
                refused.append(RefusedChange(change.order_key, cause, change.raw or repr(change), change.id))
        rest = self._take_page(replace(page, changes=(), refused=tuple(refused)), cursor)
        return None if rest is None else ours

    def _take_page(self, page: ChangesPage, cursor: str) -> list[OrderChange] | None:
        with self._store.writing() as writing:
            if not writing.cursors.move(self._system, LANE, seen=cursor, cursor=page.cursor, now=self._clock.now()):
                return None
            return self._changing.take(writing, page.changes, page.refused)

    def _forget(self) -> None:
        """Drop from the ledger what is too old, once a day."""
        now = self._clock.now()
        if self._forgot_on == now.date():
            return
        self._forgot_on = now.date()
        with self._store.writing() as writing:
            writing.changes.forget(now)
