"""The dictionary of Russian: which words are forms of one word."""

from __future__ import annotations

from functools import cache, lru_cache

import pymorphy3

LONGEST_WORD = 60
"""Letters; a longer run is no word, and the dictionary would take seconds over a hundred thousand."""
_UNLIKELY = 0.05
"""Readings of a form that are rarer than this do not count."""
_NAMES = frozenset({"Name", "Surn", "Patr"})


@cache
def dictionary() -> pymorphy3.MorphAnalyzer:
    """Return the dictionary of Russian, read once."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """Return the dictionary forms of a word in lower case, ё as е; «мыла» has two, and both count."""
    if len(word) > LONGEST_WORD:
        return frozenset({word})
    read = (one.normal_form.replace("ё", "е") for one in dictionary().parse(word) if one.score >= _UNLIKELY)
    return frozenset(read) or frozenset({word})


@lru_cache(maxsize=8192)
def is_plain_word(word: str) -> bool:
    """Tell whether a word is one of the language, and in no reading a name of a person; Latin letters are no word."""
    if len(word) > LONGEST_WORD or not dictionary().word_is_known(word):
        return False
    return not any(_NAMES & one.tag.grammemes for one in dictionary().parse(word))
