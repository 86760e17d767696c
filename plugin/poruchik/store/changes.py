"""The ledger of changes: each is applied once, whatever a system repeats, and one that cannot be waits for a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, delete, exists, func, select, text, update

from poruchik.model.changes import ChangeState, KeptChange, says
from poruchik.model.exchange import OrderChange, RefusedChange
from poruchik.store.insert import insert_new
from poruchik.store.tables import REFUSED, changes, items, storable

KEPT = timedelta(days=400)
"""How long a change is remembered; one that waits for a person, until it is settled."""
_LONGEST_KEY, _LONGEST_ID = 650, 200

HELD = exists().where(text(f"changes.{REFUSED}"), changes.c.order_key == items.c.order_key)
"""Holds of an item about whose order a change waits for a person: nothing is told of its term meanwhile."""
_OF_ORDERS = select(changes).where(
    changes.c.system == bindparam("b_system"), changes.c.order_key.in_(bindparam("b_keys", expanding=True))
)
_WAITING = select(changes.c.order_key).where(
    text(REFUSED), changes.c.order_key.in_(bindparam("b_keys", expanding=True))
)


class Changes:
    """Every change seen, unique by system, order and the system's own id: vendors number within an order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, system: str, order_keys: Iterable[str]) -> dict[tuple[str, str], KeptChange]:
        """Return what is kept about these orders, by order and id."""
        rows = self._connection.execute(_OF_ORDERS, {"b_system": system, "b_keys": sorted(set(order_keys))}).mappings()
        return {(row["order_key"], row["change_id"]): _kept(row) for row in rows}

    def applied(self, system: str, done: Sequence[OrderChange], now: datetime) -> None:
        """Keep changes as applied; one that waited for a person waits no longer."""
        rows = [_row(system, one.order_key, one.id, ChangeState.APPLIED, "", "", now, says(one)) for one in done]
        new = set(insert_new(self._connection, changes, rows, changes.c.order_key, changes.c.change_id))
        for row in rows:
            if (row["order_key"], row["change_id"]) not in new:
                where = [changes.c[name] == row[name] for name in ("system", "order_key", "change_id")]
                values = {name: row[name] for name in ("state", "cause", "digest", "changed_at")}
                self._connection.execute(update(changes).where(*where).values(**values))

    def refuse(
        self,
        system: str,
        refused: Sequence[RefusedChange],
        now: datetime,
        *,
        digests: Mapping[tuple[str, str], str] | None = None,
    ) -> list[RefusedChange]:
        """Keep changes that wait for a person; return those that are new. `digests`: what they say, by order and id."""
        if not refused:
            return []
        known = self.known(system, [_key(one) for one in refused])
        new = []
        for one in refused:
            kept = known.get((_key(one), one.id))
            if kept and kept.raw == storable(one.raw):
                continue
            change_id = _hash(one.raw) if kept or not 0 < len(one.id) <= _LONGEST_ID else one.id
            digest = (digests or {}).get((one.order_key, one.id), "")
            row = _row(system, _key(one), change_id, ChangeState.REFUSED, one.cause, one.raw, now, digest)
            if insert_new(self._connection, changes, [row], changes.c.id):
                new.append(one)
                known |= self.known(system, [_key(one)])
        return new

    def lock(self, number: int) -> KeptChange | None:
        """Return one change, locked until the end of the transaction."""
        row = self._connection.execute(select(changes).where(changes.c.id == number).with_for_update()).mappings()
        return next(map(_kept, row), None)

    def settle(self, number: int, why: str, now: datetime) -> None:
        """Note that a person has dealt with a change."""
        values = {"state": ChangeState.SETTLED, "cause": why, "changed_at": now}
        self._connection.execute(update(changes).where(changes.c.id == number).values(**values))

    def waiting(self, order_keys: Iterable[str]) -> set[str]:
        """Return those of the orders about which a change waits for a person."""
        keys = list(order_keys)
        return set(self._connection.scalars(_WAITING, {"b_keys": keys})) if keys else set()

    def forget(self, now: datetime) -> None:
        """Drop what is older than `KEPT` and waits for nobody."""
        old = changes.c.seen_at < now - KEPT
        self._connection.execute(delete(changes).where(old, changes.c.state != ChangeState.REFUSED))

    def get(self, number: int) -> KeptChange | None:
        """Return one change."""
        row = self._connection.execute(select(changes).where(changes.c.id == number)).mappings()
        return next(map(_kept, row), None)

    def listing(self, *states: ChangeState, limit: int = 500) -> list[KeptChange]:
        """Return the changes in these states, oldest first."""
        query = select(changes).where(changes.c.state.in_(states)).order_by(changes.c.id).limit(limit)
        return [_kept(row) for row in self._connection.execute(query).mappings()]

    def of_order(self, order_key: str) -> list[KeptChange]:
        """Return the changes of an order that wait for a person, oldest first."""
        query = select(changes).where(text(REFUSED), changes.c.order_key == order_key).order_by(changes.c.id)
        return [_kept(row) for row in self._connection.execute(query).mappings()]

    def count(self, state: ChangeState) -> int:
        """Return how many changes are in a state."""
        query = select(func.count()).select_from(changes).where(changes.c.state == state)
        return self._connection.scalar(query) or 0


def _key(refused: RefusedChange) -> str:
    """Return the key of the order; «» for what is too long to be one."""
    return refused.order_key if len(refused.order_key) <= _LONGEST_KEY else ""


def _hash(raw: str) -> str:
    return "xml-" + hashlib.sha256(storable(raw).encode()).hexdigest()[:32]


def _kept(row: RowMapping) -> KeptChange:
    return KeptChange(
        row["id"], row["system"], row["order_key"], row["change_id"], ChangeState(row["state"]), row["cause"],
        row["raw"], row["seen_at"], row["digest"],
    )  # fmt: skip


def _row(
    system: str, order_key: str, change_id: str, state: ChangeState, cause: str, raw: str, now: datetime, digest: str
) -> dict[str, object]:
    return {
        "system": system, "order_key": order_key, "change_id": change_id, "state": state, "cause": cause, "raw": raw,
        "seen_at": now, "changed_at": now, "digest": digest,
    }  # fmt: skip
