"""Entering: what a person does with a change that could not be read or applied: read it again, enter it, dismiss it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from poruchik.connector import Connector
from poruchik.errors import PoruchikError
from poruchik.lanes.changing import Changing
from poruchik.lanes.hold import go_on
from poruchik.model.audit import AuditEntry
from poruchik.model.changes import ChangeState, KeptChange
from poruchik.model.exchange import OrderChange
from poruchik.plugins import Plugins
from poruchik.store.database import Store, Transaction

REPLAYED = "изменение прочитано заново"
ENTERED = "изменение введено человеком"
DISMISSED = "изменение закрыто без последствий"


class Entering:
    """The changes that wait, of one system."""

    def __init__(self, store: Store, connector: Connector, changing: Changing, plugins: Plugins) -> None:
        self._store = store
        self._connector = connector
        self._changing = changing
        self._plugins = plugins

    def replay(self, kept: KeptChange, who: str) -> OrderChange:
        """Read a change again and apply it; raise PoruchikError when it still cannot be."""
        try:
            change = replace(self._connector.order_change(kept.raw), id=kept.change_id)
        except PoruchikError:
            raise
        except Exception as error:
            raise PoruchikError(f"сбой соединителя: {type(error).__name__}: {error}") from error
        return self._settle(kept, lambda _kept: change, who, REPLAYED)

    def enter(self, kept: KeptChange, made: Callable[[KeptChange], OrderChange], who: str) -> OrderChange:
        """Apply what a person says the change is."""
        return self._settle(kept, made, who, ENTERED)

    def _settle(self, kept: KeptChange, made: Callable[[KeptChange], OrderChange], who: str, how: str) -> OrderChange:
        with self._store.writing() as writing:
            change = made(waiting(writing, kept.id))
            self._changing.by_person(writing, kept, change, who, how)
        self._plugins.notify("poruchik_order_changed", change=change)
        return change


def order_named(reading: Transaction, system: str, name: str) -> str:
    """Return the key of the order of a system that a person names by it or by its document; raise PoruchikError."""
    keys = [one.key for one in reading.orders.find(name) if one.system == system]
    if len(keys) != 1:
        raise PoruchikError(
            f"поручений у «{name}» несколько: {', '.join(keys[:10])}"
            if keys
            else f"поручения «{name}» системы {system} у нас нет",
            remedy="назовите ключ одного из них" if keys else "назовите номер документа или ключ поручения",
        )
    return keys[0]


def waiting(writing: Transaction, number: int) -> KeptChange:
    """Return a change that waits, locked; raise PoruchikError for one that does not."""
    kept = writing.changes.lock(number)
    if kept is None:
        raise PoruchikError(f"изменения № {number} нет", remedy="номера покажет poruchik changes list")
    if kept.state is not ChangeState.REFUSED:
        raise PoruchikError(f"изменение № {number} уже разобрано")
    return kept


def dismiss(store: Store, number: int, why: str, who: str, now: datetime) -> KeptChange:
    """End a change without consequences; somebody says why."""
    with store.writing() as writing:
        kept = waiting(writing, number)
        writing.orders.lock({kept.order_key})  # nothing of it is being applied meanwhile
        writing.changes.settle(number, f"{DISMISSED}: {why}", now)
        go_on(writing, {kept.order_key} - {""}, now)
        writing.audit.add([AuditEntry(now, DISMISSED, kept.order_key or kept.system, f"{why} ({kept.cause})", who)])
    return kept
