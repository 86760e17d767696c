"""`rules publish|approve|list|rollback|extract`: which policy set is in force from which day."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import typer

from poruchik.authoring.cases import Failure, run_cases
from poruchik.cli.in_force import against
from poruchik.cli.installation import CONFIG, settings_from, to_prepare, to_read
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.cli.rules import day_of, decider_of, load, look_through, today
from poruchik.clock import SystemClock
from poruchik.errors import PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.plugins import Plugins
from poruchik.policy.load import Loaded, load_policy
from poruchik.policy.problems import Problems, suggest
from poruchik.publishing.bundle import bundle, unpack
from poruchik.publishing.wording import miscounted, short_version, since_text, state_text
from poruchik.settings import Settings
from poruchik.store.database import Transaction
from poruchik.store.publications import Publication, StoredSet, in_force_on

SETS = "наборы правил"
"""The subject of the journal under which publications are noted."""
BY = typer.Option(..., "--by", metavar="КТО", help="Кто это делает: фамилия и инициалы.")


def publish(
    path: Path = typer.Argument(..., metavar="ПАПКА", help="Папка политик."),
    since: str | None = typer.Option(
        None,
        "--from",
        metavar="ДАТА",
        help="Для документов, зарегистрированных с этого дня; без него — с сегодняшнего.",
    ),
    by: str = BY,
    yes: bool = typer.Option(False, "--yes", help="Не спрашивать: для программ."),
    config: Path | None = CONFIG,
) -> None:
    """Check and test a set; keep it and put it into force from a day on, in one step, or change nothing."""
    settings = settings_from(config)
    _may(settings, by)
    loaded = load(path)
    _sound(loaded)
    made = bundle(loaded)
    day = day_of(since, "--from") or today()
    with to_prepare(settings) as writing:
        found = writing.publications.all()
        if not found:
            _first(writing, made, settings, by)
            return
        before = in_force_on(found, day)
        if before.version == made.version:
            raise PoruchikError(
                f"набор {short_version(made.version)} на {day:%d.%m.%Y} уже действует", remedy="менять нечего"
            )
        stored = writing.publications.content(before.version)
    doubts = list(_doubts(loaded, stored, day))
    if doubts and not yes:
        _ask(doubts, loaded.folder)
    alone = not settings.approvers
    with to_prepare(settings) as writing:
        now = SystemClock().now()
        number = writing.publications.publish(made, day, by, now, approved=alone)
        details = f"{short_version(made.version)}, правил {made.rules}, с {day:%d.%m.%Y}; {'; '.join(doubts)}"
        writing.audit.add([AuditEntry(now, "набор правил опубликован", SETS, details.removesuffix("; "), by)])
    typer.echo(f"Набор {short_version(made.version)} ({made.rules} правил) опубликован под номером {number}.")
    if alone:
        typer.echo(f"Он решает документы, зарегистрированные с {day:%d.%m.%Y}; прежние — по прежним правилам.")
    else:
        others = ", ".join(name for name in settings.approvers if name != by)
        typer.echo(f"Он ждёт утверждения ({others}): poruchik rules approve {number} --by КТО")


def _first(writing: Transaction, made: StoredSet, settings: Settings, by: str) -> None:
    """Put the first set of a base into force: there is none before it, and it decides every document."""
    if settings.approvers:
        raise PoruchikError(
            "в этой базе ещё нет правил, а первый набор никто не утверждал бы",
            remedy="запустите программу один раз: poruchik run --once",
        )
    now = SystemClock().now()
    writing.publications.store_first(made, now, by=by)
    details = f"{short_version(made.version)}, правил {made.rules}, первый"
    writing.audit.add([AuditEntry(now, "набор правил опубликован", SETS, details, by)])
    typer.echo(
        f"Набор {short_version(made.version)} ({made.rules} правил) — первый в этой базе: он решает все документы."
    )


def _doubts(loaded: Loaded, stored: StoredSet | None, day: date) -> Iterator[str]:
    """Yield what somebody has to say yes to, after showing what the set consists of."""
    if stored is not None:
        found = against(stored, loaded)
        for line in found.lines:
            typer.echo(line)
        yield from found.gone
    if day < today():
        yield f"{day:%d.%m.%Y} уже прошло: решённое с того дня остаётся, по новому набору решатся опоздавшие"


def _ask(doubts: Sequence[str], folder: Path) -> None:
    for doubt in doubts:
        typer.echo(doubt)
    if not sys.stdin.isatty():
        raise PoruchikError(
            f"набор не опубликован: {'; '.join(doubts)}",
            where=str(folder),
            remedy="исправьте, или подтвердите: --yes; ничего не изменилось",
        )
    if not typer.confirm("Так и опубликовать?"):
        raise PoruchikError("набор не опубликован", where=str(folder), remedy="ничего не изменилось")


def approve(
    number: int = typer.Argument(..., metavar="НОМЕР", help="Номер публикации из rules list."),
    by: str = BY,
    config: Path | None = CONFIG,
) -> None:
    """Let a second person put a set into force."""
    settings = settings_from(config)
    _may(settings, by)
    with to_prepare(settings) as writing:
        found = _numbered(writing.publications.all(), number)
        if found.published_by == by:
            raise PoruchikError("свою публикацию утверждает другой", remedy=f"это может: {_others(settings, by)}")
        if not writing.publications.approve(number, by, SystemClock().now()):
            raise PoruchikError(f"публикация {number} не ждёт утверждения", remedy="посмотрите: poruchik rules list")
        entry = AuditEntry(SystemClock().now(), "набор правил утверждён", SETS, short_version(found.version), by)
        writing.audit.add([entry])
    typer.echo(f"Набор {short_version(found.version)} утверждён и действует с {since_text(found)}.")


def show(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print every publication, the newest first."""
    settings = settings_from(config)
    with to_read(settings) as reading:
        found = reading.publications.all()
    current = in_force_on(found, today()) if found else None
    now = current.id if current else None
    if output is Format.JSON:
        print_json([_told(one, one.id == now) for one in reversed(found)])
        return
    rows = [_row(one, one.id == now) for one in reversed(found)]
    print_table(
        "Наборы правил",
        [("№", 0), ("набор", 0), ("с какого дня", 0), ("правил", 0), ("опубликовал", 2), ("состояние", 3)],
        rows,
    )
    if current and (told := _miscounted(settings, current)):
        typer.echo(told)


def _miscounted(settings: Settings, current: Publication) -> str:
    """Say that a set is not read as it was when it was published; «» when it is."""
    with to_read(settings) as reading:
        stored = reading.publications.content(current.version)
    with tempfile.TemporaryDirectory(prefix="poruchik-set-") as place:
        if stored is None:
            return ""
        policy = load_policy(unpack(stored, Path(place)), Plugins().operators(), stored=True).policy
    return miscounted(current.version, stored.rules, len(policy.rules) if policy else 0)


def rollback(by: str = BY, config: Path | None = CONFIG) -> None:
    """Withdraw the last publication; what it has decided stays decided."""
    settings = settings_from(config)
    _may(settings, by)
    with to_prepare(settings) as writing:
        left = [one for one in writing.publications.all() if one.withdrawn_at is None]
        if len(left) < 2:
            raise PoruchikError(
                "отменять нечего: действует первый набор", remedy="опубликуйте другой: poruchik rules publish"
            )
        last = left[-1]
        writing.publications.withdraw(last.id, by, SystemClock().now())
        entry = AuditEntry(SystemClock().now(), "публикация отменена", SETS, short_version(last.version), by)
        writing.audit.add([entry])
        current = in_force_on(writing.publications.all(), today())
    typer.echo(f"Публикация {last.id} (набор {short_version(last.version)}) отменена.")
    typer.echo(f"Действует набор {short_version(current.version)}.")
    typer.echo("Документы, решённые по отменённому набору, остаются решёнными.")


def extract(
    version: str = typer.Argument(..., metavar="НАБОР", help="Начало номера набора из rules list."),
    to: Path = typer.Option(..., "--to", metavar="ПАПКА", help="Новая папка."),
    config: Path | None = CONFIG,
) -> None:
    """Write a stored set into a folder."""
    settings = settings_from(config)
    with to_read(settings) as reading:
        known = dict.fromkeys(one.version for one in reading.publications.all())
        fitting = [one for one in known if one.removeprefix("sha256:").startswith(version.removeprefix("sha256:"))]
        if len(fitting) != 1:
            what = "подходит к нескольким наборам" if fitting else "такого набора нет"
            raise PoruchikError(f"«{version}»: {what}", remedy=suggest(version, [short_version(one) for one in known]))
        stored = reading.publications.content(fitting[0])
    assert stored is not None
    if to.exists():
        raise PoruchikError("такая папка уже есть", where=str(to), remedy="назовите новую")
    typer.echo(f"Набор {short_version(stored.version)} записан в {unpack(stored, to)}")


# --- checks --------------------------------------------------------------------------------------


def _sound(loaded: Loaded) -> None:
    """Raise PoruchikError, after saying why, for a set that `check` or `test` would not let pass."""
    look_through(loaded, today())
    problems = loaded.problems
    failures: list[Failure] = []
    if not problems.errors:
        decider, noted = decider_of(loaded), Problems()
        failures = run_cases(loaded.case_files(), decider, noted).failures
        decider.close()
        problems.add(noted)
    if problems.errors or failures:
        for told in (*problems.errors, *(line for one in failures for line in one.lines())):
            typer.echo(str(told))
        raise PoruchikError(
            f"набор не опубликован: ошибок {len(problems.errors)}, проверок не сошлось {len(failures)}",
            where=str(loaded.folder),
            remedy="исправьте их, ничего не изменилось",
        )


def _may(settings: Settings, by: str) -> None:
    if not by.strip():
        raise PoruchikError("--by: не сказано, кто это делает", remedy="назовите фамилию и инициалы")
    if settings.approvers and by not in settings.approvers:
        raise PoruchikError(
            f"«{by}» не может вводить правила в действие", where=str(settings.path),
            remedy=suggest(by, settings.approvers) or f"это могут: {', '.join(settings.approvers)}",
        )  # fmt: skip


def _others(settings: Settings, by: str) -> str:
    return ", ".join(name for name in settings.approvers if name != by) or "второй человек из approvers"


def _numbered(found: list[Publication], number: int) -> Publication:
    for one in found:
        if one.id == number:
            return one
    raise PoruchikError(f"публикации {number} нет", remedy="посмотрите: poruchik rules list")


# --- words ---------------------------------------------------------------------------------------


def _row(one: Publication, now: bool) -> tuple[str, ...]:
    by = one.published_by or "при установке"
    return (
        str(one.id),
        short_version(one.version),
        since_text(one),
        str(one.rules),
        by,
        state_text(one, None, today=now),
    )


def _told(one: Publication, now: bool) -> dict[str, object]:
    return {
        "number": one.id,
        "version": one.version,
        "since": one.since.isoformat() if one.since else None,
        "rules": one.rules,
        "published_at": one.published_at.isoformat(),
        "published_by": one.published_by,
        "approved_at": one.approved_at.isoformat() if one.approved_at else None,
        "approved_by": one.approved_by,
        "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
        "withdrawn_by": one.withdrawn_by,
        "in_force": one.in_force,
        "today": now,
    }
