"""What came from the connected systems: documents to decide, and cards that could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from poruchik.control.item import OVER, ItemState
from poruchik.model.document import Document
from poruchik.model.exchange import RefusedCard
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState, Settlement, WaitingDocument
from poruchik.store.epochs import WITHHELD
from poruchik.store.insert import insert_new
from poruchik.store.tables import TAKEN, UNTRIED, inbox, items, words

_UNFINISHED = (InboxState.NEW, *WAITS_FOR_A_PERSON)


_REFUSED_REVISION = "xml-"
_ADD_WORDS = insert(words)
MAY_BE_DECIDED = inbox.c.source.not_in(WITHHELD)
_UNTRIED = (
    select(inbox)
    .where(text(UNTRIED), MAY_BE_DECIDED)
    .order_by(inbox.c.id)
    .limit(bindparam("b_limit"))
    .with_for_update(skip_locked=True)
)
_ABANDONED = and_(text(TAKEN), inbox.c.lease_until <= bindparam("b_now"), MAY_BE_DECIDED)
_TRIED = select(inbox).where(_ABANDONED).order_by(inbox.c.lease_until).limit(1).with_for_update(skip_locked=True)
HAS_UNDECIDED = or_(
    exists(select(inbox.c.id).where(text(UNTRIED), MAY_BE_DECIDED)), exists(select(inbox.c.id).where(_ABANDONED))
)
_UNDECIDED_OF = select(
    exists(select(inbox.c.id).where(inbox.c.source == bindparam("b_system"), or_(text(UNTRIED), text(TAKEN))))
)
_NEXT = select(func.min(inbox.c.lease_until)).where(text(TAKEN))
_IDS: BindParameter[Any] = bindparam("b_ids", expanding=True)
_TAKE = (
    update(inbox)
    .where(inbox.c.id.in_(_IDS))
    .values(tries=inbox.c.tries + 1, owner=bindparam("b_owner"), lease_until=bindparam("b_lease_until"))
)
_RELEASE = (
    update(inbox)
    .where(inbox.c.id.in_(_IDS), text(TAKEN), inbox.c.owner == bindparam("b_owner"))
    .values(owner="", lease_until=bindparam("b_now"), cause=bindparam("b_cause"))
)
_SAME = select(inbox).where(inbox.c.external_id.in_(bindparam("b_ids", expanding=True)), inbox.c.state.in_(_UNFINISHED))
_LOCK_MINE = (
    select(inbox.c.id)
    .where(inbox.c.id.in_(_IDS), text(TAKEN), inbox.c.owner == bindparam("b_owner"))
    .order_by(inbox.c.id)
    .with_for_update()
)
_REFUSED = select(inbox.c.id, inbox.c.external_id).where(
    inbox.c.state == InboxState.REFUSED, inbox.c.source == bindparam("b_source")
)
_SETTLE = (
    update(inbox)
    .where(inbox.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        code=bindparam("b_code"),
        cause=bindparam("b_cause"),
        changed_at=bindparam("b_now"),
        tries=0,
        owner="",
        lease_until=None,
    )
)
_CLOCK = and_(items.c.inbox_id == inbox.c.id, items.c.state.not_in(OVER))
_WITHOUT_CLOCK = (
    select(inbox)
    .where(inbox.c.state.in_(WAITS_FOR_A_PERSON), ~exists(select(items.c.id).where(_CLOCK)))
    .order_by(inbox.c.id)
)
_WAITING = (
    select(inbox, items.c.due_at, items.c.half_at, items.c.late_at)
    .outerjoin(items, _CLOCK)
    .where(inbox.c.state.in_(WAITS_FOR_A_PERSON))
    .order_by(items.c.half_at.is_(None), items.c.due_at.is_(None), items.c.due_at, inbox.c.id)
)
_END_CLOCKS = (
    update(items)
    .where(items.c.inbox_id.in_(_IDS), items.c.state.not_in(OVER))
    .values(state=ItemState.DONE, next_at=None, changed_at=bindparam("b_now"))
)
_later = inbox.alias("later")
_LAST_REVISIONS = select(inbox).where(
    inbox.c.state != InboxState.REFUSED,
    ~inbox.c.revision.startswith(_REFUSED_REVISION),  # kept as XML even when it is closed
    ~exists().where(
        _later.c.source == inbox.c.source,
        _later.c.external_id == inbox.c.external_id,
        _later.c.id > inbox.c.id,
    ),
)


class Inbox:
    """The documents, unique by source, external id and revision."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, found_by: Sequence[tuple[Document, Collection[str]]], now: datetime) -> list[Document]:
        """Take in the documents that are not known yet, each with the words that it is found by; return those.

        The words are found before the transaction (`words_of`): they take longer than the writing.
        """
        documents = [document for document, _ in found_by]
        rows = {
            (document.source, document.external_id, document.revision): _row(document, now) for document in documents
        }
        columns = (inbox.c.id, inbox.c.source, inbox.c.external_id, inbox.c.revision)
        ids = {
            tuple(key): row_id for row_id, *key in insert_new(self._connection, inbox, list(rows.values()), *columns)
        }
        by_key = {(one.source, one.external_id, one.revision): (one, words) for one, words in found_by}
        new = [(ids[key], *pair) for key, pair in by_key.items() if key in ids]
        rows_of_words = [{"word": word, "inbox_id": row_id} for row_id, _, found in new for word in found]
        if rows_of_words:
            self._connection.execute(_ADD_WORDS, rows_of_words)
        return [document for _, document, _ in new]

    def keep_refused(self, source: str, cards: Sequence[RefusedCard], now: datetime) -> list[RefusedCard]:
        """Keep cards that could not be read, each once; return those that are new."""
        rows = [
            {
                "source": source,
                "external_id": card.external_id,
                "revision": _refused_revision(card),
                "reg_number": "",
                "state": InboxState.REFUSED,
                "code": "refused-card",
                "cause": card.cause,
                "card": card.raw,
                "received_at": now,
                "changed_at": now,
            }
            for card in cards
        ]
        new = set(insert_new(self._connection, inbox, rows, inbox.c.external_id, inbox.c.revision))
        return [card for card in cards if (card.external_id, _refused_revision(card)) in new]

    def close_refused(self, source: str, documents: Sequence[Document], now: datetime) -> None:
        """Close the refused cards of documents that were read at last."""
        refused = self._connection.execute(_REFUSED, {"b_source": source})
        read = {document.external_id for document in documents}
        again = [row.id for row in refused if row.external_id in read]
        cause = "карточка прочитана со второго раза"
        self.settle([Settlement(one, InboxState.CLOSED, "", cause) for one in again], now)

    def take(self, limit: int, *, owner: str, now: datetime, lease_until: datetime) -> list[InboxItem]:
        """Take the oldest undecided documents, for the time of the lease.

        What a worker took and did not settle comes back alone, so that a document on which workers die harms no other.
        """
        found = self._items(_UNTRIED, b_limit=limit) or self._items(_TRIED, b_now=now)
        behind = self._behind(found)
        taken = [item for item in found if item.id not in behind]
        if taken:
            asked = {"b_ids": [item.id for item in taken], "b_owner": owner, "b_lease_until": lease_until}
            self._connection.execute(_TAKE, asked)
        return [replace(item, tries=item.tries + 1) for item in taken]

    def _behind(self, found: Sequence[InboxItem]) -> set[int]:
        """Return which of the rows have an earlier revision in another worker's hands: it is decided first."""
        ids = {item.id for item in found}
        first: dict[str, int] = {}
        for row in self._items(_SAME, b_ids=list({item.external_id for item in found})):
            if row.state is InboxState.NEW and row.id not in ids:
                first[row.document_key] = min(row.id, first.get(row.document_key, row.id))
        return {item.id for item in found if first.get(item.document_key, item.id) < item.id}

    def older(self, items: Sequence[InboxItem]) -> list[InboxItem]:
        """Return the unfinished rows that later revisions among these documents make pointless."""
        newest: dict[str, int] = {}
        for item in items:
            newest[item.document_key] = max(item.id, newest.get(item.document_key, 0))
        rows = self._items(_SAME, b_ids=list({item.external_id for item in items}))
        return [row for row in rows if row.id < newest.get(row.document_key, 0)]

    def release(self, ids: Sequence[int], *, owner: str, cause: str, now: datetime) -> None:
        """Give documents back undecided; they are tried again one by one."""
        self._connection.execute(_RELEASE, {"b_ids": list(ids), "b_owner": owner, "b_cause": cause, "b_now": now})

    def undecided(self, system: str) -> bool:
        """Tell whether documents of a system wait for their decision, or somebody decides them just now."""
        return bool(self._connection.scalar(_UNDECIDED_OF, {"b_system": system}))

    def next_moment(self) -> datetime | None:
        """Return when the first lease on an undecided document ends."""
        moment: datetime | None = self._connection.scalar(_NEXT)
        return moment

    def close_older(self, ids: Sequence[int], now: datetime) -> None:
        """Close rows that a later revision has made pointless, unless they were settled meanwhile."""
        if ids:
            self._end_clocks(ids, now)
            cause = "пришла следующая редакция карточки"
            self._connection.execute(
                update(inbox)
                .where(inbox.c.id.in_(ids), inbox.c.state.in_(_UNFINISHED))
                .values(state=InboxState.CLOSED, code="", cause=cause, changed_at=now)
            )

    def lock_mine(self, ids: Sequence[int], owner: str) -> set[int]:
        """Return those of the rows that this worker still has, locked until the end of the transaction."""
        return set(self._connection.scalars(_LOCK_MINE, {"b_ids": list(ids), "b_owner": owner}))

    def settle(self, settled: Sequence[Settlement], now: datetime) -> None:
        """Set what became of rows."""
        if settled:
            self._end_clocks([one.id for one in settled if one.state not in WAITS_FOR_A_PERSON], now)
            rows = [
                {"b_id": one.id, "b_state": one.state, "b_code": one.code, "b_cause": one.cause, "b_now": now}
                for one in settled
            ]
            self._connection.execute(_SETTLE, rows)

    def answered(self, ids: Sequence[int], code: str, now: datetime) -> None:
        """Take documents out of the manual queue that waited there for this cause."""
        if ids:
            same = (inbox.c.id.in_(ids), inbox.c.state == InboxState.MANUAL, inbox.c.code == code)
            answered = list(self._connection.scalars(select(inbox.c.id).where(*same).with_for_update()))
            self.settle([Settlement(one, InboxState.DECIDED) for one in answered], now)

    def _end_clocks(self, ids: Collection[int], now: datetime) -> None:
        """End the clocks of documents that wait for a person no longer."""
        if ids:
            self._connection.execute(_END_CLOCKS, {"b_ids": list(ids), "b_now": now})

    def without_clock(self, limit: int, *, after: int = 0) -> list[InboxItem]:
        """Return documents that wait for a person and have no clock, beyond that row, oldest first."""
        return self._items(_WITHOUT_CLOCK.where(inbox.c.id > after).limit(limit))

    def lock_waiting(self, ids: Collection[int]) -> set[int]:
        """Return those of the rows that wait for a person and have no clock yet, locked until the transaction ends."""
        mine = (inbox.c.id.in_(ids), inbox.c.state.in_(WAITS_FOR_A_PERSON))
        locked = list(self._connection.scalars(select(inbox.c.id).where(*mine).order_by(inbox.c.id).with_for_update()))
        # Asked anew: another worker may have given some a clock while this one waited for the lock.
        return set(self._connection.scalars(_WITHOUT_CLOCK.with_only_columns(inbox.c.id).where(inbox.c.id.in_(locked))))

    def waiting(self, *, code: str = "", limit: int = 500) -> list[WaitingDocument]:
        """Return the documents that wait for a person, the law's terms first, the earliest first of each."""
        query = _WAITING.where(inbox.c.code == code) if code else _WAITING
        return [
            WaitingDocument(_item(row), row["due_at"], row["half_at"], row["late_at"])
            for row in self._connection.execute(query.limit(limit)).mappings()
        ]

    def documents(self, after: int, limit: int) -> list[InboxItem]:
        """Return the documents that were read, each in its last revision, in the order of their rows."""
        return self._items(_LAST_REVISIONS.where(inbox.c.id > after).order_by(inbox.c.id).limit(limit))

    def count_documents(self) -> int:
        """Return how many documents were read, whatever their revisions."""
        return self._connection.scalar(select(func.count()).select_from(_LAST_REVISIONS.subquery())) or 0

    def lock(self, item_id: int) -> InboxItem | None:
        """Return one row, locked until the end of the transaction."""
        return next(iter(self._items(select(inbox).where(inbox.c.id == item_id).with_for_update())), None)

    def get(self, item_id: int) -> InboxItem | None:
        """Return one row."""
        return next(iter(self._items(select(inbox).where(inbox.c.id == item_id))), None)

    def revisions(self, source: str, external_id: str) -> list[InboxItem]:
        """Return every row of one document, oldest first."""
        same = (inbox.c.source == source, inbox.c.external_id == external_id)
        return self._items(select(inbox).where(*same).order_by(inbox.c.id))

    def find(self, text: str) -> list[InboxItem]:
        """Return the rows of a document known by its number or id, oldest first."""
        same = or_(inbox.c.reg_number == text, inbox.c.external_id == text)
        return self._items(select(inbox).where(same).order_by(inbox.c.id))

    def listing(self, *states: InboxState, code: str = "", limit: int = 500) -> list[InboxItem]:
        """Return the rows in these states, oldest first; with `code` only those of that cause."""
        query = select(inbox).where(inbox.c.state.in_(states))
        if code:
            query = query.where(inbox.c.code == code)
        return self._items(query.order_by(inbox.c.id).limit(limit))

    def counts(self) -> dict[InboxState, int]:
        """Return how many rows are in each state."""
        query = select(inbox.c.state, func.count()).group_by(inbox.c.state)
        return {InboxState(state): count for state, count in self._connection.execute(query)}

    def _items(self, query: Select[Any], **asked: Any) -> list[InboxItem]:
        return [_item(row) for row in self._connection.execute(query, asked).mappings()]


def _refused_revision(card: RefusedCard) -> str:
    """Refused cards without an id must not collide: the hash of the XML tells them apart."""
    return _REFUSED_REVISION + hashlib.sha256(card.raw.encode()).hexdigest()[:32]


def _row(document: Document, now: datetime) -> dict[str, Any]:
    waited = document.registered_at - document.received_at if document.received_at else None
    return {
        "source": document.source,
        "external_id": document.external_id,
        "revision": document.revision,
        "reg_number": document.reg_number,
        "registered_at": document.registered_at,
        "registration_days": waited.days if waited else None,
        "state": InboxState.NEW,
        "code": "",
        "cause": "",
        "card": document.stored(),
        "received_at": now,
        "changed_at": now,
    }


def _item(row: RowMapping) -> InboxItem:
    return InboxItem(
        id=row["id"],
        source=row["source"],
        external_id=row["external_id"],
        revision=row["revision"],
        reg_number=row["reg_number"],
        state=InboxState(row["state"]),
        code=row["code"],
        cause=row["cause"],
        card=row["card"],
        received_at=row["received_at"],
        tries=row["tries"],
    )
