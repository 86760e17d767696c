"""A yearly plan of control: each periodic order reaches the system when its period begins, not before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest

from poruchik.model.document import Document, SystemKind
from support.world import NOW, World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def order_texts(here: World) -> list[str]:
    return [unescape(order.xml.decode()) for order in here.stand.store.orders("sed", limit=1000)]


def test_orders_come_with_their_periods(here: World) -> None:
    here.register(
        Document(
            "sed", SystemKind.SED, "plan", NOW, {"тип": "организационный", "вид": "годовой план"}, reg_number="П-1"
        )
    )
    here.live_until("2026-11-30T18:00")
    texts = order_texts(here)
    assert any("ноябрь 2026 года" in text for text in texts)
    assert any("4 квартал 2026 года" in text for text in texts)
    assert not any("декабрь" in text for text in texts)
    with here.running.store.reading() as reading:
        waiting = reading.backlog(here.clock.now()).commands
    assert not any(one.count for one in waiting.values())  # what waits for its period is no backlog
    here.live_until("2026-12-01T09:00")
    later = order_texts(here)
    assert len([text for text in later if "декабрь 2026 года" in text]) == 5
    assert len(later) > len(texts)


def test_the_ladder_of_a_periodic_order(here: World) -> None:
    here.register(
        Document(
            "sed", SystemKind.SED, "plan", NOW, {"тип": "организационный", "вид": "годовой план"}, reg_number="П-1"
        )
    )
    here.live_until("2027-01-29T10:00")
    told = {(at, kind, who) for at, kind, who, _ in here.notices("sed")}
    assert any(at.startswith("01-1") and kind == "reminder" for at, kind, _ in told)
    assert any(kind == "escalation" and who == "Соколова М. Г." for _, kind, who in told)
    assert datetime.fromisoformat("2026-12-31T23:59+05:00") > NOW
