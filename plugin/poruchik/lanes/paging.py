"""How much of a system is asked for at once, and whether its pages lead on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from poruchik.errors import AnswerTooLarge, BadAnswer
from poruchik.model.exchange import ChangesPage, DocumentsPage, OrdersPage

Page = TypeVar("Page", DocumentsPage, ChangesPage)
_GOOD_PAGES = 4
"""In a row, after which twice as much is asked for again."""


@dataclass(slots=True)
class Paging:
    """The limit of the pages of one lane of one system: halved when an answer is too large, down to one."""

    most: int
    limit: int = 0
    good: int = 0

    def read(self, ask: Callable[[str, int], Page], cursor: str) -> Page:
        """Return the page after the cursor; raise IntegrationError."""
        while True:
            self.limit = self.limit or self.most
            try:
                page = ask(cursor, self.limit)
            except AnswerTooLarge:
                if self.limit == 1:
                    raise
                self.limit, self.good = self.limit // 2, 0
                continue
            self.good += 1
            if self.good >= _GOOD_PAGES and self.limit < self.most:
                self.limit, self.good = min(self.limit * 2, self.most), 0
            return page


def check_progress(page: DocumentsPage | ChangesPage | OrdersPage, seen: set[str], system: str) -> None:
    """Raise BadAnswer for a page that promises more where this run has been already; remember where it leads."""
    if page.has_more and page.cursor in seen:
        raise BadAnswer(
            "страница обещает продолжение, но курсор ведёт туда, где уже были",
            where=system,
            remedy="сообщите владельцу системы",
        )
    seen.add(page.cursor)
