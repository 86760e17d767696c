"""The values that flow through the core: documents, decisions, orders, commands, receipts.

All are immutable; every moment carries an offset. Texts for people are Russian.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from poruchik.clock import require_aware
from poruchik.organization.person_ref import PersonRef

Value = str | int | bool | Decimal | date | datetime | tuple[str, ...]
"""What an attribute of a document may hold. Absent is absent: there is no null."""

Facts = Mapping[str, Value]
"""Attribute name of the dictionary (Russian, dotted) → value."""


class SystemKind(StrEnum):
    """What a connected system is. The value is the attribute `система` of its documents."""

    SED = "СЭД"
    SOG = "СОГ"


# --- documents -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """A registered document as the policies see it.

    `source` is the configured name of the system it came from; with `external_id` and `revision` it is
    unique. `attributes` follow the dictionary `rules/atributy.yaml`.
    """

    source: str
    system: SystemKind
    external_id: str
    registered_at: datetime
    attributes: Facts
    revision: int = 1
    reg_number: str = ""
    received_at: datetime | None = None
    signed_at: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.registered_at, self.received_at, self.signed_at):
            if moment is not None:
                require_aware(moment)

    @property
    def key(self) -> str:
        """Return the identity that does not change between revisions: `source:external_id`."""
        return f"{self.source}:{self.external_id}"

    def facts(self) -> dict[str, Value]:
        """Return the attributes together with the card's own fields under their dictionary names."""
        own: dict[str, Value | None] = {
            "система": self.system.value,
            "номер": self.reg_number or None,
            "дата регистрации": self.registered_at,
            "дата поступления": self.received_at,
            "дата подписания": self.signed_at,
        }
        return dict(self.attributes) | {name: value for name, value in own.items() if value is not None}


# --- decisions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who a reference of the policy turned out to be on that day. `person` None: nobody."""

    ref: PersonRef
    person: str | None
    unit: str | None = None
    path: tuple[str, ...] = ()
    """How the person was found, one Russian phrase a step (role → holder → substitute)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something is due, with its arithmetic.

    `due_on` is the day people speak of; `due_at` the exact moment. `confirmed` is False while the term
    reaches into a year whose work calendar is not yet decreed.
    """

    due_at: datetime
    due_on: date
    rule: str
    act: str
    clause: str
    steps: tuple[str, ...] = ()
    hourly: bool = False
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class CoExecutor:
    """A co-executor and the term for the contribution to the lead executor."""

    assignee: Assignee
    due_at: datetime | None = None


class PointKind(StrEnum):
    """Kinds of control points."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One reminder or escalation in time. `reason` is the policy's own words: «за 3 рабочих дня»."""

    at: datetime
    kind: PointKind
    to: Assignee
    reason: str


@dataclass(frozen=True, slots=True)
class NamedClock:
    """A clock beside the order's own deadline (`счётчик`), stopped by an event."""

    name: str
    due_at: datetime
    until: str
    rule: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order (поручение) as decided: who does what by when, under whose control.

    `key` is `{document}/{rule}/{policy version}/{n}`: the same decision always gives the same key, and it is
    the external id in the connected system.
    """

    key: str
    rule: str
    act: str
    clause: str
    text: str
    lead: Assignee
    deadline: Deadline | None = None
    co_executors: tuple[CoExecutor, ...] = ()
    control_kind: str = ""
    controller: Assignee | None = None
    points: tuple[ControlPoint, ...] = ()
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that fired, and the act and clause it carries out."""

    rule: str
    act: str
    clause: str
    gist: str = ""


@dataclass(frozen=True, slots=True)
class DefeatedRule:
    """A rule that fired and was set aside by an exception (`вместо`)."""

    rule: str
    by: str


@dataclass(frozen=True, slots=True)
class SlotChoice:
    """Why one slot has its value: the rule that set it, and the proposals that lost."""

    slot: str
    value: str
    rule: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies require for one document, and why. Pure data: nothing has happened yet."""

    document: Document
    policy_version: str
    as_of: date
    orders: tuple[Order, ...] = ()
    slots: Mapping[str, str | int] = field(default_factory=dict)
    clocks: tuple[NamedClock, ...] = ()
    derived: Facts = field(default_factory=dict)
    notify: tuple[Assignee, ...] = ()
    manual: tuple[str, ...] = ()
    fired: tuple[FiredRule, ...] = ()
    defeated: tuple[DefeatedRule, ...] = ()
    trial: tuple[FiredRule, ...] = ()
    choices: tuple[SlotChoice, ...] = ()


# --- the exchange with a connected system --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefusedCard:
    """A document of a page that breaks the contract: kept with its XML so that it can be retried."""

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


class Operation(StrEnum):
    """What a command asks of the connected system."""

    CREATE = "create"
    EXTEND = "extend"
    REASSIGN = "reassign"
    RELEASE = "release"
    CANCEL = "cancel"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    DIGEST = "digest"

    @property
    def is_notice(self) -> bool:
        """True for messages to people, False for what changes an order."""
        return self in (Operation.REMINDER, Operation.ESCALATION, Operation.DIGEST)


@dataclass(frozen=True, slots=True)
class Command:
    """One command to a connected system. `payload` is plain JSON data; its shape depends on the operation.

    CREATE: `document_id`, `text`, `lead`, `lead_unit`, `co_executors` [{person, unit, due_at}], `controller`,
    `control_kind`, `due_at`, `due_on`, `checks`, `explanation`, `basis`.
    EXTEND: `due_at`, `due_on`, `reason`. REASSIGN: `lead`, `lead_unit`, `reason`. RELEASE, CANCEL: `reason`.
    REMINDER, ESCALATION, DIGEST: `document_id`, `to`, `to_unit`, `subject`, `text`, `point_at`, `late`.
    Missing values are absent keys; moments are ISO 8601 with an offset.
    """

    message_id: str
    operation: Operation
    order_key: str
    payload: Mapping[str, Any]


class ReceiptStatus(StrEnum):
    """What became of one command of a batch."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The connected system's answer to one command."""

    message_id: str
    status: ReceiptStatus
    internal_id: str = ""
    code: str = ""
    text: str = ""


class OrderState(StrEnum):
    """The life of an order as the connected system reports it. Final states end all control."""

    NEW = "new"
    DELIVERED = "delivered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPORTED = "reported"
    RETURNED = "returned"
    EXTENDED = "extended"
    RELEASED = "released"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing more is due."""
        return self in (OrderState.RELEASED, OrderState.CANCELLED)


@dataclass(frozen=True, slots=True)
class OrderChange:
    """One change of an order made in the connected system."""

    order_key: str
    state: OrderState
    at: datetime
    by: str = ""
    comment: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderChangesPage:
    """One page of order changes, oldest first."""

    changes: tuple[OrderChange, ...]
    cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A person of the connected system's directory."""

    person: str
    unit: str
    position: str = ""
