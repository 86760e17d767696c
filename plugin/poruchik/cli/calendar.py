"""`poruchik calendar`: the work calendar in the hand: a year, a deadline with its arithmetic, what is not confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path

import typer

from poruchik.cli.installation import CONFIG, settings_from
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.clock import SystemClock
from poruchik.errors import CalendarError, PoruchikError
from poruchik.lanes.recount import MovedDeadline, Recount
from poruchik.organization.structure import Organization
from poruchik.policy.load import require_policy
from poruchik.policy.office import calendar_with, load_calendar, load_office
from poruchik.publishing.today import set_of_today
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik.store.database import Store
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.deadline import due
from poruchik.workcalendar.duration import Duration, Roll
from poruchik.workcalendar.overlay import WorkHours
from poruchik.workcalendar.wording import WEEKDAYS, day_text, span_text
from poruchik.workcalendar.xmlcalendar import overlay_text, read_xmlcalendar

_MONTHS = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
FOLDER = typer.Option(None, "--policies", help="Папка политик, чей это календарь; без неё — поставляемые.")
_DAY = timedelta(days=1)


def show(
    year: int = typer.Argument(..., metavar="ГОД", help="Какой год."),
    policies: Path | None = FOLDER,
    output: Format = FORMAT,
) -> None:
    """Print a year month by month."""
    calendar = _calendar(policies)
    if not calendar.covers(year):
        raise PoruchikError(f"календаря на {year} год нет", remedy="назовите год, который календарь знает")
    months = [_Month(calendar, year, number) for number in range(1, 13)]
    confirmation = calendar.confirmation(year)
    if output is Format.JSON:
        print_json(
            {
                "year": year,
                "confirmed": confirmation is not None,
                "working_days": sum(len(month.working) for month in months),
                "hours": sum(month.hours for month in months),
                "off": {day.isoformat(): calendar.describe(day) for month in months for day in month.off},
                "short": [day.isoformat() for month in months for day in month.short],
                "working_weekends": [day.isoformat() for month in months for day in month.weekends],
            }
        )
        return
    told = f"подтверждён: {confirmation.act}" if confirmation else "не подтверждён, может измениться"
    rows = [
        (_MONTHS[month.number - 1], str(len(month.working)), f"{month.hours:g}", "; ".join(month.notes()))
        for month in months
    ]
    rows.append(
        ("год", str(sum(len(month.working) for month in months)), f"{sum(month.hours for month in months):g}", "")
    )
    columns = [("Месяц", 0), ("Рабочих дней", 0), ("Часов", 0), ("Что в нём особенного", 1)]
    print_table(f"{year} год, {told}", columns, rows)


def due_command(
    start: str = typer.Option(..., "--from", metavar="МОМЕНТ", help="Событие: 2024-11-29T10:00+05:00 или день."),
    term: str = typer.Option(..., "--term", metavar="СРОК", help="«30 дней», «4 рабочих часа», «1 месяц»."),
    roll: str = typer.Option(Roll.PREVIOUS.value, "--roll", metavar="ПЕРЕНОС", help="Что делает нерабочий день."),
    schedule: str = typer.Option("", "--schedule", help="Служебное время: 09:00-13:00,14:00-18:00."),
    policies: Path | None = FOLDER,
    output: Format = FORMAT,
) -> None:
    """Print a deadline with its arithmetic."""
    calendar = _calendar(policies)
    if schedule:
        calendar = calendar.with_hours(_hours(schedule))
    counted = due(calendar, _moment(start, calendar), Duration.parse(term), _roll(roll))
    if output is Format.JSON:
        print_json(
            {
                "due_at": counted.due_at.isoformat(),
                "due_on": counted.due_on.isoformat(),
                "steps": list(counted.steps),
                "hourly": counted.hourly,
                "confirmed": counted.confirmed,
            }
        )
        return
    typer.echo(f"Срок: {day_text(counted.due_on)}, {WEEKDAYS[counted.due_on.weekday()]}, {counted.due_at:%H:%M}")
    for step in counted.steps:
        typer.echo(f"  {step}")


def check(policies: Path | None = FOLDER, output: Format = FORMAT) -> None:
    """Print the years around now; end with 1 when the present year is not confirmed."""
    calendar = _calendar(policies)
    today = SystemClock().now().astimezone(calendar.zone).date()
    years = [year for year in range(today.year - 2, today.year + 3) if calendar.covers(year)]
    found = [(year, calendar.confirmation(year)) for year in years]
    if output is Format.JSON:
        print_json([{"year": year, "act": one.act if one else None} for year, one in found])
    else:
        for year, one in found:
            told = f"подтверждён: {one.act}, сверено {one.checked_on:%d.%m.%Y}" if one else "не подтверждён"
            typer.echo(f"{year}: {told}")
        typer.echo("Сроки, уходящие в неподтверждённый год, помечены; подтвердите его и выполните calendar recount.")
    if not calendar.is_confirmed(today.year):
        raise typer.Exit(1)


def import_command(
    file: Path = typer.Argument(..., metavar="ФАЙЛ.xml", help="Календарь года."),
    to: Path | None = typer.Option(None, "--to", help="Куда записать; без него — на экран."),
    act: str = typer.Option("", "--act", help="Акт, которым год утверждён: с ним год подтверждён."),
) -> None:
    """Write an overlay made from an xmlcalendar file."""
    year, days = read_xmlcalendar(file)
    text = overlay_text(year, days, act=act, checked_on=SystemClock().now().date() if act else None)
    if to is None:
        typer.echo(text)
        return
    if to.exists():
        raise CalendarError("файл уже есть", where=str(to), remedy="назовите другой или удалите этот")
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CalendarError(f"файл не записать: {error.strerror}", where=str(to), remedy="проверьте папку") from error
    typer.echo(f"{year} год записан в {to}. Проверьте: poruchik calendar show {year}")


def recount_command(
    config: Path | None = CONFIG,
    dry_run: bool = typer.Option(False, "--dry-run", help="Только показать."),
    output: Format = FORMAT,
) -> None:
    """Count again what reached into a year that is confirmed now, and print what moved."""
    settings = settings_from(config)
    opened = (Store.to_read if dry_run else Store.to_write)(settings.database)
    with opened as store, _office(store, settings) as (organization, calendar, folder):
        counting = Recount(
            store, calendar, organization, Texts(folder), SystemClock(), digest_system=settings.digests_to
        )
        moved = counting.what_if() if dry_run else counting.run()
    _tell(moved, output)


def what_if_command(
    file: Path = typer.Argument(..., metavar="ФАЙЛ.yaml", help="Файл календаря, каким он будет."),
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print what a calendar would move before it is published: by unit and person, with what would be late at once."""
    settings = settings_from(config)
    with Store.to_read(settings.database) as store, _office(store, settings) as (organization, _, folder):
        changed = calendar_with(folder, file)
        moved = Recount(store, changed, organization, Texts(folder), SystemClock()).what_if()
    if output is not Format.JSON:
        by_person: dict[tuple[str, str], list[MovedDeadline]] = {}
        for one in moved:
            if one.moved:
                by_person.setdefault((one.unit, one.person), []).append(one)
        rows = [
            (
                unit or "—",
                person or "—",
                str(len(found)),
                str(sum(one.after < one.before for one in found)),
                str(sum(one.late for one in found)),
            )
            for (unit, person), found in sorted(by_person.items())
        ]
        columns = [("Подразделение", 30), ("Кто", 20), ("Сдвинется", 0), ("Раньше", 0), ("Сразу просрочено", 0)]
        print_table("Если внести этот календарь", columns, rows)
    _tell(moved, output)


@contextmanager
def _office(store: Store, settings: Settings) -> Iterator[tuple[Organization, WorkCalendar, Path]]:
    with store.reading() as reading, set_of_today(reading, settings, SystemClock()) as (folder, _):
        organization, calendar = load_office(folder)
        yield organization, calendar, folder


def _tell(moved: Sequence[MovedDeadline], output: Format) -> None:
    if output is Format.JSON:
        print_json(
            [
                {
                    "document": one.title,
                    "part": one.part,
                    "person": one.person,
                    "unit": one.unit,
                    "before": one.before.isoformat(),
                    "after": one.after.isoformat(),
                    "late": one.late,
                }
                for one in moved
            ]
        )
        return
    rows = [
        (
            one.title,
            one.part or "поручение",
            one.person,
            f"{one.before:%d.%m.%Y}",
            f"{one.after:%d.%m.%Y}" + (", прошёл" if one.late else ""),
        )
        for one in moved
    ]
    columns = [("Документ", 0), ("Часть", 20), ("Кому", 20), ("Было", 0), ("Стало", 0)]
    print_table(f"Уточнено сроков: {len(moved)}, сдвинулось: {sum(one.moved for one in moved)}", columns, rows)


# --- reading what was typed -----------------------------------------------------------------------


def _calendar(policies: Path | None) -> WorkCalendar:
    folder = policies or rules_folder()
    return load_calendar(folder, str(require_policy(folder).zone))


def _moment(text: str, calendar: WorkCalendar) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PoruchikError(
            f"--from: «{text}» — не момент", remedy="напишите, например, 2024-11-29T10:00+05:00 или 2024-11-29"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


def _roll(text: str) -> Roll:
    try:
        return Roll(text)
    except ValueError:
        known = ", ".join(f"«{roll.value}»" for roll in Roll)
        raise PoruchikError(f"--roll: переноса «{text}» нет", remedy=f"напишите {known}") from None


def _hours(text: str) -> WorkHours:
    try:
        spans = [tuple(time.fromisoformat(one.strip()) for one in span.split("-")) for span in text.split(",")]
        moments = [moment for span in spans for moment in span]
        if len(spans) > 2 or len(moments) != 2 * len(spans) or moments != sorted(set(moments)):
            raise ValueError
    except ValueError:
        raise PoruchikError(
            f"--schedule: «{text}» — не служебное время", remedy="напишите, например, 09:00-13:00,14:00-18:00"
        ) from None
    return WorkHours(moments[0], moments[-1], (moments[1], moments[2]) if len(spans) == 2 else None)


class _Month:
    """The days of a month by what they are."""

    def __init__(self, calendar: WorkCalendar, year: int, number: int) -> None:
        self.number = number
        self._calendar = calendar
        first = date(year, number, 1)
        days = [day for n in range(31) if (day := first + n * _DAY).month == number]
        self.working = [day for day in days if calendar.is_working_day(day)]
        self.off = [day for day in days if not calendar.is_working_day(day) and calendar.is_exceptional(day)]
        self.short = [day for day in days if calendar.is_short_day(day)]
        self.weekends = [day for day in self.working if day.weekday() >= 5]
        spans = [span for day in self.working for span in calendar.working_intervals(day)]
        self.hours = sum((end - start).total_seconds() for start, end in spans) / 3600

    def notes(self) -> list[str]:
        """Return what is special, in words."""
        told = []
        runs: list[list[date]] = []
        for day in self.off:
            if runs and runs[-1][-1] + _DAY == day and self._why(day) == self._why(runs[-1][0]):
                runs[-1].append(day)
            else:
                runs.append([day])
        told += [f"{span_text(run[0], run[-1])[: -len(' 2026')]} — {self._why(run[0])}" for run in runs]
        told += [f"{day_text(day, year=False)} короче на час" for day in self.short]
        return told + [f"{day_text(day, year=False)} рабочая {WEEKDAYS[day.weekday()]}" for day in self.weekends]

    def _why(self, day: date) -> str:
        return self._calendar.describe(day)
