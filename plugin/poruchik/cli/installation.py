"""The installation that a command is about: its settings, and its database to read, to change, or to make ready."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from poruchik.errors import SettingsError
from poruchik.settings import CONFIG_NAME, DEMO_FOLDER, Settings, config_places, read_settings
from poruchik.store.database import Store, Transaction

CONFIG = typer.Option(None, "--config", help=f"Файл настроек; без него — {CONFIG_NAME} здесь или в {DEMO_FOLDER}.")


def settings_from(config: Path | None) -> Settings:
    """Read the configuration file named, or the one that lies here."""
    if config is None:
        places = config_places()
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
