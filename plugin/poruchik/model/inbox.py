"""A document that came from a connected system, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InboxState(StrEnum):
    """What became of a document."""

    NEW = "new"
    DECIDED = "decided"
    MANUAL = "manual"
    """A person must decide: code and cause say why, nothing was sent."""
    REFUSED = "refused"
    """The card breaks the contract; its XML is kept."""
    FAILED = "failed"
    """The decision could not be made; the cause says why, and it can be retried."""
    CLOSED = "closed"
    """Nothing more to do: a later revision came, or the card was read the second time."""


WAITS_FOR_A_PERSON = (InboxState.MANUAL, InboxState.REFUSED, InboxState.FAILED)


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One row of the inbox. `card` is the document's JSON, or the XML of a refused card."""

    id: int
    source: str
    external_id: str
    revision: str
    reg_number: str
    state: InboxState
    code: str
    cause: str
    card: str
    received_at: datetime
    tries: int

    @property
    def document_key(self) -> str:
        """Return the identity of the document: `source:external_id`."""
        return f"{self.source}:{self.external_id}"

    @property
    def title(self) -> str:
        """Return what people call the document by."""
        return self.reg_number or self.external_id


@dataclass(frozen=True, slots=True)
class WaitingDocument:
    """A document that waits for a person, with its term; `half_at` is half of it, None where no law sets it.

    `due_at` None: it has begun to wait just now, its term is not counted yet.
    """

    item: InboxItem
    due_at: datetime | None
    half_at: datetime | None
    late_at: datetime | None

    @property
    def by_law(self) -> bool:
        """Tell whether a law sets the term."""
        return self.half_at is not None

    def is_late(self, now: datetime) -> bool:
        """Tell whether it should have been dealt with before."""
        return self.late_at is not None and self.late_at <= now


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one row."""

    id: int
    state: InboxState
    code: str = ""
    cause: str = ""
