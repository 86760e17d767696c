"""A plugin process to be killed: `python -m support.child DATABASE SED_URL SOG_URL START`; prints «ready», then works."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from poruchik.app import Application
from poruchik.clock import SimulatedClock
from poruchik.connector import SystemSettings
from poruchik.model.document import SystemKind
from poruchik.resources import rules_folder
from poruchik.settings import Settings


def main(database: str, sed: str, sog: str, start: str) -> None:
    """Run rounds until nothing moves; each process starts at a moment past the leases of the one before."""
    systems = tuple(
        SystemSettings(name, kind, "exchange", url, timeout=5, attempts=1)
        for name, kind, url in (("sed", SystemKind.SED, sed), ("sog", SystemKind.SOG, sog))
    )
    settings = Settings(Path(database), f"sqlite:///{database}", rules_folder(), systems)
    with Application(settings, clock=SimulatedClock(datetime.fromisoformat(start))) as application:
        for connector in application.connectors:
            type(connector).capabilities = type(connector.capabilities)(batch_size=5, page_size=17)
        print("ready", flush=True)
        application.worker.run_until_idle()
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
