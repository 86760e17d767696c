"""What the commands print: JSON for programs, tables that fit the terminal for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import typer


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


FORMAT = typer.Option(Format.TEXT, "--format", help="text — для чтения, json — для программ.")


_NAMED = 10
"""So many of a list of like things are named."""


def print_json(value: Any) -> None:
    """Print a value for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_grouped(told: Iterable[tuple[str, str]], *, err: bool = False) -> None:
    """Print what became of each of many, like things in one line: (name, what) pairs."""
    groups: dict[str, list[str]] = {}
    for name, what in told:
        groups.setdefault(what, []).append(name)
    for what, names in groups.items():
        typer.echo(f"{listed(names)}: {what}", err=err)


def listed(names: Sequence[str]) -> str:
    """Return names in a line, the first of many and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" и ещё {more} (всего {len(names)})" if more > 0 else "")


def print_table(title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that fits the terminal: columns share its width by their ratio and wrap inside it.

    A column of ratio 0 is never wrapped: a number, a date.
    """
    from rich import box  # noqa: PLC0415 — help and JSON do without
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.expand = True
    for name, ratio in columns:
        table.add_column(name, ratio=ratio or None, no_wrap=not ratio, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
