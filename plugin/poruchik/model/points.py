"""A reminder or an escalation that fired, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poruchik.model.order import PointKind


class Fate(StrEnum):
    """What became of a point."""

    SENT = "sent"
    """It has a message of its own."""
    MERGED = "merged"
    """It is told in the message of another point: a digest, or what was missed."""
    UNDELIVERED = "undelivered"
    """Its message was given up; `why` says why."""
    WITHDRAWN = "withdrawn"
    """Nobody was told; `why` says why."""


@dataclass(frozen=True, slots=True)
class FiredPoint:
    """One point that fired."""

    item_id: int
    order_key: str
    planned_at: datetime
    fired_at: datetime
    kind: PointKind
    rung: str
    to_ref: str
    person: str
    late: bool
    fate: Fate
    message_id: str
    why: str = ""
