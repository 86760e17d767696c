"""How the lanes fare, one row each; written seldom: a beat now and then, and what has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from poruchik.model.lanes import LaneState
from poruchik.store.insert import insert_new
from poruchik.store.tables import lanes

_ALL = select(lanes)
_ONE = select(lanes).where(lanes.c.system == bindparam("b_system"), lanes.c.lane == bindparam("b_lane"))


class Lanes:
    """The rows, by system and lane."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> dict[tuple[str, str], LaneState]:
        """Return every lane that has run."""
        rows = self._connection.execute(_ALL).mappings()
        return {(row["system"], row["lane"]): LaneState(**row) for row in rows}

    def succeeded(self, system: str, lane: str, began: datetime | None, now: datetime) -> None:
        """Note that a lane succeeded; `began` when its run did, None where it has not read all there was."""
        state = self._lock(system, lane)
        began = max((one for one in (began, state.began_at) if one), default=None)
        self._save(replace(state, began_at=began, succeeded_at=now, failing_since=None, cause=""))

    def failed(self, system: str, lane: str, cause: str, now: datetime) -> None:
        """Note that a lane failed, and why."""
        state = self._lock(system, lane)
        self._save(replace(state, failed_at=now, failing_since=state.failing_since or now, cause=cause))

    def _lock(self, system: str, lane: str) -> LaneState:
        insert_new(self._connection, lanes, [{"system": system, "lane": lane, "cause": ""}], lanes.c.lane)
        asked = {"b_system": system, "b_lane": lane}
        return LaneState(**self._connection.execute(_ONE.with_for_update(), asked).mappings().one())

    def _save(self, state: LaneState) -> None:
        where = lanes.c.system == state.system, lanes.c.lane == state.lane
        values = {name: getattr(state, name) for name in LaneState.__dataclass_fields__}
        self._connection.execute(update(lanes).where(*where).values(**values))
