"""A copy of a large database while something writes into it, and how fast a recovery looks its orders up.

    .venv/bin/python benchmarks/backup.py [--orders 60000] [--lookups 5000]

The database is that of `history.py`, on SQLite; the writer adds a line to the journal every 5 ms. The recovery is of so
many orders in the stand, which all were made after the copy. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

from history import NOW, Plan, make

from poruchik import __version__
from poruchik.app import Application
from poruchik.clock import SimulatedClock
from poruchik.connector import SystemSettings
from poruchik.lanes.recovery import begin
from poruchik.log import configure_logging
from poruchik.model.audit import AuditEntry
from poruchik.model.document import SystemKind
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik.store.backup import make as make_copy
from poruchik.store.backup import put_back, verify
from poruchik.store.database import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.world import World, appeal, world


def main() -> None:
    """Measure both."""
    configure_logging("error")
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=60_000)
    parser.add_argument("--lookups", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = copied(Path(folder), arguments.orders)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        told |= recovered(here, Path(folder), arguments.lookups)
    print(json.dumps(told))


def copied(folder: Path, orders: int) -> dict[str, float]:
    """Return the size of a database, how long its copy took, what a writer waited meanwhile, and the way back."""
    system = SystemSettings("sog", SystemKind.SOG, "exchange", "http://127.0.0.1:1/sog")
    database = folder / "poruchik.db"
    settings = Settings(folder / "poruchik.toml", f"sqlite:///{database}", rules_folder(), systems=(system,))
    with Application(settings, clock=SimulatedClock(NOW)) as application:
        make(application, Plan(orders, orders // 20))
    stop, waited = threading.Event(), list[float]()
    with Store.open(settings.database) as store:
        writer = threading.Thread(target=_write, args=(store, stop, waited))
        writer.start()
        began = time.perf_counter()
        with Store.to_read(settings.database) as copying:
            size = make_copy(
                copying, folder / "copy.zip", now=NOW, program=__version__, systems=("sog",), progress=lambda *_: None
            )
        took = time.perf_counter() - began
        stop.set()
        writer.join()
    began = time.perf_counter()
    verify(folder / "copy.zip")
    verified = time.perf_counter() - began
    began = time.perf_counter()
    put_back(folder / "copy.zip", settings.database, lambda _writing, _copy: None)
    waited.sort()
    return {
        "database_mb": round(database.stat().st_size / 1e6),
        "copy_mb": round(size / 1e6),
        "copy_s": round(took, 1),
        "written_meanwhile": len(waited),
        "writer_p50_ms": round(waited[len(waited) // 2] * 1000, 1),
        "writer_p99_ms": round(waited[len(waited) * 99 // 100] * 1000, 1),
        "writer_longest_ms": round(waited[-1] * 1000, 1),
        "verify_s": round(verified, 1),
        "restore_s": round(time.perf_counter() - began, 1),
    }


def _write(store: Store, stop: threading.Event, waited: list[float]) -> None:
    while not stop.wait(0.005):
        began = time.perf_counter()
        with store.writing() as writing:
            writing.audit.add([AuditEntry(NOW, "пишется, пока делается копия", "копия")])
        waited.append(time.perf_counter() - began)


def recovered(here: World, folder: Path, count: int) -> dict[str, float]:
    """Return how long an epoch takes that decides so many documents again and looks each order up."""
    worker = here.running.worker
    worker.run_until_idle()
    with Store.to_read(here.settings.database) as store:
        make_copy(
            store, folder / "c.zip", now=NOW, program=__version__, systems=("sed", "sog"), progress=lambda *_: None
        )
    here.register(*(appeal(f"О-{number}") for number in range(count)))
    began = time.perf_counter()
    worker.run_until_idle()
    first = time.perf_counter() - began
    made = here.orders_by_external_id()
    here.running.__exit__(None, None, None)
    del here.__dict__["running"]
    now = here.clock.now() + timedelta(minutes=1)
    put_back(
        folder / "c.zip",
        here.settings.database,
        lambda writing, copy: begin(writing, ["sed", "sog"], copy.made_at, "benchmark", now, who="benchmark"),
    )
    worker = here.running.worker
    began = time.perf_counter()
    worker.run_until_idle()
    again = time.perf_counter() - began
    assert here.orders_by_external_id() == made
    began = time.perf_counter()
    here.clock.move_to(here.clock.now() + timedelta(days=1))
    worker.run_until_idle()
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {}
    return {
        "orders": count,
        "first_time_s": round(first, 1),
        "epoch_s": round(again, 1),
        "epoch_orders_per_s": round(count / again),
        "next_day_with_reconciliation_s": round(time.perf_counter() - began, 1),
    }


if __name__ == "__main__":
    main()
