"""Orders of ours that a system has and this database does not know: made after the copy from which it was put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, update

from poruchik.model.exchange import ListedOrder
from poruchik.store.insert import insert_new
from poruchik.store.tables import strays

_IDS: BindParameter[Any] = bindparam("b_ids", expanding=True)
_KNOWN = select(strays.c.external_id).where(strays.c.system == bindparam("b_system"), strays.c.external_id.in_(_IDS))
_WAITING = strays.c.settled_at.is_(None)
_COLUMNS = (strays.c.external_id, strays.c.internal_id, strays.c.state, strays.c.lead, strays.c.due_at)


@dataclass(frozen=True, slots=True)
class Stray:
    """One of them, as the system shows it."""

    external_id: str
    internal_id: str
    state: str
    lead: str
    due_at: datetime | None


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

    def of_document(self, document_key: str) -> list[Stray]:
        """Return what nobody has dealt with yet of a document."""
        query = select(*_COLUMNS).where(strays.c.document_key == document_key, _WAITING).order_by(strays.c.id)
        return [Stray(**row) for row in self._connection.execute(query).mappings()]

    def count(self) -> int:
        """Return how many nobody has dealt with."""
        return self._connection.scalar(select(func.count()).select_from(strays).where(_WAITING)) or 0

    def settle(self, document_key: str, how: str, now: datetime) -> None:
        """Note that somebody has dealt with those of a document."""
        where = strays.c.document_key == document_key, _WAITING
        self._connection.execute(update(strays).where(*where).values(settled_at=now, how=how))
