"""Putting the parts together: from settings to a worker that runs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from poruchik.clock import Clock, SystemClock
from poruchik.connector import Connector, SystemSettings
from poruchik.engine.decide import Decider
from poruchik.errors import SettingsError
from poruchik.lanes.runtime import Worker
from poruchik.plugins import Plugins
from poruchik.policy.load import calendar_folder, require_policy
from poruchik.policy.problems import suggest
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik.store.database import Store
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar


class Application:
    """A running plugin: store, connectors, policy and worker. Close it, or use it in a `with`."""

    def __init__(self, settings: Settings, *, plugins: Plugins | None = None, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.plugins = plugins or Plugins()
        with ExitStack() as opened:
            self.decider = build_decider(settings.policies, self.plugins)
            opened.callback(self.decider.close)
            self.connectors = build_connectors(settings.systems, self.plugins)
            for connector in self.connectors:
                opened.callback(connector.close)
            self.store = opened.enter_context(Store.open(settings.database))
            self._opened = opened.pop_all()
        self.texts = Texts(settings.policies)
        self.worker = Worker(
            self.store,
            self.connectors,
            self.decider,
            self.texts,
            self.plugins,
            self.clock,
            digests_to=settings.digests_to,
        )

    def __enter__(self) -> Application:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


def build_decider(policies: Path, plugins: Plugins) -> Decider:
    """Read and compile the policies of a folder, with the work calendar that belongs to them."""
    policy = require_policy(policies, plugins.operators())
    return Decider.build(policy, load_calendar(policies, str(policy.zone)))


def load_calendar(policies: Path, zone: str) -> WorkCalendar:
    """Return the work calendar of a folder of policies, or the shipped one."""
    folder = calendar_folder(policies) or calendar_folder(rules_folder())
    return WorkCalendar.load(folder, zone=zone) if folder else WorkCalendar(zone=zone)


def build_connectors(systems: Sequence[SystemSettings], plugins: Plugins) -> list[Connector]:
    """Make the connector of each system; raise SettingsError for one that no plugin offers."""
    offered = plugins.connectors()
    connectors = []
    for system in systems:
        factory = offered.get(system.connector)
        if factory is None:
            raise SettingsError(
                f"система «{system.name}»: соединителя «{system.connector}» нет",
                remedy=suggest(system.connector, offered) or "установите пакет с ним",
            )
        connectors.append(factory(system))
    return connectors
