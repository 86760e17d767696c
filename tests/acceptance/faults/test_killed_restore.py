"""Killed at random instants while a database that was put back catches up: nothing is doubled, nothing lost."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import zeep

from poruchik.cli.main import main
from poruchik_stand.trouble import Trouble
from support.workers import Workers, wait_until, workers

pytestmark = [pytest.mark.both_databases, pytest.mark.long]
STAGES = {"listing", "deciding", "following"}


def stage(here: Workers) -> str:
    with here.store() as store, store.reading() as reading:
        epoch = reading.epochs.open().get("sog")
    return str(epoch.stage) if epoch else "closed"


def states(here: Workers) -> dict[str, str]:
    with here.store() as store, store.reading() as reading:
        return {one.title: one.state for one in reading.orders.every()}


def test_killed_in_each_stage_of_a_recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    random, killed_in = Random(32), Counter[str]()
    with workers(tmp_path) as here:
        worker = here.start()
        assert main(["backup", str(tmp_path / "copy.zip")]) == 0
        here.register(20)
        here.wait_until_done()
        desk = zeep.Client(here.stand.url("desk") + "?wsdl").service
        for number, kind in ((1, "released"), (2, "accepted"), (3, "cancelled")):
            (order,) = [one for one in here.stand.store.orders("sog") if one.document_id == f"О-{number}"]
            desk.ActOnOrder(system="sog", externalId=order.external_id, kind=kind, by="Иванов И. И.")
        wait_until(lambda: states(here).get("О-3") == "cancelled", 20)
        expected, made = states(here), here.made()
        here.terminate(worker)
        assert main(["restore", str(tmp_path / "copy.zip")]) == 0
        for call in ("GetOrders", "FindByExternalId", "GetOrderChanges", "GetDocuments"):
            here.stand.troubles.set("sog", Trouble("slow", call, seconds=0.15))
        while set(killed_in) < STAGES and sum(killed_in.values()) < 60:
            here.start()
            # Longer each time: a stage that no process comes to the end of would be the only one to be seen.
            time.sleep(random.uniform(0.0, 0.5 + 0.1 * sum(killed_in.values())))
            killed_in[stage(here)] += 1
            here.kill(here.running[0])
            if killed_in["closed"]:
                break
        here.stand.troubles.clear()
        here.launch()
        wait_until(lambda: stage(here) == "closed" and states(here) == expected, 60, lambda: f"{states(here)}")
        here.wait_until_done()
        assert here.made() == made and set(made.values()) == {1}
        here.check_books()
    assert len(STAGES & set(killed_in)) > 1, killed_in
