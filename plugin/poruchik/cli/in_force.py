"""What a folder of policies has more and less than the set in force, for `rules check` and `rules publish`."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from poruchik.authoring.contents import compared, contents_of, gone, named, rewritten
from poruchik.cli.installation import settings_from, to_read
from poruchik.clock import SystemClock
from poruchik.errors import SettingsError, StoreError
from poruchik.plugins import Plugins
from poruchik.policy.load import Loaded, load_policy
from poruchik.publishing.bundle import unpack
from poruchik.store.publications import StoredSet, in_force_on


@dataclass(frozen=True, slots=True)
class AgainstForce:
    """A policy against the set in force: a line for each kind of its parts; what of the set is gone, or rewritten."""

    lines: tuple[str, ...]
    gone: tuple[str, ...]


def against(stored: StoredSet, loaded: Loaded) -> AgainstForce:
    """Compare a policy with a stored set by what they consist of."""
    with tempfile.TemporaryDirectory(prefix="poruchik-set-") as place:
        old = load_policy(unpack(stored, Path(place)), Plugins().operators(), stored=True)
        before, after = contents_of(old), contents_of(loaded)
        said_before = rewritten(old, loaded, SystemClock().now().astimezone().date())
    lost = (f"нет прежнего: {kind} {named(names)}" for kind, names in gone(before, after).items())
    return AgainstForce(tuple(compared(before, after)), (*lost, *said_before))


def set_in_force() -> StoredSet | None:
    """Return the set of today where the installation of this folder has one; None without an installation."""
    try:
        with to_read(settings_from(None)) as reading:
            found = reading.publications.all()
            today = SystemClock().now().astimezone().date()
            return reading.publications.content(in_force_on(found, today).version) if found else None
    except (SettingsError, StoreError):
        return None
