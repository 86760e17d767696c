"""An office in this process: a system that documents come from and orders go to, and people who act by a seed.

Everything lies in one SQLite file, so that an office outlives a plugin that is killed. The same seed always gives the
same documents and the same people: what they do with an order depends on the order alone, not on when the plugin came.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from poruchik.clock import Clock
from poruchik.connector import Capabilities, SystemSettings
from poruchik.errors import BadAnswer, DocumentRefused
from poruchik.model.commands import Cancel, Command, Create, Extend, Notice, Reassign, Release, Return
from poruchik.model.document import Document, SystemKind, Value
from poruchik.model.exchange import (
    ChangeKind,
    ChangesPage,
    DocumentsPage,
    FoundOrder,
    OrderChange,
    Receipt,
    ReceiptStatus,
    Report,
)
from poruchik.model.finding import Finding, Grade
from poruchik.testing.people import Deed, deeds

ZONE = ZoneInfo("Asia/Yekaterinburg")
NAME = "office"
_TABLES = """
PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS document (seq INTEGER PRIMARY KEY, at REAL NOT NULL, id TEXT NOT NULL, card TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS document_by_time ON document (at, seq);
CREATE INDEX IF NOT EXISTS document_by_id ON document (id);
CREATE TABLE IF NOT EXISTS "order" (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
    lead TEXT NOT NULL, due_at TEXT);
CREATE TABLE IF NOT EXISTS act (seq INTEGER PRIMARY KEY, at REAL NOT NULL, key TEXT NOT NULL, change TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS act_by_time ON act (at, seq);
CREATE TABLE IF NOT EXISTS change (seq INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS numbered (key TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notice (id TEXT PRIMARY KEY, at REAL NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
"""
_CARDS: tuple[tuple[int, dict[str, Value]], ...] = (
    (40, {"вид": "обращение", "канал": "почта", "тема": "мобильная связь"}),
    (20, {"вид": "обращение", "канал": "почта", "тема": "телевидение"}),
    (10, {"вид": "обращение", "канал": "почта", "тема": "электронные услуги"}),
    (8, {"вид": "запрос", "канал": "почта", "тема": "персональные данные"}),
    (6, {"вид": "обращение", "канал": "пос", "тема": "электронные услуги"}),
    (5, {"вид": "депутатский запрос"}),
    (4, {"вид": "обращение", "канал": "почта", "тема": "кадры", "в компетенции": False}),
    (4, {"вид": "обращение", "канал": "почта", "тема": "доступ в интернет", "нарушение миграционного закона": True}),
    (3, {"вид": "упоминание", "канал": "вконтакте"}),
)


@dataclass(slots=True)
class Office:
    """A connector to itself. Documents come and people act at half hours, while the office is open."""

    clock: Clock
    path: Path | None = None
    settings: SystemSettings = field(
        default_factory=lambda: SystemSettings(NAME, SystemKind.SOG, "office", "", timeout=5.0)
    )
    seed: int = 269
    _db: sqlite3.Connection = field(init=False)
    capabilities: ClassVar[Capabilities] = Capabilities(batch_size=200, page_size=500)

    def __post_init__(self) -> None:
        self._db = sqlite3.connect(self.path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)

    # --- the year ---------------------------------------------------------------------------------

    def register_year(self, count: int, first: datetime, *, days: int = 365) -> None:
        """Register so many documents over so many days, in office hours."""
        random = Random(self.seed)  # noqa: S311 — a simulation
        weights = [weight for weight, _ in _CARDS]
        moments = sorted(
            first + timedelta(days=random.randrange(days), minutes=30 * random.randrange(2, 16)) for _ in range(count)
        )
        rows = []
        for number, moment in enumerate(moments):
            ((_, facts),) = random.choices(_CARDS, weights)
            document = Document(
                NAME, SystemKind.SOG, f"Г-{number}", moment, {"тип": "входящий"} | facts,
                reg_number=f"Г-{number}", received_at=moment,
            )  # fmt: skip
            rows.append((moment.timestamp(), document.external_id, document.stored()))
        self._db.executemany("INSERT INTO document (at, id, card) VALUES (?, ?, ?)", rows)

    def next_moment(self) -> datetime | None:
        """Return when the next document comes or the next person acts."""
        now = self.clock.now().timestamp()
        (document,) = self._one("SELECT min(at) FROM document WHERE at > ?", now)
        (act,) = self._one("SELECT min(at) FROM act")
        moments = [moment for moment in (document, act) if moment is not None]
        return datetime.fromtimestamp(max(min(moments), now), ZONE) if moments else None

    def last_moment(self) -> datetime | None:
        """Return when something last happened to an order here."""
        row = self._db.execute("SELECT body FROM change ORDER BY seq DESC LIMIT 1").fetchone()
        return datetime.fromisoformat(json.loads(row[0])["at"]) if row else None

    def people_act(self) -> None:
        """Let the people do what they do up to now."""
        now = self.clock.now().timestamp()
        due = self._db.execute("SELECT seq, key, change FROM act WHERE at <= ? ORDER BY at, seq", (now,)).fetchall()
        if not due:
            return
        with self._transaction():
            for seq, key, change in due:
                self._record(key, json.loads(change))
                self._db.execute("DELETE FROM act WHERE seq = ?", (seq,))

    # --- the port ---------------------------------------------------------------------------------

    def documents(self, cursor: str, limit: int) -> DocumentsPage:
        """Return what is registered by now."""
        last = self._db.execute(
            "SELECT seq FROM document WHERE at <= ? ORDER BY at DESC, seq DESC LIMIT 1", (self.clock.now().timestamp(),)
        ).fetchone()
        rows = self._db.execute(
            "SELECT seq, card FROM document WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
            (int(cursor or 0), last[0] if last else 0, limit + 1),
        ).fetchall()
        shown = rows[:limit]
        place = str(shown[-1][0]) if shown else cursor
        return DocumentsPage(tuple(Document.read(card) for _, card in shown), (), place, len(rows) > limit)

    def document(self, external_id: str) -> Document:
        """Return one document."""
        row = self._db.execute("SELECT card FROM document WHERE id = ?", (external_id,)).fetchone()
        if row is None:
            raise DocumentRefused("документа нет", external_id=external_id)
        return Document.read(row[0])

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Carry out a batch at once; a message or an order that is there already is a duplicate."""
        with self._transaction():
            return [self._carry_out(command) for command in commands]

    def find(self, ids: Sequence[str]) -> Mapping[str, FoundOrder]:
        """Return the orders that are here."""
        marks = ", ".join("?" * len(ids))
        rows = self._db.execute(f'SELECT key, seq, state, lead, due_at FROM "order" WHERE key IN ({marks})', list(ids))  # noqa: S608
        return {
            key: FoundOrder(key, str(seq), state, lead, datetime.fromisoformat(due) if due else None)
            for key, seq, state, lead, due in rows
        }

    def order_changes(self, cursor: str, limit: int) -> ChangesPage:
        """Return what happened after the cursor."""
        rows = self._db.execute(
            "SELECT seq, body FROM change WHERE seq > ? ORDER BY seq LIMIT ?", (int(cursor or 0), limit + 1)
        ).fetchall()
        shown = rows[:limit]
        last = str(shown[-1][0]) if shown else cursor
        return ChangesPage(
            tuple(_change({"id": str(seq)} | json.loads(body)) for seq, body in shown), (), last, len(rows) > limit
        )

    def order_change(self, raw: str) -> OrderChange:
        """Read a kept change again."""
        try:
            return _change(json.loads(raw))
        except (ValueError, KeyError, TypeError) as error:
            raise BadAnswer(f"это не изменение: {error}", where=NAME) from error

    def check(self) -> Sequence[Finding]:
        """Say that the office is there."""
        return [Finding(Grade.GOOD, "контора на месте")]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # --- counted ----------------------------------------------------------------------------------

    def notices(self) -> dict[str, dict[str, Any]]:
        """Return the messages that people have received, by their ids."""
        return {one: json.loads(body) for one, body in self._db.execute("SELECT id, body FROM notice")}

    def orders(self) -> dict[str, str]:
        """Return the state of each order."""
        return dict(self._db.execute('SELECT key, state FROM "order"').fetchall())

    # --- inside -----------------------------------------------------------------------------------

    def _carry_out(self, command: Command) -> Receipt:
        change: dict[str, Any]
        match command:
            case Create():
                return self._create(command)
            case Notice():
                row = (command.message_id, self.clock.now().timestamp(), json.dumps(command.told()))
                new = self._db.execute("INSERT OR IGNORE INTO notice VALUES (?, ?, ?)", row).rowcount
                return _receipt(command, "1", new=bool(new))
            case Extend(due_at=due_at):
                change = {"kind": ChangeKind.EXTENDED, "due_at": due_at.isoformat()}
            case Reassign(lead=lead):
                change = {"kind": ChangeKind.REASSIGNED, "lead": lead.name}
            case Return():
                change = {"kind": ChangeKind.RETURNED}
            case Release():
                change = {"kind": ChangeKind.RELEASED}
            case Cancel():
                change = {"kind": ChangeKind.CANCELLED}
            case _:
                return Receipt(command.message_id, ReceiptStatus.REJECTED, code="unknown", text="такого здесь не умеют")
        self._record(command.order_key, {"by": "Поручик", **change})
        return _receipt(command, command.order_key)

    def _create(self, command: Create) -> Receipt:
        key, due_at = command.order_key, command.due_at
        row = (key, "new", command.lead.name, due_at.isoformat() if due_at else None)
        added = self._db.execute('INSERT OR IGNORE INTO "order" (key, state, lead, due_at) VALUES (?, ?, ?, ?)', row)
        new, (seq,) = added.rowcount, self._one('SELECT seq FROM "order" WHERE key = ?', key)
        if new:
            (at,) = self._one("SELECT at FROM document WHERE id = ?", command.document_id)
            self._db.executemany(
                "INSERT INTO act (at, key, change) VALUES (?, ?, ?)",
                [
                    (deed.at.timestamp(), key, json.dumps(_told(deed), ensure_ascii=False))
                    for deed in deeds(self.seed, key, datetime.fromtimestamp(at, ZONE), due_at)
                ],
            )
        return _receipt(command, str(seq), new=bool(new))

    def _record(self, key: str, change: dict[str, Any]) -> None:
        kind = change["kind"]
        (state,) = self._one('SELECT state FROM "order" WHERE key = ?', key)
        if state in ("released", "cancelled"):
            return
        after = {"extended": state, "termAsked": state, "reassigned": "new"}.get(kind, kind)
        self._db.execute(
            "UPDATE \"order\" SET state = ?, lead = coalesce(nullif(?, ''), lead), due_at = coalesce(?, due_at) "
            "WHERE key = ?",
            (after, change.get("lead", ""), change.get("due_at") if kind == "extended" else None, key),
        )
        # Numbered within the order: which of two orders somebody takes up first may differ after a plugin was killed.
        (number,) = self._one(
            "INSERT INTO numbered VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET last = last + 1 RETURNING last", key
        )
        body = change | {"id": f"№{number}", "key": key, "at": self.clock.now().isoformat()}
        self._db.execute("INSERT INTO change (body) VALUES (?)", (json.dumps(body, ensure_ascii=False),))

    def _one(self, query: str, *arguments: object) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._db.execute(query, arguments).fetchone()
        return row

    def _transaction(self) -> Any:
        return _Transaction(self._db)


class _Transaction:
    """Everything inside happens together; the file survives a process that is killed in between."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("ROLLBACK" if kind else "COMMIT")


def _receipt(command: Command, made: str, *, new: bool = True) -> Receipt:
    status = ReceiptStatus.ACCEPTED if new else ReceiptStatus.DUPLICATE
    return Receipt(command.message_id, status, made)


def _told(deed: Deed) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": deed.kind, "by": deed.by, "comment": deed.comment, "lead": deed.lead}
    if deed.due_at:
        told["due_at"] = deed.due_at.isoformat()
    if deed.report:
        day = deed.report.answered_on
        told["report"] = [deed.report.answer_channel, day and day.isoformat(), deed.report.outcome,
                          list(deed.report.attachments)]  # fmt: skip
    return told


def _change(body: dict[str, Any]) -> OrderChange:
    channel, day, outcome, attachments = body.get("report") or ("", None, "", ())
    return OrderChange(
        id=body["id"],
        order_key=body["key"],
        kind=ChangeKind(body["kind"]),
        at=datetime.fromisoformat(body["at"]),
        by=body.get("by") or "исполнитель",
        comment=body.get("comment", ""),
        lead=body.get("lead") or "",
        due_at=datetime.fromisoformat(body["due_at"]) if body.get("due_at") else None,
        report=Report(channel, date.fromisoformat(day) if day else None, outcome, tuple(attachments)),
        raw=json.dumps(body, ensure_ascii=False),
    )
