"""The office of a folder of policies: its packs, time zone, people and work calendar, without its rules."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from poruchik.errors import PolicyError
from poruchik.organization.structure import Organization
from poruchik.policy.check import Entry, check_record
from poruchik.policy.inventory import (
    CALENDAR_NAME,
    HEADER_NAME,
    ORGANIZATION_NAME,
    Inventory,
    companion,
    entries,
    folder_named,
)
from poruchik.policy.people import parse_organization
from poruchik.policy.problems import Position, Problems
from poruchik.policy.shapes import Record
from poruchik.policy.source import read_file
from poruchik.policy.vocabulary import HEADER, ORGANIZATION_FILE
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar, overlay_files
from poruchik.workcalendar.overlay import read_overlay

DEFAULT_ZONE = "Asia/Yekaterinburg"
_LOOKED_ABOVE = 4
"""Folders in which a pack that is built on is looked for, the nearest first."""


def load_office(folder: Path) -> tuple[Organization, WorkCalendar]:
    """Return the people and the calendar of a folder of policies; raise PolicyError when they cannot be read."""
    problems = Problems()
    packs = Packs(Path(os.path.normpath(folder)), problems)
    zone = packs.zone()
    organization = packs.organization(zone)
    raise_first(problems, folder)
    return organization, load_calendar(folder, str(zone))


def raise_first(problems: Problems, folder: Path) -> None:
    """Raise PolicyError with the first error, if there is one."""
    errors = problems.errors
    if errors:
        rest = f" (и ещё {len(errors) - 1})" if len(errors) > 1 else ""
        raise PolicyError(
            f"политику нельзя использовать: {errors[0]}{rest}",
            where=str(folder),
            remedy=f"исправьте; все замечания покажет «poruchik rules check {folder}»",
        )


def calendar_folder(folder: Path) -> Path | None:
    """Return the folder of calendar overlays that belongs to a folder of policies, if it has one."""
    places = (folder_named(folder, CALENDAR_NAME), folder_named(folder.parent, CALENDAR_NAME))
    return next((place for place in places if place.is_dir()), None)


def load_calendar(policies: Path, zone: str) -> WorkCalendar:
    """Return the work calendar of a folder of policies, or the shipped one."""
    folder = calendar_folder(policies) or calendar_folder(rules_folder())
    return WorkCalendar.load(folder, zone=zone) if folder else WorkCalendar(zone=zone)


def calendar_with(policies: Path, file: Path) -> WorkCalendar:
    """Return the calendar of a folder of policies with a file that it does not have yet, or has another one of.

    In its place is taken the file of that name, else the one of that year; raise CalendarError, PolicyError.
    """
    problems = Problems()
    zone = str(Packs(Path(os.path.normpath(policies)), problems).zone())
    raise_first(problems, policies)
    new = read_overlay(file)
    folder = calendar_folder(policies) or calendar_folder(rules_folder())
    known = {path.name: read_overlay(path) for path in overlay_files(folder)} if folder else {}
    if file.name not in known and new.year is not None:
        kept = [one for one in known.values() if one.year != new.year]
    else:
        kept = [one for name, one in known.items() if name != file.name]
    return WorkCalendar([*kept, new], zone=zone)


class Packs:
    """The packs of a folder with their headers, those built on before those that build on them."""

    def __init__(self, folder: Path, problems: Problems) -> None:
        self.folder = folder
        self.problems = problems
        self.files: list[Path] = []
        """Every file that was read."""
        self.headers = self._headers()

    @property
    def folders(self) -> list[Path]:
        """Return the folders of the packs, in the order of their headers."""
        return [place for place, _ in self.headers]

    def _headers(self) -> list[tuple[Path, Entry]]:
        folder = self.folder
        if not folder.is_dir():
            self.problems.error(
                Position(str(folder)),
                "папка",
                "такой папки нет",
                remedy=f"назовите папку с файлом {HEADER_NAME}",
            )
            return []
        roots = (
            [folder]
            if companion(folder, HEADER_NAME)
            else [path for path in entries(folder) if path.is_dir() and companion(path, HEADER_NAME)]
        )
        if not roots:
            self.problems.error(
                Position(str(folder)),
                "папка",
                f"в папке нет ни {HEADER_NAME}, ни пакетов с ним",
                remedy="назовите папку пакета или папку, в которой лежат пакеты",
            )
        found: dict[Path, Entry] = {}
        for root in roots:
            self._collect(root, found, ())
        return list(found.items())

    def _collect(self, place: Path, found: dict[Path, Entry], above: tuple[Path, ...]) -> None:
        if place in found:
            return
        path = companion(place, HEADER_NAME)
        header = self.read(path, HEADER) if path else None
        if header is None:
            return
        for pack in header.fields.get("packs", ()):
            base = _base(place, pack.value)
            if base in (*above, place):
                self.problems.error(
                    pack.position,
                    "круг",
                    f"пакет «{pack.value}» опирается сам на себя",
                    remedy="разорвите круг",
                )
            elif companion(base, HEADER_NAME):
                self._collect(base, found, (*above, place))
            else:
                self.problems.error(
                    pack.position,
                    "пакет",
                    f"пакета «{pack.value}» нет",
                    why=f"искали {base}",
                    remedy="проверьте имя",
                )
        found[place] = header

    def zone(self) -> ZoneInfo:
        """Return the time zone that the packs name, which must be one."""
        named = {header.value("zone"): header for _, header in self.headers if header.value("zone")}
        for name, header in list(named.items())[1:]:
            self.problems.error(
                header.at("zone"),
                "часовой-пояс",
                f"«{name}», а другой пакет назвал «{next(iter(named))}»",
                remedy="у пакетов, читаемых вместе, пояс один",
            )
        name = next(iter(named), DEFAULT_ZONE)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.problems.error(
                named[name].at("zone"),
                "часовой-пояс",
                f"часового пояса «{name}» нет",
                remedy=f"например {DEFAULT_ZONE}",
            )
            return ZoneInfo(DEFAULT_ZONE)

    def organization(self, zone: ZoneInfo) -> Organization:
        """Read the people, the units and their absences; an empty organisation where no file gives any."""
        staff = self.shared(ORGANIZATION_NAME, ORGANIZATION_FILE)
        if staff is None:
            return Organization(units=[], employees=[], roles=[], absences=[], zone=zone)
        return parse_organization(staff, zone, self.problems)

    def shared(self, name: str, record: Record) -> Entry | None:
        """Read the dictionary or the organisation of the folder, of its packs, or of the folder above."""
        folder = self.folder
        places = [folder, *self.folders]
        if companion(folder, HEADER_NAME):
            places.append(folder.parent)
        found = [path for place in dict.fromkeys(places) if (path := companion(place, name))]
        for other in found[1:]:
            if folder in other.parents:  # a pack that is built on may well have one of its own
                Inventory(self.problems).second(other, found[0])
        return self.read(found[0], record) if found else None

    def read(self, path: Path, record: Record) -> Entry | None:
        """Read and check one file; return None for one that cannot be used at all."""
        place = Path(os.path.normpath(path))
        self.files.append(place)
        node = read_file(place, self.problems)
        return check_record(node, record, self.problems) if node else None


def _base(place: Path, name: str) -> Path:
    """Return the folder of a pack that another is built on: beside it, or beside one of the folders above."""
    above = [place.parent, *place.parent.parents][:_LOOKED_ABOVE]
    found = next((one / name for one in above if companion(one / name, HEADER_NAME)), place.parent / name)
    return Path(os.path.normpath(found))
