"""The traffic light: what stands, what waits for a person, what is about to go wrong, each with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from poruchik.connector import SystemSettings
from poruchik.model.epoch import Epoch, Stage
from poruchik.model.finding import Grade
from poruchik.model.lanes import (
    CLOCK,
    CLOCK_BEHIND,
    CONTROL,
    DECIDE,
    DELIVER,
    INTAKE,
    PLACEMENT,
    SERVICE,
    SET_COUNT,
    SET_USE,
    TEXTS,
    TRACK,
    Key,
    LaneState,
)
from poruchik.settings import Settings
from poruchik.store.backlog import Backlog, InHand, Waiting
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


def lights(
    backlog: Backlog, calendar: WorkCalendar, settings: Settings, now: datetime, *, cannot_write: str = ""
) -> list[Light]:
    """Return what is not as it should be, the worst first; one good line when all is.

    `cannot_write` is what the store of this process met when it last wrote.
    """
    zone = calendar.zone
    service = backlog.lanes.get(SERVICE)
    runs = bool(service and service.succeeded_at and now - service.succeeded_at <= LATE)
    disk = list(_disk(settings))
    full = any(one.grade is Grade.BAD for one in disk)
    found = [
        *disk,
        *_service(service, zone, now, cannot_write, connected=backlog.service_connected, full=full),
        *_clock(backlog.lanes, zone),
        *_epochs(backlog.epochs, zone),
        *_strays(backlog.strays),
        *_differences(backlog.differences),
        *_texts(backlog.lanes.get(TEXTS), zone),
        *_sets(backlog.lanes),
        *_placement(backlog.lanes.get(PLACEMENT), zone),
        *_queues(backlog, zone, now, runs=runs),
        *_read(backlog, settings, zone, now, service if runs else None),
        *_sent(backlog, settings, zone, now, runs=runs),
        *_changes(backlog, calendar, now),
        *_for_a_person(backlog, calendar, now),
        *_years(calendar, now.astimezone(zone).date()),
    ]
    found.sort(key=lambda one: list(Grade).index(one.grade), reverse=True)
    return found or [Light(Grade.GOOD, "Всё в порядке", "ничего не стоит, всё доставлено")]


def years(calendar: WorkCalendar, today: date) -> list[tuple[int, str]]:
    """Return this year and the next with the act that decreed their days, «» where there is none."""
    found = [(year, calendar.confirmation(year)) for year in (today.year, today.year + 1)]
    return [(year, confirmation.act if confirmation else "") for year, confirmation in found]


def _service(
    service: LaneState | None, zone: ZoneInfo, now: datetime, cannot_write: str, *, connected: bool, full: bool
) -> Iterator[Light]:
    """Yield whether the service works; one that runs and cannot write is not said to have been stopped."""
    if cannot_write:
        yield Light(Grade.BAD, "База данных не принимает записи", cannot_write)
        return
    if service is None or service.succeeded_at is None:
        yield Light(Grade.WARNING, "Служба ещё не запускалась", "документы не принимаются — poruchik run")
        return
    if now - service.succeeded_at <= LATE:
        return
    grade = Grade.BAD if now - service.succeeded_at > STANDS else Grade.WARNING
    since = at(service.succeeded_at, zone)
    if full:
        yield Light(grade, "Служба не отмечается", f"с {since}: на диске нет места")
    elif connected:
        remedy = "она запущена, но не пишет в базу: есть ли место на диске сервера, причина в её журнале"
        yield Light(grade, "Служба не отмечается", f"с {since}: {remedy}")
    else:
        yield Light(grade, "Служба не работает", f"с {since} — запустите poruchik run")


def _clock(lanes: Mapping[Key, LaneState], zone: ZoneInfo) -> Iterator[Light]:
    state = lanes.get(CLOCK)
    if state and state.failing_since:
        text = (
            f"{state.cause}, замечено {at(state.failing_since, zone)}: контроль стоит, пока то же время не покажет "
            "одна из систем — сверьте часы; время верно — poruchik clock accept"
        )
        yield Light(Grade.BAD, "Часы переведены", text)
    state = lanes.get(CLOCK_BEHIND)
    if state and state.failing_since:
        text = (
            f"{state.cause}, замечено {at(state.failing_since, zone)}: служба идёт по прежнему времени, но после "
            "перезапуска пойдёт по этим часам — верните их"
        )
        yield Light(Grade.WARNING, "Часы компьютера отстают", text)


def _epochs(epochs: Mapping[str, Epoch], zone: ZoneInfo) -> Iterator[Light]:
    """Yield which systems the database has still to catch up with, after it was put back from a copy."""
    for system, epoch in sorted(epochs.items()):
        if epoch.stage is Stage.ASKED:
            text = (
                f"с {at(epoch.began_at, zone)}: {epoch.cause}. Базу вернули из копии, или на этой системе работает "
                "ещё одна программа. Ничего не отправляется. Базу вернули — poruchik restore --confirm; "
                "иначе остановите вторую"
            )
            yield Light(Grade.BAD, f"База старше системы {system}", text)
            continue
        copy = f" от {at(epoch.backup_at, zone)}" if epoch.backup_at else ""
        what = {
            Stage.LISTING: "система показывает, какие поручения в ней есть",
            Stage.DECIDING: "документы читаются и решаются заново, система спрашивается, что в ней уже есть",
            Stage.FOLLOWING: "поручения на месте, читается, что люди с ними сделали",
        }[epoch.stage]
        text = f"база из копии{copy}, с {at(epoch.began_at, zone)}: {what}; сообщения и действия на страницах ждут"
        yield Light(Grade.WARNING, f"База догоняет систему {system}", text)


def _strays(count: int) -> Iterator[Light]:
    """Yield that systems have orders which this database does not know."""
    if count:
        text = (
            f"{count}: их дали после копии, из которой вернули базу; документы ждут человека — страница «Ручной разбор»"
        )
        yield Light(Grade.WARNING, "Поручения систем, которых нет в базе", text)


def _differences(count: int) -> Iterator[Light]:
    """Yield that open orders are not as their systems have them."""
    if count:
        text = f"{count}: в базе одно, в системе другое — что именно: poruchik orders differ"
        yield Light(Grade.WARNING, "Поручения расходятся с системой", text)


def _texts(state: LaneState | None, zone: ZoneInfo) -> Iterator[Light]:
    """Yield that what an author wrote does not go out."""
    if state and state.failing_since:
        text = (
            f"с {at(state.failing_since, zone)} вместо них уходят поставляемые: {state.cause} — исправьте шаблон, "
            "проверьте (poruchik rules check) и опубликуйте"
        )
        yield Light(Grade.WARNING, "Тексты политики не складываются", text)


def _sets(lanes: Mapping[Key, LaneState]) -> Iterator[Light]:
    """Yield what is wrong with the set of rules in force."""
    for key, grade, what in (
        (SET_USE, Grade.BAD, "Опубликованный набор правил не применяется"),
        (SET_COUNT, Grade.WARNING, "Набор правил читается не так, как опубликован"),
    ):
        state = lanes.get(key)
        if state and state.failing_since:
            yield Light(grade, what, state.cause)


def _placement(state: LaneState | None, zone: ZoneInfo) -> Iterator[Light]:
    if state and state.failing_since:
        text = (
            f"с {at(state.failing_since, zone)}: {state.cause} — работа идёт и без него, её могут начинать несколько "
            "узлов сразу; служба пробует снова каждую минуту"
        )
        yield Light(Grade.WARNING, "DBOS не распределяет работу", text)


def _queues(backlog: Backlog, zone: ZoneInfo, now: datetime, *, runs: bool) -> Iterator[Light]:
    """Yield what waits for no system: it stands, or more comes than is done."""
    queue = partial(_queue, zone=zone, now=now, runs=runs)
    decide, control = backlog.lanes.get(DECIDE), backlog.lanes.get(CONTROL)
    yield from queue("Решения стоят", "Очередь решений", backlog.documents, backlog.documents_in_hand, decide)
    clock = backlog.lanes.get(CLOCK)
    if not (clock and clock.failing_since):  # told there
        yield from queue("Контроль стоит", "Очередь контроля", backlog.points, InHand(), control)


def _queue(
    stands: str,
    moves: str,
    waiting: Waiting,
    in_hand: InHand,
    state: LaneState | None,
    zone: ZoneInfo,
    now: datetime,
    *,
    runs: bool,
) -> Iterator[Light]:
    if waiting.since is None or now - waiting.since <= LATE:
        return
    told = f"ждут {waiting.count}, первый с {at(waiting.since, zone)}"
    if runs and state and state.succeeded_at and not state.failing_since and now - state.succeeded_at <= LATE:
        yield Light(Grade.WARNING, moves, f"{told}; служба идёт по ней, последнее сделано только что")
        return
    grade = Grade.BAD if now - waiting.since > STANDS else Grade.WARNING
    if not runs:
        why = "служба не работает"
    elif state and state.failing_since:
        why = f"с {at(state.failing_since, zone)} не получается: {state.cause}"
    else:
        why = _in_hand(in_hand, zone) or "служба работает, но до них не доходит: причина в её журнале"
    yield Light(grade, stands, f"{told} — {why}")


def _in_hand(what: InHand, zone: ZoneInfo) -> str:
    """Say that workers have taken it, and until when; «» when they have not."""
    if not what.until:
        return ""
    return f"взято в работу {what.count}, до {at(what.until, zone)}: если исполнитель погиб, вернётся в очередь само"


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
                elif service and now - (state.began_at or service.began_at or now) > stands:
                    read_to = (
                        f"всё было прочитано {at(state.began_at, zone)}" if state.began_at else "до конца ещё ни разу"
                    )
                    why = "система отвечает, что есть ещё, и чтение продолжается"
                    yield Light(Grade.WARNING, f"{name}: {what} дочитываются", f"{read_to}; {why}")


def _sent(backlog: Backlog, settings: Settings, zone: ZoneInfo, now: datetime, *, runs: bool) -> Iterator[Light]:
    """Yield what is not sent. A system that fails rests; one that is at its limit, or in workers' hands, is well."""
    for one in settings.systems:
        state, lane = backlog.systems.get(one.name), backlog.lanes.get((one.name, DELIVER))
        waiting = backlog.commands.get(one.name, Waiting())
        stands = waiting.since is not None and now - waiting.since > STANDS
        if state and state.failures:
            told = [state.cause, f"ждут {waiting.count}"]
            if state.rests_until and state.rests_until > now:
                told.insert(1, f"отдыхает до {at(state.rests_until, zone)}, тогда пробная отправка")
            yield Light(Grade.BAD if stands else Grade.WARNING, f"{one.name} не принимает команды", "; ".join(told))
            continue
        if not stands or waiting.since is None:
            continue
        told = [f"ждут {waiting.count}, первая с {at(waiting.since, zone)}"]
        in_hand = backlog.commands_in_hand.get(one.name, InHand())
        if limit := _limit(one, in_hand):
            told.append(limit)
        if runs and lane and lane.succeeded_at and not lane.failing_since and now - lane.succeeded_at <= STANDS:
            told.append(f"последняя ушла {at(lane.succeeded_at, zone)}")
            yield Light(Grade.WARNING, f"Очередь отправки в {one.name}", "; ".join(told))
            continue
        if not runs:
            told.append("служба не работает")
        elif lane and lane.failing_since:
            told.append(f"с {at(lane.failing_since, zone)} не получается: {lane.cause}")
        elif held := _in_hand(in_hand, zone):
            told.append(held)
        yield Light(Grade.BAD, f"Отправка в {one.name} стоит", "; ".join(told))


def _limit(system: SystemSettings, in_hand: InHand) -> str:
    """Return which limit of the settings a system is at; «» when at none."""
    limits = []
    if in_hand.workers >= system.calls_at_once:
        limits.append(f"обращений сразу не больше {system.calls_at_once} (calls_at_once)")
    if system.calls_per_second:
        limits.append(f"не больше {system.calls_per_second:g} обращения в секунду (calls_per_second)")
    return ", ".join(limits)


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
        yield _triage(backlog, calendar)


def _triage(backlog: Backlog, calendar: WorkCalendar) -> Light:
    """Return how the waiting documents stand to their terms: a law's is serious, the house's own is a warning."""
    clocks = backlog.triage
    told = (
        [f"{backlog.manual.count}, первый с {at(backlog.manual.since, calendar.zone)}"] if backlog.manual.since else []
    )
    if backlog.failed:
        told.append(f"решение не получилось: {backlog.failed}")
    if clocks.late:
        told.append(f"срок по закону прошёл: {clocks.late}")
    if clocks.half:
        told.append(f"больше половины срока по закону прошло: {clocks.half}")
    if clocks.late_by_house:
        told.append(f"внутренний срок разбора прошёл: {clocks.late_by_house}")
    if clocks.first_due_at:
        told.append(f"ближайший срок по закону {at(clocks.first_due_at, calendar.zone)}")
    grade = Grade.WARNING if clocks.half or clocks.late_by_house else Grade.GOOD
    text = f"{', '.join(told)} — poruchik inbox list, страница «Ручной разбор»"
    return Light(Grade.BAD if clocks.late else grade, "Документы ждут человека", text)


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


def at(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people write it."""
    return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"
