"""The ledger of changes: each is applied once, whatever a system repeats, and one that cannot be waits for a person."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from poruchik.model.changes import ChangeState, KeptChange
from poruchik.model.exchange import OrderChange, RefusedChange
from poruchik.store.insert import insert_new
from poruchik.store.tables import changes


class Changes:
    """Every change seen, unique by system, order and the system's own id: vendors number within an order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, system: str, seen: Sequence[OrderChange], now: datetime) -> list[OrderChange]:
        """Keep changes as applied; return those that were not seen before, in their order."""
        unique = {(one.order_key, one.id): one for one in reversed(seen)}
        rows = [_row(system, one.order_key, one.id, ChangeState.APPLIED, "", "", now) for one in unique.values()]
        new = set(insert_new(self._connection, changes, rows, changes.c.order_key, changes.c.change_id))
        return [one for one in seen if (one.order_key, one.id) in new and unique[one.order_key, one.id] is one]

    def refuse(self, system: str, refused: Sequence[RefusedChange], now: datetime) -> list[RefusedChange]:
        """Keep changes that could not be read or applied; return those that are new."""
        rows = [_row(system, one.order_key, _of(one), ChangeState.REFUSED, one.cause, one.raw, now) for one in refused]
        new = set(insert_new(self._connection, changes, rows, changes.c.order_key, changes.c.change_id))
        return [one for one in refused if (one.order_key, _of(one)) in new]

    def listing(self, *states: ChangeState, limit: int = 500) -> list[KeptChange]:
        """Return the changes in these states, oldest first."""
        query = select(changes).where(changes.c.state.in_(states)).order_by(changes.c.id).limit(limit)
        return [
            KeptChange(
                row["id"], row["system"], row["order_key"], row["change_id"], ChangeState(row["state"]), row["cause"],
                row["raw"], row["seen_at"],
            )
            for row in self._connection.execute(query).mappings()
        ]  # fmt: skip

    def count(self, state: ChangeState) -> int:
        """Return how many changes are in a state."""
        query = select(func.count()).select_from(changes).where(changes.c.state == state)
        return self._connection.scalar(query) or 0


def _of(refused: RefusedChange) -> str:
    """Return what tells a refused change from others: the hash of its XML."""
    return "xml-" + hashlib.sha256(refused.raw.encode()).hexdigest()[:32]


def _row(
    system: str, order_key: str, change_id: str, state: ChangeState, cause: str, raw: str, now: datetime
) -> dict[str, object]:
    return {
        "system": system, "order_key": order_key, "change_id": change_id, "state": state, "cause": cause, "raw": raw,
        "seen_at": now, "changed_at": now,
    }  # fmt: skip
