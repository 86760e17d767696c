"""A policy after reading: typed, immutable, its names resolved. A type is called what its YAML key means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from poruchik.model.document import Value
from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.order import AUTOMATICALLY, Suspension
from poruchik.model.person_ref import PersonRef
from poruchik.policy.problems import Position
from poruchik.policy.words import Confidence, Event, Every, Status
from poruchik.workcalendar.duration import Duration, Roll

if TYPE_CHECKING:
    pass

NOWHERE = Position("")

Operator = Callable[[Value, Any], bool]
"""An operator of `если`: (value of the document, operand of the rule) → holds. Pure and fast."""


class ValueType(StrEnum):
    """Types of attributes. The value is the word of the dictionary."""

    STRING = "строка"
    TEXT = "текст"
    NUMBER = "число"
    YES_NO = "да-нет"
    DATE = "дата"
    MOMENT = "дата-время"
    LIST = "список"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of documents: a line of `atributy.yaml`. `values` empty means anything of the type."""

    name: str
    type: ValueType
    values: tuple[str, ...] = ()
    gist: str = ""
    derived: bool = False
    position: Position = field(default=NOWHERE, compare=False)


# --- conditions ----------------------------------------------------------------------------------

EQUAL = "равно"
ONE_OF = "одно из"
PRESENT = "есть"
GREATER, AT_LEAST, LESS, AT_MOST = "больше", "не меньше", "меньше", "не больше"

Operand = Value | frozenset[Value] | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one attribute. A document without the attribute does not pass it."""

    attribute: str
    operator: str
    operand: Operand
    function: Operator | None = field(default=None, compare=False, repr=False)
    """Set for operators that come from a plugin or `policy/operators.py`."""
    position: Position = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every part holds; without parts it always holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when some part holds; without parts it never holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class NotOf:
    """Holds when the part does not."""

    part: Condition


Condition = Test | AllOf | AnyOf | NotOf


def tests_of(condition: Condition) -> Iterator[Test]:
    """Yield every test of a condition, in the author's order."""
    match condition:
        case Test():
            yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_of(part)
        case NotOf(part):
            yield from tests_of(part)


# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """`срок`: how a deadline is counted. One of `duration`, `parameter`, `date_attribute` is given.

    `date_attribute` names the attribute of the card that is the deadline itself: «к сроку, который назвал суд».

    What the rule leaves out (`event`, `roll`) comes from the parameter, else from the pack, else it is registration
    and the preceding working day. `none` is `срок: нет`: the order is for information.
    """

    duration: Duration | None = None
    parameter: str = ""
    event: Event | None = None
    roll: Roll | None = None
    cap_attribute: str = ""
    date_attribute: str = ""
    until_midnight: bool = False
    none: bool = False
    position: Position = field(default=NOWHERE, compare=False)

    def __str__(self) -> str:
        if self.none:
            return "без срока"
        if self.date_attribute:
            return f"к дате «{self.date_attribute}»"
        event = f" от {self.event.value}" if self.event else ""
        cap = f", не позднее «{self.cap_attribute}»" if self.cap_attribute else ""
        return f"{self.duration or f'по параметру «{self.parameter}»'}{event}{cap}"


@dataclass(frozen=True, slots=True)
class ClockEffect:
    """`счётчики`: a named clock beside the order's own deadline."""

    name: str
    term: Term
    until: str


@dataclass(frozen=True, slots=True)
class CoExecutorEffect:
    """`соисполнители`: a person; the term (else half of the lead's) and the ladder (else the order's) of the part."""

    ref: PersonRef
    term: Term | None = None
    reminders: tuple[Rung, ...] = ()
    escalations: tuple[EscalationStep, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtensionEffect:
    """`продление`: up to how long the executor may ask for, how often, and who decides (None: automatically)."""

    limit: Duration | None
    times: int
    decides: PersonRef | None
    parameter: str = ""
    """The name of the parameter that gives the limit, where it is not given here."""

    def __str__(self) -> str:
        return f"до {self.limit or self.parameter}, раз: {self.times}, решает: {self.decides or AUTOMATICALLY}"


@dataclass(frozen=True, slots=True)
class Effects:
    """`то`: what a rule sets. Empty values set nothing."""

    text: str = ""
    derived: Mapping[str, Value] = field(default_factory=dict)
    lead: PersonRef | None = None
    controller: PersonRef | None = None
    overseer: PersonRef | None = None
    """Who controls the substance: `контролёр по существу`."""
    slots: Mapping[str, str | int] = field(default_factory=dict)
    """The plain slots by their English names (`slot_table.py`)."""
    score: int | None = None
    control_kind: str = ""
    term: Term | None = None
    clocks: tuple[ClockEffect, ...] = ()
    co_executors: tuple[CoExecutorEffect, ...] = ()
    reminders: tuple[Rung, ...] = ()
    escalations: tuple[EscalationStep, ...] = ()
    checks: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    notify: tuple[PersonRef, ...] = ()
    extension: ExtensionEffect | None = None
    suspension: Suspension | None = None
    refusal_to: PersonRef | None = None
    further: tuple[Effects, ...] = ()
    manual: str = ""
    at_once: bool = False
    """Of a further order: it goes out even while a person has to decide the rest (`сразу`)."""
    each: str = ""
    """Of a further order: the list attribute for each element of which there is one (`на каждый`)."""
    every: Every | None = None
    """Of a further order: there is one for each such period of the plan's year (`повторять`)."""

    def value(self, name: str) -> Any:
        """Return what is set of a slot, by its English name; None, or empty, where nothing is."""
        return self.slots[name] if name in self.slots else getattr(self, name, None)


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which something is in force, both ends included. None: open."""

    since: date | None = None
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Tell whether it is in force on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def __str__(self) -> str:
        """Return «с 01.01.2026 по 31.12.2026», «» when it is open."""
        since = f"с {self.since:%d.%m.%Y}" if self.since else ""
        until = f"по {self.until:%d.%m.%Y}" if self.until else ""
        return " ".join(part for part in (since, until) if part)


ALWAYS = Period()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy, with the act and clause it carries out."""

    id: str
    act: str
    clause: str
    gist: str
    condition: Condition
    effects: Effects
    instead: tuple[str, ...] = ()
    disputed_with: tuple[str, ...] = ()
    """Conflicts with these are meant: a person decides."""
    period: Period = ALWAYS
    """Its own, else the pack's."""
    default_roll: Roll = Roll.PREVIOUS
    """The pack's `перенос по умолчанию`."""
    status: Status = Status.IN_FORCE
    on_report: bool = False
    """It asks what a report says: it fires when one has come, and gives orders of its own."""
    position: Position = field(default=NOWHERE, compare=False)
    places: Mapping[str, Position] = field(default_factory=dict, compare=False, repr=False)
    """Where it names its act, people and other rules."""

    def at(self, name: str) -> Position:
        """Return where it names something; its own place where that is not known."""
        return self.places.get(name, self.position)


# --- parameters ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """What a parameter is from one day on: a term, or a plain value, with its source."""

    since: date
    duration: Duration | None = None
    value: str = ""
    event: Event | None = None
    roll: Roll | None = None
    act: str = ""
    clause: str = ""
    verified: date | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated value of the law. `values` go from the oldest to the newest.

    `to_fill` says what a lawyer must find out where nobody has yet: until there is a value, what counts by it goes to
    a person.
    """

    id: str
    title: str
    values: tuple[ParameterValue, ...]
    to_fill: str = ""
    position: Position = field(default=NOWHERE, compare=False)

    def on(self, day: date) -> ParameterValue | None:
        """Return what is in force on that day."""
        return next((value for value in reversed(self.values) if value.since <= day), None)


# --- cards that do not occur ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Impossible:
    """`не бывает`: a card that cannot occur; when it comes all the same, a person looks at it."""

    condition: Condition
    why: str
    position: Position = field(default=NOWHERE, compare=False)
