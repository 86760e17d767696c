"""Processes of the plugin to be killed, stopped and watched. They are forked from one that has loaded everything already:
what a start costs is loading modules, and some tests start a hundred. Nothing else is shared: no thread, no file, no
connection is there before the fork.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from io import TextIOWrapper
from multiprocessing.connection import Connection
from pathlib import Path

_forked = multiprocessing.get_context("forkserver")
_forked.set_forkserver_preload(
    [
        "support.quick_disk",
        "support.child",
        "support.year_child",
        "poruchik.lanes.service",
        "poruchik.web.server",
        "poruchik_exchange.client",
    ]
)


class Process:
    """A process that runs a function; what it prints can be read, what it logs goes into a file."""

    def __init__(self, target: Callable[..., None], *arguments: object, log: Path | None = None) -> None:
        reading, writing = _forked.Pipe(duplex=False)
        self._process = _forked.Process(target=_run, args=(target, arguments, writing, log), daemon=True)
        self._process.start()
        writing.close()
        self.stdout = TextIOWrapper(open(os.dup(reading.fileno()), "rb"))  # noqa: PTH123, SIM115 — closed by `wait`
        reading.close()

    @property
    def pid(self) -> int:
        """Return its number."""
        assert self._process.pid is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait for its end; return how it ended."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, f"process {self.pid} has not ended in {seconds} s"
        self.rest = self.stdout.read()
        self.stdout.close()
        return code


def _run(target: Callable[..., None], arguments: tuple[object, ...], printed: Connection, log: Path | None) -> None:
    os.dup2(printed.fileno(), 1)
    sys.stdout = TextIOWrapper(open(1, "wb", buffering=0), write_through=True)  # noqa: SIM115 — until the end
    if log:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        sys.stderr = TextIOWrapper(open(2, "wb", buffering=0), write_through=True)  # noqa: SIM115
    target(*arguments)
