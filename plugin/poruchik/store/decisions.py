"""The decisions as they were made, with their trace: what `orders show` and the pages show later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from poruchik.store.tables import decisions


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One decision. `body` is the public JSON of `poruchik rules decide`, as text."""

    inbox_id: int
    document_key: str
    policy_version: str
    decided_at: datetime
    body: str


_FIELDS = tuple(StoredDecision.__dataclass_fields__)
_ADD = insert(decisions)


class Decisions:
    """Every decision ever made; a document decided again has several."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, made: Sequence[StoredDecision]) -> None:
        """Keep decisions."""
        if made:
            rows = [{name: getattr(decision, name) for name in _FIELDS} for decision in made]
            self._connection.execute(_ADD, rows)

    def of_document(self, document_key: str) -> list[StoredDecision]:
        """Return the decisions on one document, oldest first."""
        query = select(decisions).where(decisions.c.document_key == document_key).order_by(decisions.c.id)
        return [
            StoredDecision(row["inbox_id"], row["document_key"], row["policy_version"], row["decided_at"], row["body"])
            for row in self._connection.execute(query).mappings()
        ]
