"""The policy sets in force: each document is decided by the set of its day of registration.

People, absences and the work calendar are those of the set in force today: the law is that of the day of
registration, the office is that of now.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import structlog

from poruchik.clock import Clock
from poruchik.engine.decide import Decider
from poruchik.errors import PolicyError, PoruchikError
from poruchik.model.decision import Decision
from poruchik.model.document import Document, Facts
from poruchik.model.exchange import Report
from poruchik.plugins import Plugins
from poruchik.policy.load import load_policy, require_policy
from poruchik.policy.office import load_calendar
from poruchik.policy.whole import Policy
from poruchik.publishing.bundle import bundle, unpack
from poruchik.publishing.wording import miscounted, short_version
from poruchik.store.database import Store
from poruchik.store.publications import Publication, Signature, in_force_on
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar

MAX_DECIDERS = 8
"""Sets of earlier days that are kept ready; documents that come late need few of them."""
_log = structlog.get_logger("poruchik.rulebook")


def build_decider(policies: Path, plugins: Plugins) -> Decider:
    """Read and compile the policies of a folder, with the work calendar that belongs to them."""
    policy = require_policy(policies, plugins.operators())
    return Decider.build(policy, load_calendar(policies, str(policy.zone)))


@contextmanager
def naming_the_set(version: str) -> Iterator[None]:
    """Let what is wrong with a stored set be told with its name and with what to do."""
    try:
        yield
    except PolicyError as error:
        raise PolicyError(
            f"набор правил {short_version(version)} нельзя применить: {error.what}",
            remedy="отмените его (poruchik rules rollback) или опубликуйте исправленный",
        ) from error


class Rulebook:
    """Decides documents by the sets that are in force. The folder of the settings is the first set, once."""

    def __init__(self, store: Store, folder: Path, plugins: Plugins, clock: Clock) -> None:
        self._store = store
        self._plugins = plugins
        self._clock = clock
        self._lock = threading.RLock()
        """The pages decide beside the lanes, and a set must not be given back while somebody decides by it."""
        self._unpacked = tempfile.TemporaryDirectory(prefix="poruchik-rules-")
        self._folders: dict[str, Path] = {}
        self._deciders: dict[str, Decider] = {}
        self._found: Sequence[Publication] = ()
        self._seen: Signature = (0, 0, 0)
        self._miscounted = ""
        self._unusable: dict[str, str] = {}
        """Sets that could not be built, with the cause, until the publications change."""
        try:
            first = self._keep_first(folder)
            self._find()
            self._current = self._of_today()
            self._put_in_force(self._current, first)
            self.texts = Texts(self._folder(self._current))
        except PoruchikError:
            self.close()
            raise

    # --- what is in force -------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """Return the policy in force today."""
        return self._deciders[self._current].policy

    @property
    def calendar(self) -> WorkCalendar:
        """Return the work calendar of today."""
        return self._deciders[self._current].calendar

    @property
    def miscounted(self) -> str:
        """Return that the set of today is not read as it was when it was published; «» when it is."""
        return self._miscounted

    @property
    def unusable(self) -> str:
        """Return why the set of today cannot be used, so that the one before stays; «» when it can."""
        return self._unusable.get(self._of_today(), "")

    def decide(
        self,
        document: Document,
        *,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return what the set of the document's day of registration requires; see `Decider.decide`."""
        with self._lock:
            day = document.registered_at.astimezone(self.calendar.zone).date()
            version = in_force_on(self._found, day).version
            return self._decider(version).decide(document, as_of=as_of, added=added, load=load)

    def on_report(
        self,
        document: Document,
        report: Report,
        at: datetime,
        *,
        by: str,
        as_of: date | None = None,
        added: Facts | None = None,
        load: Mapping[str, int] | None = None,
    ) -> Decision:
        """Return the orders that the set of the document's day of registration gives on a report."""
        with self._lock:
            day = document.registered_at.astimezone(self.calendar.zone).date()
            decider = self._decider(in_force_on(self._found, day).version)
            return decider.on_report(document, report, at, by=by, as_of=as_of, added=added, load=load)

    def refresh(self, published: Signature | None = None) -> None:
        """Take up what was published or rolled back meanwhile, and what begins today.

        `published` is what a look has just found of the publications; without it they are looked at. When a set
        cannot be used, the log says so once, control goes on by the one before, and the documents of the set wait for a
        person: they are not decided by rules that are no longer in force.
        """
        with self._lock:
            if published is None:
                with self._store.reading() as reading:
                    published = reading.publications.signature()
            if published != self._seen:
                self._find()
            current = self._of_today()
            if current == self._current or current in self._unusable:
                return
            try:
                self._put_in_force(current)
            except PoruchikError as error:
                self._unusable[current] = str(error)
                _log.error("a published policy set cannot be used, the one before stays", cause=str(error))
                return
            self._current = current
            self.texts.use(self._folder(current))
            _log.info("another policy set is in force", version=current)

    def close(self) -> None:
        """Give everything back."""
        with self._lock:
            for decider in self._deciders.values():
                decider.close()
            self._deciders.clear()
            self._unpacked.cleanup()

    # --- sets -------------------------------------------------------------------------------------

    def _keep_first(self, folder: Path) -> Policy | None:
        """Store the folder's set as the first one, unless there is one; return its policy when it was read."""
        with self._store.reading() as reading:
            if reading.publications.all():
                return None
        loaded = load_policy(folder, self._plugins.operators())
        policy = loaded.usable()
        made = bundle(loaded)
        with self._store.writing() as writing:
            writing.publications.store_first(made, self._clock.now())
        return policy

    def _find(self) -> None:
        with self._store.reading() as reading:
            self._found = reading.publications.all()
            self._seen = reading.publications.signature()
        self._unusable = {}

    def _of_today(self) -> str:
        zone = self.calendar.zone if self._deciders else None
        return in_force_on(self._found, self._clock.now().astimezone(zone).date()).version

    def _put_in_force(self, version: str, read: Policy | None = None) -> None:
        """Build the decider of a set and forget the others: they have the people of the set before.

        `read` is a policy that was read already; it is taken when it is that of the set.
        """
        policy = read if read and read.version == version else self._policy(version)
        published = next(one.rules for one in self._found if one.version == version)
        self._miscounted = miscounted(version, published, len(policy.rules))
        made = Decider.build(policy, self._calendar(version, str(policy.zone)))
        for decider in self._deciders.values():
            decider.close()
        self._deciders = {version: made}

    def _decider(self, version: str) -> Decider:
        """Return the decider of a set, with the people and the calendar of today."""
        if version in self._unusable:
            raise PolicyError(self._unusable[version])
        found = self._deciders.get(version)
        if found is None:
            if len(self._deciders) > MAX_DECIDERS:
                oldest = next(one for one in self._deciders if one != self._current)
                self._deciders.pop(oldest).close()
            policy = replace(self._policy(version), organization=self.policy.organization)
            found = self._deciders[version] = Decider.build(policy, self.calendar)
        return found

    def _policy(self, version: str) -> Policy:
        with naming_the_set(version):
            return require_policy(self._folder(version), self._plugins.operators(), stored=True)

    def _calendar(self, version: str, zone: str) -> WorkCalendar:
        return load_calendar(self._folder(version), zone)

    def _folder(self, version: str) -> Path:
        if version not in self._folders:
            with self._store.reading() as reading:
                stored = reading.publications.content(version)
            if stored is None:
                raise PolicyError("набора правил нет в базе данных", where=version)
            self._folders[version] = unpack(stored, Path(self._unpacked.name))
        return self._folders[version]
