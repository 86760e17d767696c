"""`poruchik demo`: a month and a half of an office in seconds, over real SOAP, and what came of it."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from poruchik.app import Application
from poruchik.cli.output import FORMAT, Format, print_table
from poruchik.clock import SimulatedClock
from poruchik.control.wording import waiting_words
from poruchik.errors import SettingsError
from poruchik.model.audit import PROGRAM
from poruchik.model.delivery import OutboxState
from poruchik.model.exchange import ChangeKind
from poruchik.model.inbox import WaitingDocument
from poruchik.model.order import Order, citation
from poruchik.model.standing import Outcome, StoredOrder, outcome_of
from poruchik.policy.load import require_policy
from poruchik.publishing.today import office_of_today
from poruchik.resources import rules_folder
from poruchik.settings import CONFIG_NAME, DEMO_FOLDER, read_settings
from poruchik.store.database import Transaction
from poruchik.store.decisions import last_of
from poruchik.texts.labels import CHANGES
from poruchik_stand.month import DAYS, END, FIRST, START, Month, directory
from poruchik_stand.pages import show_pages
from poruchik_stand.server import SYSTEMS, Stand

_SHOWN = 12
"""Rows of a table whose rest can be asked for."""
_RETURNED = f"в системе: {CHANGES[ChangeKind.RETURNED]}"
_MARK = "# Создано «poruchik demo»: при следующем запуске папка будет создана заново."
_CONFIG = """{mark}
database = "sqlite:///poruchik.db"
policies = "поставляемая"
digests_to = "sed"

[[systems]]
name = "sed"
kind = "СЭД"
connector = "exchange"
url = "{sed}"
under_control_since = {since}

[[systems]]
name = "sog"
kind = "СОГ"
connector = "exchange"
url = "{sog}"
under_control_since = {since}
"""


@dataclass(frozen=True, slots=True)
class DemoShown:
    """What the demo has to show at its end. Documents, orders and messages are those that the stand gives over SOAP."""

    documents: list[Any]
    orders: list[Any]
    notices: list[Any]
    kept: list[StoredOrder]
    reasons: dict[str, Order]
    """Order → what the decision says of it, as public JSON."""
    waiting: list[tuple[WaitingDocument, tuple[str, str]]]
    """Documents of the manual queue: each with its term and what is left of it, in words."""
    returned: list[str]
    """Documents of the orders whose report a person returned."""
    delivered: int
    failed: int

    def messages(self, kind: str) -> int:
        """Return how many messages of a kind people have received."""
        return sum(1 for notice in self.notices if notice.kind == kind)


def demo(
    output: Format = FORMAT,
    folder: Path = typer.Option(Path(DEMO_FOLDER), "--folder", help="Папка для данных демонстрации."),
    pages: bool = typer.Option(False, "--pages", help="Открыть страницы той, что уже показана."),
    port: int | None = typer.Option(None, "--port", help="Порт страниц; 0 — любой свободный."),
) -> None:
    """Play the built-in month and show what came of it; or open the pages of one that was played."""
    if pages:
        _open_pages(folder, port)
        return
    _prepare(folder)
    quiet = output is Format.JSON
    clock = SimulatedClock(START)
    with Stand(path=folder / "stand.db", clock=clock) as stand:
        urls = {name: stand.url(name) for name in SYSTEMS}
        config = _CONFIG.format(mark=_MARK, since=START.isoformat(), **urls)
        (folder / CONFIG_NAME).write_text(config, encoding="utf-8")
        shown = _play(stand, clock, folder, quiet=quiet)
    if not quiet:
        _show(shown, folder)
        return
    told = {
        "documents": len(shown.documents),
        "orders": len(shown.orders),
        "reminders": shown.messages("reminder"),
        "escalations": shown.messages("escalation"),
        "digests": shown.messages("digest"),
        "answers": shown.messages("answer"),
        "manual": len(shown.waiting),
        "returned": len(shown.returned),
        "delivered": shown.delivered,
        "failed": shown.failed,
    }
    typer.echo(json.dumps(told))


def _open_pages(folder: Path, port: int | None) -> None:
    config = folder / CONFIG_NAME
    if not _is_demo(config):
        raise SettingsError(
            "здесь ещё нет демонстрации", where=str(folder), remedy="сначала покажите её: poruchik demo"
        )
    with Stand(path=folder / "stand.db", clock=SimulatedClock(END)) as stand:
        stand.exchange.directory = list(directory(require_policy(rules_folder())))
        show_pages(config, stand, port)


def _is_demo(config: Path) -> bool:
    return config.is_file() and config.read_text(encoding="utf-8").startswith(_MARK)


def _prepare(folder: Path) -> None:
    """Make an empty folder; one that is not an earlier demo's is left alone."""
    config = folder / CONFIG_NAME
    if folder.exists() and any(folder.iterdir()):
        if not _is_demo(config):
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


def _play(stand: Stand, clock: SimulatedClock, folder: Path, *, quiet: bool) -> DemoShown:
    console = Console(stderr=True, quiet=quiet)
    policy = require_policy(rules_folder())
    stand.exchange.directory = list(directory(policy))
    month = Month(stand, clock, policy)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[day]}"))
    with (
        Progress(*columns, console=console) as progress,
        Application(read_settings(folder / CONFIG_NAME), clock=clock) as application,
    ):
        task = progress.add_task("Полтора месяца работы", total=DAYS, day=f"{FIRST:%d.%m.%Y}")

        def passed(day: date) -> None:
            progress.update(task, completed=(day - FIRST).days, day=f"{day:%d.%m.%Y}")

        month.play(application, passed)
        progress.update(task, completed=DAYS)
        with application.store.reading() as reading:
            kept = reading.orders.every()
            reasons = {one.key: one for order in kept for one in _as_decided(reading, order)}
            calendar = office_of_today(reading, application.settings, clock).calendar
            waiting = [(one, waiting_words(one, END, calendar)) for one in reading.inbox.waiting()]
            titles = {order.key: order.title for order in kept}
            entries = reading.audit.about(*titles)
            counts = reading.outbox.counts()
    return DemoShown(
        documents=[one for system in SYSTEMS for one in month.read_all(system, "GetDocuments", "document")],
        orders=[one for system in SYSTEMS for one in month.read_all(system, "GetOrders", "order")],
        notices=month.notices(),
        kept=kept,
        reasons=reasons,
        waiting=waiting,
        returned=[titles[one.subject] for one in entries if one.what == _RETURNED and one.who != PROGRAM],
        delivered=counts.get(OutboxState.SENT, 0),
        failed=counts.get(OutboxState.DEAD, 0),
    )


def _as_decided(reading: Transaction, order: StoredOrder) -> Sequence[Order]:
    """Return the orders of the decision that gave this one."""
    item = reading.inbox.get(order.inbox_id)
    decision, _ = last_of(reading.decisions.of_document(order.document_key), item.card) if item else (None, "")
    return decision.orders if decision else ()


# --- the last screen -----------------------------------------------------------------------------


def _show(shown: DemoShown, folder: Path) -> None:
    typer.echo(
        f"\nС {FIRST:%d.%m.%Y} по {END:%d.%m.%Y}: документов {len(shown.documents)}, поручений {len(shown.orders)}. "
        f"Отправлено по SOAP: {shown.delivered}, не доставлено: {shown.failed}."
    )
    orders = sorted(shown.kept, key=lambda order: (order.due_at is None, order.due_at, order.id))
    print_table(
        f"\nКому, что, к какому сроку и почему (первые {_SHOWN}, все: orders list)",
        [("Документ", 0), ("Кому", 15), ("Срок", 0), ("Что сделать", 30), ("Почему", 26)],
        [_order_row(order, shown.reasons.get(order.key)) for order in orders[:_SHOWN]],
    )
    _show_outcomes(shown.kept, shown.returned)
    _show_messages(shown.notices)
    print_table(
        f"\nРучной разбор: {len(shown.waiting)}. Этими документами займётся человек",
        [("Документ", 0), ("Срок", 0), ("Осталось", 18), ("Почему", 40)],
        [(one.item.title, *words, one.item.cause) for one, words in shown.waiting],
    )
    _show_where_next(shown, folder)


def _show_outcomes(kept: Sequence[StoredOrder], returned: Sequence[str]) -> None:
    """Each order is in exactly one line."""
    by_outcome: dict[Outcome, list[StoredOrder]] = {outcome: [] for outcome in Outcome}
    for order in kept:
        by_outcome[outcome_of(order, END)].append(order)
    rows = [
        (outcome.value, str(len(found)), ", ".join(order.title for order in found[:4]) + (" …" if found[4:] else ""))
        for outcome, found in by_outcome.items()
    ]
    rows.append(("всего", str(len(kept)), ""))
    print_table("\nЧем кончилось", [("Итог", 0), ("Поручений", 0), ("Например", 1)], rows)
    if returned:
        typer.echo(f"Контролёр возвращал отчёт: {', '.join(returned)} (почему — orders show НОМЕР)")


def _show_messages(notices: Sequence[Any]) -> None:
    """Who was told how often, and the last headline."""
    by_person: dict[str, Counter[str]] = {}
    last: dict[str, str] = {}
    for notice in sorted(notices, key=lambda one: str(one.pointAt or "")):
        by_person.setdefault(notice.to.name, Counter())[notice.kind] += 1
        last[notice.to.name] = notice.subject
    kinds = ("reminder", "escalation", "digest", "answer")
    rows = [
        (name, *(str(counts[kind] or "—") for kind in kinds), last[name])
        for name, counts in sorted(by_person.items(), key=lambda one: -sum(one[1].values()))
    ]
    columns = [("Кому", 0), ("Напомин.", 0), ("Эскал.", 0), ("Сводок", 0), ("Ответов", 0), ("Последнее", 1)]
    print_table(f"\nСообщения: {len(notices)}", columns, rows[:_SHOWN])


def _show_where_next(shown: DemoShown, folder: Path) -> None:
    late = [order for order in shown.kept if outcome_of(order, END) is Outcome.LATE]
    number = (late or shown.kept)[0].title if shown.kept else "НОМЕР"
    program, on = _program(), f"--as-of {END:%Y-%m-%d}"
    at = "" if folder == Path(DEMO_FOLDER) else f" --folder {folder}"
    typer.echo(
        f"\nДанные остались в {folder}/, последний день — {END:%d.%m.%Y}. Смотрите дальше:\n"
        f"  {program} orders overdue {on}   что просрочено\n"
        f"  {program} orders due {on}       что кончается на днях\n"
        f"  {program} orders at-risk {on}   что может опоздать\n"
        f"  {program} orders show {number}   одно поручение: что с ним было и почему\n"
        f"  {program} inbox list            что ждёт человека\n"
        f"Те же данные на страницах; команда напечатает адрес и ссылки для входа:\n"
        f"  {program} demo --pages{at}"
    )


def _program() -> str:
    """Return how this program can be called again from here: by its name only where the shell would find it."""
    called = Path(sys.argv[0])
    if called.name != "poruchik" or shutil.which("poruchik") == str(called.resolve()):
        return "poruchik"
    return str(called)


def _order_row(order: StoredOrder, decided: Order | None) -> Sequence[str]:
    stands_in = decided is not None and decided.lead.stands_in_for != "" and decided.lead.person == order.lead
    term = decided.deadline.term if decided and decided.deadline else ""
    return (
        order.title,
        order.lead + (" (замещает)" if stands_in else ""),
        f"{order.due_at.astimezone(START.tzinfo):%d.%m.%Y\n%H:%M}" if order.due_at else "к сведению",
        order.text,
        "; ".join(filter(None, (citation(order.act, order.clause), term))),
    )
