"""Python's garbage collector in processes that decide many documents."""

from __future__ import annotations

import gc

_THRESHOLDS = (50_000, 20, 100)


def collect_rarely() -> None:
    """Look for garbage less often, and never through what is there now: policy, modules, calendar.

    Deciding makes many short-lived objects that need no search, and remembers many that stay; looking through these
    over and over took a quarter of the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
