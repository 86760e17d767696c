"""What of a value from outside may be said in a cause: everybody who sees a queue or a log reads causes.

A field that is to hold a word of a list may hold a citizen's name or number instead. Words of the language are said;
names, words that nobody knows, and numbers that are no date are not.
"""

from __future__ import annotations

import re

from poruchik.morphology import is_plain_word

HIDDEN = "…"
"""Stands for what is not said: who may see personal data finds it in the card."""
_LONGEST = 60
_DATE = re.compile(
    r"(?:\d{4}|\d{1,2})[./-](?:\d{1,2}|\w{3,8})[./-](?:\d{4}|\d{1,2})"
    r"(?:[ T]?\d{1,2}(?:[:.]\d{1,2}){0,2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{1,2}:?\d{0,2})?|\d{1,3}"
)
_WORD = re.compile(r"[^\W\d_]+")
_OTHER = re.compile(r"[\s.,:;!?()«»\"'/\-–—…]*")


def sayable(value: object) -> str:
    """Return a value as a cause may show it."""
    text = str(value)
    if len(text) > _LONGEST:
        return HIDDEN
    if _DATE.fullmatch(text.strip()):
        return text
    plain = all(is_plain_word(word) for word in _WORD.findall(text))
    return text if plain and _OTHER.fullmatch(_WORD.sub("", text)) else HIDDEN
