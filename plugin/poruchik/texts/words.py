"""The words that a document is found by: each in its dictionary form, whatever form it was written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from poruchik.model.document import Document
from poruchik.morphology import forms

_LONGEST = 100
_WORD = re.compile(rf"[^\W_]{{2,{_LONGEST}}}")
_MOST = 2000
"""Words of one document that are kept; a longer text is found by its beginning."""


def words_of(document: Document) -> set[str]:
    """Return the dictionary forms of everything that a card says in words."""
    said = " ".join(value for value in document.attributes.values() if isinstance(value, str))
    return {form for word in islice(_split(said), _MOST) for form in _forms(word)}


def query_words(text: str) -> list[frozenset[str]]:
    """Return for each word looked for the dictionary forms that it may have."""
    return [_forms(word) for word in _split(text)]


def _forms(word: str) -> frozenset[str]:
    # A dictionary form may be longer than the word itself; the store keeps no more than the word's longest.
    return frozenset(form[:_LONGEST] for form in forms(word))


def _split(text: str) -> Iterable[str]:
    return (found[0].lower().replace("ё", "е") for found in _WORD.finditer(text))
