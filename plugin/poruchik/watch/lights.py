"""The traffic light: what stands, what waits for a person, what is about to go wrong, each with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from poruchik.model.finding import Grade
from poruchik.model.lanes import CLOCK, INTAKE, SERVICE, TRACK, LaneState
from poruchik.settings import Settings
from poruchik.store.backlog import Backlog, Waiting
from poruchik.workcalendar.calendar import WorkCalendar

STANDS = timedelta(minutes=15)
"""Longer than this nothing waits while the service runs and its systems answer."""
LATE = timedelta(minutes=2)
"""Later than this nothing is done that waits for no system."""
FIRST_MINUTE = timedelta(minutes=1)
"""After which a system must have been read once."""
LITTLE, NEARLY_NONE = 500 * 2**20, 50 * 2**20
"""Bytes left on the disk of the database."""
MONTH_TO_CONFIRM = 10
"""From October the act on the next year's days off is usually there (ТК РФ ст. 112: a month before the year)."""


_LANES = {INTAKE: "документы", TRACK: "изменения поручений"}


@dataclass(frozen=True, slots=True)
class Light:
    """One line, and what to do."""

    grade: Grade
    what: str
    text: str


def worst(lights: Sequence[Light]) -> Grade:
    """Return the grade of all of them."""
    return max((one.grade for one in lights), key=list(Grade).index, default=Grade.GOOD)


def lights(backlog: Backlog, calendar: WorkCalendar, settings: Settings, now: datetime) -> list[Light]:
    """Return what is not as it should be, the worst first; one good line when all is."""
    zone = calendar.zone
    service = backlog.lanes.get(SERVICE)
    runs = bool(service and service.succeeded_at and now - service.succeeded_at <= LATE)
    found = [
        *_service(service, zone, now),
        *_clock(backlog.lanes.get(CLOCK), zone),
        *_queues(backlog, zone, now, runs=runs),
        *_read(backlog, settings, zone, now, service if runs else None),
        *_systems(backlog, settings, zone, now),
        *_changes(backlog, calendar, now),
        *_for_a_person(backlog, calendar, now),
        *_disk(settings),
        *_years(calendar, now.astimezone(zone).date()),
    ]
    found.sort(key=lambda one: list(Grade).index(one.grade), reverse=True)
    return found or [Light(Grade.GOOD, "Всё в порядке", "ничего не стоит, всё доставлено")]


def years(calendar: WorkCalendar, today: date) -> list[tuple[int, str]]:
    """Return this year and the next with the act that decreed their days, «» where there is none."""
    found = [(year, calendar.confirmation(year)) for year in (today.year, today.year + 1)]
    return [(year, confirmation.act if confirmation else "") for year, confirmation in found]


def _service(service: LaneState | None, zone: ZoneInfo, now: datetime) -> Iterator[Light]:
    if service is None or service.succeeded_at is None:
        yield Light(Grade.WARNING, "Служба ещё не запускалась", "документы не принимаются — poruchik run")
    elif now - service.succeeded_at > LATE:
        grade = Grade.BAD if now - service.succeeded_at > STANDS else Grade.WARNING
        yield Light(grade, "Служба не работает", f"с {at(service.succeeded_at, zone)} — запустите poruchik run")


def _clock(state: LaneState | None, zone: ZoneInfo) -> Iterator[Light]:
    if state and state.failing_since:
        text = (
            f"{state.cause}, замечено {at(state.failing_since, zone)}: контроль стоит, пока то же время не покажет "
            "одна из систем — сверьте часы; время верно — poruchik clock accept"
        )
        yield Light(Grade.BAD, "Часы переведены", text)


def _queues(backlog: Backlog, zone: ZoneInfo, now: datetime, *, runs: bool) -> Iterator[Light]:
    remedy = "служба работает, но не справляется: причина в её журнале" if runs else "служба не работает"
    if (grade := _graded(backlog.documents, now)) and backlog.documents.since:
        since = at(backlog.documents.since, zone)
        yield Light(grade, "Решения стоят", f"документ ждёт с {since} — {remedy}")
    if (grade := _graded(backlog.points, now)) and backlog.points.since:
        since = at(backlog.points.since, zone)
        yield Light(grade, "Контроль стоит", f"напоминание не отправлено с {since} — {remedy}")


def _read(
    backlog: Backlog, settings: Settings, zone: ZoneInfo, now: datetime, service: LaneState | None
) -> Iterator[Light]:
    """Yield what of a system is not read: documents do not come in, or nobody knows what people did."""
    poll = timedelta(seconds=settings.poll_seconds)
    late, stands = max(LATE, 3 * poll), max(STANDS, 6 * poll)
    for name in (one.name for one in settings.systems):
        for lane, what in _LANES.items():
            state = backlog.lanes.get((name, lane))
            if state is None:
                if service and service.began_at and now - service.began_at > FIRST_MINUTE:
                    yield Light(Grade.BAD, f"{name}: {what} ещё ни разу не прочитаны", "причина в журнале службы")
            elif state.failing_since and state.succeeded_at is None:
                grade = Grade.BAD if now - state.failing_since > FIRST_MINUTE else Grade.WARNING
                yield Light(grade, f"{name}: {what} ещё ни разу не прочитаны", state.cause)
            elif state.succeeded_at and (state.failing_since or service):
                waited, since = now - state.succeeded_at, at(state.succeeded_at, zone)
                if waited > late:
                    grade = Grade.BAD if waited > stands else Grade.WARNING
                    why = state.cause or "чтение идёт и не кончается"
                    yield Light(grade, f"{name}: {what} не читаются", f"с {since}: {why}")


def _systems(backlog: Backlog, settings: Settings, zone: ZoneInfo, now: datetime) -> Iterator[Light]:
    for name in (one.name for one in settings.systems):
        state, waiting = backlog.systems.get(name), backlog.commands.get(name, Waiting())
        stands = waiting.since is not None and now - waiting.since > STANDS
        if state and state.failures:
            until = f"следующая попытка {at(state.rests_until, zone)}" if state.rests_until else ""
            grade = Grade.BAD if stands else Grade.WARNING
            yield Light(grade, f"{name} не принимает команды", f"{state.cause}; {until}; ждут {waiting.count}")
        elif stands and waiting.since:
            yield Light(Grade.BAD, f"Отправка в {name} стоит", f"с {at(waiting.since, zone)}, ждут {waiting.count}")


def _changes(backlog: Backlog, calendar: WorkCalendar, now: datetime) -> Iterator[Light]:
    """Yield what people did and nobody could read: messages about those orders stand still until somebody has."""
    since = backlog.changes.since
    if since is None:
        return
    held = f"; приостановлено сообщений: {backlog.held}" if backlog.held else ""
    yield Light(
        _grade_of_a_day(since, calendar, now),
        "Изменения поручений не прочитаны",
        f"{backlog.changes.count}, первое с {at(since, calendar.zone)}: об их сроках никому не сообщается{held} — "
        "разберите их: poruchik changes list",
    )


def _for_a_person(backlog: Backlog, calendar: WorkCalendar, now: datetime) -> Iterator[Light]:
    if backlog.parked.since:
        more = " и другие" if backlog.parked.count > len(backlog.parked_orders) else ""
        named = ", ".join(dict.fromkeys(backlog.parked_orders)) + more
        grade = _grade_of_a_day(backlog.parked.since, calendar, now)
        yield Light(grade, "Контроль поручений приостановлен", f"{named} — причины: poruchik orders parked")
    if backlog.dead.since:
        text = f"{backlog.dead.count} — причины: poruchik outbox list"
        yield Light(_grade_of_a_day(backlog.dead.since, calendar, now), "Недоставленное", text)
    if backlog.manual.since:
        since = at(backlog.manual.since, calendar.zone)
        failed = f", из них решение не получилось: {backlog.failed}" if backlog.failed else ""
        text = f"{backlog.manual.count}, первый с {since}{failed} — poruchik inbox list, страница «Ручной разбор»"
        yield Light(_grade_of_a_day(backlog.manual.since, calendar, now), "Документы ждут человека", text)


def _grade_of_a_day(since: datetime, calendar: WorkCalendar, now: datetime) -> Grade:
    """Return the grade of what waits for a person: one working day is time enough to see it."""
    began = calendar.next_working_moment(since).astimezone(calendar.zone)
    ends = datetime.combine(calendar.shift_working_days(began.date(), 1), began.time(), calendar.zone)
    return Grade.BAD if now > ends else Grade.WARNING


def _disk(settings: Settings) -> Iterator[Light]:
    """Yield what is left where SQLite writes; a server of PostgreSQL is watched by its own people."""
    head, separator, place = settings.database.partition(":///")
    if not head.startswith("sqlite") or not separator or not place:
        return
    try:
        free = shutil.disk_usage(Path(place).parent).free
    except OSError:
        return  # the database itself tells what is wrong with its folder
    if free < LITTLE:
        grade = Grade.BAD if free < NEARLY_NONE else Grade.WARNING
        yield Light(grade, "На диске мало места", f"свободно {free // 2**20} МБ, там база данных — освободите место")


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
