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


@dataclass(slots=True)
class Problems:
    """Everything found so far, in the order of the files."""

    found: list[Problem] = field(default_factory=list)
    _known: set[Problem] = field(default_factory=set)

    def error(self, position: Position, code: str, what: str, *, why: str = "", remedy: str = "") -> None:
        """Note an error."""
        self._note(Problem(position, code, what, why, remedy))

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


def suggest(word: str, candidates: Iterable[str], *, limit: int = 12) -> str:
    """Return the remedy for an unknown name: the nearest known one, or the list when it is short."""
    known = list(candidates)
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if near:
        return f"возможно, «{near[0]}»{_latin(word)}"
    if not known:
        return ""
    if len(known) <= limit:
        return "допустимо: " + ", ".join(known)
    return f"допустимых имён {len(known)}, например: " + ", ".join(sorted(known)[:limit])


def _latin(word: str) -> str:
    """Say which Latin letters stand among Russian ones: the eye does not see them."""
    latin = dict.fromkeys(re.findall("[A-Za-z]", word))
    return f": буквы {', '.join(latin)} здесь латинские" if latin and re.search("[А-Яа-яЁё]", word) else ""
