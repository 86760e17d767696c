"""What a command costs before it does anything, in bare starts of Python: the machines differ, the ratio hardly.

    .venv/bin/python benchmarks/start.py [--python OTHER/.venv/bin/python] [--runs 9]

`--python` is the interpreter of another checkout, to compare with. The list stands over the demo's data, once alone and
once beside a writer that holds the database for as long as the command may take.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = "from poruchik.cli import main; main()"
LIST = ("orders", "overdue", "--as-of", "2026-12-17")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As an installation is: its modules were compiled once."""
LIMIT = 120.0
"""Seconds after which a command counts as standing still."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed(asked.python, folder, "demo")
        rows: dict[str, list[float]] = {"bare": [], "help": [], "list": []}
        for _ in range(asked.runs):  # in turn: a noisy neighbour meets all of them
            rows["bare"].append(seconds([asked.python, "-c", "pass"], folder)[0])
            rows["help"].append(timed(asked.python, folder, "--help"))
            rows["list"].append(timed(asked.python, folder, *LIST))
        with writer(folder / "poruchik-demo" / "poruchik.db"):
            beside, code = seconds([asked.python, "-c", PROGRAM, *LIST], folder)
    bare = statistics.median(rows["bare"])
    print(
        json.dumps(
            {
                "bare_s": round(bare, 4),
                "help": round(statistics.median(rows["help"]) / bare, 1),
                "list": round(statistics.median(rows["list"]) / bare, 1),
                "list_beside_a_writer": round(beside / bare, 1),
                "list_beside_a_writer_ended_with": code,
            }
        )
    )


def timed(python: str, folder: Path, *arguments: str) -> float:
    """Return the seconds of a command that succeeds."""
    taken, code = seconds([python, "-c", PROGRAM, *arguments], folder)
    assert code == 0, arguments
    return taken


def seconds(command: list[str], folder: Path) -> tuple[float, int]:
    """Return how long a process took, and how it ended."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=LIMIT, env=ENVIRONMENT)
    return time.perf_counter() - began, done.returncode


@contextmanager
def writer(path: Path) -> Iterator[None]:
    """Hold the writer's lock."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


if __name__ == "__main__":
    main()
