"""Intake: from a system's pages of documents into the inbox, page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.errors import RowRefused
from poruchik.lanes.paging import Paging, check_progress
from poruchik.model import lanes
from poruchik.model.audit import AuditEntry
from poruchik.model.document import Document
from poruchik.model.exchange import RefusedCard
from poruchik.plugins import Plugins
from poruchik.store.database import Store
from poruchik.store.tables import storable
from poruchik.texts.words import words_of

LANE = lanes.INTAKE
MAX_PAGES = 50
"""Of one run, so that one system cannot keep the worker from the other lanes."""
_LONGEST_ID = 200
_log = structlog.get_logger("poruchik.intake")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took in."""

    documents: int = 0
    refused: int = 0
    whole: bool = False
    """Whether all there was has been read."""


def intake(
    store: Store,
    connector: Connector,
    plugins: Plugins,
    clock: Clock,
    cursor: str,
    paging: Paging,
    *,
    enough: Callable[[], bool] = lambda: False,
) -> Taken:
    """Take in what is new in one system after the cursor, which moves in the transaction that stores the page.

    Raise IntegrationError when the system cannot be read; what was stored stays.
    """
    system = connector.settings.name
    documents = refused = 0
    whole = False
    seen = {cursor}
    for _ in range(MAX_PAGES):
        page = paging.read(connector.documents, cursor)
        check_progress(page, seen, system)
        since = connector.settings.since
        wanted = [document for document in page.documents if since is None or document.registered_at >= since]
        whole = not page.has_more
        if not (wanted or page.refused) and page.cursor == cursor:
            break
        found_by = [(document, words_of(document)) for document in wanted]
        stored = _Page(system, cursor, page.cursor, found_by, page.refused, page.noted, clock.now())
        try:
            kept = stored.store(store)
        except RowRefused:
            kept = stored.without_bad_ones(store).store(store)
        if kept is None:
            whole = False
            break  # another worker has taken this page
        for document in kept.new:
            plugins.notify("poruchik_document_registered", document=document)
        documents, refused = documents + len(kept.new), refused + kept.refused
        if not page.has_more or enough():
            break
        cursor = page.cursor
    return Taken(documents, refused, whole)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What of a page was not known before."""

    new: Sequence[Document]
    refused: int


@dataclass(frozen=True, slots=True)
class _Page:
    """What a page brings, each document with the words that it is found by."""

    system: str
    seen: str
    cursor: str
    found_by: Sequence[tuple[Document, Collection[str]]]
    refused: Sequence[RefusedCard]
    noted: Mapping[str, str]
    now: datetime

    def store(self, store: Store) -> _Kept | None:
        """Write the page and move the cursor; None when another worker has moved it."""
        with store.writing() as writing:
            if not writing.cursors.move(self.system, LANE, seen=self.seen, cursor=self.cursor, now=self.now):
                return None
            new = writing.inbox.add(self.found_by, self.now)
            writing.inbox.close_refused(self.system, new, self.now)
            kept = writing.inbox.keep_refused(self.system, self.refused, self.now)
            writing.audit.add(
                [
                    AuditEntry(self.now, "карточка отклонена", f"{self.system}:{card.external_id}", card.cause)
                    for card in kept
                ]
                + [
                    AuditEntry(
                        self.now, "карточка прочитана с поправкой", document.key, self.noted[document.external_id]
                    )
                    for document in new
                    if document.external_id in self.noted
                ]
            )
        if kept:
            _log.warning("cards were refused", system=self.system, cards=len(kept), first=kept[0].cause)
        return _Kept(new, len(kept))

    def without_bad_ones(self, store: Store) -> _Page:
        """Store the documents one by one; return the page with those that the database does not take as refused."""
        bad = []
        for document, words in self.found_by:
            try:
                with store.writing() as writing:
                    writing.inbox.add([(document, words)], self.now)
            except RowRefused as error:
                cause = f"документ {document.title}: {error}"
                bad.append(RefusedCard(document.external_id[:_LONGEST_ID], cause, storable(document.stored())))
        return replace(self, found_by=(), refused=[*self.refused, *bad])
