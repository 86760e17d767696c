"""The service over many live items: a look, a sweep, a drain, the delay of what falls due, an idle process, a start.

    .venv/bin/python benchmarks/live.py [--database sqlite|postgresql] [--items 100000] [--due 15000] [--rate 20]

One order is made by the whole path and then multiplied in the database, each under control with a point a month
ahead. Then, with the program's own lanes: the time of a look and of a sweep that finds a hundred due; how many due
points a second become messages. And with `poruchik run` as a process against the stand: how long after its moment a
message is in the stand, what the process costs when nothing is due, how long it takes to start. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from poruchik.app import Application
from poruchik.control.item import Plan, PlannedPoint, Progress
from poruchik.model.ladder import Rung
from poruchik.model.order import PointKind
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.settings import read_settings
from poruchik.store.tables import orders
from support import databases
from support.workers import Workers, wait_until, workers

ORDER = [column.name for column in orders.c if column.name not in ("id", "key", "lead")]
STEP = 50_000


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--due", type=int, default=15_000)
    parser.add_argument("--rate", type=int, default=20)
    asked = parser.parse_args()
    with databases.on(asked.database), tempfile.TemporaryDirectory() as name, workers(Path(name)) as here:
        here.write_config(timeout=10)
        # As it is set up by `poruchik init`, but for the interval: what falls due is looked for each tick.
        here.config.write_text(here.config.read_text().replace("poll_seconds = 0.1", "poll_seconds = 5"))
        figures: dict[str, Any] = {"database": asked.database, "items": asked.items}
        here.register(1)
        with Application(read_settings(here.config)) as application:
            application.worker.run_until_idle()
            began = time.perf_counter()
            template = multiply(application, asked.items)
            figures["multiplied_s"] = round(time.perf_counter() - began, 1)
            figures |= looks(application)
            figures |= drain(application, template, asked.due)
        figures |= process(here, template, asked.rate, asked.due + 101)
        print(json.dumps(figures))
    databases.stop_server()


def multiply(application: Application, count: int) -> Plan:
    """Put so many orders under control that are like the one there is; return the plan of its item."""
    with application.store.reading() as reading:
        (order,) = reading.orders.every()
        (item,) = reading.items.of_orders([order.key])[order.key]
    plan = replace(item.plan, deadline=replace(item.plan.deadline, hourly=True))
    far = datetime.now(UTC) + timedelta(days=30)
    columns = ", ".join(ORDER)
    for first in range(1, count + 1, STEP):
        numbers = (
            "WITH n(i) AS (SELECT generate_series(CAST(:first AS int), CAST(:last AS int)))"
            if application.store.engine.dialect.name == "postgresql"
            else "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        )
        asked = {"first": first, "last": min(first + STEP - 1, count), "key": order.key}
        with application.store.writing() as writing:
            connection = writing._connection
            connection.execute(
                text(f"{numbers} INSERT INTO orders (key, lead, {columns}) "
                     f"SELECT 'k' || i, 'Лицо ' || i, {columns} FROM orders, n WHERE key = :key")
                if connection.dialect.name == "postgresql"
                else text(f"INSERT INTO orders (key, lead, {columns}) {numbers} "
                          f"SELECT 'k' || i, 'Лицо ' || i, {columns} FROM orders, n WHERE key = :key"),
                asked,
            )  # fmt: skip
            rest = "unit, due_at, confirmed, state, accepted, plan, progress, changed_at"
            into = (
                "INSERT INTO items (key, order_key, kind, name, person, next_at, unit, due_at, confirmed, state, "
                "accepted, plan, progress, changed_at)"
            )
            chosen = (
                f"SELECT 'k' || i, 'k' || i, kind, name, 'Лицо ' || i, {_moment(connection)}, {rest} FROM items, n "
                "WHERE order_key = :key"
            )
            statement = (
                f"{numbers} {into} {chosen}"
                if connection.dialect.name == "postgresql"
                else f"{into} {numbers} {chosen}"
            )
            connection.execute(text(statement), asked | {"far": _value(connection, far)})
    with application.store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
    return plan


def looks(application: Application) -> dict[str, Any]:
    """Time a look that finds nothing, and one control run that finds nothing due."""
    worker = application.worker
    worker.look()
    times = []
    for _ in range(100):
        began = time.perf_counter()
        worker.look()
        times.append(time.perf_counter() - began)
    return {"look_ms": round(statistics.median(times) * 1000, 2)}


def make_due(application: Application, template: Plan, moments: dict[int, datetime]) -> None:
    """Give items (their numbers) one reminder each, to their own person, at a moment."""
    rows = []
    for number, moment in moments.items():
        point = PlannedPoint(moment, PointKind.REMINDER, Rung.parse("за 1 час"), PersonRef(RefKind.LEAD))
        plan = replace(template, points=(point,))
        progress = Progress(moment - timedelta(days=1), moment + timedelta(days=60))
        rows.append({"key": f"k{number}", "plan": plan.stored(), "progress": progress.stored(), "at": moment})
    with application.store.writing() as writing:
        connection = writing._connection
        for row in rows:
            row["at"] = _value(connection, row["at"])  # type: ignore[arg-type]
        connection.execute(
            text("UPDATE items SET plan = :plan, progress = :progress, next_at = :at WHERE key = :key"), rows
        )


def drain(application: Application, template: Plan, due: int) -> dict[str, Any]:
    """Time a sweep of a hundred due points among all, and the drain of many, each to a person of its own."""
    now = datetime.now(UTC)
    make_due(application, template, dict.fromkeys(range(1, 101), now))
    began = time.perf_counter()
    application.worker.control(lambda: False)
    sweep = time.perf_counter() - began
    make_due(application, template, dict.fromkeys(range(101, 101 + due), now))
    began = time.perf_counter()
    while application.worker.control(lambda: False):
        pass
    seconds = time.perf_counter() - began
    with application.store.reading() as reading:
        fired = sum(reading.points.counts().values())
    assert fired == due + 100, fired
    with application.store.writing() as writing:  # the process is to be measured alone
        writing._connection.execute(text("UPDATE outbox SET state = 'withdrawn' WHERE state = 'waiting'"))
    return {"sweep_of_100_ms": round(sweep * 1000), "drained_per_s": round(due / seconds)}


def process(here: Workers, template: Plan, rate: int, number: int) -> dict[str, Any]:
    """Start the service, let it idle, then let points fall due; return what it cost and how late they arrived."""
    began = time.perf_counter()
    running = here.start()
    started = time.perf_counter() - began
    time.sleep(3)
    cpu, since = _cpu(running.pid), time.monotonic()
    time.sleep(20)
    idle = (_cpu(running.pid) - cpu) / (time.monotonic() - since)
    memory = _memory(running.pid)
    count = rate * 20
    with Application(read_settings(here.config)) as application:
        first = datetime.now(UTC) + timedelta(seconds=4)
        moments = {number + n: first + timedelta(seconds=n / rate) for n in range(count)}
        make_due(application, template, moments)
        keys = [f"k{one}" for one in moments]

        def planned() -> dict[str, datetime]:
            with application.store.reading() as reading:
                return {one.message_id: one.planned_at for one in reading.points.of_orders(keys)}

        def received() -> dict[str, datetime]:
            calls = [one for one in here.stand.store.journal() if one.operation == "SendNotices"]
            return {key.split(" ", 1)[1]: call.at for call in calls for key in call.keys}

        wait_until(lambda: len(planned()) == count and set(planned()) <= set(received()), 90)
        arrived = received()
        delays = sorted((arrived[one] - at).total_seconds() for one, at in planned().items())
    here.terminate(running)
    return {
        "start_s": round(started, 2),
        "idle_percent_of_a_core": round(idle * 100, 2),
        "memory_mb": round(memory),
        "due_to_delivered_s": {
            "median": round(statistics.median(delays), 2),
            "p95": round(delays[int(len(delays) * 0.95)], 2),
            "worst": round(delays[-1], 2),
        },
    }


def _moment(connection: Connection) -> str:
    return "CAST(:far AS timestamptz)" if connection.dialect.name == "postgresql" else ":far"


def _value(connection: Connection, moment: datetime) -> Any:
    return moment if connection.dialect.name == "postgresql" else int(moment.timestamp() * 1_000_000)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
