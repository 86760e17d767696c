"""One row that cannot be read or told of stands by itself, with its cause, and stops nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from poruchik.app import Application
from poruchik.cli import main
from poruchik.errors import OutcomeUnknown, PoruchikError
from poruchik.lanes import control
from poruchik.lanes.park import unpark
from poruchik.marks import hookimpl
from poruchik.model.commands import Command, Notice, Release
from poruchik.model.delivery import OutboxState
from poruchik.model.document import Document
from poruchik.model.exchange import Receipt
from poruchik.model.inbox import InboxState
from poruchik.plugins import Plugins
from poruchik.watch.lights import lights
from support.bending import key_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
NUMBERS = ["О-1", "О-2", "О-3"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, deduplicates=False) as played:
        played.register(*(appeal(number) for number in NUMBERS))
        played.running.worker.run_until_idle()
        yield played


def spoil(played: World, statement: str, **values: str) -> None:
    with played.running.store.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1


def told_of(played: World) -> set[str]:
    """Return about which documents people have received something."""
    found = played.desk.GetNotices(system="sog", cursor="", limit=1000).notice
    return {number for one in found for number in NUMBERS if any(f":{number}/" in key for key in one.externalId)}


def light(played: World) -> dict[str, str]:
    with played.running.store.reading() as reading:
        backlog = reading.backlog(played.clock.now())
    found = lights(backlog, played.running.rulebook.calendar, played.settings, played.clock.now())
    return {one.what: one.text for one in found}


@pytest.mark.parametrize("plan", ['{"v":99}', "{", "[]", "null", '{"start":"вчера"}'])
def test_a_plan_that_cannot_be_read_is_parked_and_the_others_are_told(here: World, plan: str) -> None:
    key = key_of(here, "О-2")
    spoil(here, "UPDATE items SET plan = :plan WHERE order_key = :key", plan=plan, key=key)
    here.live_until("2026-12-18T12:00")
    assert told_of(here) == {"О-1", "О-3"}
    assert "О-2" in light(here)["Контроль поручений приостановлен"]
    with here.running.store.reading() as reading:
        (parked,) = reading.items.parked()
        story = [one.what for one in reading.audit.about(key)]
    assert parked.order_key == key and "план" in parked.cause
    assert story.count("контроль приостановлен") == 1


def test_several_that_cannot_be_read_at_one_moment_are_parked(here: World) -> None:
    for number in ("О-1", "О-2"):
        spoil(here, "UPDATE items SET plan = '{' WHERE order_key = :key", key=key_of(here, number))
    here.live_until("2026-12-18T12:00")
    assert told_of(here) == {"О-3"}
    with here.running.store.reading() as reading:
        assert len(reading.items.parked()) == 2


def test_a_plan_that_cannot_be_read_does_not_end_counting_by_another_calendar(here: World) -> None:
    key = key_of(here, "О-2")
    spoil(here, "UPDATE items SET plan = '{', counted_by = '' WHERE order_key = :key", key=key)
    spoil(here, "UPDATE items SET counted_by = '' WHERE order_key = :key", key=key_of(here, "О-1"))
    with Application(here.settings, clock=here.clock) as again:
        again.worker.look()
        again.worker.run_until_idle()
        with again.store.reading() as reading:
            (parked,) = reading.items.parked()
            counted = {item.counted_by for item in reading.items.every_open()}
    assert parked.order_key == key
    assert counted == {here.running.rulebook.calendar.version}


def test_a_change_of_an_order_whose_plan_cannot_be_read_is_applied(here: World) -> None:
    spoil(here, "UPDATE items SET plan = '{' WHERE order_key = :key", key=key_of(here, "О-2"))
    for number in NUMBERS:
        here.act(number, "accepted")
    assert not here.running.worker.round().troubles
    with here.running.store.reading() as reading:
        assert {reading.orders.find(number)[0].state for number in NUMBERS} == {"accepted"}
        assert len(reading.items.parked()) == 1
    here.act("О-2", "cancelled", "Кузьмина Е. В.")
    here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        assert reading.items.parked() == [], "nothing of a closed order waits"


def test_control_that_was_parked_goes_on(here: World) -> None:
    key = key_of(here, "О-2")
    with here.running.store.engine.begin() as connection:
        (plan,) = connection.execute(text("SELECT plan FROM items WHERE order_key = :key"), {"key": key}).one()
    spoil(here, "UPDATE items SET plan = '{' WHERE order_key = :key", key=key)
    here.live_until("2026-12-16T12:00")
    assert told_of(here) == {"О-1", "О-3"}
    calendar = here.running.rulebook.calendar
    with pytest.raises(PoruchikError, match="план контроля"):
        unpark(here.running.store, key, calendar, here.clock.now(), "администратор")
    spoil(here, "UPDATE items SET plan = :plan WHERE order_key = :key", plan=plan, key=key)
    assert unpark(here.running.store, key, calendar, here.clock.now(), "администратор") == 1
    here.live_until("2026-12-18T12:00")
    assert told_of(here) == set(NUMBERS)
    assert "Контроль поручений приостановлен" not in light(here)


def test_a_message_that_cannot_be_made_parks_its_item_and_the_digest_goes_out(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = control.Control._facts

    def choosy(self: control.Control, one: control.Told, now: Any) -> dict[str, Any]:
        if ":О-2/" in one.item.order_key:
            raise KeyError("основание")
        return facts(self, one, now)

    monkeypatch.setattr(control.Control, "_facts", choosy)
    here.live_until("2026-12-18T12:00")
    assert told_of(here) == {"О-1", "О-3"}
    with here.running.store.reading() as reading:
        (parked,) = reading.items.parked()
    assert "сообщение не составляется" in parked.cause


@pytest.mark.parametrize("payload", ["{", "[]", "null", "{}"])
def test_a_command_whose_content_cannot_be_read_waits_for_a_person(here: World, payload: str) -> None:
    here.register(*(appeal(number) for number in ("О-4", "О-5", "О-6")))
    worker = here.running.worker
    worker.read("sog", lambda: False)
    worker.decide(lambda: False)
    spoil(here, "UPDATE outbox SET payload = :payload WHERE order_key = :key", payload=payload, key=key_of(here, "О-5"))
    for _ in range(3):
        worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(minutes=5))
    with here.running.store.reading() as reading:
        (dead,) = reading.outbox.listing(OutboxState.DEAD)
        assert reading.outbox.counts() == {OutboxState.SENT: 5, OutboxState.DEAD: 1}
    assert "содержимое команды" in dead.cause
    assert len(here.orders_by_external_id()) == 5


@pytest.mark.parametrize("after", [False, True], ids=["before it sends", "after it has sent"])
def test_a_connector_that_stumbles_over_a_command_loses_and_doubles_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    here.register(*(appeal(number) for number in ("О-4", "О-5", "О-6")))
    connector = here.running.worker._senders["sog"]
    submit = connector.submit

    def stumbling(commands: Sequence[Command]) -> list[Receipt]:
        poison = any(":О-5/" in one.order_key for one in commands)
        receipts = submit(commands) if after or not poison else []
        if poison:
            raise RuntimeError("споткнулись")
        return receipts

    monkeypatch.setattr(connector, "submit", stumbling)
    for _ in range(12):
        here.running.worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(minutes=10))
    with here.running.store.reading() as reading:
        counts = reading.outbox.counts()
        dead = reading.outbox.listing(OutboxState.DEAD)
    assert set(here.orders_by_external_id().values()) == {1}
    if after:
        assert counts == {OutboxState.SENT: 6}
    else:
        assert counts == {OutboxState.SENT: 5, OutboxState.DEAD: 1}
        assert "споткнулись" in dead[0].cause and ":О-5/" in dead[0].command.order_key


def test_a_connector_that_gives_too_few_receipts_doubles_nothing(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    here.register(*(appeal(number) for number in ("О-4", "О-5", "О-6")))
    connector = here.running.worker._senders["sog"]
    submit = connector.submit
    monkeypatch.setattr(connector, "submit", lambda commands: submit(commands)[1:])
    for _ in range(6):
        here.running.worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(minutes=10))
    assert set(here.orders_by_external_id().values()) == {1}
    with here.running.store.reading() as reading:
        assert reading.outbox.counts() == {OutboxState.SENT: 6}


def test_a_system_that_takes_nothing_is_not_asked_with_each_command(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.register(*(appeal(f"Н-{number}") for number in range(20)))
    connector = here.running.worker._senders["sog"]
    calls = []

    def silent(commands: Sequence[Command]) -> list[Receipt]:
        calls.append(len(commands))
        raise OutcomeUnknown("нет ответа")

    monkeypatch.setattr(connector, "submit", silent)
    here.running.worker.run_until_idle()
    with here.running.store.writing() as writing:  # as after calls with all of them whose answers were lost
        writing.outbox._set([one.id for one in writing.outbox.listing(OutboxState.WAITING)], here.clock.now(), tries=1)
        writing.systems.save(replace(writing.systems.lock("sog"), failures=0, rests_until=None, warmth=6))
    here.clock.move_to(here.clock.now() + timedelta(minutes=10))
    calls.clear()
    here.running.worker.round()
    assert calls == [1]


def test_a_digest_with_facts_of_another_version_does_not_stop_its_system(here: World) -> None:
    here.clock.move_to(here.clock.now() + timedelta(days=24))
    here.running.worker.read("sog", lambda: False)
    here.running.worker.control(lambda: False)
    with here.running.store.reading() as reading:
        waiting = reading.outbox.listing(OutboxState.WAITING)
    found = ((one.id, one.command) for one in waiting if isinstance(one.command, Notice) and one.command.lines)
    number, digest = next(found)
    lines = tuple(replace(line, facts={"старое": 1}) for line in digest.lines)
    with here.running.store.writing() as writing:
        writing.outbox.rewrite(number, replace(digest, lines=lines), here.clock.now())
    here.act("О-2", "cancelled", "Кузьмина Е. В.")
    assert not here.running.worker.round().troubles
    (told,) = [one for one in here.texts() if "Уже не нужно" in one]
    assert "О-2" in told.splitlines()[0] and "О-1" in told


def test_a_document_whose_order_cannot_be_made_does_not_stop_the_others(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from poruchik.lanes import decide

    made = decide.create_command

    def choosy(document: Document, *rest: Any) -> Command:
        if document.external_id == "О-5":
            raise OverflowError("срок за краем календаря")
        return made(document, *rest)

    monkeypatch.setattr(decide, "create_command", choosy)
    here.register(*(appeal(number) for number in ("О-4", "О-5", "О-6")))
    here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        (failed,) = reading.inbox.listing(InboxState.FAILED)
        assert reading.inbox.counts()[InboxState.DECIDED] == 5
    assert "поручение не составляется" in failed.cause


class Spoiler:
    """A plugin that gives what is no mapping."""

    @hookimpl
    def poruchik_enrich_document(self, document: Document) -> Any:
        return {"О-4": None, "О-5": ["тема"], "О-6": 5}.get(document.external_id, {})


def test_a_plugin_that_enriches_with_nonsense_is_told_and_the_document_goes_on(here: World) -> None:
    plugins = Plugins()
    plugins._manager.register(Spoiler(), "портит")
    here.register(*(appeal(number) for number in ("О-4", "О-5", "О-6")))
    with Application(here.settings, clock=here.clock, plugins=plugins) as running:
        running.worker.run_until_idle()
        with running.store.reading() as reading:
            assert reading.inbox.counts() == {InboxState.DECIDED: 6}
    assert "not a mapping" in plugins.failures["портит"]


class Factory:
    """A plugin whose connector cannot be made."""

    @hookimpl
    def poruchik_register_connector(self) -> Mapping[str, Any]:
        def refuse(settings: object) -> Any:
            raise ZeroDivisionError("сертификат пуст")

        return {"refusing": refuse}


def test_a_connector_that_cannot_be_made_costs_its_own_system_alone(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plugins = Plugins()
    plugins._manager.register(Factory(), "отказ")
    systems = tuple(replace(one, connector="refusing") if one.name == "sed" else one for one in here.settings.systems)
    here.register(appeal("О-4"))
    with Application(replace(here.settings, systems=systems), clock=here.clock, plugins=plugins) as running:
        done = running.worker.round()
        assert "сертификат пуст" in done.troubles["sed"] and "sog" not in done.troubles
        assert done.sent == 1
        with running.store.writing() as writing:
            command = Release("x", key_of(here, "О-1"), "проба")
            writing.outbox.add([("sed", command)], here.clock.now())
        running.worker.run_until_idle()
        with running.store.reading() as reading:
            (waiting,) = reading.outbox.listing(OutboxState.WAITING)
        assert waiting.tries == 0 and "сертификат пуст" in waiting.cause


def test_the_command_line_names_what_is_parked(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "poruchik.toml").write_text(
        f'database = "{here.settings.database}"\n'
        '[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "http://127.0.0.1:9"\n'
        '[[systems]]\nname = "sed"\nkind = "СЭД"\nurl = "http://127.0.0.1:9"\noptions = {soap = "1.3"}\n',
        encoding="utf-8",
    )
    key = key_of(here, "О-2")
    spoil(here, "UPDATE items SET plan = '{' WHERE order_key = :key", key=key)
    here.act("О-2", "accepted")
    here.running.worker.run_until_idle()

    def run(*arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = run("orders", "parked")
    assert code == 0 and "О-2" in told and "не читается" in told
    code, told = run("orders", "unpark", key, "такого нет")
    assert code == 1 and "не читается" in told and "ничего не приостановлено" in told
    assert "контроль приостановлен" in run("orders", "show", "О-2")[1]
    code, told = run("doctor")
    assert code == 1 and "soap = «1.3»" in told and "Traceback" not in told


def test_doctor_says_what_a_page_would_lose(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    here.register_xml("sog", "Б-1", b'<document xmlns="urn:poruchik:exchange:1"><id>B-1</id></document>')
    here.act("О-2", "accepted")
    (tmp_path / "poruchik.toml").write_text(
        f'database = "{here.settings.database}"\n'
        f'[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "{here.stand.url("sog")}"\n',
        encoding="utf-8",
    )
    main(["doctor"])
    told = capsys.readouterr().out
    assert "из страницы документов прочитано 3, отклонено 1: документ B-1: нет даты регистрации" in told
    assert "прочитана страница изменений поручений: 1, все по договору" in told
    with here.running.store.reading() as reading:
        assert reading.inbox.counts() == {InboxState.DECIDED: 3}, "it keeps nothing"
