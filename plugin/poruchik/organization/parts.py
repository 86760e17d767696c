"""What an organisation consists of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from poruchik.model.person_ref import PersonRef


@dataclass(frozen=True, slots=True)
class OrgUnit:
    """A unit, its head and the unit above it; None at the top and where there is no head."""

    name: str
    head: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Employee:
    """A person of a unit. Names are unique."""

    name: str
    unit: str
    position: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A duty and who holds it: a person, a unit or another role."""

    name: str
    holder: PersonRef


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
