"""The work calendar: which days are working, from when to when, and how sure that is."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poruchik.clock import require_aware
from poruchik.errors import CalendarError
from poruchik.workcalendar.federal import (
    FIRST_YEAR,
    HORIZON,
    RELEASE,
    FederalYear,
    federal_year,
    last_decreed_year,
    moved_reason,
)
from poruchik.workcalendar.overlay import Confirmation, DayKind, DayMark, Overlay, WorkHours, read_overlay
from poruchik.workcalendar.wording import WEEKDAYS

DEFAULT_ZONE = "Asia/Yekaterinburg"
SUFFIXES = (".yaml", ".yml")
_SATURDAY = 5
_SHORTER = timedelta(hours=1)  # ТК РФ ст. 95


@dataclass(frozen=True, slots=True)
class _Year:
    """The answers for one year, kept as day ordinals so that counting days is a matter of indexes."""

    working: frozenset[int]
    ordered: tuple[int, ...]
    short: frozenset[int]
    reasons: dict[int, str]
    """Why a day is off, or why a weekend day is working."""


class WorkCalendar:
    """Working days and hours in one time zone. Immutable; each year is computed once, on first use.

    `next` and `previous` are strict: the day itself is never the answer.
    """

    def __init__(self, overlays: Iterable[Overlay] = (), *, zone: str = DEFAULT_ZONE) -> None:
        try:
            self.zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CalendarError(
                f"часового пояса «{zone}» нет", remedy="напишите, например, Asia/Yekaterinburg"
            ) from error
        overlays = tuple(overlays)
        self._transfers = [transfer for overlay in overlays for transfer in overlay.transfers]
        self._marks = _marks_by_day(overlays)
        self._listed = {overlay.year for overlay in overlays if _lists_short_days(overlay)}
        self._confirmations = _confirmations(overlays)
        self._hours = _hours(overlays)
        self.version = self._version()
        """A hash of what the days depend on: two calendars with one version have the same days."""
        self._last_year = max([last_decreed_year(), *self._confirmations]) + HORIZON
        self._years: dict[int, _Year] = {}
        self._intervals: dict[date, tuple[tuple[datetime, datetime], ...]] = {}

    @classmethod
    def load(cls, folder: Path, *, zone: str = DEFAULT_ZONE) -> WorkCalendar:
        """Read all overlays of a folder, `.yaml` and `.yml`; raise CalendarError naming file, line and column."""
        if not folder.is_dir():
            raise CalendarError(
                "папки календаря нет",
                where=str(folder),
                remedy="укажите папку с файлами календаря (rules/kalendar)",
            )
        return cls([read_overlay(path) for path in overlay_files(folder)], zone=zone)

    def with_hours(self, hours: WorkHours) -> WorkCalendar:
        """Return the same calendar with other office hours on every day."""
        other = copy(self)
        other._hours = {None: hours}
        other._intervals = {}
        other.version = other._version()
        return other

    def _version(self) -> str:
        said = (
            RELEASE,
            self.zone.key,
            sorted((one.origin, one.target) for one in self._transfers),
            sorted((mark.day, mark.kind.value) for mark in self._marks.values()),
            sorted(year for year in self._listed if year is not None),
            sorted(self._confirmations),
            sorted(((-1 if day is None else day), hours) for day, hours in self._hours.items()),
        )
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    # --- days -----------------------------------------------------------------------------------------

    def is_working_day(self, day: date) -> bool:
        """Return whether the day is a working one; raise CalendarError for a year that is not covered."""
        return day.toordinal() in self._year(day.year).working

    def is_short_day(self, day: date) -> bool:
        """Return whether the day is a working one that ends an hour earlier."""
        return day.toordinal() in self._year(day.year).short

    def next_working_day(self, day: date) -> date:
        """Return the first working day after the day."""
        return self.shift_working_days(day, 1)

    def previous_working_day(self, day: date) -> date:
        """Return the last working day before the day."""
        return self.shift_working_days(day, -1)

    def shift_working_days(self, day: date, amount: int) -> date:
        """Return the working day that is so many working days after the day, or before it when negative."""
        if not amount:
            raise ValueError("a shift by no working days is not a working day")
        year, ordinal = day.year, day.toordinal()
        ordered = self._year(year).ordered
        # Index of the wanted day among the working days of `year`; beyond its ends lie the neighbours.
        index = bisect_right(ordered, ordinal) + amount - 1 if amount > 0 else bisect_left(ordered, ordinal) + amount
        while index >= len(ordered):
            index -= len(ordered)
            year += 1
            ordered = self._year(year).ordered
        while index < 0:
            year -= 1
            ordered = self._year(year).ordered
            index += len(ordered)
        return date.fromordinal(ordered[index])

    def count_working_days(self, after: date, until: date) -> int:
        """Return how many working days lie after the one day, up to and with the other."""
        count = 0
        for year in range(after.year, until.year + 1):
            ordered = self._year(year).ordered
            count += bisect_right(ordered, until.toordinal()) - bisect_right(ordered, after.toordinal())
        return max(count, 0)

    def describe(self, day: date) -> str:
        """Return what the day is, in Russian: «выходной (перенос с 4 января)», «рабочий день»."""
        found = self._year(day.year)
        ordinal = day.toordinal()
        if ordinal not in found.working:
            return found.reasons[ordinal]
        kind = "сокращённый рабочий день" if ordinal in found.short else "рабочий день"
        return f"{kind} ({found.reasons[ordinal]})" if ordinal in found.reasons else kind

    def is_exceptional(self, day: date) -> bool:
        """Return whether the day is not what its weekday promises: a weekday off, or a working weekend."""
        return self.is_working_day(day) == (day.weekday() >= 5)

    # --- hours ----------------------------------------------------------------------------------------

    def day_start(self, day: date) -> datetime:
        """Return when the office opens, or would open, on the day."""
        return datetime.combine(day, self._hours_of(day).start, self.zone)

    def day_end(self, day: date) -> datetime:
        """Return when the office closes, or would close, on the day; a short day ends an hour earlier."""
        end = datetime.combine(day, self._hours_of(day).end, self.zone)
        return end - _SHORTER if self.is_short_day(day) else end

    def working_intervals(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the hours of work of the day, from inclusive to exclusive; none on a day off."""
        known = self._intervals.get(day)
        if known is None:
            known = self._intervals[day] = self._count_intervals(day)
        return known

    def _count_intervals(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        if not self.is_working_day(day):
            return ()
        start, end, lunch = self.day_start(day), self.day_end(day), self._hours_of(day).lunch
        if lunch is None:
            return ((start, end),)
        before, after = (datetime.combine(day, moment, self.zone) for moment in lunch)
        parts = ((start, min(before, end)), (after, end))
        return tuple((first, last) for first, last in parts if first < last)

    def next_working_moment(self, moment: datetime) -> datetime:
        """Return the moment itself when it is in working time, else the next start of work; local time."""
        local = require_aware(moment).astimezone(self.zone)
        day = local.date()
        while True:
            for start, end in self.working_intervals(day):
                if local < end:
                    return max(local, start)
            day = self.next_working_day(day)

    def working_time(self, since: datetime, until: datetime) -> timedelta:
        """Return how much working time lies between two moments."""
        first, last = since.astimezone(self.zone), until.astimezone(self.zone)
        total, day = timedelta(0), first.date()
        while day <= last.date():
            for begin, end in self.working_intervals(day):
                total += max(min(end, last) - max(begin, first), timedelta(0))
            day += timedelta(days=1)
        return total

    # --- how sure -------------------------------------------------------------------------------------

    def is_confirmed(self, year: int) -> bool:
        """Return whether an overlay names the act that decreed the days of the year; what lies before them is past."""
        return year in self._confirmations or year < min(self._confirmations, default=FIRST_YEAR)

    def confirmation(self, year: int) -> Confirmation | None:
        """Return the act that decreed the year, or None while the year is provisional."""
        return self._confirmations.get(year)

    def covers(self, year: int) -> bool:
        """Return whether the year can be computed, be it provisionally from ТК РФ alone."""
        return FIRST_YEAR <= year <= self._last_year

    # --- one year -------------------------------------------------------------------------------------

    def _hours_of(self, day: date) -> WorkHours:
        return self._hours.get(day.weekday()) or self._hours[None]

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            if not self.covers(year):
                raise CalendarError(
                    f"на {year} год производственного календаря нет",
                    remedy=f"проверьте дату и срок: календарь охватывает {FIRST_YEAR}–{self._last_year}",
                )
            found = self._years[year] = self._build(year)
        return found

    def _build(self, year: int) -> _Year:
        days = _federal(year)
        off, working, short = dict(days.off), dict(days.working_weekends), set(days.short)
        for transfer in self._transfers:
            if transfer.target.year == year:
                off[transfer.target] = moved_reason(transfer.origin)
                working.pop(transfer.target, None)
            if transfer.origin.year == year and transfer.origin not in days.public:
                working[transfer.origin] = "перенос"
                off.pop(transfer.origin, None)
        for day in [day for day in off if day.weekday() in self._hours and day.weekday() >= _SATURDAY]:
            if day not in days.public:
                del off[day]
                working[day] = "по графику"
        marks = [mark for mark in self._marks.values() if mark.day.year == year]
        if year in self._listed:
            short.clear()
        for mark in marks:
            if mark.kind is DayKind.OFF:
                off[mark.day] = f"нерабочий день ({mark.why})" if mark.why else "нерабочий день"
                working.pop(mark.day, None)
            elif mark.kind is DayKind.WORKING:
                off.pop(mark.day, None)
                working[mark.day] = mark.why or "по решению"
            else:
                short.add(mark.day)
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        closed = {day.toordinal() for day in off}
        ordered = tuple(ordinal for ordinal in range(first, last + 1) if ordinal not in closed)
        return _Year(
            frozenset(ordered),
            ordered,
            frozenset(day.toordinal() for day in short) - closed,
            {day.toordinal(): why for day, why in (working | off).items()},
        )


def overlay_files(folder: Path) -> list[Path]:
    """Return the files of a folder of overlays, in their order."""
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.name[0] != "."]


@lru_cache(maxsize=64)
def _federal(year: int) -> FederalYear:
    return federal_year(year)


def _lists_short_days(overlay: Overlay) -> bool:
    return overlay.year is not None and any(mark.kind is DayKind.SHORT for mark in overlay.marks)


def _marks_by_day(overlays: Iterable[Overlay]) -> dict[date, DayMark]:
    """Return one mark a day; raise CalendarError where two files say different things of a day."""
    found: dict[date, DayMark] = {}
    for mark in (mark for overlay in overlays for mark in overlay.marks):
        other = found.setdefault(mark.day, mark)
        if other.kind is not mark.kind:
            both = f"и «{other.kind.value}» ({other.where}), и «{mark.kind.value}»"
            raise CalendarError(
                f"{mark.day:%d.%m.%Y} — {both}",
                where=mark.where,
                remedy="оставьте одну из записей",
            )
    return found


def _confirmations(overlays: Iterable[Overlay]) -> dict[int, Confirmation]:
    found: dict[int, tuple[Confirmation, str]] = {}
    for overlay in overlays:
        if overlay.confirmation is None:
            continue
        year = overlay.confirmation.year
        if year in found:
            raise CalendarError(
                f"{year} год подтверждён дважды: ещё в {found[year][1]}",
                where=overlay.where,
                remedy="оставьте один файл года",
            )
        found[year] = overlay.confirmation, overlay.where
    return {year: confirmation for year, (confirmation, _) in found.items()}


def _hours(overlays: Iterable[Overlay]) -> dict[int | None, WorkHours]:
    found: dict[int | None, WorkHours] = {None: WorkHours()}
    given: dict[int | None, str] = {}
    for overlay in overlays:
        for weekday, hours in overlay.hours.items():
            if weekday in given:
                day = "остальных дней" if weekday is None else f"дня «{WEEKDAYS[weekday]}»"
                raise CalendarError(
                    f"рабочее время {day} уже задано в {given[weekday]}",
                    where=overlay.where,
                    remedy="задайте рабочее время в одном файле",
                )
            given[weekday] = overlay.where
            found[weekday] = hours
    return found
