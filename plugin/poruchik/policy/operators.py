"""Operators of `если` beyond equality, lists, numbers and presence. Plugins add theirs through a hook."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import regex

from poruchik.errors import PoruchikError
from poruchik.model.document import Value
from poruchik.morphology import forms
from poruchik.policy.model import Operator
from poruchik.policy.vocabulary import AFTER, BEFORE, CONTAINS, LOOKS_LIKE, STARTS_WITH

PATTERN_SECONDS = 0.2
"""How long one pattern may look at one text. A sound pattern takes microseconds."""
_WORD = re.compile(r"\w+(?:-\w+)*")

Phrase = tuple[frozenset[str], ...]
"""For each word of a phrase the dictionary forms that it may have."""


class SlowPattern(PoruchikError):
    """A pattern (`похоже на`) that did not come to an end on the text of a document in time."""


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded for comparison: case and ё do not count."""
    return tuple(_WORD.findall(text.casefold().replace("ё", "е")))


@lru_cache(maxsize=4096)
def phrase(text: str) -> Phrase:
    """Return the dictionary forms of each word of a text."""
    return tuple(map(forms, words(text)))


@lru_cache(maxsize=256)
def _said(text: str) -> frozenset[str]:
    """Return all dictionary forms that a text has anywhere."""
    return frozenset(form for word in phrase(text) for form in word)


def contains(value: Value, operand: Any) -> bool:
    """Tell whether a text has the words in this order in any grammatical form, or a list the element; of several, any.

    An element of a list is compared as it is written, but for case and ё.
    """
    if isinstance(operand, tuple):
        return any(contains(value, one) for one in operand)
    if isinstance(value, tuple):
        wanted = words(str(operand))
        return any(words(item) == wanted for item in value)
    return _has(str(value), phrase(str(operand)))


def _has(text: str, wanted: Phrase) -> bool:
    said = _said(text)
    if any(word.isdisjoint(said) for word in wanted):
        return False
    return len(wanted) == 1 or _is_within(wanted, phrase(text), lambda one, other: not one.isdisjoint(other))


def _is_within(wanted: Phrase, found: Phrase, alike: Callable[[frozenset[str], frozenset[str]], bool]) -> bool:
    starts = range(len(found) - len(wanted) + 1)
    return any(all(map(alike, wanted, found[start : start + len(wanted)])) for start in starts)


def implied(one: Any, other: Any, *, is_list: bool) -> bool:
    """Tell whether whatever contains the one operand contains the other for certain."""
    wanted = other if isinstance(other, tuple) else (other,)
    for said in one if isinstance(one, tuple) else (one,):
        if is_list:
            sure = any(words(str(said)) == words(str(word)) for word in wanted)
        else:
            # What stands for a word of the first has one of its forms; all of these must do for the other.
            sure = any(_is_within(phrase(str(word)), phrase(str(said)), frozenset.issuperset) for word in wanted)
        if not sure:
            return False
    return True


def looks_like(value: Value, operand: Any) -> bool:
    """Tell whether a pattern is found in a text, whatever the case; of several, any. Raise SlowPattern in time."""
    if isinstance(operand, tuple):
        return any(looks_like(value, one) for one in operand)
    try:
        return pattern(str(operand)).search(str(value), timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        seconds = str(PATTERN_SECONDS).replace(".", ",")
        raise SlowPattern(f"шаблон «{operand}» не справился с текстом документа за {seconds} с") from None


@lru_cache(maxsize=1024)
def pattern(text: str) -> regex.Pattern[str]:
    """Compile a pattern; raise regex.error."""
    return regex.compile(text, regex.IGNORECASE)


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


BUILT_IN: Mapping[str, Operator] = {
    CONTAINS: contains,
    STARTS_WITH: starts_with,
    LOOKS_LIKE: looks_like,
    AFTER: after,
    BEFORE: before,
}
"""The operators of the language itself."""
