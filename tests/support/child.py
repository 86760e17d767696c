"""`poruchik run` in a process that is to be killed.

A fault is planted to show that the test would see it: «blind» sends again without asking the system, «hasty» takes a row
back before its lease has ended.
"""

from __future__ import annotations

from datetime import timedelta

from poruchik.cli import main
from poruchik.lanes import deliver
from poruchik.lanes.deliver import Delivery


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
