"""Why a rule did not fire on a document: the conditions that do not hold, in the author's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from poruchik.engine.condition import holds
from poruchik.model.decision import Decision
from poruchik.model.document import Facts, Value
from poruchik.policy.model import AllOf, AnyOf, Condition, NotOf, Rule, Status, Test


def why_not(rule: Rule, decision: Decision) -> Iterator[str]:
    """Yield the reasons, one Russian line each."""
    defeater = next((one.by for one in decision.defeated if one.rule == rule.id), None)
    day = _local_day(decision)
    if any(one.rule == rule.id for one in decision.fired):
        yield f"Правило «{rule.id}» сработало."
    elif defeater:
        yield f"Условия правила «{rule.id}» выполнены, но вместо него сработало «{defeater}»."
    elif rule.status is not Status.IN_FORCE:
        yield f"Правило «{rule.id}»: статус «{rule.status.value}»."
    elif not rule.period.covers(day):
        yield f"Правило «{rule.id}» на {day:%d.%m.%Y} не действует."
    else:
        yield f"Правило «{rule.id}» не сработало:"
        yield from (f"  {line}" for line in _failing(rule.condition, decision.facts))


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
            yield f"выполнено то, чего быть не должно: {_told(part)}"
        case Test():
            yield f"нужно {_told(condition)}, а в документе {_value(facts.get(condition.attribute))}"


def _told(condition: Condition) -> str:
    match condition:
        case Test():
            operand = condition.operand
            many = isinstance(operand, frozenset | tuple)
            shown = ", ".join(sorted(str(one) for one in operand)) if many else _value(operand)  # type: ignore[union-attr,arg-type]
            return f"«{condition.attribute}» {condition.operator} {shown}"
        case NotOf(part):
            return f"кроме ({_told(part)})"
        case AllOf(parts):
            return " и ".join(_told(part) for part in parts) or "всегда"
        case AnyOf(parts):
            return " или ".join(_told(part) for part in parts)


def _value(value: Value | None) -> str:
    if value is None:
        return "этого атрибута нет"
    if isinstance(value, bool):
        return "да" if value else "нет"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
