"""The plugin is killed at random instants, again and again; nothing is lost and nothing is made twice.

The stand plays a system that does not know its messages, so that only the look-up before a resend prevents doubles.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random

from poruchik.store.database import Store
from poruchik.store.inbox import InboxState
from poruchik.store.outbox import OutboxState
from poruchik_stand.trouble import Trouble
from support.world import NOW, World, appeal, world

DOCUMENTS = 120
KILLS = 12
TESTS = Path(__file__).parents[2]


def start(here: World, number: int) -> subprocess.Popen[str]:
    # Each process starts two minutes of the simulated clock after the one before: its leases have ended.
    moment = NOW + timedelta(minutes=2 * number)
    database = here.settings.database.removeprefix("sqlite:///")
    command = [sys.executable, "-m", "support.child", database, here.stand.url("sed"), here.stand.url("sog")]
    return subprocess.Popen(
        [*command, moment.isoformat()],
        stdout=subprocess.PIPE,
        text=True,
        cwd=TESTS,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )


def test_killed_at_random_instants(tmp_path: Path) -> None:
    random = Random(269)
    with world(tmp_path, deduplicates=False) as here:
        here.register(*(appeal(f"О-{number}") for number in range(DOCUMENTS)))
        here.stand.troubles.set("sog", Trouble("slow", seconds=0.03))
        inside = 0
        for number in range(KILLS):
            child = start(here, number)
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0.02, 0.45))
            child.kill()
            child.wait(timeout=10)
            child.stdout.close()
            time.sleep(0.2)  # what the stand was carrying out when its caller died is through before the next one asks
            with Store.open(here.settings.database) as store, store.reading() as reading:
                inside += bool(reading.outbox.listing(OutboxState.LEASED))
        here.stand.troubles.clear()
        last = start(here, KILLS)
        output, _ = last.communicate(timeout=60)
        assert output == "ready\ndone\n"
        made = here.orders_by_external_id()
        assert len(made) == DOCUMENTS
        assert set(made.values()) == {1}
        assert inside >= 2, "too few kills fell inside a delivery to prove anything"
        with Store.open(here.settings.database) as store, store.reading() as reading:
            assert reading.inbox.counts() == {InboxState.DECIDED: DOCUMENTS}
            assert reading.outbox.counts() == {OutboxState.SENT: DOCUMENTS}
