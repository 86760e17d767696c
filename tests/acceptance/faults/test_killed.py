"""Two workers are killed at random instants, again and again; nothing is lost and nothing is made twice.

The stand plays a system that does not know its messages, so that only the look-up before a resend prevents doubles.
`make faults` plays it longer.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random

import pytest

from poruchik_stand.trouble import Trouble
from support.workers import Workers, wait_for_line, wait_until, workers

pytestmark = [pytest.mark.both_databases, pytest.mark.long]

KILLS = int(os.environ.get("PORUCHIK_KILLS", "20"))
INSIDE = KILLS // 4
"""So many kills at least must fall inside a delivery, or the test would prove nothing."""


def kill_again_and_again(here: Workers, random: Random, *, kills: int, fault: str = "", until: int = 10_000) -> int:
    """Kill one of two workers at random instants, with documents coming in; return how many kills fell in a delivery."""
    inside = done = 0
    here.register(30)
    here.launch(fault=fault)
    here.launch(fault=fault)
    while (done < kills or inside < INSIDE) and done < 5 * kills:
        victim = here.running[0]
        wait_for_line(victim)
        here.register(random.randint(1, 25))
        if done % 2:
            here.wait_for_delivery(victim)
            time.sleep(random.uniform(0.0, 0.2))
        else:
            time.sleep(random.uniform(0.0, 0.7))
        inside += bool(here.kill(victim))
        done += 1
        here.launch(fault=fault)
        if max(here.made().values(), default=0) > 1 and done >= until:
            break
    return inside


def test_killed_at_random_instants(tmp_path: Path) -> None:
    with workers(tmp_path) as here:
        # Carried out late, and answered later still: killed callers leave behind what comes after their death.
        here.stand.troubles.set("sog", Trouble("slow", "CreateOrders", seconds=0.2))
        inside = kill_again_and_again(here, Random(269), kills=KILLS)
        here.wait_until_done(90)
        here.check_books()
    assert inside >= INSIDE


@pytest.mark.parametrize("fault", ["blind", "hasty"])
def test_a_planted_fault_is_seen(tmp_path: Path, fault: str) -> None:
    """The same with a worker that does not ask before a resend, or takes a lease back early: orders are made twice."""
    with workers(tmp_path) as here:
        here.stand.troubles.set("sog", Trouble("slow", "CreateOrders", seconds=0.2))
        kill_again_and_again(here, Random(269), kills=6, fault=fault, until=1)

        def made_twice() -> bool:
            here.register(2)
            return max(here.made().values(), default=0) > 1

        # At the latest when the leases of those killed end, and their work is taken over.
        wait_until(made_twice, 40)
