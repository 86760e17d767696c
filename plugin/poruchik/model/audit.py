"""A deed as the journal keeps it: who did what, to what, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

PROGRAM = "Поручик"
"""The doer of what no person did."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. `subject` is the key of a document or an order, or the id of a message."""

    at: datetime
    what: str
    subject: str
    details: str = ""
    who: str = PROGRAM
