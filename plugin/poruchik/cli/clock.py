"""`clock accept`: somebody says that the computer's clock, which was set forward, shows the right time."""

from __future__ import annotations

from pathlib import Path

import typer

from poruchik.cli.installation import CONFIG, settings_from, to_write
from poruchik.clock import SystemClock
from poruchik.errors import PoruchikError
from poruchik.model.audit import AuditEntry
from poruchik.model.lanes import CLOCK


def accept(config: Path | None = CONFIG) -> None:
    """Let control go on by the time that the computer shows now."""
    now = SystemClock().now()
    with to_write(settings_from(config)) as writing:
        state = writing.lanes.every().get(CLOCK)
        if state is None or not state.failing_since:
            raise PoruchikError("часы не переводили, подтверждать нечего")
        writing.lanes.succeeded(*CLOCK, None, now)
        writing.audit.add([AuditEntry(now, "время подтверждено", "часы", state.cause, "администратор")])
    typer.echo(f"Время принято: {now.astimezone():%d.%m.%Y %H:%M}. Контроль пойдёт дальше.")
