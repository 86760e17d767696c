"""A change of an order as the ledger keeps it: whether it was applied, or why it waits for a person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from poruchik.model.exchange import OrderChange


class ChangeState(StrEnum):
    """What became of a change that a system told of."""

    APPLIED = "applied"
    REFUSED = "refused"
    """It could not be read or applied; the cause says why, and it waits for a person."""
    SETTLED = "settled"
    """A person has dealt with it."""


@dataclass(frozen=True, slots=True)
class KeptChange:
    """One change. `order_key` is «» where not even that could be read; `raw` is it as it came where it was refused.

    `digest` is what it says (`says`), «» where that is not known.
    """

    id: int
    system: str
    order_key: str
    change_id: str
    state: ChangeState
    cause: str
    raw: str
    seen_at: datetime
    digest: str = ""


def says(change: OrderChange) -> str:
    """Return a hash of what a change says: the same for a repetition, however it is written.

    What has its default value is left out: a field that a later version adds changes no hash that is kept.
    """
    return hashlib.sha256(repr(_told(change)).encode("utf-8", "replace")).hexdigest()


def _told(record: Any) -> list[tuple[str, Any]]:
    values = ((one, getattr(record, one.name)) for one in fields(record) if one.compare)
    return [
        (one.name, _told(value) if is_dataclass(value) else str(value)) for one, value in values if value != one.default
    ]
