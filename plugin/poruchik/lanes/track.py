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
from poruchik.control.lifecycle import Case, Office, apply
from poruchik.engine.decide import Deciding
from poruchik.errors import BadAnswer, PoruchikError
from poruchik.lanes.withdraw import Needless, needless, withdraw
from poruchik.model.audit import PROGRAM, AuditEntry
from poruchik.model.exchange import ChangeKind, ChangesPage, OrderChange
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
        self._decider = decider
        self._texts = texts
        self._plugins = plugins
        self._clock = clock

    def run(self, cursor: str, *, enough: Callable[[], bool] = lambda: False) -> int:
        """Apply what is new in the system after the cursor; return how many changes were of our orders.

        Raise IntegrationError when the system cannot be read; what was applied stays.
        """
        system, applied = self._connector.settings.name, 0
        for _ in range(MAX_PAGES):
            page = self._connector.order_changes(cursor, self._connector.capabilities.page_size)
            if page.has_more and page.cursor == cursor:
                raise BadAnswer(
                    "страница обещает продолжение, но курсор не движется",
                    where=system,
                    remedy="сообщите владельцу системы",
                )
            if page.cursor == cursor and not (page.changes or page.refused):
                break
            with self._store.writing() as writing:
                if not writing.cursors.move(system, LANE, seen=cursor, cursor=page.cursor, now=self._clock.now()):
                    break  # another worker has taken this page
                ours = self._apply(writing, page)
            for change in ours:
                self._plugins.notify("poruchik_order_changed", change=change)
            applied += len(ours)
            if not page.has_more or enough():
                break
            cursor = page.cursor
        return applied

    def _apply(self, writing: Transaction, page: ChangesPage) -> list[OrderChange]:
        now = self._clock.now()
        keys = {change.order_key for change in page.changes}
        orders = writing.orders.lock(keys)
        items = writing.items.of_orders(orders)
        cases = {key: Case(order, list(items.get(key, ()))) for key, order in orders.items()}
        office = Office(
            self._decider.policy.organization,
            self._decider.calendar,
            self._texts,
            now,
            self._connector.capabilities.operations,
            partial(review, checks=self._plugins.reply_checks()),
        )
        ours = [change for change in page.changes if change.order_key in cases]
        for change in ours:
            self._apply_one(cases, change, office)
        before = {item.key: item for held in items.values() for item in held}
        changed = [item for case in cases.values() for item in case.items if item is not before[item.key]]
        writing.items.save(changed, now)
        writing.orders.save([case.order for key, case in cases.items() if case.order is not orders[key]], now)
        self._write(writing, list(cases.values()), ours, page)
        return ours

    def _apply_one(self, cases: dict[str, Case], change: OrderChange, office: Office) -> None:
        """Apply one change; one that cannot be applied is noted and holds up no other."""
        case = cases[change.order_key]
        trial = replace(case, items=list(case.items), commands=list(case.commands), notes=list(case.notes))
        try:
            apply(trial, change, office)
        except PoruchikError as error:
            _log.warning("a change makes no sense", change=change.id, order=change.order_key, cause=str(error))
            case.notes.append(("изменение не применено", f"{change.kind} {change.id}: {error}", PROGRAM))
        except Exception as error:  # noqa: BLE001 — one change must not stop the others, whatever is wrong with it
            _log.exception("a change could not be applied", change=change.id, order=change.order_key)
            case.notes.append(("изменение не применено", f"{change.kind} {change.id}: {error}", PROGRAM))
        else:
            cases[change.order_key] = trial

    def _write(
        self, writing: Transaction, cases: Sequence[Case], ours: Sequence[OrderChange], page: ChangesPage
    ) -> None:
        now, system = self._clock.now(), self._connector.settings.name
        if cases:
            withdraw(writing, self._texts, _lost(cases, ours), now)
        writing.outbox.add([(case.order.system, command) for case in cases for command in case.commands], now)
        writing.inbox.settle(
            [
                Settlement(case.order.inbox_id, InboxState.MANUAL, REFUSED, case.manual)
                for case in cases
                if case.manual and case.order.state == ChangeKind.REFUSED
            ],
            now,
        )
        writing.inbox.answered([case.order.inbox_id for case in cases if case.taken_on], REFUSED, now)
        notes = [
            AuditEntry(now, what, case.order.key, details, who or "система")
            for case in cases
            for what, details, who in case.notes
        ]
        refused = [
            AuditEntry(now, "изменение отклонено", one.order_key or system, f"{one.cause}: {one.raw}")
            for one in page.refused
        ]
        writing.audit.add([*notes, *refused])


def _lost(cases: Sequence[Case], ours: Sequence[OrderChange]) -> dict[str, Needless]:
    """Return which messages of which orders have lost their reason."""
    moved = {
        change.order_key
        for change in ours
        if not change.part and change.kind in (ChangeKind.EXTENDED, ChangeKind.REASSIGNED)
    }
    return {case.order.key: needless(case.order.state, case.items, moved=case.order.key in moved) for case in cases}
