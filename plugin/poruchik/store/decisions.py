"""The decisions as they were made, with their trace: what `orders show` and the pages show later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from poruchik.model import record
from poruchik.model.record import RecordUnreadable
from poruchik.store.tables import decisions


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """One decision. `body` is a record of the public JSON of `poruchik rules decide`."""

    inbox_id: int
    document_key: str
    policy_version: str
    decided_at: datetime
    body: str

    @classmethod
    def of(
        cls, inbox_id: int, document_key: str, policy_version: str, decided_at: datetime, told: Mapping[str, Any]
    ) -> StoredDecision:
        """Return the decision that is to be kept; `told` is its public JSON."""
        return cls(inbox_id, document_key, policy_version, decided_at, record.write(1, told))

    def told(self) -> dict[str, Any]:
        """Return its public JSON; version 0 had the same names. Raise RecordUnreadable."""
        _, told = record.read(self.body, 1)
        if "orders" not in told:
            raise RecordUnreadable("в записи нет поручений")
        return told


def told_by(decisions: Sequence[StoredDecision]) -> tuple[dict[str, Any] | None, str]:
    """Return what the last of them says, None where there is none; and why it cannot be read, «» where it can."""
    try:
        return decisions[-1].told() if decisions else None, ""
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
