"""The topic of a document that waits: what its text may be about, and what the rules would decide for each of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from poruchik.discretion import sayable
from poruchik.model.decision import Decision, ManualCode
from poruchik.model.document import Facts
from poruchik.policy.classifier import Classifier
from poruchik.policy.model import Attribute
from poruchik.policy.whole import Policy
from poruchik.workcalendar.wording import day_text


@dataclass(frozen=True, slots=True)
class Suggested:
    """A value that the text may mean, why, and what would become of the document."""

    value: str
    why: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Topics:
    """What may be said of a document: `now` is what counts at present, «» for nothing; `values` are all there are."""

    attribute: str
    now: str
    suggested: tuple[Suggested, ...]
    values: tuple[str, ...]


def topic_of(policy: Policy, decision: Decision) -> Attribute | None:
    """Return the attribute that is a document's topic; None where topics have no part in deciding it."""
    classifier = policy.classifier
    attribute = policy.attributes.get(classifier.attribute) if classifier else None
    if attribute is None or not attribute.values:
        return None
    asked = any(reason.code is ManualCode.UNCLASSIFIED for reason in decision.manual)
    return attribute if asked or attribute.name in decision.facts else None


def topic_now(attribute: Attribute, decision: Decision) -> str:
    """Return what counts as the topic at present, «» for nothing; what is no topic at all may be somebody's name."""
    now = decision.facts.get(attribute.name)
    return str(now) if now in attribute.values else sayable(now) if now else ""


def topics_of(policy: Policy, decision: Decision, decide: Callable[[Facts], Decision]) -> Topics | None:
    """Return what may be chosen as the topic of a document, if anything. `decide` tries one out."""
    classifier, attribute = policy.classifier, topic_of(policy, decision)
    if classifier is None or attribute is None:
        return None
    now = topic_now(attribute, decision)
    likely = [one for one in _suggestions(classifier, decision) if one[0] != now]
    suggested = tuple(Suggested(value, why, _outcome(decide({attribute.name: value}))) for value, why in likely)
    return Topics(attribute.name, now, suggested, attribute.values)


def _suggestions(classifier: Classifier, decision: Decision) -> list[tuple[str, str]]:
    text = decision.facts.get(classifier.reads)
    found = classifier.by_words(text).suggestions if isinstance(text, str) else ()
    return [(one.value, ", ".join(f"«{row.words}»" for row in one.rows)) for one in found]


def _outcome(decision: Decision) -> str:
    """Return what the rules say of a document, in a line."""
    if decision.manual:
        return f"останется ждать: {decision.manual[0].text}"
    told = []
    for order in decision.orders:
        until = f" до {day_text(order.deadline.due_on)}" if order.deadline else ""
        told.append(f"{order.lead.person or order.lead.unit}{until}")
    return "; ".join(told)
