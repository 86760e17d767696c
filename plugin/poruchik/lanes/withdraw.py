"""Withdrawing messages that their order no longer needs, before they leave; those under way are allowed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from poruchik.control.item import OVER, ItemKind, ItemState
from poruchik.control.opening import Item
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Command, DigestLine, Notice, Operation
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.model.ladder import Anchor, rung_of
from poruchik.model.points import FiredPoint
from poruchik.model.standing import CLOSED
from poruchik.store.database import Transaction
from poruchik.texts.facts import DIGEST
from poruchik.texts.render import Texts

_NOT_SAID_BEFORE = {"чего": "", "сделать": "", "рассматривает": ""}
"""Facts that lines of earlier versions lack."""
_log = structlog.get_logger("poruchik.withdraw")


@dataclass(frozen=True, slots=True)
class Needless:
    """Which messages of an order have lost their reason, and why: those about some of its items (their ids)."""

    why: str
    items: frozenset[int]
    accepted: frozenset[int] = frozenset()
    """Of these only what asks whether the order is accepted."""
    changes: bool = False
    """Commands that change the order too."""

    def covers(self, point: FiredPoint) -> bool:
        """Tell whether a point need not be told any more."""
        rung = rung_of(point.rung)
        asks = rung is not None and rung.anchor is Anchor.NOT_ACCEPTED
        return point.item_id in self.items or (asks and point.item_id in self.accepted)


def needless(state: str, items: Iterable[Item], *, moved: bool = False) -> Needless:
    """Return what an order as it stands makes pointless; `moved`: the lead's term or person has just changed."""
    held = list(items)
    stopped = {item.id for item in held if item.state is not ItemState.ACTIVE}
    if moved:
        stopped |= {item.id for item in held if item.kind is not ItemKind.CO_EXECUTOR}
    return Needless(
        why=f"поручение закрыто: {state}" if state in CLOSED else "исполнено, передано или срок изменён",
        items=frozenset(stopped),
        accepted=frozenset(item.id for item in held if item.accepted),
        changes=state in CLOSED,
    )


def dealt_with(items: Iterable[Item]) -> Needless:
    """Return what a document that waited for a person makes pointless, once somebody has dealt with it."""
    return Needless("документ разобран", frozenset(item.id for item in items if item.state in OVER))


def withdraw(
    writing: Transaction, texts: Texts, lost: Mapping[str, Needless], now: datetime, *, owner: str = ""
) -> None:
    """Withdraw what waits in the outbox, or is in the hands of the owner; a digest loses only these lines."""
    messages = {item.message_id: item for item in writing.outbox.unfinished_about(lost)}
    if not messages:
        return
    audit: list[AuditEntry] = []
    gone: dict[str, set[tuple[str, int]]] = {}
    for point in writing.points.of_messages(messages):
        reason = lost.get(point.order_key)
        if reason and reason.covers(point):
            gone.setdefault(point.message_id, set()).add((point.order_key, point.item_id))
    for message_id, gone_lines in gone.items():
        keys = sorted({key for key, _ in gone_lines})
        item = messages[message_id]
        if item.state is OutboxState.LEASED and item.owner != owner:
            audit += [AuditEntry(now, "сообщение уже в пути", key, lost[key].why) for key in keys]
            continue
        without = {number for _, number in gone_lines}
        rest = digest_of(item.command, _outside(without), texts)
        if rest is None:
            writing.outbox.withdraw([item.id], _why(lost, {key for key, _ in gone_lines}), now)
        else:
            writing.outbox.rewrite(item.id, rest, now)
        for key, number in gone_lines:
            writing.points.withdraw(message_id, number, lost[key].why)
        audit += [AuditEntry(now, "сообщение отозвано", key, lost[key].why) for key in keys]
    changes = [
        item
        for item in messages.values()
        if _changes_the_order(item, lost) and (item.state is OutboxState.WAITING or item.owner == owner)
    ]
    for item in changes:
        key = item.command.order_key
        writing.outbox.withdraw([item.id], lost[key].why, now)
        audit.append(AuditEntry(now, "команда отозвана", key, f"{item.command.operation}: {lost[key].why}"))
    writing.audit.add(audit)


def _changes_the_order(item: OutboxItem, lost: Mapping[str, Needless]) -> bool:
    reason = lost.get(item.command.order_key)
    others = (Operation.CREATE, Operation.NOTICE)
    return reason is not None and reason.changes and item.command.operation not in others


def digest_of(command: Command, keeps: Callable[[DigestLine], bool], texts: Texts) -> Notice | None:
    """Return a digest of those of its lines; None when there is none, or it is no digest."""
    if not isinstance(command, Notice):
        return None
    lines = tuple(filter(keeps, command.lines))
    if not lines:
        return None
    subject, text = _worded(command, lines, texts)
    about = {line.order_key for line in lines}
    orders = tuple(key for key in command.orders if key in about)
    return replace(command, subject=subject, text=text, lines=lines, orders=orders)


def _worded(digest: Notice, lines: Sequence[DigestLine], texts: Texts) -> tuple[str, str]:
    """Return headline and text of what is left; where its facts fit no text of now, the old one with what to leave out.

    An older version may have stored other facts.
    """
    try:
        return texts.render(DIGEST, digest_facts(replace(digest, lines=tuple(lines))))
    except Exception as error:  # noqa: BLE001 — whatever is wrong with one message, its orders are followed
        _log.error("a digest could not be worded anew", message=digest.message_id, cause=repr(error))
        left = {line.order_key for line in lines}
        gone = [line.order_key for line in digest.lines if line.order_key not in left]
        about = ", ".join(dict.fromkeys(gone)) or "часть строк"
        return digest.subject, f"Уже не нужно: {about}.\n\n{digest.text}"


def digest_facts(digest: Notice) -> dict[str, Any]:
    """Return what the text of a digest is made from; the names are those of `texts/facts.py`."""
    return {
        "сегодня": digest.today,
        "строки": [{**_NOT_SAID_BEFORE, **line.facts} for line in digest.lines],
        "всего": digest.total if digest.part else len(digest.lines),
        "часть": digest.part,
    }


def _outside(items: Collection[int]) -> Callable[[DigestLine], bool]:
    return lambda line: line.item_id not in items


def _why(lost: Mapping[str, Needless], keys: set[str]) -> str:
    return "; ".join(dict.fromkeys(lost[key].why for key in sorted(keys)))
