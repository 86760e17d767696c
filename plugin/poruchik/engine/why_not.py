"""Why a rule did not fire on a document: the conditions that do not hold, in the author's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from poruchik.engine.condition import holds
from poruchik.model.decision import Decision, ManualCode
from poruchik.model.document import Facts, Value
from poruchik.policy.model import AllOf, AnyOf, Condition, NotOf, Rule, Test, tests_of
from poruchik.policy.prose import condition_text
from poruchik.policy.slots import derived_slot
from poruchik.policy.words import Status


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a rule did not fire. `said` is the reason in one line, `failed` every condition that does not hold.

    `attribute`, `wanted` and `found` are of the first of these that is one test.
    """

    rule: str
    fired: bool
    said: str
    failed: tuple[str, ...] = ()
    attribute: str = ""
    wanted: str = ""
    found: str = ""

    def lines(self) -> Iterator[str]:
        """Yield it for a terminal."""
        yield self.said
        yield from (f"  {line}" for line in self.failed)


def why_not(rule: Rule, decision: Decision) -> WhyNot:
    """Return why a rule did not fire, or that it did."""
    defeater = next((one.by for one in decision.defeated if one.rule == rule.id), None)
    day = _local_day(decision)
    if any(one.rule == rule.id for one in decision.fired):
        return WhyNot(rule.id, fired=True, said=f"Правило «{rule.id}» сработало.")
    refused = [reason.text for reason in decision.manual if reason.code in _NOT_TRIED]
    if refused:
        said = f"Правила к документу не применялись: {'; '.join(refused)}."
    elif defeater:
        said = f"Условия правила «{rule.id}» выполнены, но вместо него сработало «{defeater}»."
    elif disputed := _disputed(rule, decision):
        said = f"Правило «{rule.id}» не применялось: {disputed}."
    elif rule.status is not Status.IN_FORCE:
        said = f"Правило «{rule.id}»: статус «{rule.status.value}»."
    elif not rule.period.covers(day):
        said = f"Правило «{rule.id}» на {day:%d.%m.%Y} не действует."
    else:
        first = next(_failed_tests(rule.condition, decision.facts), None)
        return WhyNot(
            rule.id,
            fired=False,
            said=f"Правило «{rule.id}» не сработало:",
            failed=tuple(_failing(rule.condition, decision.facts)),
            attribute=first.attribute if first else "",
            wanted=condition_text(first) if first else "",
            found=_value(decision.facts.get(first.attribute)) if first else "",
        )
    return WhyNot(rule.id, fired=False, said=said)


_NOT_TRIED = (ManualCode.UNKNOWN_ATTRIBUTE, ManualCode.IMPOSSIBLE_CARD, ManualCode.SLOW_PATTERN)


def _disputed(rule: Rule, decision: Decision) -> str:
    """Say which attribute that a rule asks for is derived differently by other rules; «» for none."""
    asked = {derived_slot(test.attribute) for test in tests_of(rule.condition)}
    found = next((one for one in decision.conflicts if one.slot in asked), None)
    if found is None:
        return ""
    return f"{found.slot} не определён: " + ", ".join(f"{side.value} по правилу «{side.rule}»" for side in found.sides)


def _failed_tests(condition: Condition, facts: Facts) -> Iterator[Test]:
    """Yield the tests that do not hold where they should."""
    match condition:
        case Test():
            if not holds(condition, facts):
                yield condition
        case AllOf(parts) | AnyOf(parts):
            if not holds(condition, facts):
                for part in parts:
                    yield from _failed_tests(part, facts)
        case NotOf(part):
            if not holds(condition, facts):
                yield from tests_of(part)


def _local_day(decision: Decision) -> date:
    """Return the local day of registration: the facts of a decision are in local time."""
    moment = decision.facts.get("дата регистрации", decision.document.registered_at)
    return moment.date() if isinstance(moment, datetime) else decision.document.registered_at.date()


def _failing(condition: Condition, facts: Facts) -> Iterator[str]:
    match condition:
        case AllOf(parts):
            for part in parts:
                if not holds(part, facts):
                    yield from _failing(part, facts)
        case AnyOf(parts):
            yield "ни одно из условий не выполнено:"
            for part in parts:
                yield from (f"  {line}" for line in _failing(part, facts))
        case NotOf(part):
            yield f"выполнено то, чего быть не должно: {condition_text(part)}"
        case Test():
            yield f"нужно {condition_text(condition)}, а в документе {_value(facts.get(condition.attribute))}"


def _value(value: Value | None) -> str:
    if value is None:
        return "этого атрибута нет"
    if isinstance(value, bool):
        return "да" if value else "нет"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
