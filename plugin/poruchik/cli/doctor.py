"""`poruchik doctor`: is everything there that the plugin needs? Each line says what is wrong and what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import typer

from poruchik.app import build_connectors, set_clock
from poruchik.cli.backup import ABOUT
from poruchik.cli.installation import CONFIG, settings_from, to_read
from poruchik.cli.output import FORMAT, Format, print_json
from poruchik.clock import SystemClock
from poruchik.connector import Connector, SystemSettings
from poruchik.engine.decide import Decider
from poruchik.errors import PolicyError, PoruchikError, StoreError, StoreMissing
from poruchik.lanes.paging import Paging
from poruchik.model.audit import AuditEntry
from poruchik.model.finding import Grade
from poruchik.plugins import Plugins
from poruchik.policy.load import load_policy, require_policy
from poruchik.policy.office import load_calendar
from poruchik.publishing.rulebook import naming_the_set
from poruchik.publishing.today import office_of_today, set_of_today
from poruchik.publishing.wording import miscounted
from poruchik.settings import Settings
from poruchik.store.database import Store
from poruchik.watch.lights import MONTH_TO_CONFIRM, Light, lights
from poruchik.workcalendar.calendar import WorkCalendar

_NAMED = 3
"""So many of what a page would have refused are named."""
_COPY_LASTS = timedelta(days=7)
_WORDS = {Grade.GOOD: "хорошо", Grade.WARNING: "внимание", Grade.BAD: "плохо"}


def doctor(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Examine everything; end with 1 when something is bad."""
    findings = list(examine(config))
    if output is Format.JSON:
        print_json([{"grade": one.grade.value, "what": one.what, "text": one.text} for one in findings])
    else:
        for one in findings:
            typer.echo(f"[{_WORDS[one.grade]}] {one.what}: {one.text}")
    if any(one.grade is Grade.BAD for one in findings):
        raise typer.Exit(1)


def examine(config: Path | None) -> Iterator[Light]:
    """Yield the findings, one part after another; a part that fails does not hide the next."""
    yield Light(Grade.GOOD, "Python", sys.version.split()[0])
    plugins: list[Plugins] = []
    yield from _part("плагины", lambda: _plugins(plugins))
    settings: list[Settings] = []
    yield from _part("настройки", lambda: _settings(config, settings))
    if not settings or not plugins:
        return
    yield from _part("база данных", lambda: _database(settings[0]))
    yield from _part("политики", lambda: _policies(settings[0], plugins[0]))
    for system in settings[0].systems:
        yield from _part(f"система {system.name}", partial(_system, system, plugins[0]))


def _part(what: str, examine_part: Callable[[], Iterator[Light]]) -> Iterator[Light]:
    try:
        yield from examine_part()
    except StoreMissing as error:
        yield Light(Grade.WARNING, what, str(error))  # as it is before the first start
    except PoruchikError as error:
        yield Light(Grade.BAD, what, str(error))


def _plugins(found: list[Plugins]) -> Iterator[Light]:
    plugins = Plugins()
    offered = ", ".join(plugins.connectors()) or "нет"
    yield Light(Grade.GOOD, "плагины", f"{', '.join(plugins.names())}; соединители: {offered}")
    for name, failure in plugins.failures.items():
        yield Light(Grade.BAD, f"плагин {name}", f"{failure} — обновите его или удалите")
    found.append(plugins)


def _settings(config: Path | None, found: list[Settings]) -> Iterator[Light]:
    settings = settings_from(config)
    names = ", ".join(f"{system.name} ({system.kind})" for system in settings.systems)
    yield Light(Grade.GOOD, "настройки", f"{settings.path}: системы {names}")
    if ":" in settings.written_database.partition("://")[2].partition("@")[0]:
        remedy = "вынесите его: database_password_env или database_password_file"
        yield Light(Grade.WARNING, "пароль базы", f"стоит в {settings.path} — {remedy}")
    readable = [path for path in _files(settings) if path.exists() and path.stat().st_mode & 0o004]
    if readable:
        named = ", ".join(str(path) for path in readable)
        yield Light(Grade.WARNING, "права на файлы", f"{named}: читать может кто угодно — chmod 600")
    found.append(settings)


def _files(settings: Settings) -> list[Path]:
    """Return the files that hold what citizens wrote, or where it lies."""
    place = settings.database.partition("sqlite:///")[2]
    beside = [Path(place), Path(f"{place}-wal"), Path(f"{place}.before")] if place else []
    return [settings.path, *beside]


def _database(settings: Settings) -> Iterator[Light]:
    """Say whether it opens, and what `status`, the page «Система» and `/health` show."""
    clock = SystemClock()
    with Store.to_read(settings.database) as store:
        set_clock(clock, store)
        now = clock.now()
        with store.reading() as reading:
            inbox, outbox = reading.inbox.counts(), reading.outbox.counts()
            backlog, office = reading.backlog(now), office_of_today(reading, settings, clock)
            copies = reading.audit.about(ABOUT)
    text = f"открыта, документов {sum(inbox.values())}, отправок {sum(outbox.values())}"
    yield Light(Grade.GOOD, "база данных", text)
    yield _copies(copies, now, office.calendar)
    yield from lights(backlog, office.calendar, settings, now)


def _copies(made: Sequence[AuditEntry], now: datetime, calendar: WorkCalendar) -> Light:
    """Say how old the last copy of the database is."""
    if not made:
        return Light(Grade.WARNING, "копия базы", "её ещё не делали — poruchik backup ФАЙЛ")
    last = made[-1]
    fresh = now - last.at <= _COPY_LASTS
    text = f"последняя от {last.at.astimezone(calendar.zone):%d.%m.%Y %H:%M}, {last.details}"
    return Light(
        Grade.GOOD if fresh else Grade.WARNING, "копия базы", text if fresh else f"{text} — пора сделать новую"
    )


def _policies(settings: Settings, plugins: Plugins) -> Iterator[Light]:
    loaded = load_policy(settings.policies, plugins.operators())
    errors = loaded.problems.errors
    if errors or loaded.policy is None:
        text = f"ошибок {len(errors)}, первая: {errors[0]} — poruchik rules check {settings.policies}"
        yield Light(Grade.BAD, "политики", text)
        return
    policy = loaded.policy
    warnings = len(loaded.problems.warnings)
    told = f"правил {len(policy.rules)}, версия {policy.version[:19]}"
    yield Light(Grade.WARNING if warnings else Grade.GOOD, "политики", told + (
        f", предупреждений {warnings} — poruchik rules check" if warnings else ""
    ))  # fmt: skip
    if policy.triage.to is None:
        text = "никто не назван: сообщений о них не будет — впишите «ждёт человека» в politika.yaml"
        yield Light(Grade.WARNING, "документы, которые ждут человека", text)
    yield from _published(settings, plugins, policy.version)
    calendar = load_calendar(settings.policies, str(policy.zone))
    decider = Decider.build(policy, calendar)
    yield from _matcher(decider)
    decider.close()
    yield from _calendar(calendar, SystemClock().now().astimezone(calendar.zone))


def _published(settings: Settings, plugins: Plugins, version: str) -> Iterator[Light]:
    """Say which set is in force, and whether the folder has changes that are not published."""
    try:
        with to_read(settings) as reading, set_of_today(reading, settings, SystemClock()) as (folder, current):
            if current is None:
                return
            found = reading.publications.all()
            with naming_the_set(current.version):
                policy = require_policy(folder, plugins.operators(), stored=True)
    except PolicyError as error:
        yield Light(Grade.BAD, "набор правил", str(error))
        return
    except StoreError:
        return  # told by the part of the database
    if told := miscounted(current.version, current.rules, len(policy.rules)):
        yield Light(Grade.WARNING, "набор правил", told)
    since = f"с {current.since:%d.%m.%Y}" if current.since else "с установки"
    if current.version == version:
        yield Light(Grade.GOOD, "набор правил", f"{current.version[7:19]}, действует {since}")
        return
    waits = any(one.version == version and one.withdrawn_at is None for one in found)
    text = "её набор опубликован, но сегодня ещё не действует" if waits else (
        f"в ней изменения, которые не действуют — poruchik rules publish {settings.policies} --by КТО"
    )  # fmt: skip
    yield Light(
        Grade.GOOD if waits else Grade.WARNING,
        "набор правил",
        f"{current.version[7:19]}, действует {since}; папка политик другая: {text}",
    )


def _matcher(decider: Decider) -> Iterator[Light]:
    """Say which matcher runs; every type and kind is tried, so that a shard that does not fit shows here."""
    matching = decider.matching()
    why = matching.why_no_durable
    yield Light(
        Grade.WARNING if why else Grade.GOOD,
        "сопоставление правил",
        matching.name + (f": {why}; правила работают так же" if why else ""),
    )
    for reason in matching.taken_over:
        yield Light(Grade.WARNING, "сопоставление правил", f"часть правил ведёт битовый индекс: {reason}")


def _calendar(calendar: WorkCalendar, now: datetime) -> Iterator[Light]:
    today = now.date()
    yield Light(Grade.GOOD, "часы", f"{now:%d.%m.%Y %H:%M}, {calendar.zone.key}, {calendar.describe(today)}")
    for year in (today.year, today.year + 1):
        yield from _year(calendar, year, today)


def _year(calendar: WorkCalendar, year: int, today: date) -> Iterator[Light]:
    confirmation = calendar.confirmation(year) if calendar.covers(year) else None
    if confirmation:
        yield Light(Grade.GOOD, f"календарь {year}", f"подтверждён: {confirmation.act}")
        return
    late = year == today.year or today.month >= MONTH_TO_CONFIRM
    text = f"не подтверждён: сроки, уходящие в {year} год, предварительные — добавьте kalendar/{year}.yaml по акту"
    yield Light(Grade.WARNING if late else Grade.GOOD, f"календарь {year}", text)


def _system(system: SystemSettings, plugins: Plugins) -> Iterator[Light]:
    (connector,) = build_connectors([system], plugins)
    what = f"система {system.name}"
    try:
        for finding in connector.check():
            yield Light(finding.grade, what, f"{system.url} {finding}")
        yield from _pages(connector, what)
    finally:
        with suppress(PoruchikError):
            connector.close()


def _pages(connector: Connector, what: str) -> Iterator[Light]:
    """Read a whole page of each kind, from the beginning, and count what would be refused and why; keep nothing."""
    size = connector.capabilities.page_size
    documents = Paging(size).read(connector.documents, "")
    yield _page(what, "документов", len(documents.documents), [one.cause for one in documents.refused])
    changes = Paging(size).read(connector.order_changes, "")
    yield _page(what, "изменений поручений", len(changes.changes), [one.cause for one in changes.refused])


def _page(what: str, noun: str, good: int, causes: Sequence[str]) -> Light:
    if not causes:
        return Light(Grade.GOOD, what, f"прочитана страница {noun}: {good}, все по договору")
    named = "; ".join(causes[:_NAMED]) + (f"; и ещё {len(causes) - _NAMED}" if len(causes) > _NAMED else "")
    text = f"из страницы {noun} прочитано {good}, отклонено {len(causes)}: {named} — исправьте в системе"
    return Light(Grade.WARNING, what, text)
