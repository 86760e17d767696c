"""Amounts of time as acts name them: «30 дней», «4 рабочих часа», and what a day off does to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from poruchik.errors import CalendarError


class Unit(StrEnum):
    """Units of a term. The value is the canonical word in policies (genitive plural)."""

    MINUTES = "минут"
    HOURS = "часов"
    WORKING_HOURS = "рабочих часов"
    DAYS = "дней"
    WORKING_DAYS = "рабочих дней"
    WEEKS = "недель"
    MONTHS = "месяцев"

    @property
    def is_hourly(self) -> bool:
        """True for terms that run on the clock rather than by days (minutes, hours, working hours)."""
        return self in (Unit.MINUTES, Unit.HOURS, Unit.WORKING_HOURS)


class Roll(StrEnum):
    """What a non-working last day does to a term."""

    PREVIOUS = "на предыдущий рабочий"
    NEXT = "на следующий рабочий"
    NONE = "не переносить"


# (one, two to four, five and more), agreeing with the number in Russian.
_FORMS: dict[Unit, tuple[str, str, str]] = {
    Unit.MINUTES: ("минута", "минуты", "минут"),
    Unit.HOURS: ("час", "часа", "часов"),
    Unit.WORKING_HOURS: ("рабочий час", "рабочих часа", "рабочих часов"),
    Unit.DAYS: ("день", "дня", "дней"),
    Unit.WORKING_DAYS: ("рабочий день", "рабочих дня", "рабочих дней"),
    Unit.WEEKS: ("неделя", "недели", "недель"),
    Unit.MONTHS: ("месяц", "месяца", "месяцев"),
}
_ACCUSATIVE = {"минута": "минуту", "неделя": "неделю"}
# Accusative of «one» where it differs («за 1 минуту», «через 1 неделю»), and calendar days said in full.
_EXTRA_WORDS: dict[str, Unit] = {
    "минуту": Unit.MINUTES,
    "неделю": Unit.WEEKS,
    "календарный день": Unit.DAYS,
    "календарных дня": Unit.DAYS,
    "календарных дней": Unit.DAYS,
}
_WORDS: dict[str, Unit] = {word: unit for unit, forms in _FORMS.items() for word in forms} | _EXTRA_WORDS
_TEXT = re.compile(r"\s*(\d{1,5})\s+([а-яё]+(?:\s+[а-яё]+)?)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole amount of one unit, for instance 30 days."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read «30 дней», «1 рабочий день», «4 часа»; raise CalendarError when it is none of these."""
        match = _TEXT.fullmatch(text)
        unit = _WORDS.get(" ".join(match[2].lower().split())) if match else None
        if match is None or unit is None:
            raise CalendarError(
                f"«{text}» — не срок",
                remedy="напишите целое число и единицу: " + ", ".join(unit.value for unit in Unit),
            )
        return cls(int(match[1]), unit)

    def __str__(self) -> str:
        return f"{self.amount} {plural(self.amount, *_FORMS[self.unit])}"

    @property
    def accusative(self) -> str:
        """Return the text as it stands after «за», «через», «на»: «1 неделю», otherwise as `str`."""
        one, few, many = _FORMS[self.unit]
        return f"{self.amount} {plural(self.amount, _ACCUSATIVE.get(one, one), few, many)}"


def plural(amount: int, one: str, few: str, many: str) -> str:
    """Return the form of a Russian noun that agrees with the number: 1 день, 2 дня, 5 дней."""
    tens, units = amount % 100, amount % 10
    if 11 <= tens <= 14:
        return many
    if units == 1:
        return one
    return few if 2 <= units <= 4 else many
