"""The port to a connected СЭД or СОГ. An integration offers a class of this shape through a hook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeGuard

from poruchik.errors import PoruchikError, SystemUnreachable
from poruchik.model.commands import Command, Operation
from poruchik.model.document import Document, SystemKind
from poruchik.model.exchange import ChangesPage, DocumentsPage, FoundOrder, OrderChange, OrdersPage, Receipt
from poruchik.model.finding import Finding


class Repetition(StrEnum):
    """What makes it safe to send a command again whose outcome is not known."""

    RECEIVER = "receiver"
    """The system itself knows a message id that it has seen."""
    LOOK_UP = "look-up"
    """The system can be asked by external id."""
    NOTHING = "nothing"
    """Neither: a repetition may do it twice, so it is left to a person."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connected system can do; declared on the connector's class, honoured by the lanes."""

    operations: Mapping[Operation, Repetition] = field(
        default_factory=lambda: {
            operation: Repetition.RECEIVER if operation is Operation.NOTICE else Repetition.LOOK_UP
            for operation in Operation
        }
    )
    """Which commands it takes, and how a lost answer to each is settled."""
    batch_size: int = 50
    """Commands in one call."""
    page_size: int = 200
    """Documents in one call."""
    slots: bool = False
    """Whether it carries the plain slots of an order (`Create.slots`) where the settings say so."""


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """How to reach one system; a `[[systems]]` table of the configuration file."""

    name: str
    kind: SystemKind
    connector: str
    url: str
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 10.0
    """Seconds to wait for a whole answer."""
    attempts: int = 3
    """Tries of one call that only reads; commands are tried again by the deliver lane alone."""
    calls_at_once: int = 4
    """Workers that may have commands for it in their hands at one time."""
    calls_per_second: float = 0.0
    """Calls with commands a second, by all workers together; 0 sets no limit."""
    longest_text: int = 100_000
    """Characters that the system keeps of one text; a longer one is cut at a word, with «…»."""
    knows_message_ids: bool = True
    """Whether it sees that a message id comes a second time; if not, a message that may have arrived is not sent again.
    """
    slots: bool = False
    """Whether it is sent the plain slots of an order; a strict system of an earlier contract would refuse them."""
    since: datetime | None = None
    """Documents registered before this moment are passed over."""
    under_control_since: datetime | None = None
    """Orders due before this moment are taken over as late, in one list to the controller, and escalated no further."""
    zone: str = ""
    """Only with it are time stamps without an offset accepted, as local time of this zone."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The connector's own settings."""


class Connector(Protocol):
    """A connected system. Every method raises only IntegrationError and its kinds."""

    capabilities: ClassVar[Capabilities]
    settings: SystemSettings

    def documents(self, cursor: str, limit: int) -> DocumentsPage:
        """Return the documents after the cursor («» is the beginning), oldest first.

        Handing a cursor back acknowledges the pages before it.
        """

    def document(self, external_id: str) -> Document:
        """Return one document; raise DocumentRefused when its card breaks the contract."""

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Send a batch of one operation in one call; return one receipt a command, in their order.

        Never repeats the call by itself: whoever calls knows what may be repeated.
        """

    def find(self, ids: Sequence[str]) -> Mapping[str, FoundOrder]:
        """Return, of these external ids, the orders that the system has.

        What is absent will be made again: an order whose answer cannot be read is returned with what is wrong with it
        (`FoundOrder.unreadable`), and so is every one that such an answer may mean.
        """

    def order_changes(self, cursor: str, limit: int) -> ChangesPage:
        """Return what happened to orders after the cursor («» is the beginning), oldest first, our own deeds too.

        Handing a cursor back acknowledges the pages before it.
        """

    def order_change(self, raw: str) -> OrderChange:
        """Read a change again from what was kept of it; raise BadAnswer when it still cannot be read."""

    def check(self) -> Sequence[Finding]:
        """Make the cheapest calls that read; return what was found, at least that the system answered."""

    def close(self) -> None:
        """Release connections."""


class ListsOrders(Protocol):
    """A connector that shows every order of its system: by it a database older than the system is noticed."""

    def list_orders(self, cursor: str, limit: int) -> OrdersPage:
        """Return the orders that were made after the cursor («» is the beginning), oldest first, people's own too."""


def lists_orders(connector: object) -> TypeGuard[ListsOrders]:
    """Tell whether a connector shows every order of its system."""
    return callable(getattr(connector, "list_orders", None))


class BrokenConnector:
    """Stands for a connector that could not be made: every call says why, commands wait, other systems are served."""

    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, settings: SystemSettings, cause: Exception) -> None:
        self.settings = settings
        told = str(cause) if isinstance(cause, PoruchikError) else f"{type(cause).__name__}: {cause}"
        self._what = f"соединитель «{settings.connector}» не создаётся: {told}"

    def documents(self, _cursor: str, _limit: int) -> DocumentsPage:
        """Say why not."""
        raise self._error()

    def document(self, _external_id: str) -> Document:
        """Say why not."""
        raise self._error()

    def submit(self, _commands: Sequence[Command]) -> list[Receipt]:
        """Say why not."""
        raise self._error()

    def find(self, _ids: Sequence[str]) -> Mapping[str, FoundOrder]:
        """Say why not."""
        raise self._error()

    def order_changes(self, _cursor: str, _limit: int) -> ChangesPage:
        """Say why not."""
        raise self._error()

    def order_change(self, _raw: str) -> OrderChange:
        """Say why not."""
        raise self._error()

    def check(self) -> Sequence[Finding]:
        """Say why not."""
        raise self._error()

    def close(self) -> None:
        """Hold nothing."""

    def _error(self) -> SystemUnreachable:
        remedy = "исправьте настройки системы или плагин и запустите программу снова"
        return SystemUnreachable(self._what, where=self.settings.name, remedy=remedy)


ConnectorFactory = Callable[[SystemSettings], Connector]
"""Usually the connector's class itself."""
