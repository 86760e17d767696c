"""`backup`, `verify`, `restore`: a copy of the database while everything works, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from poruchik import __version__
from poruchik.cli.installation import CONFIG, settings_from, to_write
from poruchik.clock import SystemClock
from poruchik.errors import PoruchikError
from poruchik.lanes.recovery import begin
from poruchik.model.audit import AuditEntry
from poruchik.settings import Settings
from poruchik.store.backup import Manifest, make, put_back
from poruchik.store.backup import verify as read_whole
from poruchik.store.database import Store, Transaction

COPIED = "копия базы сделана"
ABOUT = "копии"
"""The subject of the journal under which copies are noted."""
_BY = "администратор"


def backup(
    file: Path = typer.Argument(..., help="Куда записать копию; файл заменится, когда новая готова."),
    config: Path | None = CONFIG,
) -> None:
    """Write a copy of the database; what works goes on working."""
    settings = settings_from(config)
    now = SystemClock().now()
    with Store.to_read(settings.database) as store:
        names = tuple(system.name for system in settings.systems)
        size = make(store, file, now=now, program=__version__, systems=names, progress=_show, settings=_told(settings))
    typer.echo("", err=True)
    with to_write(settings) as writing:
        writing.audit.add([AuditEntry(SystemClock().now(), COPIED, ABOUT, str(file.absolute()), _BY)])
    typer.echo(f"Копия записана и проверена: {file}, {size / 1e6:.1f} МБ. Вернуть её: poruchik restore {file}")


def _told(settings: Settings) -> dict[str, Any]:
    """Return what of the settings is no secret."""
    return {
        "policies": str(settings.policies),
        "systems": [{"name": one.name, "kind": one.kind.value, "connector": one.connector} for one in settings.systems],
    }


def _show(done: int, whole: int) -> None:
    typer.echo(f"\r  {done * 100 // max(whole, 1)} %", err=True, nl=False)


def verify(file: Path = typer.Argument(..., help="Файл копии.")) -> None:
    """Read a copy whole and say what it is."""
    manifest = read_whole(file)
    rows = manifest.rows
    told = f"поручений {rows.get('orders', 0)}, документов {rows.get('inbox', 0)}, команд {rows.get('outbox', 0)}"
    typer.echo(
        f"Копия цела: {manifest.dialect}, сделана {manifest.made_at.astimezone():%d.%m.%Y %H:%M}, "
        f"версия базы {manifest.layout}; {told}."
    )


def restore(
    file: Path | None = typer.Argument(None, help="Файл копии; без него — база уже возвращена, см. --confirm."),
    confirm: bool = typer.Option(False, "--confirm", help="Базу вернули сами: программа догонит системы."),
    config: Path | None = CONFIG,
) -> None:
    """Put a copy in the place of the database, and let the program catch up with the systems."""
    settings = settings_from(config)
    if (file is None) != confirm:
        raise PoruchikError(
            "не сказано, что вернуть", remedy="назовите файл копии, или --confirm, если базу вернули сами"
        )
    now = SystemClock().now()
    names = [system.name for system in settings.systems]
    if file is None:
        with to_write(settings) as writing:
            begin(writing, names, None, "подтвердил администратор", now, who=_BY)
    else:

        def begun(writing: Transaction, copy: Manifest) -> None:
            begin(writing, names, copy.made_at, f"копия {file.name}", now, who=_BY)

        copy = put_back(file, settings.database, begun)
        made_at = copy.made_at
        if set(copy.systems) != set(names):
            typer.echo(f"В копии системы {', '.join(copy.systems)}, в настройках {', '.join(names)}.", err=True)
        typer.echo(f"База возвращена: копия от {made_at.astimezone():%d.%m.%Y %H:%M}.")
    typer.echo(
        "Запустите службу: poruchik run. Она спросит системы, что в них уже есть, прочтёт, что сделали люди, и только "
        "потом напишет кому-нибудь. Как идёт — poruchik status."
    )
