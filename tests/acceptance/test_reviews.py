"""The controllers are controlled: a report, a request, an unread change wait for somebody, who is told, and his head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from poruchik.control.item import ItemKind, ItemState
from poruchik.model.standing import OrderState, StoredOrder
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
LEAD, HEAD, SPECIALIST, DEPUTY = "Лаптев О. Д.", "Титов Р. С.", "Орлова Т. Н.", "Соколова М. Г."
HER_HEAD, ADMINISTRATOR = "Кузьмина Е. В.", "Носова А. Р."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-10", "outcome": "разъяснено"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.register(appeal("О-1"))
        made.live_until("2026-11-24T10:00")
        made.act("О-1", "accepted", LEAD)
        yield made


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+05:00")


def order(here: World) -> StoredOrder:
    with here.running.store.reading() as reading:
        return reading.orders.find("О-1")[0]


def told(here: World) -> list[tuple[str, str, str]]:
    return [(moment, kind, name) for moment, kind, name, _ in here.notices()]


def reviews(here: World) -> list[tuple[str, ItemState]]:
    with here.running.store.reading() as reading:
        found = reading.items.reviews_of([order(here).key])
    return [(item.name, item.state) for group in found.values() for item in group]


def test_a_report_that_nobody_accepts(here: World) -> None:
    """Row 13: a report of 24 November waited until 24 February without a word to anybody."""
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-12-03T12:00")
    assert told(here) == [
        ("11-27 09:00", "escalation", SPECIALIST),  # two working days are over
        ("11-30 09:00", "escalation", SPECIALIST),
        ("12-01 09:00", "escalation", SPECIALIST),
        ("12-02 09:00", "escalation", HER_HEAD),  # five are
        ("12-02 09:00", "escalation", SPECIALIST),
        ("12-03 09:00", "escalation", SPECIALIST),
    ]
    subject, text = here.notices()[0][3], here.texts()[0]
    assert subject == "О-1: отчёт не принят, срок истёк"
    assert "Что сделать: примите отчёт и снимите поручение с контроля" in text
    assert "2 рабочих дня с 24 ноября 2026" in text and f"Исполнитель — {LEAD}" in text
    here.act("О-1", "released", SPECIALIST)
    here.live_until("2027-02-24T12:00")
    assert len(told(here)) == 6 and reviews(here) == [("отчёт", ItemState.DONE)]


def test_a_report_that_is_returned_and_made_again_begins_anew(here: World) -> None:
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-11-27T12:00")
    here.act("О-1", "returned", SPECIALIST)
    here.live_until("2026-12-02T10:00")
    assert told(here) == [("11-27 09:00", "escalation", SPECIALIST)]
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-12-07T12:00")
    assert told(here)[1:] == [("12-07 09:00", "escalation", SPECIALIST)]
    assert reviews(here) == [("отчёт", ItemState.ACTIVE)]


def test_a_request_for_time_that_nobody_answers(here: World) -> None:
    here.act("О-1", "termAsked", LEAD, dueAt=at("2027-01-22T18:00"), comment="Ждём ответа оператора.")
    here.live_until("2026-11-27T12:00")
    assert told(here) == [("", "answer", DEPUTY), ("11-27 09:00", "escalation", DEPUTY)]
    assert here.notices()[1][3] == "О-1: просьба продлить срок без ответа, срок истёк"
    here.act("О-1", "extended", DEPUTY, dueAt=at("2027-01-22T18:00"))
    here.live_until("2026-12-10T12:00")
    assert "escalation" not in [kind for _, kind, _ in told(here)[2:]]


def test_an_unread_change_holds_all_but_its_own_clock(here: World) -> None:
    here.act("О-1", "reported", LEAD, part="часть, которой нет", report=REPORT)
    here.live_until("2026-12-24T12:00")
    assert reviews(here) == [("изменение", ItemState.ACTIVE)]
    assert told(here)[0] == ("11-27 09:00", "escalation", ADMINISTRATOR)
    assert {kind for _, kind, _ in told(here)} == {"escalation"} and LEAD not in {to for *_, to in told(here)}
    assert "разберите изменение" in here.texts()[0]


def test_whoever_controls_his_own_work_is_not_the_one_who_hears(here: World) -> None:
    here.act("О-1", "reassigned", SPECIALIST, lead=SPECIALIST)
    here.live_until("2026-11-25T10:00")
    here.act("О-1", "reported", SPECIALIST, report=REPORT)
    here.live_until("2026-12-10T12:00")
    late = [to for _, kind, to in told(here) if kind == "escalation"]
    assert late and SPECIALIST not in late and HER_HEAD in late


def test_what_waited_before_such_clocks_were_kept_gets_one(here: World) -> None:
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-11-24T12:00")
    with here.running.store.writing() as writing:
        (item,) = writing.items.reviews_of([order(here).key])[order(here).key]
        writing.items.save([replace(item, state=ItemState.DONE, next_at=None)], here.clock.now())
    here.live_until("2026-12-21T10:00")
    here.live_until("2026-12-24T12:00")
    assert order(here).state == OrderState.REPORTED and ("отчёт", ItemState.ACTIVE) in reviews(here)
    assert item.kind is ItemKind.REVIEW and told(here) == [("12-24 09:00", "escalation", SPECIALIST)]
