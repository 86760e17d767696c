"""An epoch: the time in which a database that was put back catches up with one connected system."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Stage(StrEnum):
    """How far it has come."""

    ASKED = "asked"
    """The system has orders of ours that are not here: nothing is sent until somebody says what happened."""
    LISTING = "listing"
    """The orders that the system has and this database does not know are read; documents of it wait."""
    DECIDING = "deciding"
    """Documents are read and decided; what is to be sent is looked up in the system first; people's deeds wait."""
    FOLLOWING = "following"
    """Every order is here again: what people did with it since is read; messages and control wait."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch of one system. `backup_at` is the moment of the copy, None where nobody knows it."""

    id: int
    system: str
    backup_at: datetime | None
    began_at: datetime
    cause: str
    stage: Stage
