"""What an examination finds: good, worth a look, or bad, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a finding is to be taken. The value is the word in styles and in JSON."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found, in Russian; `remedy` is «» where nothing need be done."""

    grade: Grade
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.text} — {self.remedy}" if self.remedy else self.text
