"""The stand's own memory: one SQLite file (or memory) for both systems. It knows nothing of the plugin's store."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

_TABLES = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY, system TEXT NOT NULL, id TEXT NOT NULL, xml BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS document_by_id ON document (system, id);
CREATE TABLE IF NOT EXISTS "order" (
    seq INTEGER PRIMARY KEY, system TEXT NOT NULL, external_id TEXT NOT NULL, document_id TEXT NOT NULL,
    state TEXT NOT NULL, xml BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS order_by_external_id ON "order" (system, external_id);
CREATE TABLE IF NOT EXISTS change (seq INTEGER PRIMARY KEY, system TEXT NOT NULL, xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS notice (seq INTEGER PRIMARY KEY, system TEXT NOT NULL, xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS message (
    system TEXT NOT NULL, id TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (system, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY, system TEXT NOT NULL, operation TEXT NOT NULL, at TEXT NOT NULL,
    outcome TEXT NOT NULL, keys TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the journal. `keys` are «status id» of each item of a batch."""

    seq: int
    system: str
    operation: str
    at: datetime
    outcome: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandOrder:
    """An order of the stand; `xml` is its `Order` element without the state."""

    seq: int
    external_id: str
    document_id: str
    state: str
    xml: bytes


class StandStore:
    """Documents, orders, changes, notices and the journal of both systems."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _TABLES)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen together or not at all; nested ones join the outer one."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # --- documents --------------------------------------------------------------------------------

    def add_documents(self, system: str, cards: Sequence[tuple[str, bytes]]) -> None:
        """Register cards, each with its id and its XML as the exchange will give it out, good or bad."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO document (system, id, xml) VALUES (?, ?, ?)",
                [(system, card_id, xml) for card_id, xml in cards],
            )

    def documents(self, system: str, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Return cards after a place in the sequence."""
        return self._rows(
            "SELECT seq, xml FROM document WHERE system = ? AND seq > ? ORDER BY seq LIMIT ?",
            system,
            after,
            limit,
        )

    def document(self, system: str, card_id: str) -> bytes | None:
        """Return the newest revision of a card."""
        found = self._rows(
            "SELECT xml FROM document WHERE system = ? AND id = ? ORDER BY seq DESC LIMIT 1", system, card_id
        )
        return found[0][0] if found else None

    # --- orders -----------------------------------------------------------------------------------

    def add_order(self, system: str, external_id: str, document_id: str, order: etree._Element) -> int:
        """Keep a new order; return its number in the sequence."""
        with self._lock:
            cursor = self._db.execute(
                'INSERT INTO "order" (system, external_id, document_id, state, xml) VALUES (?, ?, ?, ?, ?)',
                (system, external_id, document_id, "new", etree.tostring(order)),
            )
            return int(cursor.lastrowid or 0)

    def save_order(self, seq: int, state: str, order: etree._Element) -> None:
        """Write a changed order."""
        with self._lock:
            self._db.execute('UPDATE "order" SET state = ?, xml = ? WHERE seq = ?', (state, etree.tostring(order), seq))

    def orders(
        self,
        system: str,
        *,
        after: int = 0,
        limit: int = 1000,
        external_ids: Sequence[str] | None = None,
        seqs: Sequence[int] | None = None,
    ) -> list[StandOrder]:
        """Return orders: those after a place, or those of the ids given."""
        where, arguments = "seq > ?", [after]
        chosen: list[object] = list(arguments)
        if external_ids is not None:
            where, chosen = f"external_id IN ({_marks(external_ids)})", list(external_ids)
        elif seqs is not None:
            where, chosen = f"seq IN ({_marks(seqs)})", list(seqs)
        query = (
            f'SELECT seq, external_id, document_id, state, xml FROM "order" '  # noqa: S608 — only marks go in
            f"WHERE system = ? AND {where} ORDER BY seq LIMIT ?"
        )
        return [StandOrder(*row) for row in self._rows(query, system, *chosen, limit)]

    # --- changes, notices -------------------------------------------------------------------------

    def add(self, table: str, system: str, element: etree._Element) -> int:
        """Append a change or a notice; return its number."""
        with self._lock:
            cursor = self._db.execute(
                f"INSERT INTO {_known(table)} (system, xml) VALUES (?, ?)",  # noqa: S608 — a checked name
                (system, etree.tostring(element)),
            )
            return int(cursor.lastrowid or 0)

    def page(self, table: str, system: str, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Return changes or notices after a place."""
        return self._rows(
            f"SELECT seq, xml FROM {_known(table)} WHERE system = ? AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            system,
            after,
            limit,
        )

    # --- messages, journal ------------------------------------------------------------------------

    def message(self, system: str, message_id: str) -> str | None:
        """Return what a message that was carried out had made, or None for a new one."""
        found = self._rows("SELECT result FROM message WHERE system = ? AND id = ?", system, message_id)
        return found[0][0] if found else None

    def remember(self, system: str, message_id: str, result: str) -> None:
        """Remember that a message was carried out."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO message VALUES (?, ?, ?)", (system, message_id, result))

    def note(self, system: str, operation: str, at: datetime, outcome: str, keys: Sequence[str] = ()) -> None:
        """Write a line of the journal."""
        with self._lock:
            self._db.execute(
                "INSERT INTO journal (system, operation, at, outcome, keys) VALUES (?, ?, ?, ?, ?)",
                (system, operation, at.isoformat(), outcome, json.dumps(list(keys), ensure_ascii=False)),
            )

    def journal(self, *, system: str | None = None, after: int = 0, limit: int = 100_000) -> list[Call]:
        """Return the journal, oldest first."""
        rows = self._rows(
            "SELECT seq, system, operation, at, outcome, keys FROM journal "
            "WHERE seq > ? AND (? IS NULL OR system = ?) ORDER BY seq LIMIT ?",
            after,
            system,
            system,
            limit,
        )
        return [
            Call(seq, name, operation, datetime.fromisoformat(at), outcome, tuple(json.loads(keys)))
            for seq, name, operation, at, outcome, keys in rows
        ]

    def _rows(self, query: str, *arguments: object) -> list[Any]:
        with self._lock:
            return self._db.execute(query, arguments).fetchall()


def _marks(items: Sequence[object]) -> str:
    return ", ".join("?" * len(items))


def _known(table: str) -> str:
    if table not in ("change", "notice"):
        raise ValueError(f"no such table: {table}")
    return table
