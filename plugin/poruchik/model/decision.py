"""What the policies require for one document, and why. Pure data: nothing has happened yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from poruchik.model.document import Document, Facts
from poruchik.model.order import Assignee, Deadline, Order


class ManualCode(StrEnum):
    """Why a document goes to the manual queue, as a word that can be counted and filtered by."""

    BY_RULE = "by-rule"
    CONFLICT = "conflict"
    DISPUTED = "disputed"
    """A conflict that the rules announce (`спорно с`): a person chooses."""
    NO_LEAD = "no-lead"
    NO_PERSON = "no-person"
    NO_TERM = "no-term"
    BAD_TERM = "bad-term"
    UNKNOWN_ATTRIBUTE = "unknown-attribute"
    IMPOSSIBLE_CARD = "impossible-card"
    SLOW_PATTERN = "slow-pattern"
    UNCLASSIFIED = "unclassified"
    """The topic of the text is not certain; said beside the reason that sends the document to a person."""
    NO_LIST = "no-list"
    """An order is wanted for each element of a list that the card does not have."""


@dataclass(frozen=True, slots=True)
class ManualReason:
    """One reason why a person must decide, in Russian."""

    code: ManualCode
    text: str


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
class Side:
    """What one rule proposes for a slot in a conflict: the value in the policy's words."""

    rule: str
    act: str
    clause: str
    value: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A single-valued slot for which rules propose different values. `settled`: they say so themselves (`спорно с`)."""

    slot: str
    settled: bool
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class NamedClock:
    """A clock beside the order's own deadline (`счётчик`), stopped by an event."""

    name: str
    deadline: Deadline
    until: str


@dataclass(frozen=True, slots=True)
class Informed:
    """Somebody who is told of the document (`уведомить`), and the rules that say so."""

    assignee: Assignee
    rules: tuple[FiredRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The whole answer for one document. With `manual` reasons nothing of it is sent."""

    document: Document
    policy_version: str
    as_of: date
    orders: tuple[Order, ...] = ()
    slots: Mapping[str, str | int] = field(default_factory=dict)
    clocks: tuple[NamedClock, ...] = ()
    facts: Facts = field(default_factory=dict)
    """What was known of the document, the derived attributes included."""
    derived: Facts = field(default_factory=dict)
    notify: tuple[Informed, ...] = ()
    manual: tuple[ManualReason, ...] = ()
    fired: tuple[FiredRule, ...] = ()
    defeated: tuple[DefeatedRule, ...] = ()
    trial: tuple[FiredRule, ...] = ()
    choices: tuple[SlotChoice, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    classified: str = ""
    """How the topic of the text was found, or what it may be; «» where the card says it or no text tells."""
    draft: Order | None = None
    """What the first order would be, whatever a person has to decide of it; its lead may be nobody."""
