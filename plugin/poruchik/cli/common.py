"""What the commands share: the configuration option, opening the application, tables that fit the terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from poruchik.app import Application
from poruchik.errors import SettingsError
from poruchik.settings import Settings, read_settings
from poruchik.store.database import Store

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


def open_application(config: Path | None) -> Application:
    """Open everything that the configuration names."""
    return Application(settings_from(config))


def open_store(config: Path | None) -> Store:
    """Open only the database that the configuration names."""
    return Store.open(settings_from(config).database)


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
