"""Orders of ours that a system has and this database does not know: made after the copy from which it was put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, update

from poruchik.model.exchange import ListedOrder
from poruchik.store.insert import insert_new
from poruchik.store.tables import strays

_IDS: BindParameter[Any] = bindparam("b_ids", expanding=True)
_KNOWN = select(strays.c.external_id).where(strays.c.system == bindparam("b_system"), strays.c.external_id.in_(_IDS))
_WAITING = strays.c.settled_at.is_(None)
_OF_DOCUMENTS = (
    select(strays).where(strays.c.document_key.in_(bindparam("b_keys", expanding=True)), _WAITING).order_by(strays.c.id)
)
_SETTLE = update(strays).where(_WAITING).values(settled_at=bindparam("b_now"), how=bindparam("b_how"))


class Strays:
    """At most one for each id of an order in a system."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, system: str, found: Sequence[ListedOrder], now: datetime) -> None:
        """Keep what was found; what is kept already stays as it is."""
        rows = [
            {
                "system": system,
                "external_id": one.external_id,
                "internal_id": one.id,
                "document_key": f"{system}:{one.document_id}",
                "state": one.state[:20],
                "lead": one.lead,
                "due_at": one.due_at,
                "found_at": now,
            }
            for one in found
        ]
        if rows:
            insert_new(self._connection, strays, rows, strays.c.id)

    def known(self, system: str, external_ids: Iterable[str]) -> set[str]:
        """Return those of the ids that are kept, settled or not."""
        return set(self._connection.scalars(_KNOWN, {"b_system": system, "b_ids": list(external_ids)}))

    def of_documents(self, keys: Iterable[str]) -> dict[str, list[ListedOrder]]:
        """Return what nobody has dealt with yet of each of these documents; one without any is absent."""
        found: dict[str, list[ListedOrder]] = {}
        for row in self._connection.execute(_OF_DOCUMENTS, {"b_keys": list(keys)}):
            document_id = row.document_key.removeprefix(f"{row.system}:")
            one = ListedOrder(row.external_id, row.internal_id, document_id, row.state, row.lead, row.due_at)
            found.setdefault(row.document_key, []).append(one)
        return found

    def ids(self, document_key: str) -> set[str]:
        """Return the ids of all of a document, whatever became of them."""
        return set(self._connection.scalars(select(strays.c.external_id).where(strays.c.document_key == document_key)))

    def of_system(self, system: str) -> dict[str, list[ListedOrder]]:
        """Return the same of every document of a system."""
        waiting = select(strays.c.document_key).where(strays.c.system == system, _WAITING).order_by(strays.c.id)
        return self.of_documents(dict.fromkeys(self._connection.scalars(waiting)))

    def count(self) -> int:
        """Return how many nobody has dealt with."""
        return self._connection.scalar(select(func.count()).select_from(strays).where(_WAITING)) or 0

    def settle(self, document_key: str, how: str, now: datetime) -> None:
        """Note that somebody has dealt with those of a document."""
        self._connection.execute(_SETTLE.where(strays.c.document_key == document_key), {"b_now": now, "b_how": how})

    def recognise(self, external_ids: Iterable[str], now: datetime) -> None:
        """Note that these are orders of this database after all."""
        which = strays.c.external_id.in_(list(external_ids))
        self._connection.execute(_SETTLE.where(which), {"b_now": now, "b_how": "узнано при решении документа"})
