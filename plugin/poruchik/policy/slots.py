"""The single-valued slots: what two rules may not set differently for one document. Made from the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from poruchik.policy.model import Effects, Rule
from poruchik.policy.shapes import Several
from poruchik.policy.vocabulary import EFFECTS

_SINGLE = tuple(key for key in EFFECTS.keys if key.several is Several.CONFLICT and key.en != "derived")


def derived_slot(name: str) -> str:
    """Return the slot of a derived attribute, as messages name it."""
    return f"признак «{name}»"


def clock_slot(name: str) -> str:
    """Return the slot of a named clock: clocks add up, but one name has one term."""
    return f"счётчик «{name}»"


def claims(effects: Effects) -> Iterator[tuple[str, Any]]:
    """Yield everything that two rules may not set differently, with the value."""
    yield from filled(effects)
    for name, value in effects.derived.items():
        yield derived_slot(name), value
    for clock in effects.clocks:
        yield clock_slot(clock.name), clock.term


def filled(effects: Effects) -> Iterator[tuple[str, Any]]:
    """Yield every single-valued slot that the effects fill, with the value."""
    for key in _SINGLE:
        value = effects.value(key.en)
        if value not in (None, ""):
            yield key.ru, value


def is_settled(one: Rule, other: Rule) -> bool:
    """Tell whether the rules themselves say that a person decides between them (`спорно с`)."""
    return one.id in other.disputed_with or other.id in one.disputed_with


def told(value: Any) -> str:
    """Return the value of a slot in the policy's words."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
