"""Operators of `если` beyond equality, lists, numbers and presence. Plugins add theirs through the same hook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from poruchik.hookspecs import hookimpl
from poruchik.model.document import Value
from poruchik.policy.model import Operator

_WORD = re.compile(r"\w+(?:-\w+)*")


@lru_cache(maxsize=256)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded for comparison: case and ё do not count."""
    return tuple(_WORD.findall(text.casefold().replace("ё", "е")))


def contains(value: Value, operand: Any) -> bool:
    """Tell whether a list has the element, or a text the words in this order; of several, any one."""
    if isinstance(operand, tuple):
        return any(contains(value, one) for one in operand)
    wanted = words(str(operand))
    if isinstance(value, tuple):
        return any(words(item) == wanted for item in value)
    found = words(str(value))
    size = len(wanted)
    return any(found[start : start + size] == wanted for start in range(len(found) - size + 1))


def starts_with(value: Value, operand: Any) -> bool:
    """Tell whether a text begins so, whatever the case; of several beginnings, any one."""
    if isinstance(operand, tuple):
        return any(starts_with(value, one) for one in operand)
    return str(value).casefold().startswith(str(operand).casefold())


def after(value: Value, operand: Any) -> bool:
    """Tell whether a date is strictly later. A moment is compared with a day by its own local day."""
    left, right = comparable(value, operand)
    return bool(left > right)


def before(value: Value, operand: Any) -> bool:
    """Tell whether a date is strictly earlier. A moment is compared with a day by its own local day."""
    left, right = comparable(value, operand)
    return bool(left < right)


def comparable(value: Any, operand: Any) -> tuple[Any, Any]:
    """Return a date or moment and its operand in one type: a moment meets a day as its own local day."""
    if isinstance(value, datetime) and not isinstance(operand, datetime):
        return value.date(), operand
    if isinstance(operand, datetime) and isinstance(value, date) and not isinstance(value, datetime):
        return value, operand.date()
    return value, operand


@hookimpl
def poruchik_register_conditions() -> Mapping[str, Operator]:
    """Offer the built-in operators the way a plugin does."""
    return {"содержит": contains, "начинается с": starts_with, "после": after, "до": before}
