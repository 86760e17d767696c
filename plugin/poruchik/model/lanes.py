"""How a lane fares: when it last read all there was, when it last succeeded, since when it fails and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

SERVICE = ("", "service")
"""The row of the service itself: its beat shows that it runs."""
CLOCK = ("", "clock")
"""The row of the clock: it fails while nobody knows whether it was set rightly."""
INTAKE, TRACK = "intake", "track"


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
