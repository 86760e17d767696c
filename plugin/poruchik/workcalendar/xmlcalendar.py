"""Importing a year of xmlcalendar (the common XML of Russian work calendars) as an overlay of ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from poruchik.errors import CalendarError
from poruchik.files import read_bounded
from poruchik.workcalendar.overlay import DayKind
from poruchik.workcalendar.wording import WEEKDAYS, day_text
from poruchik.xml import MAX_BYTES, BadXml, parse_xml

_KINDS = {"1": DayKind.OFF, "2": DayKind.SHORT, "3": DayKind.WORKING}


@dataclass(frozen=True, slots=True)
class ImportedDay:
    """One day of the file."""

    day: date
    kind: DayKind
    why: str


def read_xmlcalendar(path: Path) -> tuple[int, list[ImportedDay]]:
    """Return the year and its days off, short days and working weekend days; raise CalendarError."""
    try:
        root = parse_xml(read_bounded(path, MAX_BYTES))
    except OSError as error:
        raise CalendarError(
            f"файл не открывается: {error.strerror}", where=str(path), remedy="проверьте имя и права"
        ) from error
    except BadXml as error:
        raise CalendarError(str(error), where=str(path), remedy="скачайте файл заново") from error
    text = root.get("year", "")
    if root.tag != "calendar" or not (text.isascii() and text.isdigit() and 1992 <= int(text) <= 2100):
        raise CalendarError(
            "это не календарь xmlcalendar: нужен элемент calendar с годом", where=str(path), remedy="проверьте файл"
        )
    titles = {one.get("id", ""): one.get("title", "") for one in root.iter("holiday")}
    days = [_day(element.attrib, int(text), titles, path) for element in root.iter("day")]
    if not days:
        raise CalendarError("в календаре нет ни одного дня", where=str(path), remedy="скачайте файл заново")
    return int(text), sorted(days, key=lambda one: one.day)


def overlay_text(year: int, days: list[ImportedDay], *, act: str, checked_on: date | None) -> str:
    """Return the overlay file; with an act and the day of the check it confirms the year."""
    content: dict[str, object] = {"год": year}
    if act and checked_on:
        content["подтверждение"] = {"акт": act, "источник": "xmlcalendar", "проверено": checked_on}
    for kind in DayKind:
        marks = [_mark(one) for one in days if one.kind is kind and not _plain_weekend(one)]
        if marks:
            content[kind.value] = marks
    head = f"# {year} год, из файла xmlcalendar.\n"
    return head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)


def _day(fields: object, year: int, titles: dict[str, str], path: Path) -> ImportedDay:
    given = dict(fields)  # type: ignore[call-overload]
    try:
        month, number = (int(part) for part in given["d"].split("."))
        day, kind = date(year, month, number), _KINDS[given["t"]]
        why = " ".join(_reasons(given, year, titles, kind, day))
    except (KeyError, ValueError):
        raise CalendarError(
            f"непонятный день: {given}", where=str(path), remedy='нужны d="ММ.ДД" и t от 1 до 3'
        ) from None
    return ImportedDay(day, kind, why)


def _reasons(given: dict[str, str], year: int, titles: dict[str, str], kind: DayKind, day: date) -> Iterator[str]:
    moved = given.get("f", "")
    if titles.get(given.get("h", "")):
        yield titles[given["h"]]
    elif moved:
        month, number = (int(part) for part in moved.split("."))
        yield f"перенос с {day_text(date(year, month, number), year=False)}"
    elif kind is DayKind.SHORT:
        yield "сокращённый день"
    elif kind is DayKind.WORKING:
        yield f"рабочий день ({WEEKDAYS[day.weekday()]})"


def _plain_weekend(one: ImportedDay) -> bool:
    return one.kind is DayKind.OFF and one.day.weekday() >= 5 and not one.why


def _mark(one: ImportedDay) -> dict[str, object]:
    return {"дата": one.day} | ({"почему": one.why} if one.why else {})
