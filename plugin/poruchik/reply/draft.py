"""The draft of a reply as its checks see it, and the hint that a check gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_END = re.compile(r"(?<=[.!?…])\s+(?=[«\"(]?[А-ЯЁA-Z0-9])|\n{2,}|\n(?=\s*(?:[-–—•]|\d+[.)]))")
_SHORTENED = re.compile(r"(?:\b(?:[А-ЯЁ]|г|ул|д|п|ст|ч|им|руб|тыс|млн|стр|см|т|пр|кв|обл|р|пос|др|в|№)\.)$")
"""A full stop after which the sentence goes on: initials, «ул.», «ст.»."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and where it begins: line and column from 1."""

    text: str
    line: int
    column: int

    @property
    def words(self) -> list[str]:
        """Return its words."""
        return re.findall(r"[\w-]+", self.text)


@dataclass(frozen=True)
class Draft:
    """A text that is to be sent to an applicant, and the channel it goes by («» is not known)."""

    text: str
    channel: str = ""

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Return the sentences, in their order."""
        return tuple(self._sentences())

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, from 1, of a place in the text."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def _sentences(self) -> Iterator[Sentence]:
        start = 0
        for end in [*_END.finditer(self.text), None]:
            stop = end.start() if end else len(self.text)
            if end and _SHORTENED.search(self.text[start:stop]):
                continue
            piece = self.text[start:stop]
            if piece.strip():
                line, column = self.place(start + len(piece) - len(piece.lstrip()))
                yield Sentence(" ".join(piece.split()), line, column)
            start = end.end() if end else stop


@dataclass(frozen=True, slots=True)
class Hint:
    """One piece of advice: what is doubtful, where, what to do, by which clause. Never more than advice."""

    code: str
    what: str
    advice: str
    clause: str
    line: int = 0
    column: int = 0
    quote: str = ""

    def __str__(self) -> str:
        """Return the hint as the executor reads it."""
        place = (
            f"строка {self.line}" + (f", знак {self.column}" if self.column > 1 else "") if self.line else "весь текст"
        )
        quote = f" «{self.quote}»" if self.quote else ""
        return f"{place}: {self.what}{quote} — {self.advice} ({self.clause})"


ReplyCheck = Callable[[Draft], Iterable[Hint]]
"""A check of a draft: pure and fast."""
