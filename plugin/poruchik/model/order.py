"""An order (поручение) as decided: who does what by when, under whose control."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.person_ref import PersonRef
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import late_from
from poruchik.workcalendar.duration import Duration


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who a reference of the policy turned out to be on that day. `person` None: nobody."""

    ref: PersonRef
    person: str | None
    unit: str | None = None
    path: tuple[str, ...] = ()
    """How the person was found, one Russian phrase a step (role → holder → substitute)."""
    stands_in_for: str = ""
    """Who is away and is stood in for; «» where nobody is."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What a deadline was counted from, so that it can be counted again: from another moment, by another calendar.

    `duration` and `roll` are the policy's words; `cap` is the day, or moment, of the card that it may not pass. Without
    a duration that day is the term itself.
    """

    start: datetime
    duration: str
    roll: str
    until_midnight: bool = False
    cap: date | None = None
    stops: tuple[tuple[datetime, datetime], ...] = ()
    """When the term stood still, from and to: that time is not counted."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something is due, with its arithmetic.

    `due_on` is the day people speak of, `due_at` the exact moment, `term` the rule's own words: «30 дней от
    регистрации». `confirmed` is False while the term reaches into a year whose work calendar is not yet decreed;
    `provisional` is True when its event has not happened yet (the receipt by the executor) and the term is counted
    from registration until it does.
    """

    due_at: datetime
    due_on: date
    rule: str
    act: str
    clause: str
    term: str = ""
    steps: tuple[str, ...] = ()
    hourly: bool = False
    confirmed: bool = True
    provisional: bool = False
    counting: Counting | None = None

    def late_from(self, calendar: WorkCalendar) -> datetime:
        """Return from when somebody is late."""
        return late_from(self.due_at, self.due_on, calendar, hourly=self.hourly)


def citation(act: str, clause: str) -> str:
    """Return an act and its clause as people cite them: «приказ-269, п. 8.3.2», «59-ФЗ, ст. 12 ч. 1»."""
    return f"{act}, п. {clause}" if clause[:1].isdigit() else f"{act}, {clause}"


class PointKind(StrEnum):
    """Kinds of control points."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One reminder or escalation in time. `reason` is the policy's own words: «за 3 рабочих дня».

    The reference is what is kept; `to.person` is whom it means on the day of the decision, shown as a forecast.
    """

    at: datetime
    kind: PointKind
    to: Assignee
    reason: str


@dataclass(frozen=True, slots=True)
class CoExecutor:
    """A co-executor and the term for the contribution to the lead executor."""

    assignee: Assignee
    deadline: Deadline | None = None
    reminders: tuple[Rung, ...] = ()
    escalations: tuple[EscalationStep, ...] = ()
    by_half: bool = False
    """No act sets a term for the part: it is half of the lead's, whatever that becomes."""


AUTOMATICALLY = "автоматически"
"""Who decides of an extension: the program itself."""


@dataclass(frozen=True, slots=True)
class Extension:
    """What the executor may ask for (`продление`): up to `limit`, so many `times`, decided by whom, by which clause.

    `decides` None: the program does.
    """

    limit: Duration
    times: int
    decides: PersonRef | None
    act: str = ""
    clause: str = ""

    @property
    def basis(self) -> str:
        """Return act and clause as people cite them, «» where there are none."""
        return citation(self.act, self.clause) if self.act else ""

    def told(self) -> dict[str, Any]:
        """Return as plain JSON data, in the words of the policy."""
        return {
            "limit": str(self.limit),
            "times": self.times,
            "decides": str(self.decides) if self.decides else AUTOMATICALLY,
            "act": self.act,
            "clause": self.clause,
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Extension:
        """Read what `told` returned; an earlier version wrote «до 30 дней» for the limit."""
        return cls(
            limit=Duration.parse(told["limit"].removeprefix("до ")),
            times=told["times"],
            decides=None if told["decides"] == AUTOMATICALLY else PersonRef.parse(told["decides"]),
            act=told.get("act", ""),
            clause=told.get("clause", ""),
        )


@dataclass(frozen=True, slots=True)
class Suspension:
    """What lets a term stop (`приостановка`): while what is waited for, for how long at most, by which clause."""

    reason: str
    longest: Duration
    act: str
    clause: str

    def __str__(self) -> str:
        return f"пока {self.reason}, не дольше {self.longest}"

    @property
    def basis(self) -> str:
        """Return act and clause as people cite them."""
        return citation(self.act, self.clause)

    def told(self) -> dict[str, Any]:
        """Return as plain JSON data, in the words of the policy."""
        return {"reason": self.reason, "longest": str(self.longest), "act": self.act, "clause": self.clause}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Suspension:
        """Read what `told` returned."""
        return cls(told["reason"], Duration.parse(told["longest"]), told["act"], told["clause"])


_OF_A_VERSION = re.compile(r"/[0-9a-f]{12}(?=/\d+$)")


def order_key(document: str, rule: str, number: int) -> str:
    """Return the key of the n-th order that a rule gives for a document."""
    return f"{document}/{rule}/{number}"


def plain_key(key: str) -> str:
    """Return a key without the version of the policy that keys had before: `{document}/{rule}/{version}/{n}`."""
    return _OF_A_VERSION.sub("", key)


@dataclass(frozen=True, slots=True)
class Order:
    """One order.

    `key` is `{document}/{rule}/{n}`, `n` counted within the rule: a decision that is made again, by this set of rules
    or by another, gives the same key. It is the external id in the connected system. `points` are the forecast of the
    ladder (`reminders`, `escalations`): who is told is found anew when a point fires.
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
    reminders: tuple[Rung, ...] = ()
    escalations: tuple[EscalationStep, ...] = ()
    points: tuple[ControlPoint, ...] = ()
    checks: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    """Drafts of letters to the applicant that go out with it, by the policy's names."""
    extension: Extension | None = None
    suspension: Suspension | None = None
    refusal_to: PersonRef | None = None
    slots: Mapping[str, str | int] = field(default_factory=dict)
    """The plain slots by their English names; a further order has the document's where it sets none of its own."""
    overseer: Assignee | None = None
    """Who controls the substance of it, where that is not who controls its term."""
    at_once: bool = False
    """It is given even while a person has to decide the rest of the document."""
    begins_on: date | None = None
    """Of a periodic order: the first day of its period; the order is given then and not before."""
