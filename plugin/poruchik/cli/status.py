"""`status`: how it goes, in one look; the exit code is for whoever watches."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from poruchik.app import set_clock
from poruchik.cli.installation import CONFIG, settings_from
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.clock import SystemClock
from poruchik.errors import PoruchikError
from poruchik.model.finding import Grade
from poruchik.publishing.today import office_of_today
from poruchik.store.backlog import Waiting
from poruchik.store.database import Store
from poruchik.watch.lights import at, lights, worst, years

_WORDS = {Grade.GOOD: "зелёный", Grade.WARNING: "жёлтый", Grade.BAD: "красный"}
_CODES = {Grade.GOOD: 0, Grade.WARNING: 1, Grade.BAD: 2}


def status(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print the traffic light and the queues; end with 1 for yellow and 2 for red, also when nothing can be told."""
    try:
        grade = _tell(config, output)
    except PoruchikError as error:
        typer.echo(f"Ошибка: {error}", err=True)
        grade = Grade.BAD
    raise typer.Exit(_CODES[grade])


def _tell(config: Path | None, output: Format) -> Grade:
    settings, clock = settings_from(config), SystemClock()
    with Store.to_read(settings.database) as store:
        set_clock(clock, store)
        now = clock.now()
        with store.reading() as reading:
            backlog = reading.backlog(now)
            office = office_of_today(reading, settings, clock)
    calendar, version, rules = office.calendar, "", 0
    if office.publication:
        version, rules = office.publication.version, office.publication.rules
    names = [one.name for one in settings.systems]
    shown = lights(backlog, calendar, settings, now)
    grade = worst(shown)
    told = {
        "light": grade.value,
        "at": now.isoformat(),
        "lines": [{"grade": one.grade.value, "what": one.what, "text": one.text} for one in shown],
        "documents": _waiting(backlog.documents, now),
        "points": _waiting(backlog.points, now),
        "systems": [
            {
                "name": name,
                "commands": _waiting(backlog.commands.get(name, Waiting()), now),
                "failures": state.failures if state else 0,
                "cause": state.cause if state else "",
                "contact_at": state.contact_at.isoformat() if state and state.contact_at else None,
            }
            for name, state in ((name, backlog.systems.get(name)) for name in names)
        ],
        "for_a_person": backlog.manual.count,
        "dead": backlog.dead.count,
        "unread_changes": backlog.changes.count,
        "parked": backlog.parked.count,
        "policy": {"version": version, "rules": rules},
        "calendar": {str(year): act for year, act in years(calendar, now.astimezone(calendar.zone).date())},
    }
    if output is Format.JSON:
        print_json(told)
    else:
        typer.echo(f"Светофор: {_WORDS[grade]}, {at(now, calendar.zone)}")
        for one in shown:
            typer.echo(f"  {one.what}: {one.text}")
        rows = [
            ("решить документы", str(backlog.documents.count), _age(backlog.documents.since, now), ""),
            ("точки контроля", str(backlog.points.count), _age(backlog.points.since, now), ""),
        ]
        for name in names:
            waiting, state = backlog.commands.get(name, Waiting()), backlog.systems.get(name)
            contact = f"последний ответ {at(state.contact_at, calendar.zone)}" if state and state.contact_at else ""
            rows.append((f"отправить в {name}", str(waiting.count), _age(waiting.since, now), contact))
        print_table("Очереди", [("Что", 0), ("Ждёт", 0), ("Дольше всех", 0), ("", 1)], rows)
        typer.echo(f"Ждут человека: {backlog.manual.count}. Недоставленное: {backlog.dead.count}.")
        told_rules = (
            f"{rules}, версия {version[:19]}" if version else "ещё не введены, это сделает первый запуск службы"
        )
        typer.echo(f"Правила: {told_rules}.")
        for year, act in years(calendar, now.astimezone(calendar.zone).date()):
            typer.echo(f"Календарь {year}: {act or 'не подтверждён'}.")
    return grade


def _waiting(waiting: Waiting, now: datetime) -> dict[str, Any]:
    return {"count": waiting.count, "oldest_seconds": _seconds(waiting.since, now)}


def _seconds(since: datetime | None, now: datetime) -> int:
    return max(0, int((now - since).total_seconds())) if since else 0


def _age(since: datetime | None, now: datetime) -> str:
    seconds = _seconds(since, now)
    if not since:
        return "—"
    minutes, hours = seconds // 60, seconds // 3600
    return f"{hours} ч {minutes % 60} мин" if hours else f"{minutes} мин" if minutes else f"{seconds} с"
