"""Listing: the orders that a system has, against those that are here.

An order of ours is here before it leaves, so one that the system has and this database does not know proves the
database older than the system: it was put back without a word, or a second installation works on the same system.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector, lists_orders
from poruchik.errors import BadAnswer, IntegrationError, RequestRefused, SystemUnreachable
from poruchik.lanes.paging import check_progress
from poruchik.model.audit import AuditEntry
from poruchik.model.epoch import Epoch, Stage
from poruchik.model.exchange import ListedOrder, OrdersPage
from poruchik.store.database import Store, Transaction

LANE = "orders"
EVERY = timedelta(hours=1)
NOT_HERE = "в системе есть поручения, которых нет в базе"
_PAGE, _MAX_PAGES, _NAMED, _TRIES = 200, 500, 5, 3
_log = structlog.get_logger("poruchik.listing")


class Listing:
    """The orders of one system."""

    def __init__(self, store: Store, connector: Connector, clock: Clock) -> None:
        self._store = store
        self._connector = connector
        self._system = connector.settings.name
        self._clock = clock
        self._ours = re.compile(rf"{re.escape(self._system)}:.+/\d+")
        self._looked: datetime | None = None
        self._failed = 0
        self.trouble = ""
        """Why the list could not be read; «» when it was."""

    def is_due(self) -> bool:
        """Tell whether the system can be asked, and has not been for a while."""
        if not lists_orders(self._connector):
            return False
        return self._looked is None or not timedelta(0) <= self._clock.now() - self._looked < EVERY

    def again(self) -> None:
        """Have the system asked before anything else: time has passed that this process has not lived through."""
        self._looked = None

    def run(self, epoch: Epoch | None) -> bool:
        """Read what is new of the list; tell whether all of it has been read, and nothing stops.

        In an epoch what is not known here is kept as a stray; otherwise everything stops until somebody says what
        happened. A system that does not list its orders has nothing to read. Raise
        IntegrationError when it does not answer.
        """
        if not lists_orders(self._connector):
            return True
        self.trouble = ""
        try:
            whole = self._read(epoch)
        except IntegrationError:
            self._failed += 1
            if self._failed % _TRIES == 0:  # a list that never answers must not hold up for good what does
                self._looked = self._clock.now()
            raise
        self._failed = 0
        if whole:
            self._looked = self._clock.now()
        return whole

    def _read(self, epoch: Epoch | None) -> bool:
        assert lists_orders(self._connector)
        with self._store.reading() as reading:
            cursor = reading.cursors.place(self._system, LANE)
        seen = {cursor}
        for _ in range(_MAX_PAGES):
            try:
                page = self._connector.list_orders(cursor, _PAGE)
                check_progress(page, seen, self._system)
            except IntegrationError as error:
                # Many systems serve no such list: what people did there is read all the same. In an epoch it is
                # worth waiting for one that may yet answer.
                if isinstance(error, SystemUnreachable) or (
                    epoch and not isinstance(error, RequestRefused | BadAnswer)
                ):
                    raise
                _log.warning("the orders of a system cannot be listed", system=self._system, cause=str(error))
                self.trouble = str(error)
                return True
            if page.cursor == cursor and not page.orders:
                return True
            with self._store.writing() as writing:
                strange = self._strange(writing, page)
                if strange and epoch is None:
                    self._ask(writing, strange)
                    return False
                if not writing.cursors.move(self._system, LANE, seen=cursor, cursor=page.cursor, now=self._clock.now()):
                    return False  # another worker reads it
                writing.strays.add(self._system, strange, self._clock.now())
            if not page.has_more:
                return True
            cursor = page.cursor
        return False

    def _strange(self, reading: Transaction, page: OrdersPage) -> list[ListedOrder]:
        """Return the orders of our form that are neither here nor known to be strays."""
        ours = [one for one in page.orders if self._ours.fullmatch(one.external_id)]
        ids = {one.external_id for one in ours}
        known = set(reading.orders.states(ids)) | reading.strays.known(self._system, ids) if ids else set()
        return [one for one in ours if one.external_id not in known]

    def _ask(self, writing: Transaction, strange: Sequence[ListedOrder]) -> None:
        named = ", ".join(one.external_id for one in strange[:_NAMED])
        more = f" и ещё {len(strange) - _NAMED}" if len(strange) > _NAMED else ""
        stop(writing, self._system, f"{NOT_HERE}: {named}{more}", self._clock.now())


def stop(writing: Transaction, system: str, cause: str, now: datetime) -> None:
    """Let nothing more go to a system until somebody says why it knows more than this database."""
    if system in writing.epochs.open():
        return
    writing.epochs.begin([system], None, cause, now, stage=Stage.ASKED)
    writing.audit.add([AuditEntry(now, NOT_HERE, system, cause)])
    _log.error("the database is older than the system", system=system, cause=cause)
