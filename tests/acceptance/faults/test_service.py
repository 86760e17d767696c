"""The service in real time, against systems, databases and hosts that fail: after each, every order is there once.

Counted in the stand's own memory; the stand knows no message twice.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from poruchik.model.delivery import OutboxState
from poruchik_stand.trouble import Trouble
from support import databases
from support.workers import TIMEOUT, Workers, wait_until, workers

pytestmark = [pytest.mark.both_databases, pytest.mark.long]
COUNT = 30
LEASE = 2 * TIMEOUT + 5


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Workers]:
    with workers(tmp_path) as started:
        yield started


def sent(here: Workers) -> list[int]:
    """Return how many orders each call carried that the stand carried out."""
    return [len(call.keys) for call in here.stand.store.journal() if call.operation == "CreateOrders" and call.keys]


@pytest.mark.parametrize(
    ("kind", "times"),
    [("down", 2), ("fault", 1), ("commitThenTimeout", 2), ("cut", 1), ("receiptTwice", 1), ("slow", 3)],
)
def test_a_system_that_fails(here: Workers, kind: str, times: int) -> None:
    """Down, down again for the second call, carried out but silent, cut half-way, answered twice, answered late."""
    here.stand.troubles.set("sog", Trouble(kind, "CreateOrders", times=times, seconds=1.5 * TIMEOUT))
    here.register(COUNT)
    here.start()
    here.wait_until_done(40)
    here.check_books()


def test_the_second_of_two_calls_fails(here: Workers) -> None:
    """The system answers whether it has the orders, and is down for what follows."""
    here.stand.troubles.set("sog", Trouble("commitThenTimeout", "CreateOrders", times=1, seconds=2 * TIMEOUT))
    here.register(COUNT)
    here.start()
    wait_until(lambda: "commitThenTimeout" in {call.outcome for call in here.stand.store.journal()}, 20)
    here.stand.troubles.set("sog", Trouble("down", "FindByExternalId", times=1))
    here.register(COUNT)
    here.wait_until_done(40)
    here.check_books()


def test_a_system_that_comes_back_is_not_buried(here: Workers) -> None:
    here.stand.troubles.set("sog", Trouble("down", "CreateOrders", times=2))
    here.register(COUNT)
    here.start()
    here.wait_until_done(40)
    assert sent(here) == [1, 2, 4, 8, 15]
    with here.store() as store, store.reading() as reading:
        assert {item.tries for item in reading.outbox.listing(OutboxState.SENT)} == {0}


def test_stopped_past_its_lease(here: Workers) -> None:
    """A worker that sleeps through its lease with commands in hand does not send what another has sent."""
    here.stand.troubles.set("sog", Trouble("slow", "CreateOrders", seconds=0.2))
    here.register(COUNT)
    sleeper = here.start()
    here.wait_for_delivery(sleeper)
    sleeper.send_signal(signal.SIGSTOP)
    here.register(COUNT)
    here.start()
    here.wait_until_done(LEASE + 30)
    sleeper.send_signal(signal.SIGCONT)
    here.register(COUNT)
    here.wait_until_done(30)
    time.sleep(1)
    here.check_books()


def test_told_to_stop(here: Workers) -> None:
    """It ends within ten seconds, also with a call under way; the next one goes on without waiting for a lease."""
    here.stand.troubles.set("sog", Trouble("slow", "CreateOrders", times=1, seconds=0.3))
    here.register(COUNT)
    process = here.start()
    here.wait_for_delivery(process)
    assert here.terminate(process) < 10
    assert process.poll() == 0
    with here.store() as store, store.reading() as reading:
        assert OutboxState.LEASED not in reading.outbox.counts()
    here.start()
    here.wait_until_done(20)
    here.check_books()


def test_without_the_tables_of_dbos(here: Workers) -> None:
    here.register(COUNT)
    here.start()
    here.wait_until_done(20)
    if databases.kind.get() == "postgresql":
        with here.store() as store:
            databases.drop_dbos(store.engine)
    else:
        for file in here.folder.glob("poruchik-dbos.db*"):
            file.unlink()
    here.register(COUNT)
    here.wait_until_done(20)
    here.check_books()
    here.start()
    here.register(COUNT)
    here.wait_until_done(20)
    here.check_books()
