"""Moments are what people mean, and what is told arrives: inputs that went wrong, over the stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from poruchik.lanes import control
from poruchik.model.changes import ChangeState
from poruchik.model.commands import Notice
from poruchik.model.delivery import OutboxState
from poruchik.model.document import SystemKind
from poruchik.model.points import Fate
from poruchik.model.standing import Outcome, outcome_of
from poruchik.store.database import Store
from poruchik_stand.trouble import Trouble
from support.bending import Passing, bending
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
LEAD = "Лаптев О. Д."
WHOLE = {"answerChannel": "почта", "answeredOn": "2026-12-22", "outcome": "разъяснено", "attachment": ["ответ.pdf"]}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as played:
        yield played


def blamed(here: World) -> list[str]:
    """Return what says that a term is over."""
    return [text for text in here.texts() if "срок истёк" in text or "росрочено" in text]


# --- days -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2027-01-22T00:00:00+05:00", "2027-01-21T21:00:00+00:00"])
def test_a_day_that_a_system_of_dates_sets_counts_whole(here: World, written: str) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-12-01T12:00")
    here.act("О-1", "extended", "Кузьмина Е. В.", dueAt=datetime.fromisoformat(written))
    here.live_until("2027-01-22T15:00")
    assert blamed(here) == []
    with here.running.store.reading() as reading:
        (order,) = reading.orders.every()
        assert order.due_on and f"{order.due_on:%d.%m.%Y}" == "22.01.2027"
    here.act("О-1", "reported", LEAD, report=WHOLE)
    here.live_until("2027-01-25T12:00")
    with here.running.store.reading() as reading:
        (order,) = reading.orders.every()
    assert outcome_of(order, here.clock.now()) is Outcome.EXTENDED and blamed(here) == []


@pytest.mark.parametrize("moment", ["2026-12-23T18:00", "2026-12-23T23:30"])
def test_a_report_in_the_evening_of_the_due_day_is_in_time(here: World, moment: str) -> None:
    here.register(appeal("О-1"))
    here.live_until(moment)
    here.act("О-1", "reported", LEAD, report=WHOLE)
    here.live_until("2026-12-25T12:00")
    with here.running.store.reading() as reading:
        (order,) = reading.orders.every()
    assert outcome_of(order, here.clock.now()) is Outcome.IN_TIME and blamed(here) == []


def test_a_promise_on_a_day_off_gives_way_to_the_working_day_before(here: World) -> None:
    promise = appeal(
        "С-1",
        system=SystemKind.SED,
        тип="организационный",
        вид="обещание",
        обещано_к=datetime.fromisoformat("2026-12-12T00:00:00+05:00"),
    )
    attributes = {name: value for name, value in promise.attributes.items() if name not in ("канал", "тема")}
    here.register(replace(promise, attributes=attributes))
    here.live_until("2026-11-24T12:00")
    with here.running.store.reading() as reading:
        orders = reading.orders.every()
        items = [item for found in reading.items.of_orders([one.key for one in orders]).values() for item in found]
    assert {order.due_at for order in orders} == {datetime.fromisoformat("2026-12-11T18:00:00+05:00")}
    calendar = here.running.rulebook.calendar
    points = [point.at.astimezone(calendar.zone) for item in items for point in item.plan.points]
    assert points and all(calendar.next_working_moment(at) == at for at in points)


def test_a_change_of_a_part_that_nobody_knows_goes_to_a_person(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "reported", LEAD, part="Никто Н. Н.")
    here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        (kept,) = reading.changes.listing(ChangeState.REFUSED)
        (order,) = reading.orders.every()
    assert "части «Никто Н. Н.» у поручения нет" in kept.cause and kept.order_key == order.key
    assert order.reported_at is None


# --- digests of any size --------------------------------------------------------------------------


def test_a_digest_of_any_size_arrives_in_parts(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "LINES", 4)
    here.register(*(appeal(f"О-{number}") for number in range(10)))
    here.live_until("2026-12-09T12:00")
    mine = [subject for _, kind, to, subject in here.notices() if kind == "digest" and to == LEAD]
    assert mine == [f"Поручения на 9 декабря 2026: 10, часть {number} из 3" for number in (1, 2, 3)]
    assert [text.count("Рассмотреть обращение") for text in here.texts()][-3:] == [4, 4, 2]


def test_a_part_that_loses_a_line_stays_that_part(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "LINES", 4)
    here.register(*(appeal(f"О-{number}") for number in range(10)))
    here.live_until("2026-12-08T12:00")
    here.stand.troubles.set("sog", Trouble("down", "SendNotices"))
    here.live_until("2026-12-09T10:00")
    here.act("О-9", "cancelled", "Кузьмина Е. В.")
    here.live_until("2026-12-09T11:00")
    here.stand.troubles.clear()
    here.live_until("2026-12-09T12:00")
    mine = [subject for _, kind, to, subject in here.notices() if kind == "digest" and to == LEAD]
    assert mine == [f"Поручения на 9 декабря 2026: 10, часть {number} из 3" for number in (1, 2, 3)]
    assert [text.count("Рассмотреть обращение") for text in here.texts()][-3:] == [4, 4, 1]


def test_what_was_given_up_is_not_called_sent_until_it_arrives(here: World) -> None:
    with bending(here) as proxy:
        here.register(appeal("О-1"))
        here.live_until("2026-12-08T12:00")
        store = here.running.store
        proxy.bend = refuse_notices
        here.live_until("2026-12-09T09:00")
        proxy.bend = lambda answer: answer
        _given_up_and_sent_again(here, store)


def refuse_notices(answer: Passing) -> Passing:
    if answer.operation != "SendNotices":
        return answer
    return replace(answer, body=answer.body.replace(b"accepted", b"rejected"))


def _given_up_and_sent_again(here: World, store: Store) -> None:
    with store.reading() as reading:
        (dead,) = reading.outbox.listing(OutboxState.DEAD)
        assert isinstance(dead.command, Notice)
        fates = [point.fate for point in reading.points.of_messages([dead.message_id])]
    assert fates == [Fate.UNDELIVERED]
    with store.writing() as writing:
        writing.outbox.retry([dead.id], here.clock.now())
    here.running.worker.run_until_idle()
    with store.reading() as reading:
        assert [point.fate for point in reading.points.of_messages([dead.message_id])] == [Fate.SENT]


# --- told at once ---------------------------------------------------------------------------------


def test_who_gets_an_order_from_another_hears_of_it(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-12-22T12:00")
    here.act("О-1", "reassigned", "Лаптев О. Д.", lead={"name": "Карпова Е. Е."}, comment="Её вопрос.")
    here.act("О-1", "reassigned", "Лаптев О. Д.", lead={"name": "Карпова Е. Е."})
    here.live_until("2026-12-22T12:10")
    told = [(to, subject) for _, kind, to, subject in here.notices() if kind == "answer"]
    assert told == [("Карпова Е. Е.", "О-1: поручение передано вам, осталось 1 рабочий день")]
    assert "До вас было у Лаптева О. Д. Передал(а) Лаптев О. Д., пишет: Её вопрос." in here.texts()[-1]


def test_a_return_is_not_sent_of_what_was_released_meanwhile(here: World) -> None:
    """Row 20: an incomplete report and its release are read together."""
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "reported", LEAD, report={"answerChannel": "почта"})
    here.act("О-1", "released", "Кузьмина Е. В.")
    here.live_until("2026-11-24T13:00")
    with here.running.store.reading() as reading:
        (order,) = reading.orders.every()
        sent = {one.command.operation: one.state for one in reading.outbox.about([order.key])}
    assert order.state == "released" and sent.get("return") in (None, "withdrawn")
    assert [one for one in here.calls("ChangeOrders")] == []
