"""What is exchanged with a connected system: pages of documents, commands, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from poruchik.model import record
from poruchik.model.document import Document


@dataclass(frozen=True, slots=True)
class RefusedCard:
    """A document of a page that breaks the contract: kept with its XML so that it can be looked at."""

    external_id: str
    cause: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """One page of documents. `cursor` is opaque and starts the next page, now or later."""

    documents: tuple[Document, ...]
    refused: tuple[RefusedCard, ...]
    cursor: str
    has_more: bool
    noted: Mapping[str, str] = field(default_factory=dict)
    """External id → what was mended in the card before it could be read."""


class ReceiptStatus(StrEnum):
    """What became of one command of a batch."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"
    """Nobody knows: there is no receipt, or one that says nothing; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The connected system's answer to one command.

    `id` is the system's own id of what was made; `refused_parts` name what was not taken while the rest was.
    """

    message_id: str
    status: ReceiptStatus
    id: str = ""
    code: str = ""
    text: str = ""
    refused_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order as it stands in the connected system, found by our external id.

    `unreadable` tells what is wrong with the answer about it: the order is there, of all else only `id` may be known.
    """

    external_id: str
    id: str
    state: str
    lead: str = ""
    due_at: datetime | None = None
    unreadable: str = ""


class ChangeKind(StrEnum):
    """What people did with an order."""

    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPORTED = "reported"
    RETURNED = "returned"
    TERM_ASKED = "termAsked"
    DRAFTED = "drafted"
    """A draft of the reply was attached; its text is the comment."""
    EXTENDED = "extended"
    REASSIGNED = "reassigned"
    RELEASED = "released"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    """The term stands still, where an act lets it."""
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Report:
    """What a report of execution says; missing values are empty."""

    answer_channel: str = ""
    answered_on: date | None = None
    outcome: str = ""
    attachments: tuple[str, ...] = ()
    promised_on: date | None = None
    """By when the answer promises what was asked for (приказ № 269, п. 13)."""
    deviation: str = ""
    """What the executor tells of a deviation from the procedure (п. 35)."""
    draft_hints: int | None = None
    """How many hints the last draft of the reply got; None: no draft was seen."""

    def stored(self) -> str:
        """Return the report as a record that `read` reads back."""
        told = {
            "answer_channel": self.answer_channel,
            "answered_on": self.answered_on.isoformat() if self.answered_on else None,
            "outcome": self.outcome,
            "attachments": list(self.attachments),
            "promised_on": self.promised_on.isoformat() if self.promised_on else None,
            "deviation": self.deviation,
            "draft_hints": self.draft_hints,
        }
        return record.write(2, told)

    @classmethod
    def read(cls, text: str) -> Report:
        """Read what `stored` wrote; an order without a report has «{}». Before version 2 nothing was promised in it."""
        version, told = record.read(text, 2)
        if not version and not told:
            return cls()
        with record.reading("отчёт"):
            day, promised = told["answered_on"], told.get("promised_on")
            return cls(
                answer_channel=told["answer_channel"],
                answered_on=date.fromisoformat(day) if day else None,
                outcome=told["outcome"],
                attachments=tuple(told["attachments"]),
                promised_on=date.fromisoformat(promised) if promised else None,
                deviation=told.get("deviation", ""),
                draft_hints=told.get("draft_hints"),
            )


@dataclass(frozen=True, slots=True)
class OrderChange:
    """What happened to an order in the connected system.

    `part` is the co-executor or the clock that it is about, empty for the lead's part. By kind: `lead` and `lead_unit`
    of REASSIGNED, `due_at` of TERM_ASKED and EXTENDED, `report` of REPORTED. `raw` is it as the system told it: what
    `Connector.order_change` reads again when the change has waited for a person.
    """

    id: str
    order_key: str
    kind: ChangeKind
    at: datetime
    by: str = ""
    comment: str = ""
    part: str = ""
    lead: str = ""
    lead_unit: str = ""
    due_at: datetime | None = None
    report: Report = Report()
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change that breaks the contract: kept as it came for a person.

    `order_key` and `id`, the system's own of the change, are «» where they could not be read.
    """

    order_key: str
    cause: str
    raw: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """One page of changes, oldest first. `cursor` is opaque and starts the next page, now or later."""

    changes: tuple[OrderChange, ...]
    refused: tuple[RefusedChange, ...]
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order of the connected system as its list shows it; `external_id` «» is no order of ours."""

    external_id: str
    id: str
    document_id: str
    state: str = ""
    lead: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of orders in the order in which they were made. `cursor` is opaque and starts the next page."""

    orders: tuple[ListedOrder, ...]
    cursor: str
    has_more: bool
