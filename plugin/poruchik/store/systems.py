"""How each connected system bears what is sent: its circuit, its pace, how many calls are under way.

The limits hold for all workers together, because they stand in our own table and not in a process.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, text, update

from poruchik.store.insert import insert_new
from poruchik.store.tables import LEASED, outbox, systems

WARM = 6
"""Calls that must go well after an outage until a system gets whole batches again: 1, 2, 4, … commands."""


@dataclass(frozen=True, slots=True)
class SystemState:
    """One system. With `failures` its circuit is open until `rests_until`; then one small call tries it."""

    name: str
    failures: int = 0
    rests_until: datetime | None = None
    next_call_at: datetime | None = None
    warmth: int = WARM
    cause: str = ""
    contact_at: datetime | None = None

    def waits(self, now: datetime) -> bool:
        """Tell whether nothing may be sent at a moment: it rests, or keeps its pace."""
        return any(moment and moment > now for moment in (self.rests_until, self.next_call_at))


_ALL = select(systems).order_by(systems.c.name)
_LOCK = select(systems).where(systems.c.name == bindparam("b_name")).with_for_update()
_UNDER_WAY = select(func.count(func.distinct(outbox.c.owner))).where(
    text(LEASED), outbox.c.system == bindparam("b_name"), outbox.c.lease_until > bindparam("b_now")
)


class Systems:
    """One row a system, made when it is first called."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> dict[str, SystemState]:
        """Return every system that was ever called."""
        return {row["name"]: SystemState(**row) for row in self._connection.execute(_ALL).mappings()}

    def lock(self, name: str) -> SystemState:
        """Return one system, locked until the end of the transaction."""
        found = self._connection.execute(_LOCK, {"b_name": name}).mappings().first()
        if found is None:
            insert_new(self._connection, systems, [asdict(SystemState(name))], systems.c.name)
            found = self._connection.execute(_LOCK, {"b_name": name}).mappings().one()
        return SystemState(**found)

    def save(self, state: SystemState) -> None:
        """Write the state of a locked system."""
        self._connection.execute(update(systems).where(systems.c.name == state.name).values(asdict(state)))

    def under_way(self, name: str, now: datetime) -> int:
        """Return how many workers have commands of a system in their hands."""
        return self._connection.scalar(_UNDER_WAY, {"b_name": name, "b_now": now}) or 0
