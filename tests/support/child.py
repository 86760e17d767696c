"""`poruchik run` in a process that is to be killed.

A fault is planted to show that the test would see it: «blind» sends again without asking the system, «hasty» takes a row
back before its lease has ended.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from datetime import timedelta

from poruchik.cli import main
from poruchik.lanes import deliver
from poruchik.lanes.deliver import Delivery

LITTLE_ROOM = 40_000


def plant(fault: str) -> None:
    """Put a fault into the deliver lane."""
    if fault == "blind":
        Delivery._look_up = lambda _self, items: list(items)  # type: ignore[method-assign]
    elif fault == "hasty":
        deliver.lease = lambda _timeout: timedelta(milliseconds=1)
        Delivery._is_mine = lambda _self, _items: True  # type: ignore[method-assign]
        Delivery._left = lambda _self, _items: 60.0  # type: ignore[method-assign]
    elif fault:
        raise SystemExit(f"no such fault: {fault}")


def run(config: str, fault: str = "") -> None:
    """Run the service until it is killed or told to stop."""
    plant(fault)
    main(["run", "--config", config])


def with_little_room(folder: str, arguments: list[str]) -> None:
    """Run a command in a folder where no file can grow: as on a disk that is full."""
    os.chdir(folder)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE_ROOM, LITTLE_ROOM))
    sys.exit(main(arguments))
