"""An administrator's page: queues, what waits longest, what was not delivered, systems, policy, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from poruchik.lanes import intake, track
from poruchik.lanes.reconcile import LANE as RECONCILE
from poruchik.lanes.reconcile import compared_on
from poruchik.model.delivery import OutboxState
from poruchik.watch.lights import lights, years
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected system: when it answered, when something new was read of it, since when its oldest command waits."""

    name: str
    kind: str
    url: str
    documents_at: datetime | None
    changes_at: datetime | None
    contact_at: datetime | None
    compared_on: date | None
    waiting_since: datetime | None


def system(visit: Visit) -> Shown:
    """Show the page."""
    settings = visit.site.settings
    with visit.site.store.reading() as reading:
        inbox, deliveries = reading.inbox.counts(), reading.overview.deliveries()
        backlog = reading.backlog(visit.site.clock.now())
        dead = reading.outbox.listing(OutboxState.DEAD, limit=SHOWN)
        moved = reading.cursors.moved()
        versions = reading.hits.versions()
        users = reading.users.listing()
        differ = reading.differences.listing(limit=SHOWN)
        compared = {one.name: compared_on(reading.cursors.place(one.name, RECONCILE)) for one in settings.systems}
    systems = [
        Connected(
            name=one.name,
            kind=one.kind.value,
            url=one.url,
            documents_at=moved.get((one.name, intake.LANE)),
            changes_at=moved.get((one.name, track.LANE)),
            contact_at=backlog.systems[one.name].contact_at if one.name in backlog.systems else None,
            compared_on=compared[one.name],
            waiting_since=backlog.commands[one.name].since if one.name in backlog.commands else None,
        )
        for one in settings.systems
    ]
    calendar = visit.site.calendar
    now, cannot_write = visit.site.clock.now(), visit.site.store.cannot_write
    shown = lights(backlog, calendar, settings, now, cannot_write=cannot_write)
    return Shown(
        "system.html",
        {
            "lights": shown,
            "inbox": inbox,
            "deliveries": deliveries,
            "dead": dead,
            "differ": differ,
            "systems": systems,
            "policy": visit.site.policy,
            "versions": versions[:SHOWN],
            "years": years(calendar, visit.now.date()),
            "users": users,
        },
    )


PAGES = (Page("/system", Right.SYSTEM, show=system, menu="Система"),)
