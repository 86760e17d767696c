"""The decisions as they were made, with their trace: what `orders show` and the pages show later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from poruchik.model import told
from poruchik.model.decision import Decision
from poruchik.model.document import Document
from poruchik.model.record import RecordUnreadable
from poruchik.store.tables import decisions


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One decision. `body` is the record that `model.told` writes."""

    inbox_id: int
    document_key: str
    policy_version: str
    decided_at: datetime
    body: str


def last_of(decisions: Sequence[StoredDecision], card: str) -> tuple[Decision | None, str]:
    """Return the last decision on a card, None where there is none; and why it cannot be read, «» where it can."""
    try:
        return told.read(decisions[-1].body, Document.read(card)) if decisions else None, ""
    except RecordUnreadable as error:
        return None, str(error)


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
