"""What an organisation consists of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from poruchik.model.person_ref import PersonRef


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """A unit, its head and the unit above it; None at the top and where there is no head.

    `curator` is who of the leadership is over its head; without one it is the head of the unit above.
    """

    name: str
    head: str | None = None
    parent: str | None = None
    curator: str | None = None


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of a unit. Names are unique."""

    name: str
    unit: str
    position: str = ""


@dataclass(frozen=True, slots=True)
class Shift:
    """Days of a rota, both inclusive, and who is on duty then."""

    since: date
    until: date
    holder: PersonRef

    def covers(self, day: date) -> bool:
        """Return whether the day is one of them."""
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Role:
    """A duty and who holds it: a person, a unit or another role; by a rota on the days that it names."""

    name: str
    holder: PersonRef
    shifts: tuple[Shift, ...] = ()

    def on(self, day: date) -> PersonRef:
        """Return who holds it on a day."""
        return next((shift.holder for shift in self.shifts if shift.covers(day)), self.holder)


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which somebody is away, both inclusive, and who stands in."""

    person: str
    since: date
    until: date
    substitute: str | None = None

    def covers(self, day: date) -> bool:
        """Return whether the person is away on the day."""
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class OrgProblem:
    """Something in the organisation that does not fit.

    `subject` is the unit, person or role at fault, `word` the name in its record that is wrong, empty for its own.
    """

    code: str
    subject: str
    text: str
    remedy: str
    word: str = ""
