"""Putting the parts together: from settings to a worker that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from poruchik.clock import Clock, SystemClock
from poruchik.connector import BrokenConnector, Connector, SystemSettings
from poruchik.errors import PluginError, SettingsError
from poruchik.lanes.runtime import Worker
from poruchik.plugins import Plugins
from poruchik.policy.problems import suggest
from poruchik.publishing.rulebook import Rulebook
from poruchik.settings import Settings
from poruchik.store.database import Store

if TYPE_CHECKING:
    from poruchik.lanes.service import Service


class Application:
    """A running plugin: store, connectors, policy and worker. Close it, or use it in a `with`."""

    def __init__(
        self,
        settings: Settings,
        *,
        plugins: Plugins | None = None,
        clock: Clock | None = None,
        opening: Callable[[str], Store] = Store.open,
    ) -> None:
        """Open everything; `opening` is how the database is opened: `Store.to_write` never upgrades it."""
        self.settings = settings
        self.clock = clock or SystemClock()
        self.plugins = plugins or Plugins()
        for name, why in self.plugins.unloaded.items():
            raise PluginError(f"плагин «{name}» {why}", remedy="переустановите его или удалите")
        with ExitStack() as opened:
            self.connectors = build_connectors(settings.systems, self.plugins)
            senders = build_connectors(settings.systems, self.plugins)
            for connector in (*self.connectors, *senders):
                opened.callback(connector.close)
            self.store = opened.enter_context(opening(settings.database))
            if isinstance(self.clock, SystemClock):
                set_clock(self.clock, self.store)
            self.rulebook = Rulebook(self.store, settings.policies, self.plugins, self.clock)
            opened.callback(self.rulebook.close)
            self._opened = opened.pop_all()
        self.worker = Worker(
            self.store,
            self.connectors,
            self.rulebook,
            self.rulebook.texts,
            self.plugins,
            self.clock,
            senders=senders,
            digests_to=settings.digests_to,
            fresh=timedelta(minutes=settings.fresh_minutes),
        )

    def service(self) -> Service:
        """Return what runs the lanes until it is told to stop."""
        from poruchik.lanes.service import Service  # noqa: PLC0415 — DBOS takes half a second that other commands need not

        return Service(self.worker, self.settings.database, every=self.settings.poll_seconds)

    def __enter__(self) -> Application:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


def set_clock(clock: SystemClock, store: Store) -> None:
    """Let a clock go by the database's, or at least not stand before what has happened already."""
    with store.reading() as reading:
        shared, last = reading.clock(), reading.audit.last_moment()
    if shared:
        clock.follow(shared)
    if last:
        clock.reach(last)


def build_connectors(systems: Sequence[SystemSettings], plugins: Plugins) -> list[Connector]:
    """Make the connector of each system, a broken one where that fails; raise SettingsError for an unknown name."""
    offered = plugins.connectors()
    connectors: list[Connector] = []
    for system in systems:
        factory = offered.get(system.connector)
        if factory is None:
            raise SettingsError(
                f"система «{system.name}»: соединителя «{system.connector}» нет",
                remedy=suggest(system.connector, offered) or "установите пакет с ним",
            )
        try:
            connector = factory(system)
        except Exception as error:  # noqa: BLE001 — whatever is wrong with one system, the others are served
            connector = BrokenConnector(system, error)
        else:
            if system.slots and not connector.capabilities.slots:
                raise SettingsError(
                    f"система «{system.name}»: slots = true, а соединитель «{system.connector}» их не передаёт",
                    remedy="уберите эту строку: приоритет и прочее останутся в обосновании поручения",
                )
        connectors.append(connector)
    return connectors
