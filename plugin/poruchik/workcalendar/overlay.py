"""Reading the overlays of the work calendar: YAML files beside the federal days of the package `holidays`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import yaml

from poruchik.errors import CalendarError
from poruchik.files import read_bounded
from poruchik.workcalendar.wording import WEEKDAYS, day_text

MAX_BYTES = 1_000_000


class DayKind(StrEnum):
    """What an overlay says of a day. The value is the key of the file."""

    OFF = "нерабочие"
    WORKING = "рабочие"
    SHORT = "сокращённые"


@dataclass(frozen=True, slots=True)
class DayMark:
    """One day that differs from the federal calendar. `where` is `file:line:column`."""

    day: date
    kind: DayKind
    why: str
    where: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A day off moved by an act: `target` becomes one, `origin` a working day unless it is a holiday."""

    origin: date
    target: date
    where: str


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The act that decreed the days of a year, and when somebody compared the calendar with it."""

    year: int
    act: str
    source: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class WorkHours:
    """Office hours of a full working day, local time."""

    start: time = time(9)
    end: time = time(18)
    lunch: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Overlay:
    """The contents of one file. `hours` maps a weekday (Monday is 0) to its hours; None stands for the rest.

    With a `year`, the file's short days are the whole list of that year; without, they are added.
    """

    where: str
    year: int | None = None
    confirmation: Confirmation | None = None
    marks: tuple[DayMark, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    hours: Mapping[int | None, WorkHours] = field(default_factory=dict)


def read_overlay(path: Path) -> Overlay:
    """Read one overlay file; raise CalendarError with file, line and column of what is wrong first."""
    try:
        data = read_bounded(path, MAX_BYTES)
    except OSError as error:
        raise CalendarError(
            f"файл не открывается: {error.strerror}", where=str(path), remedy="проверьте имя и права"
        ) from error
    try:
        root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        raise CalendarError("файл не в кодировке UTF-8", where=str(path), remedy="сохраните его в UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        remedy = "проверьте отступы, скобки и кавычки в этом месте"
        raise CalendarError("файл не читается как YAML", where=where, remedy=remedy) from error
    except (yaml.YAMLError, RecursionError) as error:
        remedy = "проверьте, что это текст в формате YAML"
        raise CalendarError("файл не читается как YAML", where=str(path), remedy=remedy) from error
    return Overlay(str(path)) if root is None else _Reader(path).overlay(root)


class _Reader:
    """Turns the nodes of one file into an Overlay. Scalars are read as typed, so «18:00» stays a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def overlay(self, root: yaml.Node) -> Overlay:
        keys = ("год", "подтверждение", *DayKind, "переносы", "рабочее время")
        top = self._mapping(root, allowed=keys)
        year = self._year(top["год"]) if "год" in top else None
        confirmation = None
        if "подтверждение" in top:
            if year is None:
                self._fail(top["подтверждение"], "подтверждение без года", "добавьте в файл «год: …»")
            confirmation = self._confirmation(top["подтверждение"], year)
        return Overlay(
            where=str(self._path),
            year=year,
            confirmation=confirmation,
            marks=tuple(
                self._mark(node, kind, year) for kind in DayKind if kind in top for node in self._items(top[kind])
            ),
            transfers=tuple(self._transfer(node, year) for node in self._items(top.get("переносы"))),
            hours=self._hours(top.get("рабочее время")),
        )

    def _confirmation(self, node: yaml.Node, year: int) -> Confirmation:
        fields = self._mapping(node, allowed=("акт", "источник", "проверено"), required=("акт", "проверено"))
        return Confirmation(
            year,
            self._text(fields["акт"]),
            self._text(fields["источник"]) if "источник" in fields else "",
            self._date(fields["проверено"]),
        )

    def _mark(self, node: yaml.Node, kind: DayKind, year: int | None) -> DayMark:
        if isinstance(node, yaml.ScalarNode):
            return DayMark(self._date(node, year), kind, "", self._where(node))
        fields = self._mapping(node, allowed=("дата", "почему", "акт"), required=("дата",))
        words = [self._text(fields[key]) for key in ("почему", "акт") if key in fields]
        return DayMark(self._date(fields["дата"], year), kind, ", ".join(words), self._where(node))

    def _transfer(self, node: yaml.Node, year: int | None) -> Transfer:
        fields = self._mapping(node, allowed=("с", "на", "акт"), required=("с", "на"))
        origin, target = self._date(fields["с"], year), self._date(fields["на"], year)
        if origin == target:
            self._fail(node, "день перенесён сам на себя", "исправьте одну из дат")
        return Transfer(origin, target, self._where(node))

    def _hours(self, node: yaml.Node | None) -> dict[int | None, WorkHours]:
        found: dict[int | None, WorkHours] = {}
        for item in self._items(node):
            fields = self._mapping(item, allowed=("дни", "с", "до", "обед"), required=("с", "до"))
            start, end = self._interval(item, fields)
            lunch = None
            if "обед" in fields:
                pause = self._mapping(fields["обед"], allowed=("с", "до"), required=("с", "до"))
                lunch = self._interval(fields["обед"], pause)
                if not start < lunch[0] < lunch[1] < end:
                    self._fail(fields["обед"], "обед вне рабочего времени", "исправьте часы обеда")
            for weekday in self._weekdays(fields.get("дни")):
                if weekday in found:
                    day = "остальных дней" if weekday is None else f"дня «{WEEKDAYS[weekday]}»"
                    self._fail(item, f"рабочее время {day} задано дважды", "оставьте одну запись")
                found[weekday] = WorkHours(start, end, lunch)
        return found

    def _weekdays(self, node: yaml.Node | None) -> Iterator[int | None]:
        if node is None:
            yield None
        for item in self._items(node):
            name = self._text(item).lower()
            if name not in WEEKDAYS:
                self._fail(item, f"«{name}» — не день недели", "напишите один из: " + ", ".join(WEEKDAYS))
            yield WEEKDAYS.index(name)

    def _interval(self, node: yaml.Node, fields: Mapping[str, yaml.Node]) -> tuple[time, time]:
        start, end = self._time(fields["с"]), self._time(fields["до"])
        if start >= end:
            self._fail(node, f"время с {start:%H:%M} до {end:%H:%M} идёт назад", "поменяйте часы местами")
        return start, end

    # --- scalars and containers -------------------------------------------------------------------

    def _mapping(
        self, node: yaml.Node, *, allowed: tuple[str, ...], required: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, "здесь нужны ключи", "напишите: " + ", ".join(f"{key}: …" for key in allowed))
        found: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = self._text(key_node)
            if key not in allowed:
                self._fail(key_node, f"ключа «{key}» в календаре нет", "напишите один из: " + ", ".join(allowed))
            if key in found:
                self._fail(key_node, f"ключ «{key}» стоит дважды", "оставьте один")
            found[key] = value
        for key in required:
            if key not in found:
                self._fail(node, f"нет ключа «{key}»", f"добавьте «{key}: …»")
        return found

    def _items(self, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, "здесь нужен список", "начните каждую строку с «- »")
        items: list[yaml.Node] = node.value
        return items

    def _text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self._fail(node, "здесь нужен текст", "напишите одно слово, число или дату")
        return " ".join(node.value.split())

    def _year(self, node: yaml.Node) -> int:
        text = self._text(node)
        if not (text.isascii() and text.isdigit() and 1992 <= int(text) <= 2100):
            self._fail(node, f"«{text}» — не год", "напишите год четырьмя цифрами")
        return int(text)

    def _date(self, node: yaml.Node, year: int | None = None) -> date:
        text = self._text(node)
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self._fail(node, f"«{text}» — не дата", "напишите дату так: 2026-12-31")
        if year is not None and day.year != year:
            remedy = "исправьте дату или перенесите её в файл без ключа «год»"
            self._fail(node, f"{day_text(day)} — не в {year} году", remedy)
        return day

    def _time(self, node: yaml.Node) -> time:
        text = self._text(node)
        try:
            moment = time.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None:
            self._fail(node, f"«{text}» — не время", 'напишите часы и минуты в кавычках: "09:00"')
        return moment

    def _where(self, node: yaml.Node) -> str:
        return f"{self._path}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def _fail(self, node: yaml.Node, what: str, remedy: str) -> NoReturn:
        raise CalendarError(what, where=self._where(node), remedy=remedy)
