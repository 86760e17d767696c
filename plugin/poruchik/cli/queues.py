"""`inbox`, `outbox`: what became of documents and commands, and what waits for a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import typer

from poruchik.app import Application
from poruchik.cli.installation import CONFIG, settings_from, to_read, to_write
from poruchik.cli.output import FORMAT, Format, print_grouped, print_json, print_table
from poruchik.clock import SystemClock
from poruchik.connector import Connector
from poruchik.control.wording import waiting_words
from poruchik.errors import DocumentRefused, IntegrationError, PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.model.delivery import OutboxState
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState, Settlement
from poruchik.publishing.today import office_of_today
from poruchik.store.database import Store
from poruchik.texts.labels import INBOX_STATES, OPERATIONS, OUTBOX_STATES
from poruchik.texts.words import words_of

_MOST = 500
"""Rows of a list."""

# --- inbox ---------------------------------------------------------------------------------------


def inbox_list(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print what waits for a person, the terms of the law first."""
    settings = settings_from(config)
    now = SystemClock().now()
    with to_read(settings) as reading:
        found = reading.inbox.waiting(limit=_MOST)
        counts = reading.inbox.counts()
        calendar = office_of_today(reading, settings, SystemClock()).calendar
    if output is Format.JSON:
        print_json(
            [
                {
                    "id": one.item.id, "system": one.item.source, "document": one.item.title,
                    "state": one.item.state.value, "code": one.item.code, "cause": one.item.cause,
                    "due_at": one.due_at and one.due_at.astimezone(calendar.zone).isoformat(),
                    "by_law": one.by_law, "late": one.is_late(now),
                }
                for one in found
            ]
        )  # fmt: skip
        return
    rows = [
        (
            *(str(one.item.id), one.item.title),
            *waiting_words(one, now, calendar),
            *(INBOX_STATES[one.item.state], one.item.cause),
        )
        for one in found
    ]
    columns = [("№", 0), ("Документ", 0), ("Срок", 0), ("Осталось", 18), ("Что", 12), ("Почему", 40)]
    total = sum(counts.get(state, 0) for state in WAITS_FOR_A_PERSON)
    rest = f", показаны первые {len(found)}" if total > len(found) else ""
    print_table(f"Ждут человека: {total}{rest}", columns, rows)


def inbox_replay(
    ids: list[int] = typer.Argument(None, metavar="№ …", help="Номера из списка."),
    every: bool = typer.Option(False, "--all", help="Все, что ждут человека."),
    config: Path | None = CONFIG,
) -> None:
    """Put rows back among the new ones; a refused card is read from its system again."""
    with Application(settings_from(config), opening=Store.to_write) as application:
        with application.store.reading() as reading:
            waiting = {item.id: item for item in reading.inbox.listing(*WAITS_FOR_A_PERSON, limit=100_000)}
        chosen = list(waiting.values()) if every else [waiting[one] for one in ids or () if one in waiting]
        for one in ids or ():
            if one not in waiting:
                typer.echo(f"№ {one} не ждёт человека", err=True)
        if not chosen:
            raise PoruchikError("повторять нечего", remedy="номера покажет poruchik inbox list; все сразу — --all")
        connectors = {connector.settings.name: connector for connector in application.connectors}
        print_grouped(
            (
                f"№ {item.id}" + (f" ({item.title})" if item.title else ""),
                _replay(application.store, item, connectors, application.clock.now()),
            )
            for item in chosen
        )


def _replay(store: Store, item: InboxItem, connectors: Mapping[str, Connector], now: datetime) -> str:
    """Put one row back; return what became of it."""
    if item.state is not InboxState.REFUSED:
        with store.writing() as writing:
            writing.inbox.settle([Settlement(item.id, InboxState.NEW)], now)
            writing.audit.add(
                [AuditEntry(now, "отправлено на повторное решение", item.document_key, who="администратор")]
            )
        return "будет решён заново"
    connector = connectors.get(item.source)
    if connector is None or not item.external_id:
        return "у карточки нет id, перечитать её нельзя; исправьте её в системе"
    try:
        document = connector.document(item.external_id)
    except (DocumentRefused, IntegrationError) as error:
        return str(error)
    with store.writing() as writing:
        writing.inbox.add([(document, words_of(document))], now)
        writing.inbox.close_refused(item.source, [document], now)
    return "карточка прочитана, будет решена"


# --- outbox --------------------------------------------------------------------------------------


def outbox_list(
    config: Path | None = CONFIG,
    every: bool = typer.Option(False, "--all", help="И то, что ещё ждёт."),
    output: Format = FORMAT,
) -> None:
    """Print the dead letters."""
    states = [OutboxState.DEAD, *([OutboxState.WAITING, OutboxState.LEASED] if every else [])]
    with to_read(settings_from(config)) as reading:
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


def outbox_retry(
    ids: list[int] = typer.Argument(None, metavar="№ …", help="Номера из списка."),
    every: bool = typer.Option(False, "--all", help="Всё недоставленное."),
    config: Path | None = CONFIG,
) -> None:
    """Make dead letters wait again; what may have been carried out is asked about first."""
    now = SystemClock().now()
    with to_write(settings_from(config)) as writing:
        dead = {item.id: item for item in writing.outbox.listing(OutboxState.DEAD, limit=100_000)}
        chosen = list(dead) if every else [one for one in ids or () if one in dead]
        writing.outbox.retry(chosen, now)
        writing.audit.add(
            [AuditEntry(now, "отправлено повторно", dead[one].command.order_key, who="администратор") for one in chosen]
        )
    if not chosen:
        raise PoruchikError("повторять нечего", remedy="номера покажет poruchik outbox list; всё сразу — --all")
    typer.echo(f"Снова в очереди: {len(chosen)}. Их отправит poruchik run.")


def outbox_show(
    number: int = typer.Argument(..., metavar="№", help="Номер из списка."),
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print one command with its content, and what was done about its order."""
    with to_read(settings_from(config)) as reading:
        item = reading.outbox.get(number)
        if item is None:
            raise PoruchikError(f"команды № {number} нет", remedy="номера покажет poruchik outbox list --all")
        story = reading.audit.about(item.command.order_key)
    command = item.command
    told = {
        "id": item.id, "message_id": command.message_id, "operation": command.operation.value, "system": item.system,
        "order": command.order_key, "state": item.state.value, "claims": item.claims, "tries": item.tries,
        "outcome_unknown": item.outcome_unknown, "cause": item.cause, "created_at": item.created_at.isoformat(),
        "not_before": item.not_before.isoformat(), "content": command.told(),
        "story": [
            {"at": one.at.isoformat(), "who": one.who, "what": one.what, "details": one.details} for one in story
        ],
    }  # fmt: skip
    if output is Format.JSON:
        print_json(told)
        return
    state = OUTBOX_STATES[item.state] + ("; исход последней попытки неизвестен" if item.outcome_unknown else "")
    typer.echo(f"№ {item.id}: {OPERATIONS[command.operation]}, система {item.system}, {state}")
    typer.echo(f"Поручение: {command.order_key}")
    typer.echo(f"Создана {item.created_at.astimezone():%d.%m.%Y %H:%M}, взята {item.claims} раз, попыток {item.tries}")
    if item.cause:
        typer.echo(f"Причина: {item.cause}")
    typer.echo("Содержание:")
    for name, value in command.told().items():
        typer.echo(f"  {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    typer.echo("Что было с поручением:")
    for one in story:
        typer.echo(f"  {one.at.astimezone():%d.%m.%Y %H:%M} {one.who}: {one.what} {one.details}".rstrip())


def outbox_drop(
    ids: list[int] = typer.Argument(..., metavar="№ …", help="Номера из списка."),
    why: str = typer.Option(..., "--why", help="Почему: останется в журнале."),
    config: Path | None = CONFIG,
) -> None:
    """End dead letters for good; the cause is kept with the row and in the audit."""
    if not why.strip():
        raise PoruchikError("причина пуста", remedy='напишите --why "…"')
    now = SystemClock().now()
    with to_write(settings_from(config)) as writing:
        dead = {item.id: item for item in writing.outbox.listing(OutboxState.DEAD, limit=100_000)}
        chosen = [one for one in dict.fromkeys(ids) if one in dead]
        writing.outbox.withdraw(chosen, why.strip(), now)
        writing.audit.add(
            [
                AuditEntry(now, "от отправки отказались", dead[one].command.order_key, why.strip(), "администратор")
                for one in chosen
            ]
        )
    for one in ids:
        if one not in dead:
            typer.echo(f"№ {one} нет среди недоставленного", err=True)
    if not chosen:
        raise PoruchikError("отказываться не от чего", remedy="номера покажет poruchik outbox list")
    typer.echo(f"Больше не отправляется: {len(chosen)}.")
