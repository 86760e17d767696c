"""`inbox`, `outbox`: what became of documents and commands, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typer

from poruchik.cli.common import (
    CONFIG,
    FORMAT,
    Format,
    open_application,
    open_store,
    print_json,
    print_table,
)
from poruchik.cli.russian import Command, group
from poruchik.clock import SystemClock
from poruchik.connector import Connector
from poruchik.errors import DocumentRefused, IntegrationError, PoruchikError
from poruchik.store.audit import AuditEntry
from poruchik.store.database import Store
from poruchik.store.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState, Settlement
from poruchik.store.outbox import OutboxState
from poruchik.texts.labels import INBOX_STATES, OUTBOX_STATES
from poruchik.texts.words import words_of


def register(app: typer.Typer) -> None:
    """Add the groups of commands."""
    app.add_typer(_inbox, name="inbox")
    app.add_typer(_outbox, name="outbox")


_inbox = group("Документы, которые ждут человека: список и повтор.")
_outbox = group("Недоставленное: список и повтор.")


# --- inbox ---------------------------------------------------------------------------------------


@_inbox.command("list", cls=Command, help="Ручной разбор, отклонённые карточки, неполучившиеся решения.")
def inbox_list(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print what waits for a person."""
    with open_store(config) as store, store.reading() as reading:
        items = reading.inbox.listing(*WAITS_FOR_A_PERSON)
    if output is Format.JSON:
        print_json(
            [
                {
                    "id": item.id, "system": item.source, "document": item.title, "state": item.state.value,
                    "code": item.code, "cause": item.cause,
                }
                for item in items
            ]
        )  # fmt: skip
        return
    rows = [(str(item.id), item.title, INBOX_STATES[item.state], item.cause) for item in items]
    print_table(f"Ждут человека: {len(items)}", [("№", 0), ("Документ", 0), ("Что", 16), ("Почему", 60)], rows)


@_inbox.command("retry", cls=Command, help="Решить заново: после правки карточки, правил или организации.")
def inbox_retry(
    ids: list[int] = typer.Argument(None, metavar="№ …", help="Номера из списка."),
    every: bool = typer.Option(False, "--all", help="Все, что ждут человека."),
    config: Path | None = CONFIG,
) -> None:
    """Put rows back among the new ones; a refused card is read from its system again."""
    with open_application(config) as application:
        with application.store.reading() as reading:
            waiting = {item.id: item for item in reading.inbox.listing(*WAITS_FOR_A_PERSON, limit=100_000)}
        chosen = list(waiting.values()) if every else [waiting[one] for one in ids or () if one in waiting]
        for one in ids or ():
            if one not in waiting:
                typer.echo(f"№ {one} не ждёт человека", err=True)
        if not chosen:
            raise PoruchikError("повторять нечего", remedy="номера покажет poruchik inbox list; все сразу — --all")
        connectors = {connector.settings.name: connector for connector in application.connectors}
        for item in chosen:
            typer.echo(_retry(application.store, item, connectors, application.clock.now()))


def _retry(store: Store, item: InboxItem, connectors: Mapping[str, Connector], now: datetime) -> str:
    if item.state is not InboxState.REFUSED:
        with store.writing() as writing:
            writing.inbox.settle([Settlement(item.id, InboxState.NEW)], now)
            writing.audit.add(
                [AuditEntry(now, "отправлено на повторное решение", item.document_key, who="администратор")]
            )
        return f"№ {item.id}, документ {item.title}: будет решён заново"
    connector = connectors.get(item.source)
    if connector is None or not item.external_id:
        return f"№ {item.id}: у карточки нет id, перечитать её нельзя; исправьте её в системе"
    try:
        document = connector.document(item.external_id)
    except (DocumentRefused, IntegrationError) as error:
        return f"№ {item.id}: {error}"
    with store.writing() as writing:
        writing.inbox.add([(document, words_of(document))], now)
        writing.inbox.close_refused(item.source, [document], now)
    return f"№ {item.id}, документ {document.title}: карточка прочитана, будет решена"


# --- outbox --------------------------------------------------------------------------------------


@_outbox.command("list", cls=Command, help="Недоставленное; с --all и то, что ещё ждёт отправки.")
def outbox_list(
    config: Path | None = CONFIG,
    every: bool = typer.Option(False, "--all", help="И то, что ещё ждёт."),
    output: Format = FORMAT,
) -> None:
    """Print the dead letters."""
    states = [OutboxState.DEAD, *([OutboxState.WAITING, OutboxState.LEASED] if every else [])]
    with open_store(config) as store, store.reading() as reading:
        items = reading.outbox.listing(*states)
    if output is Format.JSON:
        print_json(
            [
                {
                    "id": item.id, "message_id": item.message_id, "system": item.system, "state": item.state.value,
                    "tries": item.tries, "cause": item.cause,
                }
                for item in items
            ]
        )  # fmt: skip
        return
    rows = [
        (str(item.id), item.command.order_key, OUTBOX_STATES[item.state], str(item.tries), item.cause) for item in items
    ]
    columns = [("№", 0), ("Поручение", 30), ("Что", 13), ("Попыток", 8), ("Почему", 40)]
    print_table(f"Недоставленное: {len(items)}", columns, rows)


@_outbox.command("retry", cls=Command, help="Отправить недоставленное ещё раз.")
def outbox_retry(
    ids: list[int] = typer.Argument(None, metavar="№ …", help="Номера из списка."),
    every: bool = typer.Option(False, "--all", help="Всё недоставленное."),
    config: Path | None = CONFIG,
) -> None:
    """Make dead letters wait again; what may have been carried out is asked about first."""
    now = SystemClock().now()
    with open_store(config) as store, store.writing() as writing:
        dead = {item.id: item for item in writing.outbox.listing(OutboxState.DEAD, limit=100_000)}
        chosen = list(dead) if every else [one for one in ids or () if one in dead]
        writing.outbox.retry(chosen, now)
        writing.audit.add(
            [AuditEntry(now, "отправлено повторно", dead[one].command.order_key, who="администратор") for one in chosen]
        )
    if not chosen:
        raise PoruchikError("повторять нечего", remedy="номера покажет poruchik outbox list; всё сразу — --all")
    typer.echo(f"Снова в очереди: {len(chosen)}. Их отправит poruchik run.")
