"""How much is asked for at once: half when it was too much, twice as much only after four good pages."""

from __future__ import annotations

import pytest

from poruchik.errors import AnswerTooLarge
from poruchik.lanes.paging import Paging
from poruchik.model.exchange import DocumentsPage

FITS = 30


def ask(cursor: str, limit: int) -> DocumentsPage:
    asked.append(limit)
    if limit > FITS:
        raise AnswerTooLarge("ответ больше 16384 КБ")
    return DocumentsPage((), (), cursor, True)


asked: list[int] = []


def test_halves_and_doubles() -> None:
    asked.clear()
    paging = Paging(200)
    for _ in range(9):
        paging.read(ask, "")
    assert asked == [200, 100, 50, 25, 25, 25, 25, 50, 25, 25, 25, 25, 50, 25]


def test_one_that_is_too_large_alone_is_told() -> None:
    def never(_cursor: str, limit: int) -> DocumentsPage:
        asked.append(limit)
        raise AnswerTooLarge("ответ больше 16384 КБ")

    asked.clear()
    with pytest.raises(AnswerTooLarge):
        Paging(8).read(never, "")
    assert asked == [8, 4, 2, 1]


def test_it_never_asks_for_more_than_it_began_with() -> None:
    asked.clear()
    paging = Paging(20)
    for _ in range(10):
        paging.read(ask, "")
    assert set(asked) == {20}
