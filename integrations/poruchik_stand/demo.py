"""`poruchik demo`: documents registered in the stand become orders in it, over real SOAP, in front of one's eyes."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
import zeep
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from poruchik.app import Application
from poruchik.cli.common import CONFIG_NAME, DEMO_FOLDER, FORMAT, Format, print_table
from poruchik.clock import SimulatedClock
from poruchik.errors import SettingsError
from poruchik.policy.documents import read_documents
from poruchik.policy.load import require_policy
from poruchik.policy.model import Policy
from poruchik.resources import rules_folder
from poruchik.settings import read_settings
from poruchik.store.inbox import WAITS_FOR_A_PERSON, InboxItem
from poruchik.store.outbox import OutboxState
from poruchik_stand.cards import seed
from poruchik_stand.server import SYSTEMS, Stand

DOCUMENTS = Path(__file__).parent / "data" / "documents.yaml"
NOW = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
"""The demo's present moment: its documents and absences are dated around it."""
_MARK = "# Создано «poruchik demo»: при следующем запуске папка будет создана заново."
_CONFIG = """{mark}
database = "sqlite:///poruchik.db"
policies = "поставляемая"

[[systems]]
name = "sed"
kind = "СЭД"
connector = "exchange"
url = "{sed}"

[[systems]]
name = "sog"
kind = "СОГ"
connector = "exchange"
url = "{sog}"
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo has to show at its end; orders and documents are those that the stand gives over SOAP."""

    documents: list[Any]
    orders: list[Any]
    waiting: list[InboxItem]
    delivered: int
    failed: int


def demo(
    output: Format = FORMAT,
    folder: Path = typer.Option(Path(DEMO_FOLDER), "--folder", help="Папка для данных демонстрации."),
) -> None:
    """Run the whole way of the built-in documents and show what came of it."""
    _prepare(folder)
    quiet = output is Format.JSON
    with Stand(path=folder / "stand.db", clock=SimulatedClock(NOW)) as stand:
        urls = {name: stand.url(name) for name in SYSTEMS}
        (folder / CONFIG_NAME).write_text(_CONFIG.format(mark=_MARK, **urls), encoding="utf-8")
        shown = _play(stand, folder, quiet=quiet)
    if quiet:
        told = {
            "documents": len(shown.documents),
            "orders": len(shown.orders),
            "manual": len(shown.waiting),
            "delivered": shown.delivered,
            "failed": shown.failed,
        }
        typer.echo(json.dumps(told))
    else:
        _show(shown, folder)


def directory(policy: Policy) -> list[tuple[str, str, str]]:
    """Return the people of a policy's organisation as the stand's directory: name, unit, position."""
    return [(person.name, person.unit, person.position) for person in policy.organization.employees]


def _prepare(folder: Path) -> None:
    """Make an empty folder; one that is not an earlier demo's is left alone."""
    config = folder / CONFIG_NAME
    if folder.exists() and any(folder.iterdir()):
        if not (config.is_file() and config.read_text(encoding="utf-8").startswith(_MARK)):
            raise SettingsError(
                "в папке чужие файлы, демонстрация их не тронет", where=str(folder), remedy="назовите другую: --folder"
            )
        for name in ("poruchik.db", "stand.db"):
            for suffix in ("", "-wal", "-shm"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"папку не создать: {error.strerror}", where=str(folder)) from error


def _play(stand: Stand, folder: Path, *, quiet: bool) -> Shown:
    console = Console(stderr=True, quiet=quiet)
    policy = require_policy(rules_folder())
    documents = read_documents(DOCUMENTS, policy.attributes, policy.zone)
    stand.exchange.directory = directory(policy)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        registered = progress.add_task("Регистрация в СЭД и СОГ", total=len(documents))
        progress.update(registered, completed=seed(stand.store, documents))
        decided = progress.add_task("Решения по политикам", total=len(documents))
        sent = progress.add_task("Поручения по SOAP", total=None)
        with Application(read_settings(folder / CONFIG_NAME), clock=SimulatedClock(NOW)) as application:
            done = application.worker.round()
            while not done.idle:
                progress.advance(decided, done.decided)
                progress.update(sent, advance=done.sent, total=progress.tasks[sent].completed + done.sent)
                done = application.worker.round()
            with application.store.reading() as reading:
                waiting = reading.inbox.listing(*WAITS_FOR_A_PERSON)
                counts = reading.outbox.counts()
        progress.update(sent, total=counts.get(OutboxState.SENT, 0), completed=counts.get(OutboxState.SENT, 0))
    return Shown(
        documents=[one for system in SYSTEMS for one in _read_all(stand, system, "GetDocuments", "document")],
        orders=[one for system in SYSTEMS for one in _read_all(stand, system, "GetOrders", "order")],
        waiting=waiting,
        delivered=counts.get(OutboxState.SENT, 0),
        failed=counts.get(OutboxState.DEAD, 0),
    )


def _read_all(stand: Stand, system: str, operation: str, item: str) -> list[Any]:
    """Read all pages with a client of its own, made from the WSDL that the stand serves."""
    client = zeep.Client(f"{stand.url(system)}?wsdl")
    service = client.bind("Exchange", "ExchangePortSoap12")
    found: list[Any] = []
    cursor, has_more = "", True
    while has_more:
        page = getattr(service, operation)(cursor=cursor, limit=100)
        found += getattr(page, item)
        cursor, has_more = page.cursor, page.hasMore
    return found


# --- the last screen -----------------------------------------------------------------------------


def _show(shown: Shown, folder: Path) -> None:
    numbers = {document.id: document.number for document in shown.documents}
    orders = sorted(shown.orders, key=lambda order: (order.dueOn is None, str(order.dueOn), order.number))
    print_table(
        f"\nПоручения в СЭД и СОГ: {len(orders)}",
        [("Документ", 0), ("Кому", 15), ("Срок", 0), ("Что сделать", 30), ("Почему", 26)],
        [_order_row(order, numbers) for order in orders],
    )
    print_table(
        f"\nРучной разбор: {len(shown.waiting)}. Этими документами займётся человек",
        [("Документ", 0), ("Почему", 1)],
        [(item.title, item.cause.removeprefix(f"документ {item.title}: ")) for item in shown.waiting],
    )
    _show_counts(shown)
    number = next((numbers[order.documentId] for order in orders), "НОМЕР")
    program = _program()
    typer.echo(
        f"\nДанные остались в {folder}/. Смотрите дальше:\n"
        f"  {program} orders show {number}   почему это поручение такое\n"
        f"  {program} orders list           все поручения\n"
        f"  {program} inbox list            что ждёт человека\n"
        f"  {program} rules test            проверки правил"
    )


def _program() -> str:
    """Return how this program can be called again from here: by its name only where the shell would find it."""
    called = Path(sys.argv[0])
    if called.name != "poruchik" or shutil.which("poruchik") == str(called.resolve()):
        return "poruchik"
    return str(called)


def _order_row(order: Any, numbers: dict[str, str]) -> Sequence[str]:
    person, term = [*str(order.explanation).split("\n"), ""][:2]
    # «Почему вы: act and clause (правило …); how the person was found»
    basis, _, found = person.removeprefix("Почему вы: ").partition(" (правило")
    # «Почему срок 23.12.2026, 18:00: 30 дней от регистрации — act and clause»
    counted = term.partition(" — ")[0].rpartition(": ")[2] if order.dueAt else ""
    return (
        numbers.get(order.documentId, order.documentId),
        order.lead.name + (" (замещает)" if "замещает" in found else ""),
        f"{order.dueAt:%d.%m.%Y\n%H:%M}" if order.dueAt else "к сведению",
        order.text,
        f"{basis}; {counted}" if counted else basis,
    )


def _show_counts(shown: Shown) -> None:
    leads = Counter(order.lead.name for order in shown.orders)
    busiest = ", ".join(f"{name} — {count}" for name, count in leads.most_common(3))
    typer.echo(
        f"\nДокументов: {len(shown.documents)}. Поручений: {len(shown.orders)}, доставлено команд: {shown.delivered}, "
        f"не доставлено: {shown.failed}. На ручном разборе: {len(shown.waiting)}.\n"
        f"Исполнителей: {len(leads)}; больше всего поручений: {busiest}."
    )
