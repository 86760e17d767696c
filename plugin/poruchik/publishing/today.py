"""What is in force today, for commands that only look: the set of rules, its people, its calendar."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from poruchik.clock import Clock
from poruchik.errors import PolicyError
from poruchik.organization.structure import Organization
from poruchik.policy.office import load_office
from poruchik.publishing.bundle import unpack
from poruchik.settings import Settings
from poruchik.store.database import Transaction
from poruchik.store.publications import Publication, in_force_on
from poruchik.workcalendar.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class OfficeOfToday:
    """People and calendar of the set in force; `publication` is None while the settings' folder was not stored."""

    organization: Organization
    calendar: WorkCalendar
    publication: Publication | None


def office_of_today(reading: Transaction, settings: Settings, clock: Clock) -> OfficeOfToday:
    """Return who works and when, without reading a rule; raise PolicyError."""
    with set_of_today(reading, settings, clock) as (folder, publication):
        return OfficeOfToday(*load_office(folder), publication)


@contextmanager
def set_of_today(reading: Transaction, settings: Settings, clock: Clock) -> Iterator[tuple[Path, Publication | None]]:
    """Give the folder of the set in force while the `with` lasts; the settings' own while none was stored."""
    found = reading.publications.all()
    if not found:
        yield settings.policies, None
        return
    with tempfile.TemporaryDirectory(prefix="poruchik-set-") as place:

        def folder(publication: Publication) -> Path:
            stored = reading.publications.content(publication.version)
            if stored is None:
                raise PolicyError("набора правил нет в базе данных", where=publication.version)
            return unpack(stored, Path(place))

        day = clock.now().astimezone().date()
        near = {in_force_on(found, day + timedelta(days=days)) for days in (-1, 0, 1)}
        if len(near) > 1:
            # The day begins where the office is, and that stands in the set itself.
            zone = load_office(folder(in_force_on(found, day)))[1].zone
            day = clock.now().astimezone(zone).date()
        current = in_force_on(found, day)
        yield folder(current), current
