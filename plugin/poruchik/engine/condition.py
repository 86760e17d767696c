"""What a condition means. The compiler, the matchers and explanations all rest on these few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from poruchik.errors import PluginError
from poruchik.model.document import Facts, Value
from poruchik.policy.model import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    GREATER,
    LESS,
    ONE_OF,
    PRESENT,
    AllOf,
    AnyOf,
    Condition,
    NotOf,
    Test,
)
from poruchik.policy.operators import comparable

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {GREATER: gt, AT_LEAST: ge, LESS: lt, AT_MOST: le}


def passes(test: Test, value: Value | None) -> bool:
    """Tell whether a value passes a test; an absent value passes none."""
    if value is None:
        return False
    if test.operator == EQUAL:
        left, right = comparable(value, test.operand)
        return bool(left == right)
    if test.operator == ONE_OF:
        return isinstance(test.operand, frozenset) and (value in test.operand or _day_in(value, test.operand))
    if test.operator == PRESENT:
        return True
    compare = COMPARISONS.get(test.operator)
    if compare:
        left, right = comparable(value, test.operand)
        return compare(left, right)
    if test.function is None:
        raise PluginError(
            f"проверка «{test.operator}» осталась без функции", remedy="проверьте плагины: poruchik doctor"
        )
    return bool(test.function(value, test.operand))


def _day_in(value: Value, days: frozenset[Value]) -> bool:
    return isinstance(value, datetime) and value.date() in days


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether a condition holds for a document."""
    match condition:
        case Test():
            return passes(condition, facts.get(condition.attribute))
        case AllOf(parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts):
            return any(holds(part, facts) for part in parts)
        case NotOf(part):
            return not holds(part, facts)
