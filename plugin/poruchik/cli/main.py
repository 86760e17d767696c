"""The entry point: the groups of commands, logging, and errors told in one line."""

from __future__ import annotations

import sys
from typing import Any

import typer

from poruchik import __version__
from poruchik.cli import (
    author,
    calendar,
    doctor,
    lexicon,
    orders,
    publish,
    queues,
    reply,
    reports,
    rules,
    service,
    simulate,
    status,
    web,
)
from poruchik.cli.common import Format
from poruchik.cli.russian import Group, UsageError, usage_text
from poruchik.errors import PoruchikError
from poruchik.log import configure_logging
from poruchik.plugins import Plugins


def build_app(plugins: Plugins) -> typer.Typer:
    """Return the command line with the commands of all plugins."""
    app = typer.Typer(
        cls=Group,
        help="Поручик: поручения, сроки и контроль исполнения по документам СЭД и СОГ.",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True)
    def options(
        version: bool = typer.Option(False, "--version", help="Показать версию."),
        log: str = typer.Option("warning", "--log", help="Подробность журнала: debug, info, warning, error."),
        log_format: Format = typer.Option(Format.TEXT, "--log-format", help="Журнал строками: text или json."),
    ) -> None:
        if version:
            typer.echo(__version__)
            raise typer.Exit
        configure_logging(log, log_format)

    service.register(app)
    doctor.register(app)
    status.register(app)
    simulate.register(rules.app)
    lexicon.register(rules.app)
    author.register(rules.app)
    publish.register(rules.app)
    app.add_typer(rules.app, name="rules")
    app.add_typer(reply.app, name="reply")
    orders.register(app)
    reports.register(orders.app)
    calendar.register(app)
    queues.register(app)
    web.register(app)
    plugins.register_commands(app)
    return app


def main(arguments: list[str] | None = None) -> Any:
    """Run one command; every error is one line in Russian, never a traceback."""
    code: Any = 0
    try:
        app = build_app(Plugins())
        code = app(args=arguments, standalone_mode=False) or 0
    except UsageError as error:
        typer.echo(f"Ошибка: {usage_text(error)}. Справка: poruchik --help", err=True)
        code = 2
    except PoruchikError as error:
        typer.echo(f"Ошибка: {error}", err=True)
        code = 1
    except typer.Abort:
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    if arguments is None:
        sys.exit(code if isinstance(code, int) else 0)
    return code


__all__ = ["build_app", "main"]
