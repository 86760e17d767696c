"""Where an order stands: its row as the store keeps it, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from poruchik.model import record


class OrderState(StrEnum):
    """Where an order stands."""

    WAITING = "waiting"
    """Not yet in the connected system."""
    NEW = "new"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPORTED = "reported"
    RETURNED = "returned"
    RELEASED = "released"
    CANCELLED = "cancelled"


CLOSED = (OrderState.RELEASED, OrderState.CANCELLED)


def demands_in(text: str) -> dict[str, Any]:
    """Return what an order demands, as `demands_of` wrote it; version 0 had the same names. Raise RecordUnreadable."""
    return record.read(text, 1)[1]


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """One order. Its reasons stand in the decision on its document."""

    key: str
    inbox_id: int
    system: str
    document_key: str
    document_id: str
    reg_number: str
    rule: str
    act: str
    clause: str
    deadline_act: str
    deadline_clause: str
    text: str
    unit: str
    lead: str
    controller: str
    kind: str
    channel: str
    topic: str
    registered_on: date
    due_at: datetime | None
    due_on: date | None
    first_due_at: datetime | None = None
    extensions: int = 0
    closed_at: datetime | None = None
    reported_at: datetime | None = None
    state: str = OrderState.WAITING
    internal_id: str = ""
    demands: str = "{}"
    """JSON: what the order demands of its executor and allows, see `demands_of`."""
    asked_due_at: datetime | None = None
    """Until when the executor asks to have, while nobody has answered."""
    report: str = "{}"
    """JSON: what the last report says, see `Report`."""
    outcome: str = ""
    """The class of outcome that the report names."""
    answer_days: int | None = None
    """Calendar days from registration to the answer that the report names."""
    revision: int = 0
    """Grows by one with every change: what a form was filled in by."""
    id: int = 0

    @property
    def title(self) -> str:
        """Return what people call its document by."""
        return self.reg_number or self.document_id


class Outcome(StrEnum):
    """What became of an order: each is in exactly one of these. The value is the word for people."""

    IN_TIME = "в срок"
    EXTENDED = "в срок после продления"
    LATE = "с опозданием"
    OPEN = "в работе"
    OVERDUE = "в работе, просрочено"
    CANCELLED = "аннулировано"


def outcome_of(order: StoredOrder, now: datetime) -> Outcome:
    """Return what became of an order by a moment; a complete report counts as done, and so does no term as in time."""
    if order.state == OrderState.CANCELLED:
        return Outcome.CANCELLED
    done = order.reported_at or order.closed_at
    if done is None:
        return Outcome.OVERDUE if order.due_at and order.due_at < now else Outcome.OPEN
    if order.due_at and done > order.due_at:
        return Outcome.LATE
    return Outcome.EXTENDED if order.extensions else Outcome.IN_TIME
