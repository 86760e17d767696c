"""A simulated year of an office: documents, people, control, deliveries; store and lanes real, the system in process.

    .venv/bin/python benchmarks/year.py [--orders 20000] [--profile FILE]

Prints one JSON line: orders, points by fate, messages, CPU seconds by part, and what does not balance.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from poruchik.clock import SimulatedClock
from poruchik.lanes.runtime import Worker
from poruchik.plugins import Plugins
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.testing.office import Office
from poruchik.testing.year import imbalances, play
from poruchik.texts.render import Texts

FIRST = datetime.fromisoformat("2026-01-12T08:00:00+05:00")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=20_000)
    parser.add_argument("--profile", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clock = SimulatedClock(FIRST)
        office = Office(clock, Path(name) / "office.db")
        office.register_year(arguments.orders, FIRST)
        plugins = Plugins()
        decider = build_decider(rules_folder(), plugins)
        with Store.open(f"sqlite:///{Path(name) / 'poruchik.db'}") as store:
            worker = Worker(store, [office], decider, Texts(rules_folder()), plugins, clock)
            profile = cProfile.Profile() if arguments.profile else None
            if profile:
                profile.enable()
            began, wall = time.process_time(), time.perf_counter()
            moments = sum(1 for _ in play(office, worker, clock))
            seconds, wall = time.process_time() - began, time.perf_counter() - wall
            if profile:
                profile.disable()
                profile.dump_stats(arguments.profile)
            wrong = imbalances(office, store, decider.calendar)
            with store.reading() as reading:
                orders, points = reading.orders.counts(), reading.points.counts()
        kinds = Counter(notice["kind"] for notice in office.notices().values())
        office.close()
    print(
        json.dumps(
            {
                "documents": arguments.orders,
                "orders": orders,
                "points": points,
                "messages": kinds,
                "moments": moments,
                "cpu_s": round(seconds, 1),
                "wall_s": round(wall, 1),
                "imbalances": len(wrong),
                "first": wrong[:5],
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
