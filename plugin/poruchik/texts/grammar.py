"""Names of people and units in another case: «Лаптеву О. Д.», «отдела связи». What is not certain stays as it is."""

from __future__ import annotations

import re
from functools import lru_cache

from poruchik.morphology import dictionary

CASES = {"родительный": "gent", "дательный": "datv", "винительный": "accs", "творительный": "ablt"}
"""Names of the filters, and what the dictionary calls each case."""
_PERSON = re.compile(r"([А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?)((?: [А-ЯЁ]\.){1,2})")


@lru_cache(maxsize=8192)
def in_case(name: str, case: str) -> str:
    """Return a person («Лаптев О. Д.») or a unit («отдел связи») in a case of `CASES`."""
    person = _PERSON.fullmatch(name)
    if person:
        parts = [_surname(part, CASES[case]) for part in person[1].split("-")]
        return "-".join(parts) + person[2]
    return _unit(name, CASES[case])


def sentence(text: str) -> str:
    """End a sentence; initials bring their own full stop."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _surname(word: str, case: str) -> str:
    """Inflect a surname that the dictionary knows in the nominative, in one gender only."""
    known = [one for one in dictionary().parse(word) if {"Surn", "nomn", "sing"} <= one.tag.grammemes]
    forms = {form.word for one in known if (form := one.inflect({case}))}
    return forms.pop().capitalize() if len(forms) == 1 else word


def _unit(name: str, case: str) -> str:
    """Inflect the first noun of a unit and what agrees with it before it; the rest depends on that noun and stays."""
    words, done = name.split(" "), []
    for number, word in enumerate(words):
        parsed = dictionary().parse(word)[0]
        if "nomn" not in parsed.tag or not {"NOUN", "ADJF", "PRTF"} & parsed.tag.grammemes:
            return name
        form = parsed.inflect({case})
        if form is None:
            return name
        done.append(form.word.capitalize() if word[:1].isupper() else form.word)
        if "NOUN" in parsed.tag:
            return " ".join([*done, *words[number + 1 :]])
    return name
