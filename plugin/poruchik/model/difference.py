"""A difference between an order here and as its system has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from poruchik.model.exchange import OrderChange


class DifferenceKind(StrEnum):
    """In what they differ."""

    STATE = "state"
    LEAD = "lead"
    TERM = "term"
    GONE = "gone"
    """The system does not have it."""
    UNREADABLE = "unreadable"
    """What the system says of it cannot be read."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them. `here` and `there` are in words; `change` is what would settle it, None where a person must."""

    order_key: str
    kind: DifferenceKind
    here: str
    there: str
    seen_at: datetime
    change: OrderChange | None = field(default=None, compare=False, repr=False)
