"""The commands to the connected systems: waiting, under way, sent, or in the dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)

from poruchik.model.commands import Command, Operation, UnreadableCommand, read_command
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.model.record import RecordUnreadable
from poruchik.store.tables import LEASED, PUT_ASIDE, UNFINISHED, WAITING, outbox, points

_OF_SYSTEM = outbox.c.system == bindparam("b_system")
_FREE = and_(text(WAITING), _OF_SYSTEM, outbox.c.not_before <= bindparam("b_now"))
_ABANDONED = and_(text(LEASED), _OF_SYSTEM, outbox.c.lease_until <= bindparam("b_now"))
HAS_DUE = select(or_(exists(select(outbox.c.id).where(_FREE)), exists(select(outbox.c.id).where(_ABANDONED))))
_NOT_KEPT_BACK = outbox.c.operation != bindparam("b_kept_back")
_FIRST_FREE = (
    select(outbox.c.operation).where(_FREE, _NOT_KEPT_BACK).order_by(outbox.c.not_before, outbox.c.id).limit(1)
)
_FIRST_ABANDONED = select(outbox.c.operation).where(_ABANDONED, _NOT_KEPT_BACK).order_by(outbox.c.lease_until).limit(1)
_SAME_OPERATION = outbox.c.operation == bindparam("b_operation")


def _take(which: ColumnElement[bool], first_by: Column[Any]) -> Select[Any]:
    """Return the query that takes the first rows of one operation, passing over what other workers are taking."""
    found = select(outbox).where(which, _SAME_OPERATION).order_by(first_by, outbox.c.id)
    return found.limit(bindparam("b_limit")).with_for_update(skip_locked=True)


_TAKE_FREE = _take(_FREE, outbox.c.not_before)
_TAKE_ABANDONED = _take(_ABANDONED, outbox.c.lease_until)
_IDS = outbox.c.id.in_(bindparam("b_ids", expanding=True))
_LEASE = (
    update(outbox)
    .where(_IDS)
    .values(
        state=OutboxState.LEASED,
        outcome_unknown=case((outbox.c.state == OutboxState.LEASED, true()), else_=outbox.c.outcome_unknown),
        claims=outbox.c.claims + 1,
        owner=bindparam("b_owner"),
        lease_until=bindparam("b_lease_until"),
        changed_at=bindparam("b_now"),
    )
)
_STILL_MINE = select(outbox.c.id).where(
    _IDS,
    outbox.c.state == OutboxState.LEASED,
    outbox.c.owner == bindparam("b_owner"),
    outbox.c.lease_until >= bindparam("b_until"),
)
_SENT = (
    update(outbox)
    .where(_IDS)
    .values(
        state=OutboxState.SENT,
        outcome_unknown=false(),
        owner="",
        lease_until=None,
        cause="",
        changed_at=bindparam("b_now"),
    )
)
_KEYS: BindParameter[Any] = bindparam("b_keys", expanding=True)
_ABOUT = (
    select(outbox)
    .where(
        or_(
            outbox.c.order_key.in_(_KEYS),
            outbox.c.message_id.in_(select(points.c.message_id).where(points.c.order_key.in_(_KEYS))),
        )
    )
    .order_by(outbox.c.id)
)
_A_NOTICE = outbox.c.operation == Operation.NOTICE
_BEGUN = or_(text(LEASED), outbox.c.claims > 0, outbox.c.not_before <= bindparam("b_now"))
_UNFINISHED_COMMANDS = select(exists(select(outbox.c.id).where(text(UNFINISHED), _OF_SYSTEM, ~_A_NOTICE, _BEGUN)))
_UNSENT_NOTICES = (
    select(outbox)
    .where(_OF_SYSTEM, _A_NOTICE, or_(text(WAITING), and_(text(LEASED), outbox.c.lease_until <= bindparam("b_now"))))
    .order_by(outbox.c.id)
    .with_for_update()
)
_UNFINISHED_ABOUT = _ABOUT.where(or_(text(UNFINISHED), text(PUT_ASIDE))).with_for_update()
_ADD = insert(outbox)
_NEXT = (
    select(
        outbox.c.system,
        func.min(case((outbox.c.state == OutboxState.WAITING, outbox.c.not_before), else_=outbox.c.lease_until)),
    )
    .where(text(UNFINISHED))
    .group_by(outbox.c.system)
)


class Outbox:
    """The commands, unique by message id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, commands: Sequence[tuple[str, Command]], now: datetime, *, later: Mapping[str, datetime] | None = None
    ) -> None:
        """Put commands into the outbox, each with the name of its system.

        `later` says, by the key of the order, before when a command must not go out: until then it counts as not made.
        """
        if not commands:
            return
        begins = {key: max(now, moment) for key, moment in (later or {}).items()}
        rows = [
            {
                "message_id": command.message_id,
                "operation": command.operation,
                "order_key": command.order_key,
                "system": system,
                "payload": command.stored(),
                "state": OutboxState.WAITING,
                "claims": 0,
                "tries": 0,
                "owner": "",
                "not_before": begins.get(command.order_key, now),
                "outcome_unknown": False,
                "cause": "",
                "created_at": begins.get(command.order_key, now),
                "changed_at": now,
            }
            for system, command in commands
        ]
        self._connection.execute(_ADD, rows)

    def unfinished_about(self, order_keys: Iterable[str]) -> list[OutboxItem]:
        """Return what waits, is put aside or under way about these orders, a digest with a line about one too."""
        found = self._connection.execute(_UNFINISHED_ABOUT, {"b_keys": list(order_keys)})
        return [_item(row) for row in found.mappings()]

    def unfinished_commands(self, system: str, now: datetime) -> bool:
        """Tell whether anything but messages is to be sent to a system now, or under way to it.

        An order of a period that has not begun waits for its day, months ahead: it is not meant.
        """
        return bool(self._connection.scalar(_UNFINISHED_COMMANDS, {"b_system": system, "b_now": now}))

    def unsent_notices(self, system: str, now: datetime) -> list[OutboxItem]:
        """Return the messages that wait, and those whose sender is gone, oldest first."""
        found = self._connection.execute(_UNSENT_NOTICES, {"b_system": system, "b_now": now})
        return [_item(row) for row in found.mappings()]

    def get(self, item_id: int) -> OutboxItem | None:
        """Return one row."""
        return next(iter(self._items(select(outbox).where(outbox.c.id == item_id))), None)

    def number_of(self, message_id: str) -> int:
        """Return the number of a command that is there."""
        return int(self._connection.scalars(select(outbox.c.id).where(outbox.c.message_id == message_id)).one())

    def about(self, order_keys: Sequence[str]) -> list[OutboxItem]:
        """Return every command about these orders, oldest first, a digest with a line about one of them too."""
        return [_item(row) for row in self._connection.execute(_ABOUT, {"b_keys": list(order_keys)}).mappings()]

    def withdraw(self, ids: Sequence[int], why: str, now: datetime) -> None:
        """End commands that need not be sent any more."""
        self._set(ids, now, state=OutboxState.WITHDRAWN, cause=why, owner="", lease_until=None)

    def hold(self, ids: Sequence[int], now: datetime) -> None:
        """Put waiting commands aside."""
        self._set(ids, now, outbox.c.state == OutboxState.WAITING, state=OutboxState.HELD)

    def let_go(self, ids: Sequence[int], now: datetime) -> None:
        """Let commands that were put aside wait again."""
        self._set(ids, now, outbox.c.state == OutboxState.HELD, state=OutboxState.WAITING, not_before=now)

    def rewrite(self, item_id: int, command: Command, now: datetime, *, not_before: datetime | None = None) -> None:
        """Give a waiting command another content, and another moment before which it does not go out."""
        moment = {} if not_before is None else {"not_before": not_before, "created_at": not_before}
        self._set([item_id], now, payload=command.stored(), **moment)

    def next_moments(self) -> dict[str, datetime]:
        """Return for each system when something may be sent next: at its time, or when the lease of who has it ends."""
        return {system: moment for system, moment in self._connection.execute(_NEXT)}

    def claim(
        self, system: str, limit: int, *, owner: str, now: datetime, lease_until: datetime, kept_back: str = ""
    ) -> list[OutboxItem]:
        """Take the oldest rows of one operation that may be sent now, for the time of the lease; not of `kept_back`.

        A row whose lease ran out was taken by a worker that died: its outcome is unknown from now on. Such go first.
        """
        asked: dict[str, Any] = {"b_system": system, "b_now": now, "b_kept_back": kept_back}
        operation = self._connection.scalar(_FIRST_ABANDONED, asked)
        take = _TAKE_ABANDONED
        if operation is None:
            operation, take = self._connection.scalar(_FIRST_FREE, asked), _TAKE_FREE
        if operation is None:
            return []
        found = self._connection.execute(take, asked | {"b_operation": operation, "b_limit": limit}).mappings()
        # In the order in which they were made; a database returns locked rows as it likes.
        taken = sorted(map(_item, found), key=lambda item: item.id)
        if taken:
            ids = [item.id for item in taken]
            lease = {"b_ids": ids, "b_owner": owner, "b_lease_until": lease_until, "b_now": now}
            self._connection.execute(_LEASE, lease)
        return [
            replace(
                item,
                state=OutboxState.LEASED,
                claims=item.claims + 1,
                owner=owner,
                lease_until=lease_until,
                outcome_unknown=item.outcome_unknown or item.state is OutboxState.LEASED,
            )
            for item in taken
        ]

    def held(self, ids: Sequence[int], owner: str) -> list[OutboxItem]:
        """Return those of the rows that a worker holds, as they are now."""
        return self._items(select(outbox).where(outbox.c.id.in_(ids), *_held_by(owner)).order_by(outbox.c.id))

    def still_mine(self, ids: Sequence[int], owner: str, until: datetime) -> set[int]:
        """Return those of the rows that this worker holds until that moment: asked right before each send."""
        asked = {"b_ids": list(ids), "b_owner": owner, "b_until": until}
        return set(self._connection.scalars(_STILL_MINE, asked))

    def sent(self, ids: Sequence[int], now: datetime) -> None:
        """Remember that the connected system has carried out these commands: true whoever holds the rows now."""
        if ids:
            self._connection.execute(_SENT, {"b_ids": list(ids), "b_now": now})

    def not_carried_out(self, ids: Sequence[int], *, owner: str, now: datetime) -> None:
        """Remember that the system was asked and does not have these."""
        self._set(ids, now, *_held_by(owner), outcome_unknown=false())

    def release(self, ids: Sequence[int], *, owner: str, not_before: datetime, cause: str, now: datetime) -> None:
        """Give back rows that were not sent: a claim, but not a try."""
        self._give_back(ids, owner, now, state=OutboxState.WAITING, not_before=not_before, cause=cause)

    def tried(self, ids: Sequence[int], *, owner: str, not_before: datetime, cause: str, now: datetime) -> None:
        """Give back rows that may have been carried out, with a try more."""
        self._give_back(
            ids,
            owner,
            now,
            state=OutboxState.WAITING,
            not_before=not_before,
            cause=cause,
            tries=outbox.c.tries + 1,
            outcome_unknown=true(),
        )

    def bury(self, ids: Sequence[int], cause: str, *, owner: str, outcome_unknown: bool, now: datetime) -> list[int]:
        """Move rows to the dead letters and return those moved; a retry asks first about what may have been done."""
        query = select(outbox.c.id).where(outbox.c.id.in_(ids), *_held_by(owner)).with_for_update()
        mine = list(self._connection.scalars(query))
        self._give_back(
            mine,
            owner,
            now,
            state=OutboxState.DEAD,
            cause=cause,
            tries=outbox.c.tries + 1,
            outcome_unknown=true() if outcome_unknown else false(),
        )
        return mine

    def retry(self, ids: Sequence[int], now: datetime) -> int:
        """Make dead letters wait again, with their tries forgotten; return how many were dead."""
        done = self._connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids), outbox.c.state == OutboxState.DEAD)
            .values(state=OutboxState.WAITING, tries=0, not_before=now, changed_at=now)
        )
        return done.rowcount

    def listing(self, *states: OutboxState, limit: int = 500) -> list[OutboxItem]:
        """Return the rows in these states, oldest first: with DEAD, the dead letters."""
        return self._items(select(outbox).where(outbox.c.state.in_(states)).order_by(outbox.c.id).limit(limit))

    def notices(self) -> list[OutboxItem]:
        """Return every message to people, oldest first."""
        return self._items(select(outbox).where(outbox.c.operation == Operation.NOTICE).order_by(outbox.c.id))

    def counts(self) -> dict[OutboxState, int]:
        """Return how many rows are in each state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        return {OutboxState(state): count for state, count in self._connection.execute(query)}

    def _give_back(self, ids: Sequence[int], owner: str, now: datetime, **values: Any) -> None:
        """End the lease of rows; a former owner gives nothing back that another worker has taken since."""
        self._set(ids, now, *_held_by(owner), owner="", lease_until=None, **values)

    def _set(self, ids: Sequence[int], now: datetime, *conditions: ColumnElement[bool], **values: Any) -> None:
        if ids:
            statement = update(outbox).where(outbox.c.id.in_(ids), *conditions)
            self._connection.execute(statement.values(changed_at=now, **values))

    def _items(self, query: Select[Any]) -> list[OutboxItem]:
        return [_item(row) for row in self._connection.execute(query).mappings()]


def _held_by(owner: str) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.state == OutboxState.LEASED, outbox.c.owner == owner


def _item(row: RowMapping) -> OutboxItem:
    """Return a row; whatever stands in its content, the others are read."""
    operation = Operation(row["operation"])
    try:
        command = read_command(operation, row["message_id"], row["order_key"], row["payload"])
    except RecordUnreadable as error:
        why = f"содержимое команды в базе не читается: {error}"
        command = UnreadableCommand(row["message_id"], row["order_key"], operation, why, row["payload"])
    return OutboxItem(
        id=row["id"],
        command=command,
        system=row["system"],
        state=OutboxState(row["state"]),
        claims=row["claims"],
        tries=row["tries"],
        owner=row["owner"],
        lease_until=row["lease_until"],
        not_before=row["not_before"],
        outcome_unknown=row["outcome_unknown"],
        cause=row["cause"],
        created_at=row["created_at"],
    )
