"""Nobody is blamed on stale knowledge, and no light is green while a system is not read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poruchik.app import Application
from poruchik.model.delivery import OutboxState
from poruchik.model.finding import Grade
from poruchik.model.standing import OrderState
from poruchik.watch import lights as watching
from poruchik.watch.lights import lights
from poruchik_stand.trouble import Trouble
from support.bending import Bending, Passing, bending
from support.workers import Workers, wait_until
from support.world import NOW, World, appeal, raw_card, world

pytestmark = pytest.mark.both_databases
NUMBERS = [f"О-{number}" for number in range(1, 21)]
REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-22", "outcome": "разъяснено", "attachment": ["ответ.pdf"]}
BEFORE, AFTER = "2026-12-22T12:00", "2026-12-24T10:00"
"""Moments before and after the term of the appeals, 23 December 18:00."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Bending]]:
    with world(tmp_path, timeout=3) as played, bending(played) as proxy:
        played.register(*(appeal(number) for number in NUMBERS))
        yield played, proxy


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text + ":00+05:00")


def escalations(played: World) -> list[str]:
    return [text for text in played.texts() if "срок истёк" in text or "просрочено" in text]


def light(played: World, running: Application) -> dict[str, tuple[Grade, str]]:
    with running.store.reading() as reading:
        backlog = reading.backlog(played.clock.now())
    found = lights(backlog, running.rulebook.calendar, played.settings, played.clock.now())
    return {one.what: (one.grade, one.text) for one in found}


def stopped_meanwhile(played: World) -> Application:
    """Let the service stop, people report everything in time, and the service start after the term."""
    played.live_until(BEFORE)
    for number in NUMBERS:
        played.act(number, "reported", "Лаптев О. Д.", report=REPORT)
    played.clock.move_to(moment(AFTER))
    return played.running


def test_what_was_reported_while_the_service_stood_is_blamed_on_nobody(here: tuple[World, Bending]) -> None:
    played, _ = here
    worker = stopped_meanwhile(played).worker
    worker.control(lambda: False)  # before the system has been read: as where that takes seconds
    assert escalations(played) == []
    worker.run_until_idle()
    for _ in range(5):
        played.clock.move_to(played.clock.now() + timedelta(minutes=15))
        worker.run_until_idle()
    assert escalations(played) == []


def test_after_half_an_hour_it_goes_by_what_is_known_and_says_so(here: tuple[World, Bending]) -> None:
    played, proxy = here
    worker = stopped_meanwhile(played).worker
    proxy.instead = {"GetOrderChanges": Passing("", 503, {}, b"later")}
    began = played.clock.now()
    while played.clock.now() < began + timedelta(minutes=29):
        worker.run_until_idle()
        played.clock.move_to(played.clock.now() + timedelta(seconds=30))
    assert escalations(played) == []
    while played.clock.now() <= began + timedelta(minutes=32):
        worker.run_until_idle()
        played.clock.move_to(played.clock.now() + timedelta(seconds=30))
    digest, to_the_controller = escalations(played)
    assert "По сведениям" in to_the_controller
    assert digest.count("По сведениям на 22.12.2026 12:00") == len(NUMBERS)
    assert [subject for *_, subject in played.notices()][-1] == f"Поручения на 24 декабря 2026: {len(NUMBERS)}"


def test_a_late_order_is_told_at_once_when_the_system_answers(here: tuple[World, Bending]) -> None:
    played, _ = here
    played.live_until(AFTER)
    (digest, *_) = escalations(played)
    assert "По сведениям" not in digest


def test_reminders_wait_for_nobody(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.live_until("2026-12-15T12:00")
    before = len(played.texts())
    proxy.instead = {"GetOrderChanges": Passing("", 503, {}, b"later")}
    played.live_until("2026-12-18T12:00")
    assert len(played.texts()) > before


def test_a_page_that_is_not_the_last_one_is_no_knowledge(here: tuple[World, Bending]) -> None:
    played, proxy = here
    worker = stopped_meanwhile(played).worker
    pages = iter(range(1000))

    def endless(answer: Passing) -> Passing:
        if answer.operation == "GetOrderChanges":
            body = answer.body.replace(b"false</", b"true</").replace(b"<cursor>", f"<cursor>{next(pages)}".encode())
            return replace(answer, body=body)
        return answer

    proxy.bend = endless
    worker.round()
    assert escalations(played) == []


@pytest.mark.parametrize(
    ("minutes", "grade"), [(1, None), (3, Grade.WARNING), (14, Grade.WARNING), (16, Grade.BAD), (90, Grade.BAD)]
)
def test_the_light_of_a_system_that_is_not_read(here: tuple[World, Bending], minutes: int, grade: Grade | None) -> None:
    played, proxy = here
    worker = played.running.worker
    worker.run_until_idle()
    assert light(played, played.running) == {"Всё в порядке": (Grade.GOOD, "ничего не стоит, всё доставлено")}
    proxy.instead = {"GetOrderChanges": Passing("", 302, {"Location": "https://sso.example.ru/"}, b"")}
    ends = played.clock.now() + timedelta(minutes=minutes)
    while played.clock.now() < ends:
        played.clock.move_to(played.clock.now() + timedelta(seconds=30))
        worker.round()
    told = light(played, played.running)
    assert (told.get("sog: изменения поручений не читаются", (None, ""))[0]) is grade
    assert "sog: документы не читаются" not in told and not any("sed" in what for what in told)
    if grade:
        assert "https://sso.example.ru/" in told["sog: изменения поручений не читаются"][1]
        assert "poruchik run" not in str(told)
    proxy.instead = {}
    worker.round()
    assert "Всё в порядке" in light(played, played.running)


def test_a_system_that_was_never_read_is_red_from_the_first_minute(tmp_path: Path) -> None:
    with world(tmp_path, timeout=1) as played:
        systems = tuple(
            replace(one, url="http://127.0.0.1:9/sog") if one.name == "sog" else one for one in played.settings.systems
        )
        played.settings = replace(played.settings, systems=systems)
        worker = played.running.worker
        worker.round()
        what = "sog: документы ещё ни разу не прочитаны"
        assert light(played, played.running)[what][0] is Grade.WARNING
        played.clock.move_to(played.clock.now() + timedelta(seconds=61))
        worker.round()
        grade, text = light(played, played.running)[what]
        assert grade is Grade.BAD and "127.0.0.1:9" in text


def test_what_waits_for_a_person_is_as_urgent_as_its_term(here: tuple[World, Bending]) -> None:
    """The law gives thirty days from 23 November; a card that is not read has the house's two working days."""
    played, _ = here
    played.register(appeal("О-99", канл="почта"))
    played.register_xml("sog", "О-98", raw_card(appeal("О-98"), registeredAt="когда-то"))
    for at, grade, told in (
        ("2026-11-24T12:00", Grade.GOOD, "ближайший срок по закону 23.12"),
        ("2026-11-27T12:00", Grade.WARNING, "внутренний срок разбора прошёл: 1"),
        ("2026-12-09T12:00", Grade.WARNING, "больше половины срока по закону прошло: 1"),
        ("2026-12-24T12:00", Grade.BAD, "срок по закону прошёл: 1"),
    ):
        played.live_until(at)
        seen = light(played, played.running)["Документы ждут человека"]
        assert seen[0] is grade and told in seen[1], seen


def test_little_space_on_the_disk_is_told(
    here: tuple[World, Bending], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    played, _ = here
    played.running.worker.run_until_idle()
    told = []
    for free in (600, 499, 49):
        usage = watching.shutil._ntuple_diskusage(2**40, 0, free * 2**20)
        monkeypatch.setattr(watching.shutil, "disk_usage", lambda _path, usage=usage: usage)
        told.append(light(played, played.running).get("На диске мало места", (None, ""))[0])
    sqlite = played.settings.database.startswith("sqlite")
    assert told == ([None, Grade.WARNING, Grade.BAD] if sqlite else [None, None, None])


def test_an_idle_round_writes_a_beat_now_and_then_and_nothing_else(here: tuple[World, Bending]) -> None:
    played, _ = here
    worker = played.running.worker
    worker.run_until_idle()
    played.clock.move_to(played.clock.now() + timedelta(minutes=6))
    worker.round()
    writes = []
    writing = played.running.store.writing

    def counted():  # type: ignore[no-untyped-def]
        writes.append(played.clock.now())
        return writing()

    played.running.store.writing = counted  # type: ignore[method-assign]
    for _ in range(120):
        played.clock.move_to(played.clock.now() + timedelta(seconds=1))
        worker.round()
    assert 4 <= len(writes) <= 5 * 5, "two lanes of two systems and the service, every thirty seconds"
    with played.running.store.reading() as reading:
        assert set(reading.outbox.counts()) == {OutboxState.SENT}


def test_the_cause_of_a_trouble_stands_until_it_is_over(here: tuple[World, Bending]) -> None:
    played, _ = here
    worker = played.running.worker
    worker.round()
    played.stand.troubles.set("sog", Trouble("down", "GetDocuments"))
    worker.round()
    played.stand.troubles.clear()
    with played.running.store.reading() as reading:
        state = reading.lanes.every()["sog", "intake"]
    assert state.failing_since == state.failed_at == played.clock.now() and state.cause
    played.clock.move_to(played.clock.now() + timedelta(seconds=5))
    worker.round()
    with played.running.store.reading() as reading:
        state = reading.lanes.every()["sog", "intake"]
    assert state.failing_since is None and not state.cause and state.failed_at


@pytest.mark.long
def test_a_process_that_starts_after_the_term_reads_first(tmp_path: Path) -> None:
    """In real time: twenty reports came in while it was stopped, and the system needs four seconds to tell of them."""
    now = datetime.now(UTC)
    with world(tmp_path, timeout=10, start=now - timedelta(days=40)) as played:
        played.register(*(appeal(number, at=played.clock.now().isoformat()) for number in NUMBERS))
        played.running.worker.run_until_idle()
        with played.running.store.reading() as reading:
            (due_at,) = {order.due_at for order in reading.orders.every()}
        assert due_at and due_at < now
        played.live_until(f"{due_at.astimezone(NOW.tzinfo) - timedelta(hours=6):%Y-%m-%dT%H:%M}")
        reported = REPORT | {"answeredOn": due_at.date().isoformat()}
        for number in NUMBERS:
            played.act(number, "reported", "Лаптев О. Д.", report=reported)
        played.clock.move_to(now)
        played.stand.troubles.set("sog", Trouble("slow", "GetOrderChanges", times=1, seconds=4))
        here = Workers(played.stand, tmp_path, played.settings.database)
        here.write_config(timeout=10)
        process = here.start()
        try:
            wait_until(lambda: states(played) == {OrderState.REPORTED}, 40, here.log)
            time.sleep(2)
        finally:
            here.kill(process)
        assert escalations(played) == []


def states(played: World) -> set[str]:
    with played.running.store.reading() as reading:
        return {order.state for order in reading.orders.every()}
