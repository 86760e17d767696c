"""Dates and times as Russian prose: «30 декабря 2026», «суббота», «18:00»."""

from __future__ import annotations

from datetime import date, datetime

WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)


def day_text(day: date, *, year: bool = True) -> str:
    """Return «30 декабря 2026», or «30 декабря» without the year."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{text} {day.year}" if year else text


def moment_text(moment: datetime) -> str:
    """Return «30 декабря 2026, 17:30» in the moment's own offset."""
    return f"{day_text(moment)}, {moment:%H:%M}"


def span_text(first: date, last: date) -> str:
    """Return a run of days: «1 мая 2026», «1–3 мая 2026» or «31 декабря 2026 — 10 января 2027»."""
    if first == last:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day_text(last)}"
    return f"{day_text(first, year=first.year != last.year)} — {day_text(last)}"
