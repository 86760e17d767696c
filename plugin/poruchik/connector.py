"""The port to a connected СЭД or СОГ. An integration offers a class of this shape through a hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from poruchik.model import (
    Command,
    DirectoryEntry,
    Document,
    DocumentsPage,
    OrderChangesPage,
    Receipt,
    SystemKind,
)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connected system can do; the lanes adapt to it."""

    find_by_external_id: bool = True
    """Without it (and without de-duplication by the receiver) exactly-once delivery cannot be promised."""
    batch_size: int = 50
    """Commands in one call."""
    page_size: int = 200
    """Documents or changes in one call."""


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """How to reach one system; a `[[systems]]` table of the configuration file."""

    name: str
    kind: SystemKind
    connector: str
    url: str
    username: str = ""
    password: str = ""
    timeout: float = 30.0
    """Seconds to wait for an answer."""
    attempts: int = 3
    """Tries of one call before its error is reported; only what is safe to repeat is repeated."""


class Connector(Protocol):
    """A connected system. Every method raises only IntegrationError and its kinds."""

    settings: SystemSettings
    capabilities: Capabilities

    def documents(self, cursor: str, limit: int) -> DocumentsPage:
        """Return the documents registered after the cursor («» is the beginning), oldest first."""

    def document(self, external_id: str) -> Document:
        """Return one document; raise DocumentRefused when its card breaks the contract."""

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Send a batch; return one receipt a command, in the order of the commands."""

    def find(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return, of these message ids, those the system has carried out, with its internal ids."""

    def order_changes(self, cursor: str, limit: int) -> OrderChangesPage:
        """Return the changes of orders after the cursor, oldest first."""

    def directory(self, since: datetime | None = None) -> Sequence[DirectoryEntry]:
        """Return the people of the system, or those changed since."""

    def close(self) -> None:
        """Release connections."""
