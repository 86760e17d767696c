"""Seconds that bent answers cost: read over real SOAP through a proxy that bends them, kept in SQLite.

    .venv/bin/python benchmarks/answers.py

A page of 200 cards of which 133 are no XML, a page of 200 changes of which 133 break the contract, and 260 cards of
90 KB with one of 20 MB between them; each beside the same without anything bent. Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from poruchik.log import configure_logging
from poruchik.model.changes import ChangeState
from poruchik.model.inbox import InboxState
from support.bending import Bending, Passing, bending, change, tell
from support.world import World, appeal, world

CARDS, BROKEN = 200, 133
MANY, LARGE, HUGE = 260, 45_000, 10_000_000
"""How many cards, and Russian letters of the text of each: two bytes a letter."""


def main() -> None:
    """Measure each once."""
    configure_logging("error")
    bent = range(BROKEN)
    print(
        json.dumps(
            {
                "cards": measured(cards, ()),
                "cards, 133 broken": measured(cards, bent),
                "changes": measured(changes, ()),
                "changes, 133 unreadable": measured(changes, bent),
                "large cards": measured(large, ()),
                "large cards, one of 20 MB": measured(large, (MANY // 2,)),
            }
        )
    )


def measured(play: Callable[[World, Bending, Any], dict[str, float]], bent: Any) -> dict[str, float]:
    """Return what was kept, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), timeout=60) as here, bending(here) as proxy:
        return play(here, proxy, bent)


def cards(here: World, proxy: Bending, bent: Any) -> dict[str, float]:
    """Read a page of cards; a bare ampersand stands in those that are bent."""
    here.register(*(appeal(f"О-{number}", содержание=f"Письмо {number}.") for number in range(CARDS)))

    def bend(answer: Passing) -> Passing:
        for number in bent if answer.operation == "GetDocuments" else ():
            answer = answer.changed(f"Письмо {number}.", f"Рога & копыта {number}.")
        return answer

    proxy.bend = bend
    return read(here)


def large(here: World, proxy: Bending, bent: Any) -> dict[str, float]:
    """Read large cards; those that are bent are larger than is read at once."""
    here.register(*(appeal(f"О-{number}", содержание=f"Письмо {number}." + "ы" * LARGE) for number in range(MANY)))

    def bend(answer: Passing) -> Passing:
        for number in bent if answer.operation == "GetDocuments" else ():
            answer = answer.changed(f"Письмо {number}.", "ы" * HUGE)
        return answer

    proxy.bend = bend
    return read(here)


def read(here: World) -> dict[str, float]:
    """Read until nothing comes any more; return how many were taken and refused."""
    worker = here.running.worker
    worker.look()
    started = time.perf_counter()
    while worker.read("sog", lambda: False):
        pass
    seconds = time.perf_counter() - started
    with here.running.store.reading() as reading:
        counts = reading.inbox.counts()
    return {
        "seconds": round(seconds, 2), "taken": counts.get(InboxState.NEW, 0),
        "refused": counts.get(InboxState.REFUSED, 0),
    }  # fmt: skip


def changes(here: World, proxy: Bending, bent: Any) -> dict[str, float]:
    """Apply a page of changes, one an order."""
    here.register(*(appeal(f"О-{number}") for number in range(CARDS)))
    worker = here.running.worker
    worker.run_until_idle()
    with here.running.store.reading() as reading:
        keys = reading.orders.keys()
    tell(proxy, *(change(key, "inProgress" if n in bent else "accepted", str(n)) for n, key in enumerate(keys)))
    started = time.perf_counter()
    worker.read("sog", lambda: False)
    seconds = time.perf_counter() - started
    with here.running.store.reading() as reading:
        kept = {state: reading.changes.count(state) for state in ChangeState}
    return {
        "seconds": round(seconds, 2), "applied": kept[ChangeState.APPLIED], "refused": kept[ChangeState.REFUSED]
    }  # fmt: skip


if __name__ == "__main__":
    main()
