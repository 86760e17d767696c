"""What a replay counts: outcomes by kind and unit, and what differs between two policies. Tallies add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from poruchik.model.decision import Decision
from poruchik.model.document import Document
from poruchik.policy.slot_table import SLOTS
from poruchik.simulation.archive import Broken

MAX_CAUSES, MAX_LINES = 20, 5
"""Causes of documents that cannot be read, and lines of each, that are told; the rest is counted."""
NO_KIND, NO_UNIT = "без вида", "никому"

MANUAL, LEAD, TERM, CONTROL, CONTROLLER, HELPERS, ORDERS = (
    "ручной разбор",
    "ответственный",
    "срок",
    "вид контроля",
    "контролёр",
    "соисполнители",
    "число поручений",
)


class DecisionOutcome(NamedTuple):
    """What a decision comes to, so that two can be compared. A document for a person has only `manual`, the causes."""

    manual: str
    unit: str = ""
    lead: str = ""
    due: datetime | None = None
    control: str = ""
    controller: str = ""
    helpers: str = ""
    orders: int = 0
    slots: tuple[str, ...] = ()
    """The plain slots of the document, in the order of the table."""


def outcome_of(decision: Decision) -> DecisionOutcome:
    """Return the outcome of a decision: its first order, the plain slots, the number of orders."""
    if decision.manual or not decision.orders:
        return DecisionOutcome(
            manual="; ".join(dict.fromkeys([one.text for one in decision.manual])) or "нет поручения"
        )
    first = decision.orders[0]
    controller = first.controller
    return DecisionOutcome(
        manual="",
        unit=first.lead.unit or "",
        lead=first.lead.person or "",
        due=first.deadline.due_at if first.deadline else None,
        control=first.control_kind,
        controller=(controller.person or str(controller.ref)) if controller else "",
        helpers=", ".join([one.assignee.person or str(one.assignee.ref) for one in first.co_executors]),
        orders=len(decision.orders),
        slots=tuple([str(decision.slots.get(slot.en, "")) for slot in SLOTS]),
    )


_COMPARED = (
    (LEAD, DecisionOutcome._fields.index("lead")),
    (TERM, DecisionOutcome._fields.index("due")),
    (CONTROL, DecisionOutcome._fields.index("control")),
    (CONTROLLER, DecisionOutcome._fields.index("controller")),
    (HELPERS, DecisionOutcome._fields.index("helpers")),
    (ORDERS, DecisionOutcome._fields.index("orders")),
)
ASPECTS = (MANUAL, *(name for name, _ in _COMPARED), *(slot.ru for slot in SLOTS))


def differences(before: DecisionOutcome, after: DecisionOutcome) -> Iterator[tuple[str, str, str]]:
    """Yield each aspect in which two outcomes differ, with both values in words."""
    if before == after:
        return
    if before.manual or after.manual:
        yield MANUAL, before.manual or "поручение", after.manual or "поручение"
        return
    for name, place in _COMPARED:
        if before[place] != after[place]:
            yield name, _word(before[place]), _word(after[place])
    for slot, was, becomes in zip(SLOTS, before.slots, after.slots, strict=True):
        if was != becomes:
            yield slot.ru, _word(was), _word(becomes)


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M}"
    return "нет" if value in ("", None) else str(value)


@dataclass(frozen=True, slots=True)
class Sample:
    """One document whose outcome changes. `line` is its number within its slice, later within the archive."""

    line: int
    number: str
    kind: str
    before: str
    after: str


@dataclass(slots=True)
class Unread:
    """Documents that could not be read for one cause: how many, and the first of their lines."""

    documents: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, documents: int, lines: Iterable[int]) -> None:
        """Add some more."""
        self.documents += documents
        self.lines += islice(lines, MAX_LINES - len(self.lines))


@dataclass(slots=True)
class Counted:
    """Outcomes under one policy."""

    orders: int = 0
    manual: Counter[str] = field(default_factory=Counter)
    """By cause."""
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    """Kind → documents, orders, manual."""
    by_unit: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, outcome: DecisionOutcome, decision: Decision) -> None:
        """Count one document."""
        of_kind = self.by_kind.get(kind)
        if of_kind is None:
            of_kind = self.by_kind[kind] = Counter()
        of_kind["documents"] += 1
        if outcome.manual:
            of_kind["manual"] += 1
            self.manual.update({one.code.value for one in decision.manual} or {"no-order"})
        else:
            of_kind["orders"] += outcome.orders
            self.orders += outcome.orders
            self.by_unit[outcome.unit or NO_UNIT] += 1

    def join(self, other: Counted) -> None:
        """Add another count."""
        self.orders += other.orders
        self.manual += other.manual
        self.by_unit += other.by_unit
        for kind, counted in other.by_kind.items():
            self.by_kind.setdefault(kind, Counter()).update(counted)


@dataclass(slots=True)
class Tally:
    """Everything that a replay counts; `lines` is how many places of the archive it went through."""

    policies: int
    max_samples: int
    lines: int = 0
    documents: int = 0
    unread: int = 0
    causes: dict[str, Unread] = field(default_factory=dict)
    """Why documents could not be read; past MAX_CAUSES only `unread` counts."""
    counted: list[Counted] = field(default_factory=list)
    changed: int = 0
    by_aspect: Counter[str] = field(default_factory=Counter)
    changed_of_kind: dict[str, Counter[str]] = field(default_factory=dict)
    changed_of_unit: dict[str, Counter[str]] = field(default_factory=dict)
    """By the unit that leads before, or after where nobody led before."""
    moved: Counter[str] = field(default_factory=Counter)
    """Deadlines: earlier, later, given, taken."""
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counted = self.counted or [Counted() for _ in range(self.policies)]

    def spoil(self, broken: Broken) -> None:
        """Note a document that could not be read."""
        self._spoil(broken.what, 1, [broken.line])

    def _spoil(self, cause: str, documents: int, lines: Iterable[int]) -> None:
        self.unread += documents
        if cause in self.causes or len(self.causes) < MAX_CAUSES:
            self.causes.setdefault(cause, Unread()).add(documents, lines)

    def add(self, document: Document, decisions: list[Decision]) -> None:
        """Count the decisions on one document, one a policy."""
        self.documents += 1
        kind = str(document.attributes.get("вид", NO_KIND))
        outcomes = [outcome_of(decision) for decision in decisions]
        for counted, outcome, decision in zip(self.counted, outcomes, decisions, strict=True):
            counted.add(kind, outcome, decision)
        if len(outcomes) == 2 and outcomes[0] != outcomes[1]:
            self._compare(document, kind, *outcomes)

    def _compare(self, document: Document, kind: str, before: DecisionOutcome, after: DecisionOutcome) -> None:
        self.changed += 1
        unit = before.unit or after.unit or NO_UNIT
        of_kind = self.changed_of_kind.setdefault(kind, Counter())
        of_unit = self.changed_of_unit.setdefault(unit, Counter())
        of_kind["documents"] += 1
        of_unit["documents"] += 1
        for aspect, was, becomes in differences(before, after):
            for counter in (self.by_aspect, of_kind, of_unit):
                counter[aspect] += 1
            if aspect == TERM:
                self.moved[_direction(before.due, after.due)] += 1
            samples = self.samples.setdefault(aspect, [])
            if len(samples) < self.max_samples:
                samples.append(Sample(self.lines, document.reg_number, kind, was, becomes))

    def join(self, other: Tally) -> None:
        """Add the tally of the slice that follows in the archive."""
        self.documents += other.documents
        for cause, unread in other.causes.items():
            self._spoil(cause, unread.documents, (self.lines + line for line in unread.lines))
        self.unread += other.unread - sum(unread.documents for unread in other.causes.values())
        for mine, theirs in zip(self.counted, other.counted, strict=True):
            mine.join(theirs)
        self.changed += other.changed
        self.by_aspect += other.by_aspect
        self.moved += other.moved
        for ours, added in (
            (self.changed_of_kind, other.changed_of_kind),
            (self.changed_of_unit, other.changed_of_unit),
        ):
            for name, counter in added.items():
                ours.setdefault(name, Counter()).update(counter)
        for aspect, samples in other.samples.items():
            kept = self.samples.setdefault(aspect, [])
            for one in samples[: self.max_samples - len(kept)]:
                kept.append(Sample(self.lines + one.line, one.number, one.kind, one.before, one.after))
        self.lines += other.lines


def _direction(before: datetime | None, after: datetime | None) -> str:
    if before is None or after is None:
        return "назначен" if before is None else "снят"
    return "раньше" if after < before else "позже"
