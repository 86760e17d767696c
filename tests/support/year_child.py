"""A year of an office in a process to be killed; prints «ready», then «done»."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

from poruchik.clock import SimulatedClock
from poruchik.lanes import decide
from poruchik.lanes.runtime import Worker
from poruchik.model.commands import Command
from poruchik.model.exchange import ChangesPage, Receipt, RefusedChange
from poruchik.plugins import Plugins
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.testing.year import play
from poruchik.texts.render import Texts

FIRST = datetime.fromisoformat("2026-01-12T08:00:00+05:00")
ORDERS = 500
TOLD_AGAIN, SPOILT = 8, 7


class BentOffice(Office):
    """An office that tells changes again with the next page, and some of them unreadably the first time."""

    def order_changes(self, cursor: str, limit: int) -> ChangesPage:
        """Return what happened after the cursor; where something was spoilt, a page more tells all of it mended."""
        place = int(cursor.removesuffix("+") or 0)
        again = super().order_changes(str(max(0, place - TOLD_AGAIN)), min(TOLD_AGAIN, place)) if place else None
        if again and cursor.endswith("+"):
            return replace(again, cursor=str(place), has_more=False)
        page = super().order_changes(str(place or ""), TOLD_AGAIN)
        spoilt = [one for one in page.changes if crc32(f"{one.order_key} {one.id}".encode()) % SPOILT == 0]
        return replace(
            page,
            changes=(*(again.changes if again else ()), *(one for one in page.changes if one not in spoilt)),
            refused=tuple(RefusedChange(one.order_key, "порвано", one.raw, one.id) for one in spoilt),
            cursor=f"{page.cursor}+" if spoilt else page.cursor,
            has_more=page.has_more or bool(spoilt),
        )


class SlowOffice(BentOffice):
    """One whose answers take their time too: what it has carried out is not yet known when the plugin is killed."""

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
    plugins = Plugins()
    decider = build_decider(rules_folder(), plugins)
    with Store.open(f"sqlite:///{folder / 'poruchik.db'}") as store:
        # As for any program that starts again, time is where the last thing happened, in the office or here.
        with store.reading() as reading:
            happened = (office.last_moment(), reading.audit.last_moment())
        clock.move_to(max([clock.now(), *(moment for moment in happened if moment)]))
        worker = Worker(store, [office], decider, Texts(rules_folder()), plugins, clock)
        print("ready", flush=True)
        for moment in play(office, worker, clock):
            following = folder / "moment.new"
            following.write_text(moment.isoformat())
            following.replace(reached)
    office.close()
    decider.close()


UNHURRIED = {"LEASE": timedelta(0), "MAX_TRIES": 1000}
"""Of the lane that decides. The years are compared moment by moment: what a killed process was deciding must not wait for
its lease; and a document that is taken again with every start is not at fault, however often the process is killed."""


def run(folder: Path) -> None:
    """Live the year slowly."""
    for name, value in UNHURRIED.items():
        setattr(decide, name, value)
    live(folder, SlowOffice)
    print("done", flush=True)
