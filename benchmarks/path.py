"""Documents a second of the whole path: registered in the stand, over real SOAP into orders in the stand.

    .venv/bin/python benchmarks/path.py [--database sqlite|postgresql] [--workers 1] [--documents 10000]

The stand and each `poruchik run` are processes of their own, the store is on a disk with its full guarantees. Time is
taken from the first document read to the last order acknowledged. Beside it a bare client sends the same messages,
recorded from a run, to a stand of the same kind, one after the other: what SOAP and the stand alone cost. Prints one
JSON line.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from poruchik import soap
from poruchik.app import Application
from poruchik.model.delivery import OutboxState
from poruchik.settings import read_settings
from poruchik.store.database import Store
from poruchik.store.tables import inbox, outbox
from poruchik_stand.cards import seed
from poruchik_stand.store import StandStore
from support import databases
from support.world import appeal

TOPICS = ["мобильная связь", "телевидение", "электронные услуги", "персональные данные", "кадры"]
PORUCHIK = [sys.executable, "-c", "from poruchik.cli import main; main()"]
BETWEEN = select(select(func.min(inbox.c.received_at)).scalar_subquery(), func.max(outbox.c.changed_at))
Message = tuple[str, bytes, Mapping[str, str]]


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--documents", type=int, default=10_000)
    asked = parser.parse_args()
    with databases.on(asked.database), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = databases.PostgresServer(durable=True) if asked.database == "postgresql" else None
        if server:
            databases.use(server)
        with stand(folder, asked.documents) as urls:
            database = databases.fresh_url(folder)
            seconds = whole_path(folder, database, urls, asked.workers, asked.documents)
        with stand(folder, asked.documents) as urls:
            messages = record(folder, urls)
        with stand(folder, asked.documents) as urls:
            bare = replay(messages, urls)
        if server:
            server.close()
    databases.stop()
    print(
        json.dumps(
            {
                "database": asked.database,
                "workers": asked.workers,
                "documents": asked.documents,
                "per_s": round(asked.documents / seconds),
                "bare_per_s": round(asked.documents / bare),
                "of_bare": round(bare / seconds, 3),
            }
        )
    )


@contextmanager
def stand(folder: Path, count: int) -> Iterator[dict[str, str]]:
    """Run a stand with so many documents in a process; yield its addresses."""
    for file in folder.glob("stand.db*"):
        file.unlink()
    store = StandStore(folder / "stand.db")
    at = "2026-11-23T10:00:00+05:00"
    seed(store, [appeal(f"О-{number}", at=at, тема=TOPICS[number % len(TOPICS)]) for number in range(count)])
    store.close()
    command = [*PORUCHIK, "stand", "--port", "0", "--format", "json", "--store", str(folder / "stand.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


def configured(folder: Path, database: str, urls: Mapping[str, str]) -> Path:
    """Write a configuration file as `poruchik init` does, but for addresses."""
    systems = "".join(
        f'[[systems]]\nname = "{name}"\nkind = "{kind}"\nconnector = "exchange"\nurl = "{urls[name]}"\n'
        for name, kind in (("sed", "СЭД"), ("sog", "СОГ"))
    )
    path = folder / "poruchik.toml"
    path.write_text(f'database = "{database}"\npolicies = "поставляемая"\n{systems}', encoding="utf-8")
    return path


def whole_path(folder: Path, database: str, urls: Mapping[str, str], workers: int, count: int) -> float:
    """Run processes until every order is acknowledged; return the seconds from the first document read."""
    config = configured(folder, database, urls)
    Store.open(database).close()
    command = [*PORUCHIK, "run", "--config", str(config)]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(workers)]
    try:
        with Store.open(database) as store:
            while True:
                time.sleep(0.2)
                with store.reading() as reading:
                    if reading.outbox.counts().get(OutboxState.SENT, 0) < count:
                        continue
                    began, ended = reading._connection.execute(BETWEEN).one()
                    return float((ended - began).total_seconds())
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=20)


def record(folder: Path, urls: Mapping[str, str]) -> list[Message]:
    """Return every message of a run, in their order."""
    messages: list[Message] = []
    honest = soap._LimitedTransport.post

    def post(
        self: soap._LimitedTransport, address: str, message: bytes, headers: Mapping[str, str]
    ) -> requests.Response:
        messages.append((address, message, dict(headers)))
        return honest(self, address, message, headers)

    soap._LimitedTransport.post = post  # type: ignore[method-assign]
    try:
        with Application(read_settings(configured(folder, f"sqlite:///{folder / 'recorded.db'}", urls))) as application:
            application.worker.run_until_idle()
    finally:
        soap._LimitedTransport.post = honest  # type: ignore[method-assign]
    return messages


def replay(messages: list[Message], urls: Mapping[str, str]) -> float:
    """Send the messages to another stand; return the seconds."""
    began = time.perf_counter()
    with requests.Session() as session:
        for address, message, headers in messages:
            answer = session.post(urls[address.rpartition("/")[2]], data=message, headers=headers, timeout=10)
            assert answer.status_code == 200
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
