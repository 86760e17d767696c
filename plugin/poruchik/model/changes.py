"""A change of an order as the ledger keeps it: whether it was applied, or why it waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeState(StrEnum):
    """What became of a change that a system told of."""

    APPLIED = "applied"
    REFUSED = "refused"
    """It could not be read or applied; the cause says why, and it waits for a person."""
    SETTLED = "settled"
    """A person has dealt with it."""


@dataclass(frozen=True, slots=True)
class KeptChange:
    """One change. `order_key` is «» where not even that could be read; `raw` is its XML where it was refused."""

    id: int
    system: str
    order_key: str
    change_id: str
    state: ChangeState
    cause: str
    raw: str
    seen_at: datetime
