"""Several `poruchik run` over one database, real time and real SOAP, to be killed, stopped and watched."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from poruchik.clock import SystemClock
from poruchik.model.delivery import OutboxState
from poruchik.model.inbox import InboxState
from poruchik.store.database import Store
from poruchik_stand.cards import seed
from poruchik_stand.server import Stand
from support import child
from support.databases import fresh_url
from support.processes import Process
from support.world import appeal

TIMEOUT = 0.4
"""Seconds of one call: leases of 5.8 s, so that what a killed worker had is taken over within the test."""


@dataclass
class Workers:
    """A stand that knows no message twice, a database, and the processes that work on them."""

    stand: Stand
    folder: Path
    database: str
    running: list[Process] = field(default_factory=list)
    registered: int = 0

    @property
    def config(self) -> Path:
        """Return the configuration file of the processes."""
        return self.folder / "poruchik.toml"

    def write_config(self, *, timeout: float = TIMEOUT) -> None:
        """Write the configuration file."""
        systems = "".join(
            f'[[systems]]\nname = "{name}"\nkind = "{kind}"\nconnector = "exchange"\nurl = "{self.stand.url(name)}"\n'
            f"timeout = {timeout}\nattempts = 1\n"
            for name, kind in (("sed", "СЭД"), ("sog", "СОГ"))
        )
        text = f'database = "{self.database}"\npolicies = "поставляемая"\npoll_seconds = 0.3\n{systems}'
        self.config.write_text(text, encoding="utf-8")

    def start(self, *, fault: str = "") -> Process:
        """Start a process; return once it works."""
        process = self.launch(fault=fault)
        wait_for_line(process)
        return process

    def launch(self, *, fault: str = "") -> Process:
        """Start a process without waiting for it."""
        process = Process(child.run, str(self.config), fault, log=self.folder / "log")
        self.running.append(process)
        return process

    def kill(self, process: Process) -> int:
        """Kill a process; return how many commands it had in hand."""
        process.kill()
        self._gone(process)
        with self.store() as store:
            return self._in_hand(store, process)

    def wait_for_delivery(self, process: Process, seconds: float = 3) -> None:
        """Wait until a process has commands in hand, but no longer than that."""
        ends = time.monotonic() + seconds
        with self.store() as store:
            while not self._in_hand(store, process) and time.monotonic() < ends:
                time.sleep(0.02)

    def _in_hand(self, store: Store, process: Process) -> int:
        with store.reading() as reading:
            leased = reading.outbox.listing(OutboxState.LEASED)
        return sum(f":{process.pid}:" in item.owner for item in leased)

    def terminate(self, process: Process) -> float:
        """Ask a process to end; return after how many seconds it did."""
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self._gone(process)
        return time.monotonic() - began

    def register(self, count: int) -> None:
        """Register so many documents more."""
        at = datetime.now(UTC).isoformat()
        numbers = range(self.registered, self.registered + count)
        seed(self.stand.store, [appeal(f"О-{number}", at=at) for number in numbers])
        self.registered += count

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the database."""
        with Store.open(self.database) as store:
            yield store

    def wait_until_done(self, seconds: float = 60) -> None:
        """Wait until every document is decided and every command sent."""
        with self.store() as store:
            wait_until(lambda: self.is_done(store), seconds, lambda: f"{self.counts(store)} {self.log()[-2000:]}")

    def is_done(self, store: Store) -> bool:
        """Tell whether everything that was registered has become orders in the stand, as far as the store knows."""
        inbox, outbox = self.counts(store)
        return inbox == {InboxState.DECIDED: self.registered} and set(outbox) == {OutboxState.SENT}

    def counts(self, store: Store) -> tuple[dict[InboxState, int], dict[OutboxState, int]]:
        """Return how many documents and commands are where."""
        with store.reading() as reading:
            return reading.inbox.counts(), reading.outbox.counts()

    def made(self) -> Counter[str]:
        """Return how often each of our orders was made in the stand."""
        return Counter(order.external_id for order in self.stand.store.orders("sog", limit=1_000_000))

    def check_books(self) -> None:
        """Hold the stand against the store: every document decided once, every order there once, every point once."""
        made = self.made()
        assert {key: times for key, times in made.items() if times > 1} == {}
        with self.store() as store, store.reading() as reading:
            orders = reading.orders.every()
            decisions = Counter(
                one.document_key for order in orders for one in reading.decisions.of_document(order.document_key)
            )
            notices = {item.message_id for item in reading.outbox.notices()}
            told = {point.message_id for point in reading.points.of_orders([order.key for order in orders])} - {""}
        assert len(orders) == self.registered
        assert set(decisions.values()) == {1}
        assert set(made) == {order.key for order in orders}
        assert all(order.internal_id for order in orders)
        assert told == notices

    def log(self) -> str:
        """Return what the processes wrote."""
        return (self.folder / "log").read_text()

    def _gone(self, process: Process) -> None:
        process.wait(20)
        self.running.remove(process)


@contextmanager
def workers(folder: Path, *, deduplicates: bool = False, database: str = "") -> Iterator[Workers]:
    """Start a stand; give a fresh database of the kind in force, or the one named; end every process at the end."""
    with Stand(clock=SystemClock(), deduplicates=deduplicates, path=folder / "stand.db") as stand:
        here = Workers(stand, folder, database or fresh_url(folder))
        here.write_config()
        (folder / "log").touch()
        try:
            yield here
        finally:
            for process in list(here.running):
                process.send_signal(signal.SIGCONT)
                here.kill(process)


def wait_for_line(process: Process) -> str:
    """Return the first line that a process prints: it works from then on."""
    line = process.stdout.readline()
    assert line, "the process has ended"
    return line


def wait_until(true: Callable[[], bool], seconds: float, told: Callable[[], str] = str) -> None:
    """Wait until something holds; fail with what is told when it does not in so many seconds."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, f"not in {seconds} s: {told()}"
        time.sleep(0.05)
