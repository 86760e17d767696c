"""Changing: what people did with orders in a system, applied once each; what cannot be applied waits for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.control.lifecycle import ChangeContext, OrderWithItems, apply
from poruchik.engine.decide import Deciding
from poruchik.errors import PoruchikError
from poruchik.lanes.hold import go_on, hold
from poruchik.lanes.on_report import Following, following
from poruchik.lanes.park import park
from poruchik.lanes.withdraw import Needless, needless, withdraw
from poruchik.model.audit import PROGRAM, AuditEntry
from poruchik.model.changes import ChangeState, KeptChange, says
from poruchik.model.commands import Cancel, Command, Extend, Operation, Reassign, Release, Return
from poruchik.model.exchange import ChangeKind, OrderChange, RefusedChange
from poruchik.model.inbox import InboxState, Settlement
from poruchik.model.standing import StoredOrder
from poruchik.plugins import Plugins
from poruchik.reply.review import review
from poruchik.store.database import Transaction
from poruchik.store.tables import storable
from poruchik.texts.render import Texts

REFUSED = "refused-by-executor"
_log = structlog.get_logger("poruchik.track")


@dataclass(slots=True)
class _Sorted:
    """What is to be applied of what a system told, and what contradicts what is known."""

    fresh: list[OrderChange] = field(default_factory=list)
    mended: set[str] = field(default_factory=set)
    """Orders of which a change waited for a person and was sent again."""
    contradictions: list[tuple[OrderChange, str]] = field(default_factory=list)


class Changing:
    """Applies the changes of one system."""

    def __init__(self, connector: Connector, decider: Deciding, texts: Texts, plugins: Plugins, clock: Clock) -> None:
        self._system = connector.settings.name
        self._operations = connector.capabilities.operations
        self._zone = connector.settings.zone
        self._decider = decider
        self._texts = texts
        self._plugins = plugins
        self._clock = clock

    def take(
        self, writing: Transaction, told: Sequence[OrderChange], refused: Sequence[RefusedChange]
    ) -> list[OrderChange]:
        """Apply what was not seen before, keep for a person what cannot be; return the changes applied.

        A change of an order that we do not have is none of ours, and may become one when a backup is put back.
        """
        now = self._clock.now()
        # What names a refused one is used in questions to the database, as it will be kept.
        refused = [replace(one, order_key=storable(one.order_key), id=storable(one.id)) for one in refused]
        orders = self._lock(writing, {one.order_key for one in told} | {one.order_key for one in refused})
        found = _sorted(told, orders, writing.changes.known(self._system, orders))
        done, failed = self._apply(writing, orders, found.fresh)
        writing.changes.applied(self._system, done, now)
        unread = [
            *refused,
            *(_refused(change, f"изменение {change.id}: {why}") for change, why in (*failed, *found.contradictions)),
        ]
        digests = {(change.order_key, change.id): says(change) for change, _ in (*failed, *found.contradictions)}
        new = writing.changes.refuse(self._system, unread, now, digests=digests)
        hold(writing, self._texts, {one.order_key for one in new} & set(orders), now)
        go_on(writing, found.mended, now)
        if new:
            _log.warning("changes wait for a person", system=self._system, changes=len(new), first=new[0].cause)
        writing.audit.add(
            [AuditEntry(now, "изменение не прочитано", one.order_key or self._system, one.cause) for one in new]
        )
        return done

    def by_person(self, writing: Transaction, kept: KeptChange, change: OrderChange, who: str, how: str) -> None:
        """Apply what a person says that a kept change means; raise PoruchikError when it cannot be."""
        now = self._clock.now()
        orders = self._lock(writing, {change.order_key})
        if not orders:
            raise PoruchikError(
                f"поручения «{change.order_key}» системы {self._system} у нас нет", remedy="назовите его ключ"
            )
        done, failed = self._apply(writing, orders, [change])
        if failed:
            raise PoruchikError(f"применить нельзя: {failed[0][1]}")
        writing.changes.applied(self._system, done, now)
        writing.changes.settle(kept.id, how, now)
        go_on(writing, {change.order_key, kept.order_key} - {""}, now)
        writing.audit.add([AuditEntry(now, how, change.order_key, kept.cause, who)])

    def done_here(self, writing: Transaction, change: OrderChange, how: str) -> None:
        """Apply what was done with an order here, of which its system knows nothing; raise PoruchikError."""
        now = self._clock.now()
        orders = self._lock(writing, {change.order_key})
        done, failed = self._apply(writing, orders, [change]) if orders else ([], [(change, "поручения нет")])
        if failed:
            raise PoruchikError(f"применить нельзя: {failed[0][1]}")
        writing.changes.applied(self._system, done, now)
        writing.audit.add([AuditEntry(now, how, change.order_key, change.comment, change.by or PROGRAM)])

    def _lock(self, writing: Transaction, keys: set[str]) -> dict[str, StoredOrder]:
        """Return the orders, locked; a system has no say about those of another."""
        return {key: order for key, order in writing.orders.lock(keys).items() if order.system == self._system}

    def _apply(
        self, writing: Transaction, orders: Mapping[str, StoredOrder], fresh: Sequence[OrderChange]
    ) -> tuple[list[OrderChange], list[tuple[OrderChange, str]]]:
        """Apply changes and write what follows; return those applied, and those that cannot be with the cause."""
        now = self._clock.now()
        items = writing.items.of_orders(orders)
        park(writing, writing.items.broken, now)
        subjects = {key: OrderWithItems(order, list(items.get(key, ()))) for key, order in orders.items()}
        context = ChangeContext(
            self._decider.policy.organization,
            self._decider.calendar,
            self._texts,
            now,
            self._operations,
            partial(review, checks=self._plugins.reply_checks()),
            self._zone,
        )
        done, failed = [], []
        given: dict[str, Following] = {}
        for change in fresh:
            if why := self._apply_one(writing, subjects, self._by_whom(writing, change), context, given):
                failed.append((change, why))
            else:
                done.append(change)
        for following_orders in given.values():
            following_orders.write(writing, now)
        before = {item.key: item for held in items.values() for item in held}
        changed = [item for subject in subjects.values() for item in subject.items if item is not before[item.key]]
        writing.items.save(changed, now)
        writing.orders.save(
            [subject.order for key, subject in subjects.items() if subject.order is not orders[key]], now
        )
        writing.items.end_parked([key for key, subject in subjects.items() if subject.closed], now)
        self._write(writing, list(subjects.values()), done, now)
        return done, failed

    def _apply_one(
        self,
        writing: Transaction,
        subjects: dict[str, OrderWithItems],
        change: OrderChange,
        context: ChangeContext,
        given: dict[str, Following],
    ) -> str:
        """Apply one change; return why it cannot be, «» when it is. `given` gains the orders that it gives."""
        subject = subjects[change.order_key]
        trial = replace(
            subject,
            items=list(subject.items),
            commands=list(subject.commands),
            notes=list(subject.notes),
            reported=None,
        )
        try:
            apply(trial, change, context)
            found = self._following(writing, trial, change, context.now)
        except PoruchikError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 — one change must not stop the others, whatever is wrong with it
            _log.exception("a change could not be applied", change=change.id, order=change.order_key)
            return f"применить не удалось: {error}"
        subjects[change.order_key] = trial
        if found:
            given[found.orders[0].key] = found  # two parts of one document may report the same
        return ""

    def _following(
        self, writing: Transaction, subject: OrderWithItems, change: OrderChange, now: datetime
    ) -> Following | None:
        if subject.reported is None:
            return None
        told = self._decider, self._plugins, self._texts, now
        return following(writing, subject.order, change, subject.reported, *told)

    def _by_whom(self, writing: Transaction, change: OrderChange) -> OrderChange:
        """Return a change with the person who did it on our pages, where the system names the program that asked."""
        operation = _ASKED.get(change.kind)
        if operation is None or change.part or self._decider.policy.organization.employee(change.by) is not None:
            return change
        for item in reversed(writing.outbox.about([change.order_key])):
            command = item.command
            if command.operation is operation and isinstance(command, Deed):
                return replace(change, by=command.by) if command.by and _same(command, change) else change
        return change

    def _write(
        self, writing: Transaction, subjects: Sequence[OrderWithItems], done: Sequence[OrderChange], now: datetime
    ) -> None:
        if subjects:
            withdraw(writing, self._texts, _lost(subjects, done), now)
        commands = [(subject, command) for subject in subjects for command in subject.commands]
        needless_ones = [pair for pair in commands if _too_late(*pair)]
        writing.outbox.add(
            [(subject.order.system, command) for subject, command in commands if not _too_late(subject, command)], now
        )
        writing.inbox.settle(
            [
                Settlement(subject.order.inbox_id, InboxState.MANUAL, REFUSED, subject.manual)
                for subject in subjects
                if subject.manual and subject.order.state == ChangeKind.REFUSED
            ],
            now,
        )
        answered = [subject.order.inbox_id for subject in subjects if subject.taken_on or subject.closed]
        writing.inbox.answered(answered, REFUSED, now)
        writing.audit.add(
            [
                AuditEntry(now, what, subject.order.key, details, who or "система")
                for subject in subjects
                for what, details, who in subject.notes
            ]
            + [
                AuditEntry(
                    now, "команда отозвана", command.order_key, f"{command.operation}: поручение закрыто", PROGRAM
                )
                for _, command in needless_ones
            ]
        )


Deed = Extend | Reassign | Return | Release | Cancel
_ASKED = {
    ChangeKind.EXTENDED: Operation.EXTEND,
    ChangeKind.REASSIGNED: Operation.REASSIGN,
    ChangeKind.RETURNED: Operation.RETURN,
    ChangeKind.RELEASED: Operation.RELEASE,
    ChangeKind.CANCELLED: Operation.CANCEL,
}


def _same(command: Deed, change: OrderChange) -> bool:
    """Tell whether a change is what a command asked for, as far as the two can be compared."""
    match command:
        case Extend():
            return command.is_shown_by(change.due_at)
        case Reassign(lead=lead):
            return change.lead == lead.name
    return True


def _sorted(
    told: Sequence[OrderChange],
    orders: Mapping[str, StoredOrder],
    known: Mapping[tuple[str, str], KeptChange],
) -> _Sorted:
    """Return what of a page is new: a repetition is passed over, the same id with another content is not."""
    found = _Sorted()
    here: dict[tuple[str, str], str] = {}
    for change in told:
        if change.order_key not in orders:
            continue
        name, digest = (change.order_key, change.id), says(change)
        kept = known.get(name)
        if name in here:
            if here[name] != digest:
                found.contradictions.append((change, "прислано дважды с разным содержанием"))
            continue
        here[name] = digest
        if kept is None:
            found.fresh.append(change)
        elif kept.digest == digest or (kept.state is ChangeState.APPLIED and not kept.digest):
            continue
        elif kept.state is ChangeState.REFUSED:
            found.mended.add(change.order_key)
            found.fresh.append(change)
        else:
            was = "уже применено" if kept.state is ChangeState.APPLIED else "уже закрыто человеком"
            found.contradictions.append((change, f"{was}, а теперь прислано с другим содержанием"))
    return found


def _refused(change: OrderChange, cause: str) -> RefusedChange:
    return RefusedChange(change.order_key, cause, change.raw or repr(change), change.id)


def _too_late(subject: OrderWithItems, command: Command) -> bool:
    """Tell whether a command would change an order that was closed on the same page."""
    return subject.closed and command.operation not in (Operation.CREATE, Operation.NOTICE)


def _lost(subjects: Sequence[OrderWithItems], done: Sequence[OrderChange]) -> dict[str, Needless]:
    """Return which messages of which orders have lost their reason."""
    moved = {
        change.order_key
        for change in done
        if not change.part and change.kind in (ChangeKind.EXTENDED, ChangeKind.REASSIGNED)
    }
    return {
        subject.order.key: needless(subject.order.state, subject.items, moved=subject.order.key in moved)
        for subject in subjects
    }
