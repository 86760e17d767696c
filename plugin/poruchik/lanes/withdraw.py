"""Withdrawing messages that their order no longer needs, before they leave; those under way are allowed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from poruchik.control.ladder import Anchor
from poruchik.model.exchange import Command, Operation
from poruchik.store.audit import AuditEntry
from poruchik.store.database import Transaction
from poruchik.store.outbox import OutboxItem, OutboxState
from poruchik.store.points import FiredPoint
from poruchik.texts.facts import DIGEST
from poruchik.texts.render import Texts


@dataclass(frozen=True, slots=True)
class Needless:
    """Which messages of an order have lost their reason, and why."""

    why: str
    changes: bool = True
    """Commands that change the order too."""
    only_acceptance: bool = False
    """Only those about an order that is not accepted."""

    def covers(self, point: FiredPoint) -> bool:
        """Tell whether a point need not be told any more."""
        return not self.only_acceptance or point.rung.startswith(Anchor.NOT_ACCEPTED)


def withdraw(
    writing: Transaction, texts: Texts, needless: Mapping[str, Needless], now: datetime, *, owner: str = ""
) -> None:
    """Withdraw what waits in the outbox, or is in the hands of the owner; a digest loses only these orders' lines."""
    if not needless:
        return
    messages = {item.message_id: item for item in writing.outbox.unfinished_about(needless)}
    if not messages:
        return
    audit: list[AuditEntry] = []
    gone: dict[str, set[str]] = {}
    for point in writing.points.of_messages(messages):
        reason = needless.get(point.order_key)
        if reason and reason.covers(point):
            gone.setdefault(point.message_id, set()).add(point.order_key)
    for message_id, keys in gone.items():
        item = messages[message_id]
        if item.state is OutboxState.LEASED and item.owner != owner:
            audit += [AuditEntry(now, "сообщение уже в пути", key, needless[key].why) for key in keys]
            continue
        rest = _without(item.command, keys, texts)
        if rest is None:
            writing.outbox.withdraw([item.id], _why(needless, keys), now)
        else:
            writing.outbox.rewrite(item.id, rest, now)
        for key in keys:
            writing.points.withdraw(message_id, key, needless[key].why)
        audit += [AuditEntry(now, "сообщение отозвано", key, needless[key].why) for key in keys]
    changes = [
        item
        for item in messages.values()
        if _changes_the_order(item, needless) and (item.state is OutboxState.WAITING or item.owner == owner)
    ]
    for item in changes:
        key = item.command.order_key
        writing.outbox.withdraw([item.id], needless[key].why, now)
        audit.append(AuditEntry(now, "команда отозвана", key, f"{item.command.operation}: {needless[key].why}"))
    writing.audit.add(audit)


def _changes_the_order(item: OutboxItem, needless: Mapping[str, Needless]) -> bool:
    reason = needless.get(item.command.order_key)
    others = (Operation.CREATE, Operation.NOTICE)
    return reason is not None and reason.changes and item.command.operation not in others


def _without(command: Command, keys: set[str], texts: Texts) -> Command | None:
    """Return a digest without the lines of these orders; None when nothing would be left."""
    parts: Sequence[dict[str, object]] = [
        part for part in command.payload.get("parts", ()) if part["order"] not in keys
    ]
    if not parts:
        return None
    facts = {"сегодня": command.payload["today"], "строки": [part["facts"] for part in parts]}
    subject, text = texts.render(DIGEST, facts)
    orders = list(dict.fromkeys(part["order"] for part in parts))
    return replace(
        command, payload={**command.payload, "subject": subject, "text": text, "parts": parts, "orders": orders}
    )


def _why(needless: Mapping[str, Needless], keys: set[str]) -> str:
    return "; ".join(dict.fromkeys(needless[key].why for key in sorted(keys)))
