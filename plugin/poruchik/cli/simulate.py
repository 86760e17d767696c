"""`rules simulate`: an archive replayed against one policy or two."""

from __future__ import annotations

import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.cli.rules import load, require
from poruchik.errors import PoruchikError
from poruchik.resources import rules_folder
from poruchik.simulation.archive import open_archive
from poruchik.simulation.replay import replay
from poruchik.simulation.report import headline, sheets, tally_json


def simulate(
    paths: list[Path] | None = typer.Argument(
        None, metavar="[ПАПКА] [НОВАЯ]", help="Папка политик, или две: как есть и как будет; без них — поставляемые."
    ),
    against: Path = typer.Option(
        ..., "--against", metavar="АРХИВ", help="JSON Lines, XML договора обмена (файл или папка) или poruchik.toml."
    ),
    workers: int = typer.Option(0, "--workers", min=0, max=256, help="Сколько процессов; 0 — по числу ядер."),
    samples: int = typer.Option(3, "--samples", min=0, max=1000, help="Сколько примеров каждого изменения показать."),
    output: Format = FORMAT,
) -> None:
    """Print what the archive gives; end with 1 when not a single document of it could be read."""
    folders = paths or [rules_folder()]
    if len(folders) > 2:
        raise PoruchikError("папок больше двух", remedy="назовите одну политику или две: как есть и как будет")
    for folder in folders:
        require(load(folder))
    archive = open_archive(against)
    with Progress(
        "Прогон", BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=Console(stderr=True),
        transient=True, disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task("", total=archive.size)
        tally = replay(
            archive,
            folders,
            workers=workers,
            max_samples=samples,
            progress=lambda done: bar.advance(task, done),
        )
    names = _names(folders)
    if output is Format.JSON:
        print_json(tally_json(tally, names))
    else:
        for line in headline(tally, archive.noun):
            typer.echo(line)
        for sheet in sheets(tally, names, archive.noun) if tally.documents else ():
            # Numbers keep their width; names and words share the rest.
            wide = {0, len(sheet.columns) - 1} if sheet.columns[-1] in ("", "было → станет") else {0}
            print_table(sheet.title, [(name, int(n in wide)) for n, name in enumerate(sheet.columns)], sheet.rows)
    if not tally.documents:
        raise typer.Exit(1)


def _names(folders: list[Path]) -> list[str]:
    """Return what two policies are called side by side: their folders, told apart."""
    if len({folder.resolve().name for folder in folders}) == len(folders):
        return [folder.resolve().name for folder in folders]
    return [str(folder) for folder in folders]
