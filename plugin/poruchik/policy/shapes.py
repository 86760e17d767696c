"""How a file of the language is built up: leaves, lists, records; and how a leaf reads what an author typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from poruchik.errors import PoruchikError
from poruchik.policy.problems import suggest
from poruchik.workcalendar.duration import Duration

Value = TypeVar("Value")

MAX_WORD = 200
"""Characters of a name: it becomes a part of keys in the store and in the connected system."""
MAX_TEXT = 4000
_ALIKE = 0.7
"""How near a word of a short list must be to be meant: «еженедельно» is not «ежегодно»."""
_INTEGER = re.compile(r"-?\d{1,9}")

# --- shapes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single word or text, read by `read`, which raises Unreadable. `words`: the whole choice, where it is closed."""

    name: str
    read: Callable[[str], Any]
    words: tuple[str, ...] = ()
    verbal: bool = False
    """A text or a name, whose every sign counts: a number that a spreadsheet stores may have lost some."""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; with `single` one value may stand without brackets."""

    item: Shape
    single: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Free:
    """A value that `parse.py` reads by itself, because it depends on other declarations."""

    name: str


Shape = Leaf | ListOf | Record | Free


class Several(StrEnum):
    """What becomes of a slot that several rules fill for one document."""

    CONFLICT = "спор"
    EARLIEST = "самый ранний"
    UNION = "складываются"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record. `several`: what happens when several rules give it, for the keys of `то`."""

    ru: str
    en: str
    shape: Shape
    gist: str
    required: bool = False
    several: Several | None = None


class Unreadable(ValueError):
    """A scalar that is not what its key asks for."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


# --- scalars -------------------------------------------------------------------------------------


def read_word(text: str) -> str:
    """Read a non-empty name or text."""
    word = " ".join(text.split())
    return _no_longer(word, MAX_WORD)


def read_text(text: str) -> str:
    """Read a non-empty text of one paragraph."""
    return _no_longer(" ".join(text.split()), MAX_TEXT)


def _no_longer(text: str, limit: int) -> str:
    if not text:
        raise Unreadable("пусто", "впишите значение")
    if len(text) > limit:
        raise Unreadable(f"длиннее {limit} знаков", "сократите")
    return text


def read_duration(text: str) -> Duration:
    """Read an amount of time; nothing is not a term."""
    duration = from_core(Duration.parse)(text)
    if duration.amount < 1:
        raise Unreadable(f"срок «{duration}» ничего не значит", "назначьте не меньше одной единицы")
    return duration


def read_integer(text: str) -> int:
    """Read a whole number."""
    if not _INTEGER.fullmatch(text):
        raise Unreadable(f"«{text[:60]}» — не целое число", "напишите целое число цифрами, например 1")
    return int(text)


def read_yes_no(text: str) -> bool:
    """Read «да» or «нет»."""
    words = {"да": True, "нет": False, "true": True, "false": False}
    if text.lower() not in words:
        raise Unreadable(f"«{text}» — не «да» и не «нет»", "напишите да или нет")
    return words[text.lower()]


def read_date(text: str) -> date:
    """Read a day written as in ISO 8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"«{text}» — не дата", "напишите год-месяц-день, например 2026-11-23") from None


def read_due(text: str) -> date | None:
    """Read what a case expects of a deadline: a day, a moment with an offset, or «нет» (None)."""
    if text == "нет":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"«{text[:60]}» — не день и не момент", "например 2026-12-23 или нет") from None
    if "T" not in text and " " not in text:
        return moment.date()
    if moment.tzinfo is None:
        raise Unreadable(f"у времени «{text}» нет часового пояса", f'допишите смещение: "{text}+05:00"')
    return moment


def from_core(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return a reader over a parser of the core, whose error already says what to do."""

    def read(text: str) -> Value:
        try:
            return parse(text)
        except PoruchikError as error:
            raise Unreadable(error.what, error.remedy) from None

    return read


def _one_of(words: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return a reader of one word of a closed list."""

    def read(text: str) -> StrEnum:
        known = [word.value for word in words]
        if text not in known:
            raise Unreadable(f"неизвестное слово «{text}»", suggest(text, known, alike=_ALIKE))
        return words(text)

    return read


def closed(name: str, words: type[StrEnum]) -> Leaf:
    """Return the leaf of a closed list of words."""
    return Leaf(name, _one_of(words), tuple(word.value for word in words))


WORD = Leaf("слово", read_word, verbal=True)
INTEGER = Leaf("целое число", read_integer)
