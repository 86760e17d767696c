"""The entry point: the groups of commands, logging, and errors told in one line."""

from __future__ import annotations

import sys
from typing import Any

import typer

from poruchik import __version__
from poruchik.cli.commands import add_all
from poruchik.cli.output import Format
from poruchik.cli.russian import RussianGroup, UsageError, usage_text
from poruchik.errors import PoruchikError
from poruchik.plugins import Plugins


def build_app(plugins: Plugins) -> typer.Typer:
    """Return the command line with the commands of all plugins."""
    app = typer.Typer(
        cls=RussianGroup,
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
        from poruchik.log import configure_logging  # noqa: PLC0415 — structlog, which help does not need

        configure_logging(log, log_format)

    add_all(app)
    plugins.register_commands(app, check=_check)
    return app


def _check(app: typer.Typer) -> None:
    """Raise for commands that cannot be called, or that stand in the way of others."""
    typer.main.get_command(app)
    names = [str(one.name) for one in app.registered_commands] + [str(one.name) for one in app.registered_groups]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"команда «{twice[0]}» уже есть")


def main(arguments: list[str] | None = None) -> Any:
    """Run one command; every error is one line in Russian, never a traceback."""
    code: Any = 0
    try:
        plugins = Plugins()
        app = build_app(plugins)
        for name, failure in plugins.failures.items():
            typer.echo(f"Плагин {name} не работает: {failure}. Подробнее: poruchik doctor", err=True)
        code = app(args=arguments, prog_name="poruchik", standalone_mode=False) or 0
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
