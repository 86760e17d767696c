"""Commands that are known by name and help, and loaded when they are called: a start pays for one command alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from poruchik.cli.russian import RussianCommand
from poruchik.errors import PluginError


def add_command(to: typer.Typer, name: str, help_text: str, place: str) -> None:
    """Add the command whose function stands at a place, «package.module:function», to the command line or a group."""
    to.command(name, cls=_deferred(place), help=help_text)(_nothing)


def _nothing() -> None:
    """Stand for the function that is not loaded yet."""


def _deferred(place: str) -> type[RussianCommand]:
    class Deferred(RussianCommand):
        """Hands its arguments to the command itself."""

        def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
            return _load(place, str(self.name), str(self.help)).make_context(info_name, args, parent, **extra)

    return Deferred


def _load(place: str, name: str, help_text: str) -> Any:
    module, _, function = place.partition(":")
    try:
        found: Callable[..., Any] = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"команда «{name}» не загружается: {error}",
            where=place,
            remedy="переустановите пакет, которому она принадлежит",
        ) from error
    alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    alone.command(name, cls=RussianCommand, help=help_text)(found)
    return typer.main.get_command(alone)
