"""How a lane fares: when it last read all there was, when it last succeeded, since when it fails and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Key = tuple[str, str]
"""System and lane; «» as the system of what is done for all of them."""
SERVICE: Key = ("", "service")
"""The row of the service itself: its beat shows that it runs."""
CLOCK: Key = ("", "clock")
"""The row of the clock: it fails while nobody knows whether it was set rightly."""
CLOCK_BEHIND: Key = ("", "clock-behind")
"""It fails while the computer's clock is behind the one that the service goes by."""
PLACEMENT: Key = ("", "placement")
"""It fails while DBOS cannot say which process runs a lane."""
TEXTS: Key = ("", "texts")
"""It fails while shipped texts go out in place of those of the policies."""
SET_COUNT: Key = ("", "set-count")
"""It fails while the set in force is not read as it was when it was published."""
SET_USE: Key = ("", "set-use")
"""It fails while the set of today cannot be used, and the one before stays."""
DECIDE: Key = ("", "decide")
CONTROL: Key = ("", "control")
INTAKE, TRACK, DELIVER = "intake", "track", "deliver"
"""The lanes of each system."""


@dataclass(frozen=True, slots=True)
class LaneState:
    """One lane of one system."""

    system: str
    lane: str
    began_at: datetime | None = None
    """When the last run began that read all there was: what it found is known up to then."""
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failing_since: datetime | None = None
    """None while it succeeds."""
    cause: str = ""
