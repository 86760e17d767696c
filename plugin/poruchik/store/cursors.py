"""How far each lane has read each system."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from poruchik.store.insert import insert_new
from poruchik.store.tables import cursors

_MOVE = (
    update(cursors)
    .where(
        cursors.c.system == bindparam("b_system"),
        cursors.c.lane == bindparam("b_lane"),
        cursors.c.cursor == bindparam("b_seen"),
    )
    .values(cursor=bindparam("b_cursor"), moved_at=bindparam("b_now"))
)


class Cursors:
    """One opaque cursor for a system and a lane."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self, system: str, lane: str) -> str:
        """Return how far a lane has read a system; «» for not at all."""
        of_it = cursors.c.system == system, cursors.c.lane == lane
        return self._connection.scalar(select(cursors.c.cursor).where(*of_it)) or ""

    def moved(self) -> dict[tuple[str, str], datetime]:
        """Return when each lane last read something new of each system: (system, lane) → moment."""
        query = select(cursors.c.system, cursors.c.lane, cursors.c.moved_at)
        return {(system, lane): moved_at for system, lane, moved_at in self._connection.execute(query)}

    def move(self, system: str, lane: str, *, seen: str, cursor: str, now: datetime) -> bool:
        """Move the cursor, first in its transaction; False when another worker has moved it from where it was seen."""
        if seen == "":
            row = {"system": system, "lane": lane, "cursor": cursor, "moved_at": now}
            if insert_new(self._connection, cursors, [row], cursors.c.system):
                return True
        moved = self._connection.execute(
            _MOVE, {"b_system": system, "b_lane": lane, "b_seen": seen, "b_cursor": cursor, "b_now": now}
        )
        return bool(moved.rowcount)
