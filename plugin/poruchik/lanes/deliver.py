"""Deliver: from the outbox to a connected system, outside any transaction, nothing lost and nothing twice.

A row is leased and the lease committed before anything leaves. A row whose outcome is not known is looked up in the
system before it is sent again, and not before its lease has ended: a call that was cut off may still be carried out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector, Repetition
from poruchik.errors import IntegrationError, OutcomeUnknown, RequestRefused, StoreError, TooLateToSend
from poruchik.lanes.circuit import allowance, went_well, went_wrong
from poruchik.lanes.listing import stop
from poruchik.lanes.withdraw import dealt_with, needless, withdraw
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Cancel, Command, Create, Extend, Operation, Reassign, Release, Return
from poruchik.model.delivery import OutboxItem
from poruchik.model.exchange import FoundOrder, Receipt, ReceiptStatus
from poruchik.model.standing import OrderState
from poruchik.plugins import Plugins
from poruchik.soap import leaving_within
from poruchik.store.database import Store
from poruchik.texts.render import Texts

MAX_TRIES = 5
"""After which a command whose outcome stays unknown goes to the dead letters."""
_ASK_YOURSELF = (
    "исход отправки неизвестен, а спросить систему нельзя: проверьте в ней сами, дошло ли, и отправьте ещё раз "
    "или откажитесь от отправки"
)
_log = structlog.get_logger("poruchik.deliver")


@dataclass(slots=True)
class Delivered:
    """What one run of the lane did."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0


class Delivery:
    """The lane for one system. `doubts`: the database was put back, so that what is to be sent may be there already."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        texts: Texts,
        plugins: Plugins,
        clock: Clock,
        *,
        owner: str,
        doubts: bool = False,
    ) -> None:
        self._store = store
        self._connector = connector
        self._plugins = plugins
        self._clock = clock
        self._owner = owner
        self._texts = texts
        self._doubts = doubts
        self._done = Delivered()

    def run(self, enough: Callable[[], bool] = lambda: False) -> Delivered:
        """Send what is due, batch by batch, until nothing is, the system does not take it, or it is enough."""
        self._done = Delivered()
        while not (self._done.postponed or enough()):
            items = self._claim()
            if not items:
                break
            self._deliver(items)
        return self._done

    def _claim(self) -> list[OutboxItem]:
        settings = self._connector.settings
        now = self._clock.now()
        with self._store.writing() as writing:
            limit = allowance(writing, self._connector, now)
            if not limit:
                return []
            return writing.outbox.claim(
                settings.name,
                limit,
                owner=self._owner,
                now=now,
                lease_until=now + lease(settings.timeout),
                kept_back=Operation.NOTICE if self._doubts else "",
            )

    def _deliver(self, items: Sequence[OutboxItem]) -> None:
        """Deliver a batch; a row that makes the program stumble is found by itself, and given up with its cause."""
        for item in items:
            if item.unreadable:
                self._bury([item], item.unreadable, outcome_unknown=item.outcome_unknown)
        readable = [item for item in items if not item.unreadable]
        try:
            self._deliver_readable(readable)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 — one row must not stop the others, whatever is wrong with it
            _log.exception("delivery failed", system=self._connector.settings.name, commands=len(readable))
            if len(readable) == 1:
                cause = f"сбой программы: {type(error).__name__}: {error}"
                self._bury(readable, cause, outcome_unknown=readable[0].outcome_unknown)
                return
            for item in readable:
                self._deliver([item])

    def _deliver_readable(self, items: Sequence[OutboxItem]) -> None:
        try:
            items = self._look_up(self._still_needed(items))
        except IntegrationError as error:
            self._postpone(items, error)
            return
        # What was tried before may be what the connector stumbles over: it goes alone.
        fresh = [item for item in items if not item.tries]
        for batch in (fresh, *([item] for item in items if item.tries)):
            if batch and self._is_mine(batch):
                if not self._send(batch):
                    break  # the system takes nothing now: the other leases end by themselves
            elif batch:
                self._done.postponed += len(batch)  # the lease ends by itself

    # --- before a resend --------------------------------------------------------------------------

    def _still_needed(self, items: Sequence[OutboxItem]) -> list[OutboxItem]:
        """Hold what failed before against its orders; withdraw what they no longer need, return the rest."""
        again = [item for item in items if item.claims > 1 and item.command.operation is not Operation.CREATE]
        if not again:
            return list(items)
        keys = {key for item in again for key in item.command.about}
        with self._store.reading() as reading:
            states, parts = reading.orders.states(keys), reading.items.about(keys)
        lost = {key: needless(state, parts.get(key, ())) for key, state in states.items()}
        lost |= {key: dealt_with(found) for key, found in parts.items() if key not in states}
        now = self._clock.now()
        with self._store.writing() as writing:
            withdraw(writing, self._texts, lost, now, owner=self._owner)
            return writing.outbox.held([item.id for item in items], self._owner)

    def _look_up(self, items: Sequence[OutboxItem]) -> list[OutboxItem]:
        """Ask the system about rows whose outcome is unknown; return the rows that are to be sent."""
        doubtful = [item for item in items if item.outcome_unknown or self._doubts]
        certain = [item for item in items if item not in doubtful]
        if not doubtful:
            return list(items)
        repetition = self._connector.capabilities.operations.get(items[0].command.operation, Repetition.NOTHING)
        if repetition is Repetition.RECEIVER and self._connector.settings.knows_message_ids:
            return list(items)
        if repetition is not Repetition.LOOK_UP:
            self._bury(doubtful, _ASK_YOURSELF)
            return certain
        found = self._find([item.command.order_key for item in doubtful])
        shown = {item.id: _carried_out(item.command, found.get(item.command.order_key)) for item in doubtful}
        there = [item for item in doubtful if shown[item.id]]
        absent = [item for item in doubtful if shown[item.id] is False]
        now = self._clock.now()
        with self._store.writing() as writing:
            writing.outbox.sent([item.id for item in there], now)
            writing.outbox.not_carried_out([item.id for item in absent], owner=self._owner, now=now)
            writing.orders.confirm({item.command.order_key: found[item.command.order_key].id for item in there}, now)
            writing.audit.add(
                [
                    AuditEntry(now, "уже выполнено в системе, повторно не отправлено", item.command.order_key)
                    for item in there
                ]
            )
        self._done.sent += len(there)
        for item in doubtful:
            if shown[item.id] is None:
                why = found[item.command.order_key].unreadable
                self._try_again([item], OutcomeUnknown(f"ответ о поручении не читается: {why}"))
        return sorted([*certain, *absent], key=lambda item: item.id)

    def _find(self, keys: Sequence[str]) -> Mapping[str, FoundOrder]:
        try:
            return self._connector.find(keys)
        except IntegrationError:
            raise
        except Exception as error:
            _log.exception("a connector failed", system=self._connector.settings.name)
            raise OutcomeUnknown(f"сбой соединителя: {type(error).__name__}: {error}") from error

    def _is_mine(self, items: Sequence[OutboxItem]) -> bool:
        """Tell whether the lease outlasts a call that begins now: past its end another worker may send."""
        ends = self._clock.now() + timedelta(seconds=self._connector.settings.timeout)
        with self._store.reading() as reading:
            mine = reading.outbox.still_mine([item.id for item in items], self._owner, ends)
        return len(mine) == len(items)

    def _left(self, items: Sequence[OutboxItem]) -> float:
        """Return within how many seconds a call must begin so that the leases outlast it."""
        ends = min(item.lease_until for item in items if item.lease_until)
        return (ends - self._clock.now()).total_seconds() - self._connector.settings.timeout

    # --- the send ---------------------------------------------------------------------------------

    def _send(self, items: Sequence[OutboxItem]) -> bool:
        """Send a batch and note what became of it; tell whether the system is worth another call now.

        Whatever fails once it may have left is an unknown outcome, never a reason to send it again at once.
        """
        try:
            with leaving_within(self._left(items)):
                receipts = self._connector.submit([item.command for item in items])
            if len(receipts) != len(items):
                raise OutcomeUnknown(f"на {len(items)} команд квитанций {len(receipts)}")
            self._acknowledge(items, receipts)
        except TooLateToSend:
            self._done.postponed += len(items)  # the lease ends by itself
            return False
        except RequestRefused as error:
            with self._store.writing() as writing:
                went_well(writing, self._connector.settings.name, self._clock.now())
            if len(items) > 1:  # one bad command must not bury its batch
                for item in items:
                    if self._done.postponed or not self._is_mine([item]):
                        break  # the lease ends by itself
                    self._send([item])
            else:
                self._bury(items, str(error))
        except IntegrationError as error:
            self._postpone(items, error)
            return False
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 — a connector's own fault: what it had sent by then nobody knows
            _log.exception("a connector failed", system=self._connector.settings.name, commands=len(items))
            self._try_again(items, OutcomeUnknown(f"сбой соединителя: {type(error).__name__}: {error}"))
        return True

    def _acknowledge(self, items: Sequence[OutboxItem], receipts: Sequence[Receipt]) -> None:
        known = list(zip(items, receipts, strict=True))
        pairs = [pair for pair in known if pair[1].status is not ReceiptStatus.UNREADABLE]
        taken = [(item, receipt) for item, receipt in pairs if receipt.status is not ReceiptStatus.REJECTED]
        now = self._clock.now()
        with self._store.writing() as writing:
            went_well(writing, self._connector.settings.name, now)
            writing.outbox.sent([item.id for item, _ in taken], now)
            writing.points.delivered([item.message_id for item, _ in taken if item.claims > 1])
            created = [pair for pair in taken if pair[0].command.operation is Operation.CREATE]
            writing.orders.confirm({item.command.order_key: receipt.id for item, receipt in created}, now)
            writing.audit.add([_created(item, receipt, now) for item, receipt in created])
            there = [item for item, receipt in created if receipt.status is ReceiptStatus.DUPLICATE]
            never_sent = [item for item in there if item.claims == 1 and not self._doubts]
            if never_sent:
                cause = f"система уже знает поручение, которое база создаёт в первый раз: {never_sent[0].message_id}"
                stop(writing, self._connector.settings.name, cause, now)
        self._done.sent += len(taken)
        for item, receipt in pairs:
            if receipt.status is ReceiptStatus.REJECTED:
                self._bury([item], f"система отказала ({receipt.code}): {receipt.text}")
        for item, receipt in known:
            if receipt.status is ReceiptStatus.UNREADABLE:
                self._try_again([item], OutcomeUnknown(f"квитанция не читается: {receipt.text}"))

    # --- failures ---------------------------------------------------------------------------------

    def _postpone(self, items: Sequence[OutboxItem], error: IntegrationError) -> None:
        """Put rows back: a system that is down costs no try, an outcome that is unknown does."""
        now = self._clock.now()
        with self._store.writing() as writing:
            went_wrong(writing, self._connector.settings.name, str(error), now)
        self._try_again(items, error)

    def _try_again(self, items: Sequence[OutboxItem], error: IntegrationError) -> None:
        """Give rows back for a later try; the system itself may be well."""
        now = self._clock.now()
        _log.warning("delivery postponed", system=self._connector.settings.name, commands=len(items), cause=str(error))
        worn_out = [item for item in items if error.outcome_unknown and item.tries + 1 >= MAX_TRIES]
        if worn_out:
            self._bury(worn_out, f"{MAX_TRIES} попыток, исход неизвестен: {error}", outcome_unknown=True)
        until: dict[datetime, list[int]] = {}
        for item in items:
            if item not in worn_out:
                until.setdefault(_not_before(item, error, now), []).append(item.id)
        with self._store.writing() as writing:
            give_back = writing.outbox.tried if error.outcome_unknown else writing.outbox.release
            for moment, ids in until.items():
                give_back(ids, owner=self._owner, not_before=moment, cause=str(error), now=now)
        self._done.postponed += len(items)

    def _bury(self, items: Sequence[OutboxItem], cause: str, *, outcome_unknown: bool = False) -> None:
        now = self._clock.now()
        with self._store.writing() as writing:
            buried = writing.outbox.bury(
                [item.id for item in items], cause, owner=self._owner, outcome_unknown=outcome_unknown, now=now
            )
            dead = [item for item in items if item.id in buried]
            writing.points.undelivered([item.message_id for item in dead], cause)
            writing.audit.add([AuditEntry(now, "не доставлено", item.command.order_key, cause) for item in dead])
        for item in dead:
            _log.error("a command was given up", message=item.message_id, cause=cause)
            self._plugins.notify("poruchik_command_failed", command=item.command, cause=cause)
        self._done.failed += len(dead)


def _carried_out(command: Command, found: FoundOrder | None) -> bool | None:
    """Tell whether an order as it stands in the system shows that a command was carried out; None: it cannot be read.

    To be made it only has to be there.
    """
    if found is None:
        return False
    if found.unreadable and not (isinstance(command, Create) and found.id):
        return None
    match command:
        case Extend():
            return command.is_shown_by(found.due_at)
        case Reassign(lead=lead):
            return found.lead == lead.name
        case Return():
            return found.state == OrderState.RETURNED
        case Release():
            return found.state == OrderState.RELEASED
        case Cancel():
            return found.state == OrderState.CANCELLED
    return True


def _created(item: OutboxItem, receipt: Receipt, now: datetime) -> AuditEntry:
    details = f"под номером {receipt.id}"
    if receipt.refused_parts:
        details += f"; система не приняла: {', '.join(receipt.refused_parts)}"
    return AuditEntry(now, "поручение создано в системе", item.command.order_key, details)


def lease(timeout: float) -> timedelta:
    """Return how long a worker may hold rows: two calls (look-up and send) and a margin."""
    return timedelta(seconds=2 * timeout + 5)


def _not_before(item: OutboxItem, error: IntegrationError, now: datetime) -> datetime:
    """Return when a row may be tried again; one that may have left waits for the end of its lease."""
    return max(item.lease_until or now, now) if error.outcome_unknown else now
