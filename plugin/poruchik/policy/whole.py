"""A policy as a whole: its packs, acts, clauses and scale, and everything that a decision needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from poruchik.model.ladder import EscalationStep
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Organization
from poruchik.policy.classifier import Classifier
from poruchik.policy.model import ALWAYS, NOWHERE, Attribute, Impossible, Parameter, Period, Rule
from poruchik.policy.problems import Position
from poruchik.policy.words import Status
from poruchik.workcalendar.duration import Duration, Roll, Unit


@dataclass(frozen=True, slots=True)
class Pack:
    """The header of a folder of rules (`politika.yaml`)."""

    id: str
    title: str
    period: Period = ALWAYS
    status: Status = Status.IN_FORCE
    roll: Roll = Roll.PREVIOUS


@dataclass(frozen=True, slots=True)
class Subitem:
    """A sub-item of a clause and the case that proves it, or why there is none."""

    clause: str
    gist: str
    case: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of an act (`punkty.yaml`). `reason` says why no rule carries it, where that is so."""

    act: str
    clause: str
    gist: str
    reason: str = ""
    items: tuple[Subitem, ...] = ()
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a policy carries out or cites."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class PriorityStep:
    """A line of «приоритет по баллам»: from so many points on, this priority."""

    points: int
    priority: int


_THE_HEAD = PersonRef(RefKind.HEAD_OF_LEAD)
_TO_DEAL_WITH_IT, _TO_HEAR_OF_IT = Duration(2, Unit.WORKING_DAYS), Duration(5, Unit.WORKING_DAYS)
_TO_HEAR_OF_A_REVIEW = Duration(3, Unit.WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class Triage:
    """Who deals with documents that wait for a person, and in what time where no law sets one (`ждёт человека`).

    `to` None: the policy names nobody. `above` hears of what was not dealt with, after `further` beyond the house's
    own term and at once beyond the law's; `administrator` comes first where a card or a decision failed.
    """

    to: PersonRef | None = None
    above: PersonRef = _THE_HEAD
    administrator: PersonRef | None = None
    term: Duration = _TO_DEAL_WITH_IT
    further: Duration = _TO_HEAR_OF_IT
    position: Position = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Review:
    """In what time whoever controls answers a report, a request for time, an unread change (`ждёт контролёра`).

    His head hears of it `further` beyond that.
    """

    term: Duration = _TO_DEAL_WITH_IT
    further: Duration = _TO_HEAR_OF_A_REVIEW


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything a decision needs besides the document and the calendar. `version` is a content hash."""

    packs: tuple[Pack, ...]
    version: str
    zone: tzinfo
    rules: tuple[Rule, ...]
    impossible: tuple[Impossible, ...]
    attributes: Mapping[str, Attribute]
    parameters: Mapping[str, Parameter]
    organization: Organization
    acts: Mapping[str, Act] = field(default_factory=dict)
    classifier: Classifier | None = None
    priorities: tuple[PriorityStep, ...] = ()
    """From the most points to the fewest."""
    triage: Triage = Triage()
    review: Review = Review()
    default_escalations: tuple[EscalationStep, ...] = ()
    """Who hears of delay where a rule does not say (`эскалация по умолчанию`)."""
    defaults_at: Position = field(default=NOWHERE, compare=False)
    """Where the header says so."""

    def rule(self, rule_id: str) -> Rule | None:
        """Return the rule of that name."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)
