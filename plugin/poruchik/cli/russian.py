"""The command line in Russian: headings of the help, and what was wrong with the options."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

UsageError: type[Exception] = typer.BadParameter.__bases__[0]
"""Whatever is wrong with the options; typer shows only its descendants."""

_HELP = (
    ("Usage: ", "Использование: "),
    ("[OPTIONS]", "[ПАРАМЕТРЫ]"),
    ("COMMAND [ARGS]...", "КОМАНДА …"),
    ("Options:", "Параметры:"),
    ("Arguments:", "Что указать:"),
    ("Commands:", "Команды:"),
    ("Show this message and exit.", "Показать эту справку."),
    ("[required]", "[обязательно]"),
    ("[default:", "[по умолчанию:"),
    ("INTEGER RANGE", "ЧИСЛО"),
    ("INTEGER", "ЧИСЛО"),
    ("FLOAT", "ЧИСЛО"),
    ("PATH", "ПУТЬ"),
    ("FILE", "ФАЙЛ"),
    ("TEXT", "ТЕКСТ"),
)


class RussianCommand(TyperCommand):
    """A command whose help is Russian."""

    def get_help(self, ctx: Any) -> str:
        """Return the help with Russian headings."""
        return _in_russian(super().get_help(ctx))


class RussianGroup(TyperGroup):
    """A group of commands whose help is Russian, and what it says of a word that is no command."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command named; end with the nearest one where there is none."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.list_commands(ctx))
            ctx.fail(f"нет такой команды: {args[0]}" + (f" (возможно, {', '.join(near)})" if near else ""))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """Return the help with Russian headings."""
        return _in_russian(super().get_help(ctx))


def group(help_text: str) -> typer.Typer:
    """Return an empty group of commands."""
    return typer.Typer(
        cls=RussianGroup, help=help_text, add_completion=False, no_args_is_help=True, rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )  # fmt: skip


def usage_text(error: Any) -> str:
    """Return what was wrong with the options, in Russian, by the kind of the error."""
    name, option = _parameter(error), getattr(error, "option_name", "")
    message = str(getattr(error, "message", error))
    texts = {
        "NoSuchOption": f"параметра {option} нет",
        "MissingParameter": f"не указано: {name}",
        "BadOptionUsage": f"параметру {option} нужно значение",
        "BadArgumentUsage": "указано не то, что ждёт команда",
        "BadParameter": f"{name}: значение не годится{_choices(message)}",
    }
    text = texts.get(type(error).__name__)
    if text is None:
        for english, russian in _USAGE:
            message = message.replace(english, russian)
        text = message
    near = getattr(error, "possibilities", None)
    return f"{text} (возможно, {', '.join(near)})" if near else text


_USAGE = (
    ("No such command", "нет такой команды:"),
    ("Got unexpected extra arguments", "лишние слова"),
    ("Got unexpected extra argument", "лишнее слово"),
    ("Missing command.", "не названа команда"),
)


def _choices(message: str) -> str:
    """Return the words that would have been right, where the message lists them."""
    _, found, listed = message.partition(" is not one of ")
    return f" (допустимо: {listed.rstrip('.')})" if found else ""


def _parameter(error: Any) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "параметр")
    options = [option for option in getattr(parameter, "opts", []) if option.startswith("-")]
    return options[-1] if options else str(getattr(parameter, "metavar", None) or parameter.name)


def _in_russian(text: str) -> str:
    for english, russian in _HELP:
        text = text.replace(english, russian)
    return text
