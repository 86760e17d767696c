"""`poruchik stand`: the СЭД and the СОГ alone, to rehearse against."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import typer

from poruchik.cli.output import FORMAT, Format
from poruchik.clock import SystemClock
from poruchik.errors import SettingsError
from poruchik.policy.documents import read_documents
from poruchik.policy.load import require_policy
from poruchik.resources import rules_folder
from poruchik_stand.cards import seed
from poruchik_stand.month import directory
from poruchik_stand.server import Stand

DEFAULT_PORT = 8269


def stand(
    port: int = typer.Option(DEFAULT_PORT, "--port", help="Порт; 0 — любой свободный."),
    store: Path | None = typer.Option(None, "--store", help="Файл стенда; без него всё живёт в памяти."),
    documents: Path | None = typer.Option(
        None,
        "--documents",
        help="Файл документов, которые зарегистрировать; последний «день» в нём — сегодня.",
    ),
    output: Format = FORMAT,
) -> None:
    """Serve until a signal."""
    policy = require_policy(rules_folder())
    today = SystemClock().now().astimezone(policy.zone).date()
    cards = read_documents(documents, policy.attributes, policy.zone, last=today) if documents else []
    try:
        served = Stand(port=port, path=store)
    except OSError as error:
        raise SettingsError(
            f"стенд не запускается: {error.strerror or error}", remedy="назовите другой порт: --port 0"
        ) from error
    except sqlite3.Error as error:
        raise SettingsError(
            f"файл стенда не открывается: {error}", where=str(store), remedy="назовите другой: --store"
        ) from error
    served.exchange.directory = list(directory(policy))
    seed(served.store, cards)
    urls = {name: served.url(name) for name in ("sed", "sog", "desk")}

    def started() -> None:
        if output is Format.JSON:
            typer.echo(json.dumps(urls))
        else:
            typer.echo(f"Стенд работает: СЭД {urls['sed']}, СОГ {urls['sog']}, рабочее место {urls['desk']}.")
            typer.echo("Описание служб — с ?wsdl на конце. Остановить: Ctrl+C.")

    served.serve_forever(started)
    served.store.close()
