"""The words that place a reminder or an escalation in time: «за 3 рабочих дня», «просрочено на 4 часа»."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from poruchik.errors import CalendarError
from poruchik.model.person_ref import PersonRef
from poruchik.workcalendar.duration import Duration


class Anchor(StrEnum):
    """What a rung is counted from. The value is the beginning of its text."""

    AFTER_START = "через"
    BEFORE_DUE = "за"
    DUE_DAY = "в день срока"
    OVERDUE = "просрочено"
    NOT_ACCEPTED = "не принято через"
    """Counted from the start; acceptance alone stops it."""


class Recurrence(StrEnum):
    """How often a rung comes again, as long as an order is late. The value is the policy's words."""

    DAY = "каждый день"
    """Of a term in hours also on days off; of any other on working days."""
    WORKING_DAY = "каждый рабочий день"
    WEEK = "каждую неделю"
    """On the weekday on which it came first."""
    MONTH = "каждый месяц"
    """On the n-th working day of the month."""


_BY = "на"
_NTH = " в {}-й рабочий день"
_MOST = 15
"""Working days that every month has."""
_FORMS = (
    "за 3 рабочих дня; за 4 часа; через 12 часов; через 50 % срока; в день срока; просрочено; "
    "просрочено на 2 рабочих дня; "
    f"{'; '.join(f'просрочено, {one.value}' for one in Recurrence)} в 1-й рабочий день (до {_MOST}-го); "
    "не принято через 1 рабочий день"
)
_MONTHLY = re.compile(r"каждый месяц в (\d{1,2})-й рабочий день")
_PERCENT = re.compile(r"через (\d{1,3}) ?% срока")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder of control: so long after the start, before or after the deadline.

    `offset` is None on the day of the deadline and at the very moment of being overdue.
    """

    anchor: Anchor
    offset: Duration | None = None
    percent: int | None = None
    """Of the whole term, in place of an offset: «через 50 % срока»."""
    every: Recurrence | None = None
    """Only of `OVERDUE`: how often again."""
    nth: int | None = None
    """Only of `Recurrence.MONTH`: on which working day of the month."""

    @classmethod
    @lru_cache(maxsize=1024)
    def parse(cls, text: str) -> Rung:
        """Read the text of a policy; raise CalendarError when it places nothing in time."""
        words = " ".join(text.lower().split())
        if words in (Anchor.DUE_DAY, Anchor.OVERDUE):
            return cls(Anchor(words))
        head, comma, often = words.partition(", ")
        if comma and head == Anchor.OVERDUE:
            return cls._recurring(text, often)
        if match := _PERCENT.fullmatch(words):
            if not 1 <= int(match[1]) <= 99:
                raise _unknown(text)
            return cls(Anchor.AFTER_START, percent=int(match[1]))
        for anchor, prefix in (
            (Anchor.NOT_ACCEPTED, f"{Anchor.NOT_ACCEPTED} "),
            (Anchor.AFTER_START, f"{Anchor.AFTER_START} "),
            (Anchor.BEFORE_DUE, f"{Anchor.BEFORE_DUE} "),
            (Anchor.OVERDUE, f"{Anchor.OVERDUE} {_BY} "),
        ):
            if words.startswith(prefix):
                return cls(anchor, _amount(text, words.removeprefix(prefix)))
        raise _unknown(text)

    @classmethod
    def _recurring(cls, text: str, often: str) -> Rung:
        if match := _MONTHLY.fullmatch(often):
            if not 1 <= int(match[1]) <= _MOST:
                raise _unknown(text)
            return cls(Anchor.OVERDUE, every=Recurrence.MONTH, nth=int(match[1]))
        if often in (Recurrence.DAY, Recurrence.WORKING_DAY, Recurrence.WEEK):
            return cls(Anchor.OVERDUE, every=Recurrence(often))
        raise _unknown(text)

    def __str__(self) -> str:
        """Return the canonical text, which `parse` reads back."""
        if self.every:
            nth = _NTH.format(self.nth) if self.nth else ""
            return f"{self.anchor.value}, {self.every.value}{nth}"
        if self.percent is not None:
            return f"{self.anchor.value} {self.percent} % срока"
        if self.offset is None:
            return self.anchor.value
        joint = f" {_BY} " if self.anchor is Anchor.OVERDUE else " "
        return f"{self.anchor.value}{joint}{self.offset.accusative}"


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who hears of an order, and when."""

    when: Rung
    to: PersonRef


def rung_of(words: str) -> Rung | None:
    """Return the rung whose canonical text this is; None where it is that of no rung."""
    try:
        return Rung.parse(words)
    except CalendarError:
        return None


def _amount(text: str, words: str) -> Duration:
    try:
        offset = Duration.parse(words)
    except CalendarError as error:
        raise _unknown(text) from error
    if not offset.amount:
        raise _unknown(text)
    return offset


def _unknown(text: str) -> CalendarError:
    return CalendarError(f"«{text}» — не момент контроля", remedy=f"напишите одним из способов: {_FORMS}")
