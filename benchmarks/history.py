"""The pages over a long history: makes one in SQLite, then opens every page over loopback and takes the median.

    .venv/bin/python benchmarks/history.py [--orders 100000] [--open 5000] [--times 15] [--keep FOLDER]

The orders are decided by the shipped policies; half of them lie with anybody of the unit and not with whom the rules
name. Closed ones have a report, four lines of journal, three points and a command each. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import requests
from argon2 import PasswordHasher

from poruchik.app import Application
from poruchik.clock import SimulatedClock
from poruchik.connector import SystemSettings
from poruchik.control.giving import create_command
from poruchik.control.item import ItemState
from poruchik.control.opening import Item, Opening
from poruchik.model.audit import AuditEntry
from poruchik.model.decision import Decision
from poruchik.model.document import Document, SystemKind, Value
from poruchik.model.exchange import Report
from poruchik.model.inbox import InboxState, Settlement
from poruchik.model.order import PointKind
from poruchik.model.points import Fate, FiredPoint
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.model.told import stored
from poruchik.model.users import UserRole
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik.store.decisions import StoredDecision
from poruchik.store.orders import orders_of
from poruchik.texts.words import words_of
from poruchik.web.server import WebServer
from poruchik.web.site import Site

NOW = datetime.fromisoformat("2026-12-17T09:00:00+05:00")
BATCH = 500
CARDS: tuple[tuple[int, dict[str, Value]], ...] = (
    (40, {"вид": "обращение", "канал": "почта", "тема": "мобильная связь"}),
    (20, {"вид": "обращение", "канал": "почта", "тема": "телевидение"}),
    (15, {"вид": "обращение", "канал": "почта", "тема": "электронные услуги"}),
    (15, {"вид": "запрос", "канал": "почта", "тема": "персональные данные"}),
    (8, {"вид": "депутатский запрос"}),
    (2, {"вид": "обращение", "канал": "почта"}),
)
TEXTS = (
    "Прошу сообщить, когда в деревне появится устойчивая связь: вышку обещали весной, звонить можно с холма.",
    "Не показывают местные каналы, приставка исправна, соседи жалуются на то же самое.",
    "Не могу записаться на приём через портал: страница выдаёт ошибку и теряет заявление.",
    "Прошу разъяснить порядок обработки моих сведений и основания для их передачи третьим лицам.",
)
PASSWORD = "history-benchmark"
PAGES = {
    "controller": (
        "/today", "/today?by=unit", "/orders", "/orders?what=overdue", "/orders?what=closed&page=900",
        "/orders?q=вышка связи", "/orders?q=О-77777", "/orders?q=Сидорову", "/breakdown", "/breakdown?by=person",
        "/breakdown?by=clause", "/manual", "/orders/{some}", "/documents/{some}", "/orders/{last}/extend",
    ),
    "head": ("/today", "/orders", "/breakdown?by=person"),
    "executor": ("/mine", "/orders"),
    "administrator": ("/system", "/rules", "/rules/тема-связь"),
}  # fmt: skip
PEOPLE = {"controller": "Кузьмина Е. В.", "head": "Иванов И. И.", "executor": "Сидоров С. С.", "administrator": ""}


@dataclass(frozen=True)
class Plan:
    """How large the history is."""

    orders: int
    open: int


def main() -> None:
    """Make the history and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=5_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not (folder / "poruchik.db").exists()
        system = SystemSettings("sog", SystemKind.SOG, "exchange", "http://127.0.0.1:1/sog")
        settings = Settings(
            folder / "poruchik.toml", f"sqlite:///{folder / 'poruchik.db'}", rules_folder(), systems=(system,)
        )
        with Application(settings, clock=SimulatedClock(NOW)) as application:
            began = time.perf_counter()
            if fresh:
                make(application, Plan(arguments.orders, arguments.open))
            made = time.perf_counter() - began
            told = measure(application, arguments.times)
            with application.store.reading() as reading:
                counts = reading.orders.counts()
    size = round((folder / "poruchik.db").stat().st_size / 1e6) if arguments.keep else None
    print(
        json.dumps(
            {"orders": counts, "made_s": round(made), "megabytes": size, "ms": told}, ensure_ascii=False, indent=1
        )
    )


# --- making --------------------------------------------------------------------------------------


def make(application: Application, plan: Plan) -> None:
    """Write the history through the store, batch by batch."""
    random = Random(269)
    documents = _documents(plan, random)
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with application.store.writing() as writing:
        for role, person in PEOPLE.items():
            writing.users.add(role, UserRole(role), person, hasher.hash(PASSWORD), NOW)
    while batch := list(islice(documents, BATCH)):
        _write(application, batch, random)


def _documents(plan: Plan, random: Random) -> Iterator[tuple[Document, bool]]:
    """Yield documents with whether their order is open: the open ones are the last month's, the rest two years'."""
    closed = plan.orders - plan.open
    spread = timedelta(days=34) if plan.open < plan.orders else timedelta(days=400)
    for number in range(plan.orders):
        is_open = number >= closed
        ago = spread * random.random() if is_open else timedelta(days=60 + 640 * random.random())
        at = (NOW - ago).replace(hour=random.randrange(9, 18), minute=0)
        ((_, facts),) = random.choices(CARDS, [weight for weight, _ in CARDS])
        said = f"{random.choice(TEXTS)} Дом {number % 300}."
        yield (
            Document(
                source="sog",
                system=SystemKind.SOG,
                external_id=str(number),
                reg_number=f"О-{number}",
                registered_at=min(at, NOW - timedelta(hours=1)),
                received_at=min(at, NOW - timedelta(hours=1)) - timedelta(days=random.choice((0, 0, 0, 1, 4))),
                attributes={"тип": "входящий", **facts, "содержание": said},
            ),
            is_open,
        )


def _write(application: Application, batch: list[tuple[Document, bool]], random: Random) -> None:
    calendar, decider = application.rulebook.calendar, application.rulebook
    open_of = {document.key: is_open for document, is_open in batch}
    with application.store.writing() as writing:
        writing.inbox.add([(document, words_of(document)) for document, _ in batch], NOW)
        new = writing.inbox.take(BATCH, owner="history", now=NOW, lease_until=NOW)
        made: list[tuple[int, Decision]] = []
        orders: list[StoredOrder] = []
        items: list[Item] = []
        settled = []
        for row in new:
            document = Document.read(row.card)
            decision = decider.decide(document, load={})
            made.append((row.id, decision))
            if decision.manual:
                settled.append(
                    Settlement(row.id, InboxState.MANUAL, decision.manual[0].code.value, decision.manual[0].text)
                )
                continue
            settled.append(Settlement(row.id, InboxState.DECIDED))
            opened = list(Opening(calendar, document.registered_at).items(decision))
            for order in orders_of(decision, row.id, calendar):
                orders.append(_lived(order, application, random, is_open=open_of[document.key]))
                items += [
                    replace(one, state=one.state if open_of[document.key] else ItemState.DONE, next_at=None)
                    for one in opened
                ]
        writing.decisions.add(
            [
                StoredDecision(row_id, one.document.key, one.policy_version, one.document.registered_at, stored(one))
                for row_id, one in made
            ]
        )
        writing.hits.add(made, NOW)
        writing.orders.add(orders, NOW)
        writing.items.add(items, NOW)
        writing.inbox.settle(settled, NOW)
        commands = [
            ("sog", create_command(one.document, order, application.rulebook.texts))
            for _, one in made
            for order in one.orders
        ]
        if commands:
            writing.outbox.add(commands, NOW)
            ids = [one.id for one in writing.outbox.claim("sog", BATCH * 2, owner="x", now=NOW, lease_until=NOW)]
            writing.outbox.sent(ids, NOW)
        whats = (
            "решение принято",
            "поручение создано в системе",
            "в системе: принято к исполнению",
            "в системе: сдан отчёт",
        )
        writing.audit.add([AuditEntry(NOW, what, order.key) for order in orders for what in whats])
        kept = writing.items.of_orders([order.key for order in orders])
        writing.points.add([point for found in kept.values() for item in found[:1] for point in _points(item)])


def _lived(order: StoredOrder, application: Application, random: Random, *, is_open: bool) -> StoredOrder:
    """Return an order as people have left it."""
    people = [one for one in application.rulebook.policy.organization.employees if one.unit == order.unit]
    lead = random.choice(people).name if people and random.random() < 0.5 else order.lead
    changed = replace(order, lead=lead, internal_id=f"И-{order.reg_number}")
    if is_open:
        states = (OrderState.NEW, OrderState.DELIVERED, OrderState.ACCEPTED, OrderState.ACCEPTED, OrderState.REPORTED)
        state = random.choice(states)
        reported = NOW - timedelta(days=1) if state is OrderState.REPORTED else None
        return replace(changed, state=state, reported_at=reported)
    due = order.due_at or NOW - timedelta(days=30)
    done = due - timedelta(days=random.randrange(-5, 10))
    report = Report("почта", done.date(), random.choice(("разъяснено", "перенаправлено", "поддержано")))
    return replace(
        changed,
        state=OrderState.RELEASED,
        reported_at=done,
        closed_at=done + timedelta(days=1),
        report=report.stored(),
        outcome=report.outcome,
        answer_days=(done.date() - order.registered_on).days,
    )


def _points(item: Item) -> Iterator[FiredPoint]:
    for number in range(3):
        at = item.plan.deadline.due_at - timedelta(days=number)
        yield FiredPoint(
            item_id=item.id, order_key=item.order_key, planned_at=at, fired_at=at, kind=PointKind.REMINDER,
            rung=f"за {number} рабочих дня", to_ref="исполнитель", person=item.person, late=False, fate=Fate.SENT,
            message_id=f"{item.key}:{number}",
        )  # fmt: skip


# --- measuring -----------------------------------------------------------------------------------


def measure(application: Application, times: int) -> dict[str, float]:
    """Return the median milliseconds of every page, as each role."""
    told = {}
    with application.store.reading() as reading:
        last = reading.orders.listing(limit=1)[0].id
        some = reading.orders.listing(limit=1000)[-1].id // 2
    with WebServer(Site.over(application, logins=SimulatedClock(NOW)), port=0) as server:
        origin = {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
        for role, paths in PAGES.items():
            session = requests.Session()
            form = {"login": role, "password": PASSWORD}
            session.post(f"{server.url}/login", data=form, headers=origin, timeout=60).raise_for_status()
            for path in paths:
                taken = []
                for _ in range(times):
                    began = time.perf_counter()
                    answer = session.get(server.url + path.format(last=last, some=some), timeout=120)
                    taken.append(time.perf_counter() - began)
                    answer.raise_for_status()
                told[f"{role} {path}"] = round(statistics.median(taken) * 1000, 1)
    return told


if __name__ == "__main__":
    main()
