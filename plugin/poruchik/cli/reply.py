"""`reply check`: hints to the draft of a reply."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from poruchik.cli.output import FORMAT, Format, print_json
from poruchik.plugins import Plugins
from poruchik.reply.review import read_draft, review


def check(
    file: Path = typer.Argument(..., metavar="ФАЙЛ", help="Проект ответа, .txt или .docx."),
    channel: str = typer.Option("", "--channel", help="Каким каналом уйдёт: почта, email, вконтакте …"),
    output: Format = FORMAT,
) -> None:
    """Print the hints; they are advice, so the command ends with 0 whatever it finds."""
    hints = review(read_draft(file, channel), Plugins().reply_checks())
    if output is Format.JSON:
        print_json([asdict(hint) for hint in hints])
        return
    for hint in hints:
        typer.echo(str(hint))
    typer.echo(f"Подсказок: {len(hints)}." if hints else "Подсказок нет.")
