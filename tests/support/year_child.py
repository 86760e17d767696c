"""A year of an office in a process to be killed; prints «ready», then «done»."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from poruchik.clock import SimulatedClock
from poruchik.lanes import decide
from poruchik.lanes.runtime import Worker
from poruchik.model.exchange import Command, Receipt
from poruchik.plugins import Plugins
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.testing.year import play
from poruchik.texts.render import Texts

FIRST = datetime.fromisoformat("2026-01-12T08:00:00+05:00")
ORDERS = 500


class SlowOffice(Office):
    """An office whose answers take their time: what it has carried out is not yet known when the plugin is killed."""

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Carry out a batch, and keep the plugin waiting."""
        receipts = super().submit(commands)
        time.sleep(0.005)
        return receipts


def live(folder: Path, office_class: type[Office] = Office) -> None:
    """Begin the year, or go on where the process before this one was killed."""
    reached = folder / "moment"
    begun = reached.exists() and reached.read_text()
    clock = SimulatedClock(datetime.fromisoformat(begun) if begun else FIRST)
    office = office_class(clock, folder / "office.db")
    if not begun:
        office.register_year(ORDERS, FIRST)
        reached.write_text(FIRST.isoformat())
    # The years are compared moment by moment: what a killed process was deciding must not wait for its lease.
    decide.LEASE = timedelta(0)
    plugins = Plugins()
    decider = build_decider(rules_folder(), plugins)
    with Store.open(f"sqlite:///{folder / 'poruchik.db'}") as store:
        worker = Worker(store, [office], decider, Texts(rules_folder()), plugins, clock)
        print("ready", flush=True)
        for moment in play(office, worker, clock):
            following = folder / "moment.new"
            following.write_text(moment.isoformat())
            following.replace(reached)
    office.close()
    decider.close()


def run(folder: Path) -> None:
    """Live the year slowly."""
    live(folder, SlowOffice)
    print("done", flush=True)
