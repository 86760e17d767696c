"""What a reload of the rules leaves behind in memory: 500 rules, 200 reloads, durable-rules.

    .venv/bin/python benchmarks/reload.py [--reloads 200]

Prints one JSON line: resident memory after the tenth reload and after the last one. `--keep` shows the measure itself:
the matchers are not closed, and memory grows.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
from pathlib import Path

from decide import documents, write_policy

from poruchik.engine.decide import Decider
from poruchik.policy.load import require_policy
from poruchik.policy.office import load_calendar
from poruchik.resources import rules_folder

_SETTLED = 10


def main() -> None:
    """Load, decide, close, again and again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    cards = documents(200)
    calendar = load_calendar(rules_folder(), "Asia/Yekaterinburg")
    resident = []
    with tempfile.TemporaryDirectory() as name:
        write_policy(Path(name), 500)
        for _ in range(options.reloads):
            decider = Decider.build(require_policy(Path(name)), calendar)
            for card in cards:
                decider.decide(card)
            if not options.keep:
                decider.close()
            del decider
            gc.collect()
            resident.append(resident_mb())
    settled, last = resident[min(_SETTLED, len(resident)) - 1], resident[-1]
    told = {
        "reloads": options.reloads, "settled_mb": round(settled, 1), "last_mb": round(last, 1),
        "kb_per_reload": round((last - settled) * 1024 / max(1, options.reloads - _SETTLED), 1),
    }  # fmt: skip
    print(json.dumps(told))


def resident_mb() -> float:
    """Return the resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
