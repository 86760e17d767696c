"""Epochs: at most one of a system is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, text, update

from poruchik.model.epoch import Epoch, Stage
from poruchik.store.tables import OPEN_EPOCH, epochs

_COLUMNS = (
    epochs.c.id,
    epochs.c.system,
    epochs.c.backup_at,
    epochs.c.began_at,
    epochs.c.cause,
    epochs.c.stage,
)
_OPEN = select(*_COLUMNS).where(text(OPEN_EPOCH))
WITHHELD = select(epochs.c.system).where(
    epochs.c.closed_at.is_(None), epochs.c.stage.in_([Stage.ASKED.value, Stage.LISTING.value])
)
"""The systems whose documents are not decided yet: what they have of ours is not known."""
_MOVE = (
    update(epochs)
    .where(epochs.c.id == bindparam("b_id"), epochs.c.stage == bindparam("b_before"))
    .values(stage=bindparam("b_after"), closed_at=bindparam("b_closed_at"))
)


class Epochs:
    """Every epoch that there was."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> dict[str, Epoch]:
        """Return the open epoch of each system that has one."""
        found = (
            Epoch(row.id, row.system, row.backup_at, row.began_at, row.cause, Stage(row.stage))
            for row in self._connection.execute(_OPEN)
        )
        return {one.system: one for one in found}

    def begin(
        self,
        systems: Iterable[str],
        backup_at: datetime | None,
        cause: str,
        now: datetime,
        *,
        stage: Stage = Stage.LISTING,
    ) -> None:
        """Begin an epoch of each of these systems; one that is open begins again."""
        known = list(systems)
        self._connection.execute(
            update(epochs).where(text(OPEN_EPOCH), epochs.c.system.in_(known)).values(stage=Stage.CLOSED, closed_at=now)
        )
        rows = [
            {"system": name, "backup_at": backup_at, "began_at": now, "cause": cause, "stage": stage} for name in known
        ]
        if rows:
            self._connection.execute(insert(epochs), rows)

    def move(self, epoch: Epoch, after: Stage, now: datetime) -> bool:
        """Bring an epoch a stage further; False when another worker has done it."""
        closed_at = now if after is Stage.CLOSED else None
        asked = {"b_id": epoch.id, "b_before": epoch.stage, "b_after": after, "b_closed_at": closed_at}
        return bool(self._connection.execute(_MOVE, asked).rowcount)
