"""The policy sets that were published, whole, and from which day each is in force. Nothing of it is ever deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, insert, select, update

from poruchik.store.insert import insert_new
from poruchik.store.tables import policy_sets, publications


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A policy set: a zip of its files. `entry` is the folder in it that is the policy."""

    version: str
    entry: str
    rules: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Publication:
    """A set put into force for documents registered from a day on; the first one has no such day.

    Without `approved_at` it waits for a second person; with `withdrawn_at` it was rolled back.
    """

    id: int
    version: str
    since: date | None
    published_at: datetime
    published_by: str
    approved_at: datetime | None
    approved_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str
    rules: int

    @property
    def in_force(self) -> bool:
        """Tell whether it counts, from its day on."""
        return self.approved_at is not None and self.withdrawn_at is None


Signature = tuple[int, int, int]
"""How many publications there are, how many approved, how many withdrawn: it changes with each deed."""
_SIGNATURE = select(
    func.count(), func.count(publications.c.approved_at), func.count(publications.c.withdrawn_at)
).select_from(publications)


def signature(connection: Connection) -> Signature:
    """Return what changes whenever something is published, approved or rolled back."""
    made, approved, withdrawn = connection.execute(_SIGNATURE).one()
    return made, approved, withdrawn


class Publications:
    """Sets and publications."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def store_first(self, made: StoredSet, now: datetime, *, by: str = "") -> None:
        """Keep the set that an installation begins with, unless one is there; `by` «» is the installation itself."""
        self._keep(made, now)
        # Number 0 is below what the databases count from, so that of two who start at once one finds it taken.
        row = {"id": 0, "version": made.version, "since": None, "published_at": now, "published_by": by,
               "approved_at": now, "approved_by": "", "withdrawn_by": ""}  # fmt: skip
        insert_new(self._connection, publications, [row], publications.c.id)

    def publish(self, made: StoredSet, since: date, by: str, now: datetime, *, approved: bool) -> int:
        """Keep a set and put it into force from a day on, or leave it to wait for approval; return its number."""
        self._keep(made, now)
        row = {"version": made.version, "since": since, "published_at": now, "published_by": by,
               "approved_at": now if approved else None, "approved_by": "", "withdrawn_by": ""}  # fmt: skip
        number: int = self._connection.execute(insert(publications).returning(publications.c.id), row).scalar_one()
        return number

    def approve(self, number: int, by: str, now: datetime) -> bool:
        """Approve a publication that waits; return False when it does not wait any more."""
        waiting = (
            publications.c.id == number,
            publications.c.approved_at.is_(None),
            publications.c.withdrawn_at.is_(None),
        )
        done = self._connection.execute(update(publications).where(*waiting).values(approved_at=now, approved_by=by))
        return bool(done.rowcount)

    def withdraw(self, number: int, by: str, now: datetime) -> bool:
        """Roll a publication back; return False when it was already."""
        there = (publications.c.id == number, publications.c.withdrawn_at.is_(None))
        done = self._connection.execute(update(publications).where(*there).values(withdrawn_at=now, withdrawn_by=by))
        return bool(done.rowcount)

    def signature(self) -> Signature:
        """Return what changes whenever something is published, approved or rolled back."""
        return signature(self._connection)

    def all(self) -> list[Publication]:
        """Return every publication, in the order in which they were made."""
        query = (
            select(publications, policy_sets.c.rules)
            .join(policy_sets, policy_sets.c.version == publications.c.version)
            .order_by(publications.c.id)
        )
        return [Publication(**row) for row in self._connection.execute(query).mappings()]

    def content(self, version: str) -> StoredSet | None:
        """Return a set whole."""
        query = select(policy_sets).where(policy_sets.c.version == version)
        row = self._connection.execute(query).mappings().first()
        return StoredSet(row["version"], row["entry"], row["rules"], row["content"]) if row else None

    def _keep(self, made: StoredSet, now: datetime) -> None:
        row = {
            "version": made.version,
            "entry": made.entry,
            "rules": made.rules,
            "content": made.content,
            "stored_at": now,
        }
        insert_new(self._connection, policy_sets, [row], policy_sets.c.version)


def in_force_on(found: Sequence[Publication], day: date) -> Publication:
    """Return whose rules a document registered on a day is decided by: of the latest day, the latest made."""
    counting = [one for one in found if one.in_force and (one.since is None or one.since <= day)]
    return max(counting, key=lambda one: (one.since or date.min, one.id))
