"""A year of 500 orders: the books balance, and they are the same when the plugin is killed again and again.

The office of the year with the kills also tells changes twice, and every seventh of them unreadably the first time.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from poruchik.clock import SimulatedClock
from poruchik.lanes import decide
from poruchik.lanes.hold import HELD_UP
from poruchik.model.changes import ChangeState
from poruchik.model.delivery import OutboxState
from poruchik.policy.office import load_calendar
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.testing.year import imbalances
from support import year_child
from support.processes import Process
from support.year_child import FIRST, ORDERS, SPOILT, BentOffice, live

KILLS = 12


def ledger(folder: Path) -> tuple[set[tuple[Any, ...]], dict[str, Any]]:
    """Return every point that fired with its fate, and every message that people received."""
    office = Office(SimulatedClock(FIRST), folder / "office.db")
    with Store.open(f"sqlite:///{folder / 'poruchik.db'}") as store:
        assert imbalances(office, store, load_calendar(rules_folder(), "Asia/Yekaterinburg")) == []
        with store.reading() as reading:
            points = reading.points.of_orders(reading.orders.keys())
    fired = {
        (point.order_key, point.kind, point.rung, point.to_ref, point.planned_at, point.person, point.fate)
        for point in points
    }
    received = {key: (notice["to"], notice["orders"]) for key, notice in office.notices().items()}
    assert len(office.orders()) >= ORDERS * 0.95
    office.close()
    return fired, received


@pytest.mark.long
def test_a_year_balances_also_when_the_plugin_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in year_child.UNHURRIED.items():
        monkeypatch.setattr(decide, name, value)
    calm, stormy = tmp_path / "calm", tmp_path / "stormy"
    calm.mkdir()
    stormy.mkdir()
    random, inside, kills = Random(269), 0, 0
    while kills < KILLS or inside < 2:
        child = Process(year_child.run, stormy)
        assert child.stdout.readline() == "ready\n"
        time.sleep(random.uniform(0.05, 0.35))
        child.kill()
        child.wait(10)
        assert "done" not in child.rest, "the year ended before enough kills"
        kills += 1
        with Store.open(f"sqlite:///{stormy / 'poruchik.db'}") as store, store.reading() as reading:
            inside += bool(reading.outbox.listing(OutboxState.LEASED))
    live(calm)
    live(stormy, BentOffice)
    fired, received = ledger(calm)
    assert len(fired) > ORDERS
    fired_in_storm, received_in_storm = ledger(stormy)
    assert sorted(map(str, fired ^ fired_in_storm)) == []
    assert received_in_storm == received
    with Store.open(f"sqlite:///{stormy / 'poruchik.db'}") as store, store.reading() as reading:
        counts = {state: reading.changes.count(state) for state in ChangeState}
        held = {one.subject for one in reading.audit.about(*reading.orders.keys()) if one.what == HELD_UP}
    assert counts[ChangeState.REFUSED] == 0
    assert len(held) > counts[ChangeState.APPLIED] / SPOILT / 4, "many were held until the change was told mended"
