"""`changes`: what people did in a system and the program could not read: look, read again, enter, dismiss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from poruchik.app import Application
from poruchik.cli.installation import CONFIG, settings_from, to_read
from poruchik.cli.output import FORMAT, Format, print_grouped, print_json, print_table
from poruchik.control.entered import Entered, change_of
from poruchik.errors import IntegrationError, PoruchikError
from poruchik.lanes.entering import Entering, dismiss, order_named
from poruchik.model.changes import ChangeState, KeptChange
from poruchik.model.exchange import OrderChange
from poruchik.store.database import Store
from poruchik.texts.labels import CHANGES

WHO = "администратор"
_NUMBERS = "номера покажет poruchik changes list"


def changes_list(
    config: Path | None = CONFIG,
    xml: bool = typer.Option(False, "--xml", help="Показать и сами изменения, как они пришли."),
    output: Format = FORMAT,
) -> None:
    """Print the changes that could not be read or applied."""
    with to_read(settings_from(config)) as reading:
        total = reading.changes.count(ChangeState.REFUSED)
        kept = reading.changes.listing(ChangeState.REFUSED)
    if output is Format.JSON:
        print_json(
            [
                {
                    "id": one.id, "system": one.system, "order": one.order_key, "change": one.change_id,
                    "cause": one.cause, "seen_at": one.seen_at.isoformat(), "raw": one.raw,
                }
                for one in kept
            ]
        )  # fmt: skip
        return
    rows = [
        (str(one.id), one.system, one.order_key or "неизвестно", f"{one.seen_at.astimezone():%d.%m.%Y}", one.cause)
        for one in kept
    ]
    columns = [("№", 0), ("Система", 0), ("Поручение", 30), ("Пришло", 0), ("Почему", 50)]
    print_table(f"Не прочитано изменений: {total}", columns, rows)
    if total > len(kept):
        typer.echo(f"Показаны первые {len(kept)} из {total}.")
    for one in kept if xml else ():
        typer.echo(f"№ {one.id}:\n{one.raw}")
    if kept:
        typer.echo(
            "О сроках этих поручений пока никому не сообщается. Прочитать заново: poruchik changes replay №; "
            "ввести, что сделали: poruchik changes enter №; закрыть без последствий: poruchik changes dismiss №."
        )


def changes_replay(
    ids: list[int] = typer.Argument(None, metavar="№ …", help="Номера из списка."),
    every: bool = typer.Option(False, "--all", help="Все, что ждут человека."),
    config: Path | None = CONFIG,
) -> None:
    """Read changes again and apply them: after a new version, or when the settings of the system were mended."""
    with _application(config) as application:
        with application.store.reading() as reading:
            waiting = {one.id: one for one in reading.changes.listing(ChangeState.REFUSED, limit=100_000)}
        chosen = list(waiting) if every else list(dict.fromkeys(ids or ()))
        if not chosen:
            raise PoruchikError("повторять нечего", remedy=f"{_NUMBERS}; все сразу — --all")
        failed = []
        for number in chosen:
            kept = waiting.get(number)
            try:
                if kept is None:
                    raise PoruchikError("человека не ждёт", remedy=_NUMBERS)
                change = _entering(application, kept).replay(kept, WHO)
                typer.echo(f"№ {number}: {_told(change)}")
            except IntegrationError as error:
                failed.append((f"№ {number}", f"по-прежнему не читается: {error.what}"))
            except PoruchikError as error:
                failed.append((f"№ {number}", str(error)))
    print_grouped(failed, err=True)
    if failed:
        raise typer.Exit(1)


def changes_enter(
    number: int = typer.Argument(..., metavar="№", help="Номер из списка."),
    kind: str = typer.Option(..., "--kind", help=f"Что сделали: {', '.join(CHANGES.values())}."),
    at: str = typer.Option("", "--at", help="Когда: 27.11.2026 или «27.11.2026 15:30»; без него — когда пришло."),
    by: str = typer.Option("", "--by", help="Кто сделал."),
    comment: str = typer.Option("", "--comment", help="Что при этом написал."),
    part: str = typer.Option("", "--part", help="Соисполнитель или часы, если изменение о его части."),
    lead: str = typer.Option("", "--lead", help="Новый исполнитель."),
    due: str = typer.Option("", "--due", help="Новый срок."),
    answered_on: str = typer.Option("", "--answered-on", help="Отчёт: когда отправлен ответ."),
    channel: str = typer.Option("", "--channel", help="Отчёт: каким каналом."),
    outcome: str = typer.Option("", "--outcome", help="Отчёт: исход."),
    promised: str = typer.Option("", "--promised", help="Отчёт: к какому дню обещано решить вопрос."),
    deviation: str = typer.Option("", "--deviation", help="Отчёт: отклонение от порядка."),
    attachments: list[str] = typer.Option([], "--attachment", help="Отчёт: приложение; можно несколько раз."),
    order: str = typer.Option("", "--order", help="Номер документа или ключ поручения, если оно неизвестно."),
    config: Path | None = CONFIG,
) -> None:
    """Apply what a person read in the system itself."""
    said = Entered(
        kind=kind, at=at, by=by, comment=comment, part=part, lead=lead, due=due,
        answered_on=answered_on, answer_channel=channel, outcome=outcome, promised=promised,
        deviation=deviation, attachments=tuple(attachments),
    )  # fmt: skip
    with _application(config) as application:
        with application.store.reading() as reading:
            kept = reading.changes.get(number)
            if kept is None:
                raise PoruchikError(f"изменения № {number} нет", remedy=_NUMBERS)
            if order:
                said = replace(said, order_key=order_named(reading, kept.system, order))
        application.rulebook.refresh()
        calendar, now = application.rulebook.calendar, application.clock.now()
        change = _entering(application, kept).enter(kept, lambda one: change_of(said, one, calendar, now, WHO), WHO)
    typer.echo(f"№ {number}: {_told(change)}")


def changes_dismiss(
    ids: list[int] = typer.Argument(..., metavar="№ …", help="Номера из списка."),
    why: str = typer.Option(..., "--why", help="Почему: останется в журнале."),
    config: Path | None = CONFIG,
) -> None:
    """End changes without consequences for their orders; the cause stands in the audit."""
    if not why.strip():
        raise PoruchikError("причина пуста", remedy='напишите --why "…"')
    failed = 0
    with _application(config) as application:
        for number in dict.fromkeys(ids):
            try:
                kept = dismiss(application.store, number, why.strip(), WHO, application.clock.now())
                typer.echo(f"№ {number}, поручение {kept.order_key or 'неизвестно'}: закрыто без последствий")
            except PoruchikError as error:
                failed += 1
                typer.echo(str(error), err=True)
    if failed:
        raise typer.Exit(1)


@contextmanager
def _application(config: Path | None) -> Iterator[Application]:
    with Application(settings_from(config), opening=Store.to_write) as application:
        yield application


def _entering(application: Application, kept: KeptChange) -> Entering:
    connectors = {one.settings.name: one for one in application.connectors}
    if kept.system not in connectors:
        raise PoruchikError(
            f"системы «{kept.system}» в настройках нет", remedy="верните её или закройте: poruchik changes dismiss"
        )
    application.rulebook.refresh()
    changing = application.worker.changing[kept.system]
    return Entering(application.store, connectors[kept.system], changing, application.plugins)


def _told(change: OrderChange) -> str:
    return f"поручение {change.order_key}: {CHANGES[change.kind]}"
