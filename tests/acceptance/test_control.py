"""Time passes: reminders and escalations arrive in the СЭД and the СОГ over HTTP."""

from __future__ import annotations

from pathlib import Path

import zeep

from support.world import World, appeal, world


def notices(here: World, system: str = "sog") -> list[tuple[str, str, str]]:
    client = zeep.Client(here.stand.url("desk") + "?wsdl")
    page = client.service.GetNotices(system=system, cursor="", limit=1000)
    return [(f"{one.pointAt:%m-%d %H:%M}", one.kind, one.to.name) for one in page.notice]


def test_a_reminder_and_an_escalation(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"))
        here.live_until("2026-12-09T12:00")
        # The lead did not accept within two working days; ten working days are left.
        assert notices(here) == [
            ("11-26 10:00", "escalation", "Березин А. П."),
            ("12-09 09:00", "reminder", "Лаптев О. Д."),
        ]
