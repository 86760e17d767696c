"""The traffic light: what stands, what waits for a person, what is about to go wrong, each with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from poruchik.store.backlog import Backlog, Waiting
from poruchik.workcalendar.calendar import WorkCalendar

STANDS = timedelta(minutes=15)
"""Longer than this nothing waits while the service runs and its systems answer."""
LATE = timedelta(minutes=2)
"""Later than this nothing is done that waits for no system."""
MONTH_TO_CONFIRM = 10
"""From October the act on the next year's days off is usually there (ТК РФ ст. 112: a month before the year)."""


class Grade(StrEnum):
    """How a line is to be taken. The value is the word in styles and in JSON."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Light:
    """One line, and what to do."""

    grade: Grade
    what: str
    text: str


def worst(lights: Sequence[Light]) -> Grade:
    """Return the grade of all of them."""
    return max((one.grade for one in lights), key=list(Grade).index, default=Grade.GOOD)


def lights(backlog: Backlog, calendar: WorkCalendar, systems: Sequence[str], now: datetime) -> list[Light]:
    """Return what is not as it should be, the worst first; one good line when all is."""
    found = [
        *_queues(backlog, calendar.zone, now),
        *_systems(backlog, systems, calendar.zone, now),
        *_changes(backlog, calendar, now),
        *_for_a_person(backlog),
        *_years(calendar, now.astimezone(calendar.zone).date()),
    ]
    found.sort(key=lambda one: list(Grade).index(one.grade), reverse=True)
    return found or [Light(Grade.GOOD, "Всё в порядке", "ничего не стоит, всё доставлено")]


def years(calendar: WorkCalendar, today: date) -> list[tuple[int, str]]:
    """Return this year and the next with the act that decreed their days, «» where there is none."""
    found = [(year, calendar.confirmation(year)) for year in (today.year, today.year + 1)]
    return [(year, confirmation.act if confirmation else "") for year, confirmation in found]


def _queues(backlog: Backlog, zone: ZoneInfo, now: datetime) -> Iterator[Light]:
    if (grade := _graded(backlog.documents, now)) and backlog.documents.since:
        since = at(backlog.documents.since, zone)
        yield Light(grade, "Решения стоят", f"документ ждёт с {since} — запущен ли poruchik run?")
    if (grade := _graded(backlog.points, now)) and backlog.points.since:
        since = at(backlog.points.since, zone)
        yield Light(grade, "Контроль стоит", f"напоминание не отправлено с {since} — запущен ли poruchik run?")


def _systems(backlog: Backlog, systems: Sequence[str], zone: ZoneInfo, now: datetime) -> Iterator[Light]:
    for name in systems:
        state, waiting = backlog.systems.get(name), backlog.commands.get(name, Waiting())
        stands = waiting.since is not None and now - waiting.since > STANDS
        if state and state.failures:
            until = f"следующая попытка {at(state.rests_until, zone)}" if state.rests_until else ""
            grade = Grade.BAD if stands else Grade.WARNING
            yield Light(grade, f"{name} не принимает команды", f"{state.cause}; {until}; ждут {waiting.count}")
        elif stands and waiting.since:
            yield Light(Grade.BAD, f"Отправка в {name} стоит", f"с {at(waiting.since, zone)} — отвечает ли система?")
        elif state and state.contact_at and now - state.contact_at > STANDS:
            text = f"последний ответ {at(state.contact_at, zone)} — запущен ли poruchik run, отвечает ли система?"
            yield Light(Grade.BAD, f"Нет связи с {name}", text)


def _changes(backlog: Backlog, calendar: WorkCalendar, now: datetime) -> Iterator[Light]:
    """Yield what people did and nobody could read: messages about those orders stand still until somebody has."""
    since = backlog.changes.since
    if since is None:
        return
    began = calendar.next_working_moment(since).astimezone(calendar.zone)
    ends = datetime.combine(calendar.shift_working_days(began.date(), 1), began.time(), calendar.zone)
    held = f"; приостановлено сообщений: {backlog.held}" if backlog.held else ""
    yield Light(
        Grade.BAD if now > ends else Grade.WARNING,
        "Изменения поручений не прочитаны",
        f"{backlog.changes.count}, первое с {at(since, calendar.zone)}: об их сроках никому не сообщается{held} — "
        "разберите их: poruchik changes list",
    )


def _for_a_person(backlog: Backlog) -> Iterator[Light]:
    if backlog.parked:
        more = " и другие" if backlog.parked > len(backlog.parked_orders) else ""
        named = ", ".join(dict.fromkeys(backlog.parked_orders)) + more
        yield Light(Grade.WARNING, "Контроль поручений приостановлен", f"{named} — причины: poruchik orders parked")
    if backlog.dead:
        yield Light(Grade.WARNING, "Недоставленное", f"{backlog.dead} — причины: poruchik outbox list")
    if backlog.failed:
        yield Light(Grade.WARNING, "Решение не получилось", f"{backlog.failed} — причины: poruchik inbox list")


def _years(calendar: WorkCalendar, today: date) -> Iterator[Light]:
    for year, act in years(calendar, today):
        if not act and (year == today.year or today.month >= MONTH_TO_CONFIRM):
            text = "сроки, уходящие в этот год, предварительные"
            yield Light(Grade.WARNING, f"Календарь {year} не подтверждён", text)


def _graded(waiting: Waiting, now: datetime) -> Grade | None:
    if waiting.since is None or now - waiting.since <= LATE:
        return None
    return Grade.BAD if now - waiting.since > STANDS else Grade.WARNING


def at(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people write it."""
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"
