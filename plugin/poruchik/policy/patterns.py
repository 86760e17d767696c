"""What is wrong with a pattern (`похоже на`) before any document meets it."""

from __future__ import annotations

from functools import lru_cache

import regex

from poruchik.policy.operators import pattern

MAX_PATTERN = 500
PATTERN_HELP = "знаки .*+?()[]{}|^$\\ — особые, перед обычным таким знаком ставят \\; слово ищет и «содержит»"
_PROBE_SECONDS = 0.05
_PROBES = ("а" * 3000 + "!", "аб, " * 900, "1" * 3000 + "-", "слово " * 600, " " * 3000 + ".", "ab,1 " * 700)
_FAULTS = {
    "missing )": "не закрыта скобка (",
    "unbalanced parenthesis": "лишняя скобка )",
    "unterminated character set": "не закрыта скобка [",
    "missing ]": "не закрыта скобка [",
    "nothing to repeat": "перед знаком повтора ничего нет",
    "multiple repeat": "два знака повтора подряд",
    "bad escape": "после \\ стоит не то",
    "bad character range": "диапазон в [ ] идёт назад",
    "invalid group reference": "ссылка на скобки, которых нет",
}


def pattern_fault(text: str) -> str:
    """Return what keeps a pattern from being read, «» when nothing does."""
    if len(text) > MAX_PATTERN:
        return f"длиннее {MAX_PATTERN} знаков"
    try:
        pattern(text)
    except regex.error as error:
        message, _, place = str(error).partition(" at position ")
        known = next((told for start, told in _FAULTS.items() if message.startswith(start)), message)
        return f"{known} (знак {int(place.split()[0]) + 1})" if place else known
    except (RecursionError, MemoryError, OverflowError, ValueError):
        return "слишком сложный"
    return ""


@lru_cache(maxsize=1024)
def is_slow(text: str) -> bool:
    """Tell whether a pattern does not come to an end on plain texts of a page."""
    try:
        for probe in _PROBES:
            pattern(text).search(probe, timeout=_PROBE_SECONDS)
    except TimeoutError:
        return True
    return False
