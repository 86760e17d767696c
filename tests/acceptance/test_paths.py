"""The paths of an appeal through the running plugin: who is told, what goes out at once, what an answer's outcome makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from poruchik.model.changes import ChangeState
from poruchik.model.delivery import OutboxState
from poruchik.model.document import SystemKind
from poruchik.model.inbox import InboxState
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

LEAD, CURATOR, SPECIALIST = "Лаптев О. Д.", "Титов Р. С.", "Орлова Т. Н."
ON_DUTY = "Гусев П. Р."
LONG_AGO = datetime.fromisoformat("2026-11-16T10:00:00+05:00")
PROMISE = {
    "answerChannel": "почта", "answeredOn": "2026-12-01", "outcome": "Будет решён в срок", "promisedOn": "2026-12-18",
}  # fmt: skip


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def orders(here: World, system: str = "sog") -> list[Any]:
    client = here.stand_client if system == "sog" else here.sed_client
    return list(client.GetOrders(cursor="", limit=100).order)


def informed(here: World, system: str = "sog") -> list[tuple[str, str]]:
    return [(name, subject) for _, kind, name, subject in here.notices(system) if kind == "answer"]


def test_who_must_know_of_an_appeal_is_told(here: World) -> None:
    here.register(appeal("О-1", at="2026-11-23T10:00:00+05:00"), late := replace(appeal("О-2"), received_at=LONG_AGO))
    here.live_until("2026-11-24T10:00")
    # О-2 was registered later than three days after it came: the head of the clerks hears of it, and why.
    assert informed(here) == [("Кузьмина Е. В.", f"К сведению: {late.title} — {LEAD}")]
    (text,) = here.texts()
    assert "О регистрации позже трёх дней узнаёт начальник делопроизводства (59-ФЗ, ст. 8 ч. 2)." in text
    assert "Делать ничего не нужно" in text


def test_who_controls_the_substance_stands_in_the_order(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T10:00")
    (order,) = orders(here)
    # The lead is a head: the curator of his unit controls the substance, the specialist the term.
    assert order.controller.name == SPECIALIST
    assert f"По существу: {CURATOR}" in order.explanation


def test_an_appeal_of_the_government_by_the_sed_is_an_appeal(here: World) -> None:
    sent = {"вид": "обращение", "канал": "сэд", "поступило от": "Правительство области", "тема": "телевидение"}
    here.register(replace(appeal("П-1", system=SystemKind.SED), attributes=sent))
    here.live_until("2026-11-24T10:00")
    (order,) = orders(here, "sed")
    assert (order.lead.name, order.dueAt.date().isoformat()) == (LEAD, "2026-12-23")


def test_a_threat_goes_out_at_once_while_the_rest_waits(here: World) -> None:
    threat = appeal("О-1", угроза=True)
    without_topic = {name: value for name, value in threat.attributes.items() if name != "тема"}
    here.register(replace(threat, attributes=without_topic))
    here.live_until("2026-11-24T10:00")
    (given,) = orders(here)
    assert given.lead.name == ON_DUTY
    assert given.text.startswith("Передать сведения об угрозе")
    with here.running.store.reading() as reading:
        (waiting,) = reading.inbox.listing(InboxState.MANUAL)
    assert "тема обращения не определена" in waiting.cause
    # Somebody names the topic in the system: the appeal gets its own order, the threat is not reported twice.
    here.register(replace(threat, revision="2"))
    here.live_until("2026-11-24T10:05")
    assert sorted(one.lead.name for one in orders(here)) == [ON_DUTY, LEAD]
    with here.running.store.reading() as reading:
        assert not reading.inbox.listing(InboxState.MANUAL)
        assert not reading.outbox.listing(OutboxState.DEAD)


def test_a_promise_in_the_answer_comes_under_control(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T10:00")
    here.act("О-1", "reported", LEAD, report=PROMISE)
    here.live_until("2026-12-01T12:00")
    promise, own = sorted(orders(here), key=lambda one: one.text)
    assert (promise.lead.name, promise.dueAt.date().isoformat()) == (LEAD, "2026-12-18")
    assert promise.text == "Выполнить обещанное в ответе и сообщить заявителю результат."
    with here.running.store.reading() as reading:
        told = [entry.details for entry in reading.audit.about(promise.externalId) if "отчёту" in entry.what]
    assert told == [f"{own.externalId}: {promise.text}"]

    # The same report again, after a return, promises nothing new; another day is another promise.
    for today, day, expected in (("2026-12-02", "2026-12-18", 2), ("2026-12-03", "2026-12-25", 3)):
        here.desk.ActOnOrder(
            system="sog", externalId=own.externalId, kind="returned", by=SPECIALIST, comment="уточните"
        )
        here.live_until(f"{today}T10:00")
        report = PROMISE | {"promisedOn": day}
        here.desk.ActOnOrder(system="sog", externalId=own.externalId, kind="reported", by=LEAD, report=report)
        here.live_until(f"{today}T12:00")
        assert len(orders(here)) == expected
    here.live_until("2026-12-21T10:00")
    assert any(kind == "escalation" and name == CURATOR for _, kind, name, _ in here.notices())


def test_a_deviation_that_the_executor_tells_of_is_put_right(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T10:00")
    here.act("О-1", "reported", LEAD, report=PROMISE | {"outcome": "решён", "deviation": "расписку не выдали"})
    here.live_until("2026-11-24T12:00")
    (made,) = [one for one in orders(here) if one.text.startswith("Устранить отклонение")]
    assert (made.lead.name, made.controller.name) == ("Кузьмина Е. В.", "Соколова М. Г.")


def test_a_promise_that_makes_no_order_waits_for_a_person(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T10:00")
    here.act("О-1", "reported", LEAD, report=PROMISE | {"promisedOn": "9999-12-31"})
    here.live_until("2026-11-24T12:00")
    with here.running.store.reading() as reading:
        (kept,) = reading.changes.listing(ChangeState.REFUSED, limit=10)
    assert "по отчёту положено поручение, а составить его нельзя" in kept.cause
    assert len(orders(here)) == 1
