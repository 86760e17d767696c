"""A command on its way to a connected system, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poruchik.model.commands import Command, UnreadableCommand


class OutboxState(StrEnum):
    """Where a command is."""

    WAITING = "waiting"
    LEASED = "leased"
    """A worker has it until `lease_until`; after that nobody knows whether it was sent."""
    HELD = "held"
    """Put aside until a person has dealt with a change of its order."""
    SENT = "sent"
    DEAD = "dead"
    """Failed for good; waits for a person (недоставленное)."""
    WITHDRAWN = "withdrawn"
    """Not sent, because its order no longer needed it; the cause says why."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One row of the outbox."""

    id: int
    command: Command
    system: str
    state: OutboxState
    claims: int
    tries: int
    owner: str
    lease_until: datetime | None
    not_before: datetime
    outcome_unknown: bool
    cause: str
    created_at: datetime

    @property
    def message_id(self) -> str:
        """Return the id of the message, unique in the outbox and in the connected system."""
        return self.command.message_id

    @property
    def unreadable(self) -> str:
        """Return what is wrong with the content in the database; «» where it is read."""
        return self.command.why if isinstance(self.command, UnreadableCommand) else ""
