"""A document that waits for a person has a clock: the law's term, else the house's; assigning ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from poruchik.control.item import ItemState
from poruchik.control.opening import Item
from poruchik.lanes.triage import Triaging
from poruchik.model.inbox import InboxState, Settlement, WaitingDocument
from support.world import World, appeal, raw_card, world

pytestmark = pytest.mark.both_databases
WHO, ABOVE, ADMINISTRATOR = "Орлова Т. Н.", "Соколова М. Г.", "Носова А. Р."


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as played:
        yield played


def waiting(here: World) -> list[WaitingDocument]:
    with here.running.store.reading() as reading:
        return reading.inbox.waiting()


def clocks(here: World) -> list[Item]:
    with here.running.store.reading() as reading:
        found = reading.items.of_orders({one.item.document_key for one in waiting(here)})
    return [item for items in found.values() for item in items]


def told(here: World, system: str = "sog") -> list[tuple[str, str, str]]:
    return [(at, kind, to) for at, kind, to, _ in here.notices(system)]


def test_the_term_of_the_law_counts_from_registration(here: World) -> None:
    """Row 22: a document in manual review whose computed term was 04.12 was in no list on 17.12."""
    here.register(appeal("О-1", тема="клады", at="2026-11-23T10:00:00+05:00"))
    here.live_until("2026-11-24T12:00")
    (one,) = waiting(here)
    assert one.item.state is InboxState.MANUAL and one.by_law
    assert one.due_at == datetime.fromisoformat("2026-12-23T18:00:00+05:00")
    here.live_until("2026-12-25T12:00")
    assert told(here) == [
        ("11-25 10:00", "reminder", WHO),  # the house's own two working days
        ("12-08 14:00", "reminder", WHO),
        ("12-18 09:00", "reminder", WHO),
        ("12-22 09:00", "reminder", WHO),
        ("12-23 09:00", "reminder", WHO),
        ("12-24 09:00", "escalation", ABOVE),
        ("12-24 09:00", "escalation", WHO),
        ("12-25 09:00", "escalation", WHO),
    ]
    assert "О-1 ждёт решения: срок сегодня, до 18:00" in [subject for *_, subject in here.notices()]
    assert "значения «клады» нет в словаре" in here.texts()[0] and "59-ФЗ, ст. 12 ч. 1" in here.texts()[0]


def test_what_has_no_term_by_law_has_the_house_term(here: World) -> None:
    good = appeal("О-1")
    here.register_xml("sog", "О-1", raw_card(good, registeredAt="когда-то"))
    here.live_until("2026-11-24T12:00")
    (one,) = waiting(here)
    assert one.item.state is InboxState.REFUSED and not one.by_law
    here.live_until("2026-12-04T12:00")
    assert told(here)[:3] == [
        ("11-26 09:00", "reminder", ADMINISTRATOR),
        ("11-27 09:00", "escalation", ADMINISTRATOR),
        ("11-30 09:00", "escalation", ADMINISTRATOR),
    ]
    assert ("12-04 09:00", "escalation", WHO) in told(here)
    assert "Так требует внутренний порядок: 2 рабочих дня на разбор." in here.texts()[0]


def test_the_law_comes_before_the_house_and_the_earliest_first(here: World) -> None:
    here.register_xml("sog", "О-1", raw_card(appeal("О-1"), registeredAt="когда-то"))
    here.register(appeal("О-2", тема="клады"), appeal("О-3", тема="клады", at="2026-11-20T10:00:00+05:00"))
    here.live_until("2026-11-24T12:00")
    assert [one.item.external_id for one in waiting(here)] == ["О-3", "О-2", "О-1"]


def test_dealing_with_it_ends_it_and_withdraws_nothing_else(here: World) -> None:
    here.register(appeal("О-1", тема="клады"))
    here.live_until("2026-11-27T12:00")
    (item,) = clocks(here)
    with here.running.store.writing() as writing:
        writing.inbox.settle([Settlement(waiting(here)[0].item.id, InboxState.CLOSED)], here.clock.now())
    here.live_until("2027-01-15T12:00")
    with here.running.store.reading() as reading:
        (kept,) = reading.items.of_orders([item.order_key])[item.order_key]
    assert kept.state is ItemState.DONE and len(told(here)) == 1


def test_decided_again_it_waits_on_and_nothing_is_told_twice(here: World) -> None:
    here.register(appeal("О-1", тема="клады"))
    here.live_until("2026-11-27T12:00")
    for _ in range(2):
        with here.running.store.writing() as writing:
            writing.inbox.settle([Settlement(waiting(here)[0].item.id, InboxState.NEW)], here.clock.now())
        here.running.worker.run_until_idle()
    (item,) = clocks(here)
    assert item.state is ItemState.ACTIVE
    here.live_until("2026-12-09T12:00")
    assert told(here) == [("11-25 10:00", "reminder", WHO), ("12-08 14:00", "reminder", WHO)]


def test_documents_that_waited_before_the_upgrade_get_one(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Triaging, "run", lambda self: 0)
    here.register(*[appeal(f"О-{number}", тема="клады") for number in range(3)])
    here.live_until("2026-11-24T12:00")
    assert [one.due_at for one in waiting(here)] == [None] * 3
    monkeypatch.undo()
    here.clock.move_to(here.clock.now() + timedelta(minutes=1))
    here.running.worker.run_until_idle()
    assert all(one.by_law for one in waiting(here))
