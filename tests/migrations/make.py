"""Write a database as this version of the program leaves it, for later versions to go on with.

    .venv/bin/python tests/migrations/make.py FOLDER

An office two months into a year: open orders, messages that have not left, a parked item, and the system that it works with.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from poruchik.clock import SimulatedClock
from poruchik.lanes.runtime import Worker
from poruchik.model.commands import Operation
from poruchik.model.delivery import OutboxState
from poruchik.plugins import Plugins
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.testing.year import play
from poruchik.texts.render import Texts

FIRST = datetime.fromisoformat("2026-01-12T08:00:00+05:00")
ORDERS, DAYS, STOPPED = 14, 75, FIRST + timedelta(days=60)
PARKED = "UPDATE items SET state = 'parked', cause = 'для пробы', next_at = NULL WHERE id = :id"


def main(folder: Path) -> None:
    """Live until there is something of everything, and write both databases down."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        clock = SimulatedClock(FIRST)
        office = Office(clock, place / "office.db")
        office.register_year(ORDERS, FIRST, days=DAYS)
        plugins = Plugins()
        decider = build_decider(rules_folder(), plugins)
        with Store.open(f"sqlite:///{place / 'store.db'}") as store:
            worker = Worker(store, [office], decider, Texts(rules_folder()), plugins, clock)
            for moment in play(office, worker, clock):
                if moment > STOPPED:
                    break
            while not waits(store):
                clock.move_to(max(min(filter(None, (office.next_moment(), worker.next_moment()))), clock.now()))
                office.people_act()
                worker.read("office", lambda: False)
                worker.decide(lambda: False)
                worker.control(lambda: False)
                if not waits(store):
                    worker.deliver("office", lambda: False)
            with store.engine.begin() as connection:
                last = connection.scalar(text("SELECT max(id) FROM items WHERE state = 'active'"))
                connection.execute(text(PARKED), {"id": last})
        office.close()
        decider.close()
        folder.mkdir(parents=True, exist_ok=True)
        for which in ("store", "office"):
            with sqlite3.connect(place / f"{which}.db") as database:
                (folder / f"{which}.sql").write_text("\n".join(database.iterdump()) + "\n", encoding="utf-8")
        (folder / "moment.txt").write_text(clock.now().isoformat() + "\n", encoding="utf-8")


def waits(store: Store) -> bool:
    """Tell whether a message to somebody has not left yet."""
    with store.reading() as reading:
        waiting = reading.outbox.listing(OutboxState.WAITING)
    return any(one.command.operation is Operation.NOTICE for one in waiting)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
