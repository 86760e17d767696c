"""What is wrong with a policy: where, why, and what to do. Collected, never one by one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Severity(StrEnum):
    """An error makes a policy unusable; a warning asks its author to look; a note only tells."""

    ERROR = "ошибка"
    WARNING = "предупреждение"
    NOTE = "к сведению"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file. Lines and columns count from 1, as editors do.

    In a table they are row and column, and `cell` is what its author knows them by: «Лист1!B7», «B7» in CSV.
    """

    file: str
    line: int = 1
    column: int = 1
    cell: str = ""

    @property
    def within(self) -> str:
        """Return the place inside the file, in words."""
        return f"ячейка {self.cell}" if self.cell else f"строка {self.line}"

    def __str__(self) -> str:
        return f"{self.file}!{self.cell}" if self.cell else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. The texts are Russian; `code` is stable and can be searched for."""

    position: Position
    code: str
    what: str
    why: str = ""
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Return the form that editors parse: `file:line:column: code: what — why — remedy`."""
        parts = " — ".join(part for part in (self.what, self.why, self.remedy) if part)
        mark = "" if self.severity is Severity.ERROR else f" ({self.severity.value})"
        return f"{self.position}: {self.code}{mark}: {parts}"


SINCE_STORED = frozenset({"не-прочитан", "лист", "не-текст", "ошибка-в-ячейке", "невидимый-знак", "период"})
"""Codes of errors that earlier programs did not know: sets that they put into force may have them."""


@dataclass(slots=True)
class Problems:
    """Everything found so far, in the order of the files."""

    found: list[Problem] = field(default_factory=list)
    stored: bool = False
    """Of a set that was put into force: what only a later program finds in it must not stop it from deciding."""
    spoiled: int = 0
    """How many errors there are."""
    unread: set[str] = field(default_factory=set)
    """Names of rules and parameters that are there and could not be read: who names them makes no mistake."""
    blind: bool = False
    """A whole file could not be read: what it declares is not known, and nobody is blamed for naming it."""
    _known: set[Problem] = field(default_factory=set)

    def error(self, position: Position, code: str, what: str, *, why: str = "", remedy: str = "") -> None:
        """Note an error."""
        severity = Severity.WARNING if self.stored and code in SINCE_STORED else Severity.ERROR
        self._note(Problem(position, code, what, why, remedy, severity))

    def warning(self, position: Position, code: str, what: str, *, why: str = "", remedy: str = "") -> None:
        """Note a warning."""
        self._note(Problem(position, code, what, why, remedy, Severity.WARNING))

    def note(self, position: Position, code: str, what: str, *, why: str = "") -> None:
        """Note what is as it should be and still worth telling."""
        self._note(Problem(position, code, what, why, "", Severity.NOTE))

    def add(self, found: Iterable[Problem]) -> None:
        """Take in problems that were found elsewhere."""
        for problem in found:
            self._note(problem)

    def _note(self, problem: Problem) -> None:
        """Keep a problem; what is wrong with a table's header is met once a row, and told once."""
        if problem not in self._known:
            self._known.add(problem)
            self.found.append(problem)
            self.spoiled += problem.severity is Severity.ERROR

    @property
    def errors(self) -> list[Problem]:
        """Return what makes the policy unusable, in the order of the files."""
        return [problem for problem in self if problem.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[Problem]:
        """Return what its author should look at, in the order of the files."""
        return [problem for problem in self if problem.severity is Severity.WARNING]

    def __iter__(self) -> Iterator[Problem]:
        return iter(sorted(self.found, key=lambda problem: problem.position))


def in_lines(problems: Iterable[Problem]) -> list[str]:
    """Return problems as lines: those that differ by their place alone are one, with the first of the places."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(str(replace(problem, position=Position(""))), []).append(problem)
    return [str(same[0]) + (f" (и ещё мест: {len(same) - 1})" if len(same) > 1 else "") for same in alike.values()]


def by_cause(problems: Iterable[Problem]) -> list[str]:
    """Return problems as lines, of the warnings of one cause the first alone, with how many more there are."""
    lines: list[str] = []
    first: dict[str, int] = {}
    more: dict[str, int] = {}
    for problem in problems:
        if problem.severity is Severity.WARNING and problem.code in first:
            more[problem.code] = more.get(problem.code, 0) + 1
            continue
        if problem.severity is Severity.WARNING:
            first[problem.code] = len(lines)
        lines.append(str(problem))
    for code, count in more.items():
        lines[first[code]] += f" (и ещё «{code}»: {count}; все — с --all)"
    return lines


def suggest(word: str, candidates: Iterable[str], *, limit: int = 12, alike: float = 0.6) -> str:
    """Return the remedy for an unknown name: the nearest known one, or the list when it is short.

    What the eye does not see in the word is named: it is why the two look alike. `alike`, from 0 to 1, is how near the
    nearest must be.
    """
    known = {one.lower(): one for one in candidates}
    seen = _cleaned(word).lower()
    begins = [one for one in known if one.startswith(f"{seen} ") or seen.startswith(f"{one} ")]
    near = begins if len(begins) == 1 else difflib.get_close_matches(seen, known, n=1, cutoff=alike)
    if near:
        odd = oddities(word)
        return f"возможно, «{known[near[0]]}»" + (f": {odd}" if odd else "")
    if not known:
        return ""
    if len(known) <= limit:
        return "допустимо: " + ", ".join(known.values())
    return f"допустимых имён {len(known)}, например: " + ", ".join(sorted(known.values())[:limit])


_SPACES = {"\u00a0": "неразрывный пробел", "\u202f": "узкий неразрывный пробел", "\u2007": "цифровой пробел"}
_INVISIBLE = {
    "\u200b": "пробел нулевой ширины",
    "\u200c": "невидимый разделитель",
    "\u200d": "невидимый соединитель",
    "\u2060": "невидимый соединитель слов",
    "\ufeff": "метка порядка байтов",
    "\u00ad": "мягкий перенос",
    "\u200e": "метка направления письма",
    "\u200f": "метка направления письма",
}
_UNSEEN = re.compile(f"[{''.join(_INVISIBLE)}]")
_QUOTES = "“”„‟«»‘’"
_DASHES = "–—−‐‑"


def invisible(text: str) -> str:
    """Name the signs of a text that nobody sees; «» for none."""
    return ", ".join(dict.fromkeys(_INVISIBLE[sign] for sign in _UNSEEN.findall(text)))


def oddities(word: str) -> str:
    """Say what in a word looks like something else, or does not show; «» for nothing."""
    told = []
    latin = dict.fromkeys(re.findall("[A-Za-z]", word))
    if latin and re.search("[А-Яа-яЁё]", word):
        told.append(f"буквы {', '.join(latin)} здесь латинские")
    hidden = ", ".join(
        dict.fromkeys({**_SPACES, **_INVISIBLE}[sign] for sign in word if sign in _SPACES or sign in _INVISIBLE)
    )
    if hidden:
        told.append(f"в слове {hidden}")
    if any(sign in _QUOTES for sign in word):
        told.append("кавычки из Word стали частью слова")
    if any(sign in _DASHES for sign in word):
        told.append("тире вместо дефиса")
    return "; ".join(told)


def _cleaned(word: str) -> str:
    """Return a word as its author sees it."""
    seen = "".join(" " if one in _SPACES else "-" if one in _DASHES else one for one in word)
    return "".join(one for one in seen if one not in _INVISIBLE and one not in _QUOTES).strip()
