"""Track: what people did with orders in a system, page by page, to the orders' state and to what is still due.

The cursor moves in the transaction that applies the page. Messages that an order no longer needs are withdrawn there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.control.lifecycle import ChangeContext, OrderWithItems, apply
from poruchik.engine.decide import Deciding
from poruchik.errors import PoruchikError, RowRefused
from poruchik.lanes.paging import Paging, check_progress
from poruchik.lanes.withdraw import Needless, needless, withdraw
from poruchik.model.audit import PROGRAM, AuditEntry
from poruchik.model.exchange import ChangeKind, ChangesPage, OrderChange, RefusedChange
from poruchik.model.inbox import InboxState, Settlement
from poruchik.plugins import Plugins
from poruchik.reply.review import review
from poruchik.store.database import Store, Transaction
from poruchik.texts.render import Texts

LANE = "track"
MAX_PAGES = 50
"""Of one run, so that one system cannot keep the worker from the other lanes."""
REFUSED = "refused-by-executor"
_log = structlog.get_logger("poruchik.track")


class Track:
    """The lane for one system."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        decider: Deciding,
        texts: Texts,
        plugins: Plugins,
        clock: Clock,
    ) -> None:
        self._store = store
        self._connector = connector
        self._system = connector.settings.name
        self._decider = decider
        self._texts = texts
        self._plugins = plugins
        self._clock = clock
        self._paging = Paging(connector.capabilities.page_size)

    def run(self, cursor: str, *, enough: Callable[[], bool] = lambda: False) -> int:
        """Apply what is new in the system after the cursor; return how many changes were of our orders.

        Raise IntegrationError when the system cannot be read; what was applied stays.
        """
        applied, seen = 0, {cursor}
        for _ in range(MAX_PAGES):
            page = self._paging.read(self._connector.order_changes, cursor)
            check_progress(page, seen, self._system)
            if page.cursor == cursor and not (page.changes or page.refused):
                break
            ours = self._take(page, cursor)
            if ours is None:
                break  # another worker has taken this page
            for change in ours:
                self._plugins.notify("poruchik_order_changed", change=change)
            applied += len(ours)
            if not page.has_more or enough():
                break
            cursor = page.cursor
        return applied

    def _take(self, page: ChangesPage, cursor: str) -> list[OrderChange] | None:
        """Apply a page and move the cursor; None when another worker has moved it.

        A page that the database refuses is applied change by change: the one at fault waits for a person, the others do
        not, and the cursor moves.
        """
        try:
            return self._apply_page(page, cursor)
        except RowRefused as error:
            _log.warning("a page of changes was not stored", system=self._system, cause=str(error))
        ours: list[OrderChange] = []
        refused = list(page.refused)
        for change in page.changes:
            try:
                with self._store.writing() as writing:
                    ours += self._apply(writing, [change], [])
            except RowRefused as error:
                refused.append(RefusedChange(change.order_key, f"изменение {change.id}: {error}", repr(change)))
        rest = self._apply_page(replace(page, changes=(), refused=tuple(refused)), cursor)
        return None if rest is None else ours

    def _apply_page(self, page: ChangesPage, cursor: str) -> list[OrderChange] | None:
        with self._store.writing() as writing:
            if not writing.cursors.move(self._system, LANE, seen=cursor, cursor=page.cursor, now=self._clock.now()):
                return None
            return self._apply(writing, page.changes, page.refused)

    def _apply(
        self, writing: Transaction, told: Sequence[OrderChange], refused: Sequence[RefusedChange]
    ) -> list[OrderChange]:
        """Apply what was not seen before; return the changes of our orders."""
        now = self._clock.now()
        new_refused = writing.changes.refuse(self._system, refused, now)
        keys = {change.order_key for change in told}
        orders = writing.orders.lock(keys)
        items = writing.items.of_orders(orders)
        subjects = {key: OrderWithItems(order, list(items.get(key, ()))) for key, order in orders.items()}
        context = ChangeContext(
            self._decider.policy.organization,
            self._decider.calendar,
            self._texts,
            now,
            self._connector.capabilities.operations,
            partial(review, checks=self._plugins.reply_checks()),
        )
        # A change of an order that we do not have is none of ours, and may become one when a backup is put back.
        ours = writing.changes.note(self._system, [one for one in told if one.order_key in subjects], now)
        for change in ours:
            self._apply_one(subjects, change, context)
        before = {item.key: item for held in items.values() for item in held}
        changed = [item for subject in subjects.values() for item in subject.items if item is not before[item.key]]
        writing.items.save(changed, now)
        writing.orders.save(
            [subject.order for key, subject in subjects.items() if subject.order is not orders[key]], now
        )
        self._write(writing, list(subjects.values()), ours, new_refused)
        return ours

    def _apply_one(self, subjects: dict[str, OrderWithItems], change: OrderChange, context: ChangeContext) -> None:
        """Apply one change; one that cannot be applied is noted and holds up no other."""
        subject = subjects[change.order_key]
        trial = replace(subject, items=list(subject.items), commands=list(subject.commands), notes=list(subject.notes))
        try:
            apply(trial, change, context)
        except PoruchikError as error:
            _log.warning("a change makes no sense", change=change.id, order=change.order_key, cause=str(error))
            subject.notes.append(("изменение не применено", f"{change.kind} {change.id}: {error}", PROGRAM))
        except Exception as error:  # noqa: BLE001 — one change must not stop the others, whatever is wrong with it
            _log.exception("a change could not be applied", change=change.id, order=change.order_key)
            subject.notes.append(("изменение не применено", f"{change.kind} {change.id}: {error}", PROGRAM))
        else:
            subjects[change.order_key] = trial

    def _write(
        self,
        writing: Transaction,
        subjects: Sequence[OrderWithItems],
        ours: Sequence[OrderChange],
        refused: Sequence[RefusedChange],
    ) -> None:
        now = self._clock.now()
        if subjects:
            withdraw(writing, self._texts, _lost(subjects, ours), now)
        writing.outbox.add(
            [(subject.order.system, command) for subject in subjects for command in subject.commands], now
        )
        writing.inbox.settle(
            [
                Settlement(subject.order.inbox_id, InboxState.MANUAL, REFUSED, subject.manual)
                for subject in subjects
                if subject.manual and subject.order.state == ChangeKind.REFUSED
            ],
            now,
        )
        writing.inbox.answered([subject.order.inbox_id for subject in subjects if subject.taken_on], REFUSED, now)
        notes = [
            AuditEntry(now, what, subject.order.key, details, who or "система")
            for subject in subjects
            for what, details, who in subject.notes
        ]
        unread = [
            AuditEntry(now, "изменение не прочитано", one.order_key or self._system, f"{one.cause}: {one.raw}")
            for one in refused
        ]
        writing.audit.add([*notes, *unread])


def _lost(subjects: Sequence[OrderWithItems], ours: Sequence[OrderChange]) -> dict[str, Needless]:
    """Return which messages of which orders have lost their reason."""
    moved = {
        change.order_key
        for change in ours
        if not change.part and change.kind in (ChangeKind.EXTENDED, ChangeKind.REASSIGNED)
    }
    return {
        subject.order.key: needless(subject.order.state, subject.items, moved=subject.order.key in moved)
        for subject in subjects
    }
