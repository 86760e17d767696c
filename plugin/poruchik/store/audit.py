"""Who did what, to what, when: written in the transaction of the deed itself, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from poruchik.model.audit import AuditEntry
from poruchik.store.tables import audit

_FIELDS = tuple(AuditEntry.__dataclass_fields__)
_ADD = insert(audit)
_LAST = select(audit.c.at).order_by(audit.c.id.desc()).limit(1)


class Audit:
    """The journal of deeds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entries: Sequence[AuditEntry]) -> None:
        """Write entries."""
        if entries:
            rows = [{name: getattr(entry, name) for name in _FIELDS} for entry in entries]
            self._connection.execute(_ADD, rows)

    def last_moment(self) -> datetime | None:
        """Return when the last deed was done."""
        moment: datetime | None = self._connection.scalar(_LAST)
        return moment

    def about(self, *subjects: str) -> list[AuditEntry]:
        """Return the entries on these subjects, oldest first."""
        query = select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.id)
        return [
            AuditEntry(row["at"], row["what"], row["subject"], row["details"], row["who"])
            for row in self._connection.execute(query).mappings()
        ]
