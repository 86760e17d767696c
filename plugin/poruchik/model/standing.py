"""Where an order stands: its row as the store keeps it, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from poruchik.model import record
from poruchik.model.order import Extension, Suspension, citation
from poruchik.model.person_ref import PersonRef


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


@dataclass(frozen=True, slots=True)
class Demands:
    """What an order demands of its executor and allows him, as it was decided."""

    lead: str = ""
    """The person that was decided on, whoever leads it now."""
    checks: tuple[str, ...] = ()
    extension: Extension | None = None
    suspension: Suspension | None = None
    refusal_to: PersonRef | None = None
    controller: PersonRef | None = None

    def stored(self) -> str:
        """Return the demands as a record that `read` reads back."""
        told: dict[str, Any] = {"lead": self.lead}
        if self.checks:
            told["checks"] = list(self.checks)
        if self.extension:
            told["extension"] = self.extension.told()
        if self.suspension:
            told["suspension"] = self.suspension.told()
        if self.refusal_to:
            told["refusal_to"] = str(self.refusal_to)
        if self.controller:
            told["controller"] = str(self.controller)
        return record.write(1, told)

    @classmethod
    def read(cls, text: str) -> Demands:
        """Read what `stored` wrote; version 0 had the same names. Raise RecordUnreadable."""
        _, told = record.read(text, 1)
        with record.reading("требования поручения"):
            extension, refusal_to, controller = (told.get(name) for name in ("extension", "refusal_to", "controller"))
            return cls(
                lead=told.get("lead") or "",
                checks=tuple(told.get("checks", ())),
                extension=Extension.read(extension) if extension else None,
                suspension=Suspension.read(told["suspension"]) if "suspension" in told else None,
                refusal_to=PersonRef.parse(refusal_to) if refusal_to else None,
                controller=PersonRef.parse(controller) if controller else None,
            )


def slots_in(text: str) -> dict[str, str | int]:
    """Return the plain slots of an order by their English names; raise RecordUnreadable."""
    return record.read(text, 1)[1]


@dataclass(frozen=True, slots=True)
class Stop:
    """A time in which the term of an order stood still; `until` None: it still does."""

    since: datetime
    until: datetime | None
    why: str
    by: str


def stops_in(text: str) -> tuple[Stop, ...]:
    """Return the ledger of stops of an order, oldest first; raise RecordUnreadable."""
    _, told = record.read(text, 1)
    with record.reading("приостановки поручения"):
        return tuple(
            Stop(
                datetime.fromisoformat(one["since"]),
                datetime.fromisoformat(one["until"]) if one.get("until") else None,
                one["why"],
                one["by"],
            )
            for one in told.get("stops", ())
        )


def stops_text(stops: Sequence[Stop]) -> str:
    """Return the ledger as a record that `stops_in` reads back."""
    told = [
        {
            "since": one.since.isoformat(),
            "until": one.until.isoformat() if one.until else None,
            "why": one.why,
            "by": one.by,
        }
        for one in stops
    ]
    return record.write(1, {"stops": told})


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
    """JSON: what the order demands of its executor and allows, see `Demands`."""
    asked_due_at: datetime | None = None
    """Until when the executor asks to have, while nobody has answered."""
    asked_by: str = ""
    """Who asks for it, or prepares it for whoever decides."""
    asked_why: str = ""
    report: str = "{}"
    """JSON: what the last report says, see `Report`."""
    outcome: str = ""
    """The class of outcome that the report names."""
    answer_days: int | None = None
    """Calendar days from registration to the answer that the report names."""
    revision: int = 0
    """Grows by one with every change: what a form was filled in by."""
    priority: int | None = None
    """1 is the highest; None has none and comes last."""
    slots: str = "{}"
    """JSON: the plain slots by their English names, see `slots_in`."""
    late_at: datetime | None = None
    """From when it is late (`late_from`); None without a term."""
    furthest_on: date | None = None
    """The latest day that its term ever had: beyond it alone it is extended."""
    reported_late: bool | None = None
    """Whether the first complete report came too late, or what was to be done again; None: there was none."""
    stops: str = "{}"
    """JSON: when its term stood still, see `stops_in`."""
    stopped_until: datetime | None = None
    """While its term stands still: when it goes on by itself; its term is then the latest that it can be."""
    id: int = 0

    @property
    def title(self) -> str:
        """Return what people call its document by."""
        return self.reg_number or self.document_id

    def is_late(self, moment: datetime) -> bool:
        """Tell whether its term is over at a moment; whether that matters, its state says."""
        return self.late_at is not None and moment >= self.late_at

    @property
    def basis(self) -> str:
        """Return act and clause of its term as people cite them, of the order itself where it has no term."""
        if self.deadline_act:
            return citation(self.deadline_act, self.deadline_clause)
        return citation(self.act, self.clause)


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
        return Outcome.OVERDUE if order.is_late(now) else Outcome.OPEN
    if order.is_late(done) if order.reported_late is None else order.reported_late:
        return Outcome.LATE
    return Outcome.EXTENDED if order.extensions else Outcome.IN_TIME
