"""What stands is told as what it is: a failure, a limit, a lease, a rest, a disk; red never says «start me» to who runs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from poruchik.app import Application
from poruchik.errors import StoreError
from poruchik.lanes.deliver import lease
from poruchik.lanes.placement import Placement
from poruchik.lanes.service import Service
from poruchik.model.finding import Grade
from poruchik.model.lanes import DECIDE, PLACEMENT
from poruchik.watch.lights import Light, lights
from poruchik_stand.trouble import Trouble
from support.bending import Passing, bending
from support.databases import drop_dbos
from support.workers import wait_until
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
GOOD = {"Всё в порядке": (Grade.GOOD, "ничего не стоит, всё доставлено")}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, timeout=1) as played:
        yield played


def told(here: World) -> dict[str, tuple[Grade, str]]:
    """Return the lights as another process sees them, by what they are about."""
    return _by_what(_lights(here, here.running))


def _lights(here: World, running: Application, **known: str) -> list[Light]:
    now = here.clock.now()
    with running.store.reading() as reading:
        backlog = reading.backlog(now)
    return lights(backlog, running.rulebook.calendar, here.settings, now, **known)


def _by_what(found: list[Light]) -> dict[str, tuple[Grade, str]]:
    return {one.what: (one.grade, one.text) for one in found}


def pass_minutes(here: World, minutes: float, *, step: float = 30) -> None:
    """Let the service work through so many minutes."""
    ends = here.clock.now() + timedelta(minutes=minutes)
    while here.clock.now() < ends:
        here.clock.move_to(here.clock.now() + timedelta(seconds=step))
        here.running.worker.round()


def limit(here: World, **limits: object) -> None:
    """Give the settings of СОГ a limit."""
    systems = tuple(replace(one, **limits) if one.name == "sog" else one for one in here.settings.systems)
    here.settings = replace(here.settings, systems=systems)


# --- limits and leases ----------------------------------------------------------------------------


def test_a_system_at_its_limit_is_a_queue_that_moves(here: World) -> None:
    limit(here, calls_per_second=1 / 600)
    here.register(*(appeal(f"О-{number}") for number in range(1, 4)))
    here.running.worker.round()
    # What fills the queue: one call takes a batch, so each command is given a batch of its own.
    for one in here.running.worker._senders.values():
        one.capabilities = replace(one.capabilities, batch_size=1)  # type: ignore[misc]
    here.register(*(appeal(f"О-{number}") for number in range(4, 9)))
    pass_minutes(here, 17)
    grade, words = told(here)["Очередь отправки в sog"]
    assert grade is Grade.WARNING
    assert "не больше 0.00166667 обращения в секунду (calls_per_second)" in words and "последняя ушла" in words
    pass_minutes(here, 40)
    assert told(here) == GOOD


def test_a_lease_of_a_dead_worker_is_told_as_one(here: World) -> None:
    limit(here, timeout=900, calls_at_once=1)
    here.register(appeal("О-1"), appeal("О-2"))
    worker = here.running.worker
    worker.read("sog", lambda: False)
    worker.decide(lambda: False)
    now = here.clock.now()
    with here.running.store.writing() as writing:
        writing.outbox.claim("sog", 1, owner="node-9:1:dead", now=now, lease_until=now + lease(900))
    pass_minutes(here, 16)
    grade, words = told(here)["Отправка в sog стоит"]
    assert grade is Grade.BAD
    assert "обращений сразу не больше 1 (calls_at_once)" in words
    assert "взято в работу 1, до 24.11.2026 10:30: если исполнитель погиб, вернётся в очередь само" in words
    assert "poruchik run" not in words
    here.clock.move_to(now + lease(900))
    here.running.worker.run_until_idle()
    assert told(here) == GOOD, "what the dead one had was taken over"


def test_a_document_in_the_hands_of_a_dead_worker(here: World) -> None:
    here.register(appeal("О-1"))
    worker = here.running.worker
    worker.read("sog", lambda: False)
    now = here.clock.now()
    with here.running.store.writing() as writing:
        writing.inbox.take(1, owner="node-9:1:dead", now=now, lease_until=now + timedelta(minutes=30))
    pass_minutes(here, 16)
    grade, words = told(here)["Решения стоят"]
    assert grade is Grade.BAD and "взято в работу 1, до 24.11.2026 10:30" in words


def test_a_queue_of_decisions_that_moves_is_no_failure(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.register(*(appeal(f"О-{number}") for number in range(40)))
    worker = here.running.worker
    monkeypatch.setattr("poruchik.lanes.decide.BATCH", 1)
    pass_minutes(here, 16)
    grade, words = told(here)["Очередь решений"]
    assert grade is Grade.WARNING and words.startswith("ждут ") and "последнее сделано только что" in words
    worker.run_until_idle()
    assert told(here) == GOOD


def test_a_circuit_rests_and_says_until_when(here: World) -> None:
    here.register(appeal("О-1"))
    here.stand.troubles.set("sog", Trouble("down", "CreateOrders"))
    here.running.worker.run_until_idle()
    pass_minutes(here, 1, step=1)
    grade, words = told(here)["sog не принимает команды"]
    assert grade is Grade.WARNING
    assert "; отдыхает до 24.11.2026 10:0" in words and words.endswith("; ждут 1") and ";;" not in words
    pass_minutes(here, 16, step=10)
    assert told(here)["sog не принимает команды"][0] is Grade.BAD
    here.stand.troubles.clear()
    pass_minutes(here, 6, step=10)
    assert told(here) == GOOD


def test_a_reading_that_never_reaches_the_end(here: World) -> None:
    with bending(here) as proxy:
        pages = iter(range(100_000))

        def endless(answer: Passing) -> Passing:
            if answer.operation != "GetOrderChanges":
                return answer
            body = answer.body.replace(b"false</", b"true</")
            return replace(answer, body=re.sub(rb"cursor>\d*</", f"cursor>{next(pages)}</".encode(), body))

        here.running.worker.run_until_idle()
        assert told(here) == GOOD
        proxy.bend = endless
        pass_minutes(here, 16, step=60)
        grade, words = told(here)["sog: изменения поручений дочитываются"]
        assert grade is Grade.WARNING and words.startswith("всё было прочитано 24.11.2026 10:00;")


def test_a_lane_that_fails_says_why(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    application = here.running
    service = Service(application.worker, here.settings.database, every=1)
    application.worker.run_until_idle()
    here.register(appeal("О-1"))
    application.worker.read("sog", lambda: False)
    monkeypatch.setattr(application.worker, "_decide", lambda: 1 / 0)
    monkeypatch.setattr(service._stop, "wait", lambda _seconds: None)
    service._run("decide")
    here.clock.move_to(here.clock.now() + timedelta(minutes=3))
    application.worker.look()
    grade, words = told(here)["Решения стоят"]
    assert grade is Grade.WARNING
    assert "с 24.11.2026 10:00 не получается: сбой программы: ZeroDivisionError" in words
    monkeypatch.undo()
    service._run("decide")
    assert told(here).keys().isdisjoint({"Решения стоят"})
    with application.store.reading() as reading:
        assert reading.lanes.every()[DECIDE].failing_since is None


# --- from the first minute to the sixteenth -------------------------------------------------------


def test_a_wrong_address_from_day_one(here: World) -> None:
    limit(here, url="http://127.0.0.1:9/sog")
    what = "sog: документы ещё ни разу не прочитаны"
    seen = []
    for minutes in (1, 2, 13):
        pass_minutes(here, minutes)
        grade, words = told(here)[what]
        seen.append(grade)
        assert "127.0.0.1:9" in words and "poruchik run" not in str(told(here))
    assert seen == [Grade.WARNING, Grade.BAD, Grade.BAD], "the first minute ends with the second round"


def test_a_full_disk(here: World) -> None:
    """No room: the service says it itself, another process does not take it for stopped, and all goes on afterwards."""
    application = here.running
    application.worker.run_until_idle()
    fill = _fill_postgresql if here.settings.database.startswith("postgresql") else _fill_sqlite
    let_go = fill(application)
    here.register(*(appeal(f"О-{number}") for number in range(60)))
    for minutes in (1, 2, 13):
        ends = here.clock.now() + timedelta(minutes=minutes)
        while here.clock.now() < ends:
            here.clock.move_to(here.clock.now() + timedelta(seconds=30))
            with pytest.raises(StoreError, match="на диске с базой данных нет места"):
                application.worker.round()
        own = _by_what(_lights(here, application, cannot_write=application.store.cannot_write))
        grade, words = own["База данных не принимает записи"]
        assert grade is Grade.BAD and "на диске с базой данных нет места" in words
        assert "Служба не работает" not in own and "poruchik run" not in str(own)
        if fill is _fill_postgresql:
            other = told(here)
            assert "Служба не работает" not in other
            if minutes > 1:
                grade, words = other["Служба не отмечается"]
                assert grade is (Grade.WARNING if minutes == 2 else Grade.BAD) and "место на диске сервера" in words
    let_go()
    application.worker.run_until_idle()
    assert application.store.cannot_write == "" and told(here) == GOOD
    assert set(here.orders_by_external_id().values()) == {1} and len(here.orders_by_external_id()) == 60


def _fill_sqlite(application: Application) -> Callable[[], None]:
    """Let every writing fail as SQLite fails it when there is no page left; which point it is, `test_disk_full` varies."""
    full = {"full": True}

    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if full["full"] and statement.startswith(("INSERT", "UPDATE")):
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(application.store.engine, "before_cursor_execute", refuse)
    return lambda: full.update(full=False)


def _fill_postgresql(application: Application) -> Callable[[], None]:
    """Let every writing fail as the server fails it when its disk is full: the same code, in the server's language."""
    tables = ("lanes", "inbox", "outbox", "cursors", "audit", "systems", "changes")
    with application.store.engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING "
                "ERRCODE = '53100', MESSAGE = 'не удалось расширить файл: На устройстве не осталось свободного места'; "
                "END $$"
            )
        )
        for table in tables:
            connection.execute(
                text(
                    f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION full_disk()"
                )
            )

    def let_go() -> None:
        with application.store.engine.begin() as connection:
            connection.execute(text("DROP FUNCTION full_disk CASCADE"))

    return let_go


# --- DBOS -----------------------------------------------------------------------------------------


def test_the_tables_of_dbos_are_gone_and_come_back(here: World, tmp_path: Path) -> None:
    ran: list[str] = []
    placement = Placement(here.settings.database, "me", ran.append, lanes=2)
    service = Service(here.running.worker, here.settings.database, every=1)
    service._placement = placement
    here.running.worker.run_until_idle()
    placement.open()
    try:
        placement.start("decide", 1)
        placement.start("decide", 1)
        wait_until(lambda: ran == ["decide"], 20)
        _drop_dbos(here, tmp_path)
        placement.start("decide", 2)
        wait_until(lambda: ran == ["decide", "decide"], 20)
        assert placement.trouble
        for minutes in (1, 2, 13):
            service._note_placement()
            pass_minutes(here, minutes)
            grade, words = told(here)["DBOS не распределяет работу"]
            assert (
                grade is Grade.WARNING
                and words.startswith("с 24.11.2026 10:00: ")
                and "работа идёт и без него" in words
            )
        placement.tidy()
        assert not placement.trouble
        placement.start("decide", 3)
        placement.start("decide", 3)
        wait_until(lambda: len(ran) == 3, 20)
        here.running.worker.look()
        service._note_placement()
        assert told(here) == GOOD
        with here.running.store.reading() as reading:
            assert reading.lanes.every()[PLACEMENT].failing_since is None
    finally:
        placement.close()


def _drop_dbos(here: World, folder: Path) -> None:
    if here.settings.database.startswith("postgresql"):
        drop_dbos(here.running.store.engine)
        return
    (file,) = folder.glob("*-dbos.db")
    with sqlite3.connect(file) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if not name.startswith("sqlite_"):
                database.execute(f'DROP TABLE "{name}"')


def test_an_answer_with_another_address_for_an_hour_buries_nothing(here: World) -> None:
    """A portal of logins stands before the system for an hour: no dead letter, and all is sent after the repair."""
    with bending(here) as proxy:
        here.register(*(appeal(f"О-{number}") for number in range(12)))
        proxy.instead = {"CreateOrders": Passing("", 302, {"Location": "https://sso.example.ru/"}, b"")}
        here.running.worker.run_until_idle()
        pass_minutes(here, 60)
        grade, words = told(here)["sog не принимает команды"]
        assert grade is Grade.BAD and "https://sso.example.ru/" in words
        assert "Недоставленное" not in told(here)
        proxy.instead = {}
        pass_minutes(here, 10)
    assert told(here) == GOOD
    made = here.orders_by_external_id()
    assert len(made) == 12 and set(made.values()) == {1}
