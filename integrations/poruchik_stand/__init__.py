"""An embedded СЭД and СОГ that serve the exchange contract: for the demo, for tests, for rehearsing policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poruchik.marks import hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def poruchik_register_commands(app: typer.Typer) -> None:
    """Add `stand` and `demo`."""
    from poruchik.cli.deferred import add_command  # noqa: PLC0415 — for the command line alone

    add_command(app, "stand", "Запустить стенд: СЭД и СОГ для репетиций.", "poruchik_stand.rehearsal:stand")
    add_command(app, "demo", "Показать всю работу на встроенных документах.", "poruchik_stand.demo:demo")
