"""Intake: from a system's pages of documents into the inbox, page by page."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from poruchik.clock import Clock
from poruchik.connector import Connector
from poruchik.errors import BadAnswer
from poruchik.plugins import Plugins
from poruchik.store.audit import AuditEntry
from poruchik.store.database import Store
from poruchik.texts.words import words_of

LANE = "intake"
MAX_PAGES = 50
"""Of one run, so that one system cannot keep the worker from the other lanes."""
_log = structlog.get_logger("poruchik.intake")


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took in."""

    documents: int = 0
    refused: int = 0


def intake(store: Store, connector: Connector, plugins: Plugins, clock: Clock, cursor: str) -> Taken:
    """Take in what is new in one system after the cursor, which moves in the transaction that stores the page.

    Raise IntegrationError when the system cannot be read; what was stored stays.
    """
    system = connector.settings.name
    documents = refused = 0
    for _ in range(MAX_PAGES):
        page = connector.documents(cursor, connector.capabilities.page_size)
        if page.has_more and page.cursor == cursor:
            raise BadAnswer(
                "страница обещает продолжение, но курсор не движется",
                where=system,
                remedy="сообщите владельцу системы",
            )
        since = connector.settings.since
        wanted = [document for document in page.documents if since is None or document.registered_at >= since]
        if not (wanted or page.refused) and page.cursor == cursor:
            break
        found_by = [(document, words_of(document)) for document in wanted]
        now = clock.now()
        with store.writing() as writing:
            if not writing.cursors.move(system, LANE, seen=cursor, cursor=page.cursor, now=now):
                break  # another worker has taken this page
            new = writing.inbox.add(found_by, now)
            writing.inbox.close_refused(system, new, now)
            kept = writing.inbox.keep_refused(system, page.refused, now)
            writing.audit.add(
                [
                    AuditEntry(now, "карточка отклонена", f"{system}:{card.external_id}", card.cause)
                    for card in page.refused
                ]
            )
        for card in page.refused:
            _log.warning("a card was refused", system=system, cause=card.cause)
        for document in new:
            plugins.notify("poruchik_document_registered", document=document)
        documents, refused = documents + len(new), refused + kept
        if not page.has_more:
            break
        cursor = page.cursor
    return Taken(documents, refused)
