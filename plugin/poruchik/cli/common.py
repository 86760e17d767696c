"""What the commands share: the configuration option, opening the application, tables that fit the terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from poruchik.errors import SettingsError
from poruchik.settings import Settings, read_settings
from poruchik.store.database import Store, Transaction

CONFIG_NAME = "poruchik.toml"
DEMO_FOLDER = "poruchik-demo"
CONFIG = typer.Option(None, "--config", help=f"Файл настроек; без него — {CONFIG_NAME} здесь или в {DEMO_FOLDER}.")


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


FORMAT = typer.Option(Format.TEXT, "--format", help="text — для чтения, json — для программ.")


def settings_from(config: Path | None) -> Settings:
    """Read the configuration file named, or the one that lies here."""
    if config is None:
        named = os.environ.get("PORUCHIK_CONFIG")
        places = [Path(named)] if named else [Path(CONFIG_NAME), Path(DEMO_FOLDER) / CONFIG_NAME]
        config = next((place for place in places if place.is_file()), None)
        if config is None:
            raise SettingsError(
                f"не найден {places[0]}", remedy="назовите файл: --config ФАЙЛ, или создайте его: poruchik init ПАПКА"
            )
    return read_settings(config)


@contextmanager
def to_read(settings: Settings) -> Iterator[Transaction]:
    """Read the database that the settings name, as it is: nothing is created, upgraded or waited for."""
    with Store.to_read(settings.database) as store, store.reading() as transaction:
        yield transaction


@contextmanager
def to_write(settings: Settings) -> Iterator[Transaction]:
    """Change something in the database that the settings name; it must be there, in the layout of this program."""
    with Store.to_write(settings.database) as store, store.writing() as transaction:
        yield transaction


@contextmanager
def to_prepare(settings: Settings) -> Iterator[Transaction]:
    """Change something in the database that the settings name, creating or upgrading it first."""
    with Store.open(settings.database) as store, store.writing() as transaction:
        yield transaction


def print_json(value: Any) -> None:
    """Print a value for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]]) -> None:
    """Print a table that fits the terminal: columns share its width by their ratio and wrap inside it.

    A column of ratio 0 is never wrapped: a number, a date.
    """
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.expand = True
    for name, ratio in columns:
        table.add_column(name, ratio=ratio or None, no_wrap=not ratio, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
