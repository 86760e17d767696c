"""An embedded СЭД and СОГ that serve the exchange contract: for the demo, for tests, for rehearsing policies."""

from typing import TYPE_CHECKING

from poruchik.marks import hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def poruchik_register_commands(app: "typer.Typer") -> None:
    """Add `stand` and `demo`."""
    from poruchik_stand import commands  # noqa: PLC0415 — the web server is loaded only for the command line

    commands.register(app)
