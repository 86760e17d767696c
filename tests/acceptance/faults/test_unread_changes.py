"""A change that could not be read or applied waits for a person; meanwhile nobody is told of a term that may have moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from poruchik.cli.main import main
from poruchik.control.entered import Entered, change_of
from poruchik.control.lifecycle import apply
from poruchik.errors import BadAnswer, PoruchikError
from poruchik.lanes import changing
from poruchik.lanes.changing import Changing
from poruchik.lanes.entering import Entering, dismiss
from poruchik.model.changes import ChangeState, KeptChange
from poruchik.model.delivery import OutboxState
from poruchik.model.exchange import ChangesPage, RefusedChange
from poruchik.model.finding import Grade
from poruchik.store.changes import KEPT
from poruchik.watch.lights import lights
from support.bending import Bending, bending, change, key_of, tell
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
UNREADABLE = (
    "<change><id>9</id><externalId>{key}</externalId><kind>inProgress</kind><at>2026-11-24T10:00:00+05:00</at></change>"
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Bending]]:
    with world(tmp_path, timeout=3) as played, bending(played) as proxy:
        played.register(*(appeal(number) for number in ("О-1", "О-2")))
        played.running.worker.run_until_idle()
        yield played, proxy


def refused(played: World) -> list[KeptChange]:
    with played.running.store.reading() as reading:
        return reading.changes.listing(ChangeState.REFUSED)


def story(played: World, number: str) -> list[str]:
    with played.running.store.reading() as reading:
        return [one.what for one in reading.audit.about(key_of(played, number))]


def told_of(played: World, number: str) -> list[str]:
    """Return the subjects of what people have received about the order of a document."""
    return [one.subject for one in played.desk.GetNotices(system="sog", cursor="", limit=1000).notice
            if any(number in key for key in one.externalId)]  # fmt: skip


def light(played: World) -> dict[str, Grade]:
    with played.running.store.reading() as reading:
        backlog = reading.backlog(played.clock.now())
    found = lights(backlog, played.running.rulebook.calendar, played.settings, played.clock.now())
    return {one.what: one.grade for one in found}


def entering(played: World) -> Entering:
    running = played.running
    return Entering(running.store, running.connectors[1], running.worker.changing["sog"], running.plugins)


def unreadable(played: World, proxy: Bending, number: str = "О-2") -> KeptChange:
    tell(proxy, UNREADABLE.format(key=key_of(played, number)))
    assert not played.running.worker.round().troubles
    proxy.instead = {}
    return refused(played)[-1]


def test_nobody_is_told_of_its_term_until_a_person_has_dealt_with_it(here: tuple[World, Bending]) -> None:
    played, proxy = here
    kept = unreadable(played, proxy)
    played.live_until("2026-12-21T12:00")
    assert told_of(played, "О-1")
    of_the_change = "О-2: изменение не прочитано, о сроке поручения никому не сообщается"
    assert told_of(played, "О-2") and all(one.startswith(of_the_change) for one in told_of(played, "О-2"))
    known = len(told_of(played, "О-2"))
    assert light(played)["Изменения поручений не прочитаны"] is Grade.BAD
    dismiss(played.running.store, kept.id, "в системе ничего не делали", "Орлова Т. Н.", played.clock.now())
    played.live_until("2026-12-22T12:00")
    since = told_of(played, "О-2")[known:]
    assert since and not any(one.startswith(of_the_change) for one in since), "what was due is told"
    assert not [text for text in played.texts() if "сбо" in text], "nothing is blamed on an outage"
    assert "Изменения поручений не прочитаны" not in light(played)
    told = story(played, "О-2")
    assert told.count("сообщения о сроке приостановлены") == told.count("сообщения о сроке возобновлены") == 1
    assert "изменение закрыто без последствий" in told


def test_the_light_is_yellow_at_once_and_red_after_a_working_day(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.clock.move_to(datetime.fromisoformat("2026-11-27T15:00:00+05:00"))  # a Friday
    unreadable(played, proxy)
    name = "Изменения поручений не прочитаны"
    assert light(played)[name] is Grade.WARNING
    for moment, grade in (("2026-11-30T14:59", Grade.WARNING), ("2026-11-30T15:01", Grade.BAD)):
        played.clock.move_to(datetime.fromisoformat(moment + ":00+05:00"))
        assert light(played)[name] is grade


def test_messages_that_have_not_left_are_put_aside_and_a_digest_loses_one_line(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.clock.move_to(datetime.fromisoformat("2026-12-18T10:00:00+05:00"))
    played.running.worker.read("sog", lambda: False)
    played.running.worker.control(lambda: False)
    with played.running.store.reading() as reading:
        made = reading.outbox.listing(OutboxState.WAITING)
    digest = next(one for one in made if len(one.command.about) == 2)
    kept = unreadable(played, proxy)
    assert told_of(played, "О-1")
    assert told_of(played, "О-2") == []
    with played.running.store.reading() as reading:
        held = reading.outbox.listing(OutboxState.HELD)
        points = reading.points.of_orders([key_of(played, "О-2")])
        sent = reading.outbox.get(digest.id)
    assert sent and sent.command.about == (key_of(played, "О-1"),)
    assert held and {key for one in held for key in one.command.about} == {key_of(played, "О-2")}
    assert {one.message_id for one in points} <= {one.message_id for one in held}
    dismiss(played.running.store, kept.id, "ничего не было", "Орлова Т. Н.", played.clock.now())
    played.running.worker.run_until_idle()
    assert told_of(played, "О-2")
    with played.running.store.reading() as reading:
        assert OutboxState.HELD not in reading.outbox.counts()


def test_a_change_that_a_person_enters_is_applied_and_withdraws_what_it_makes_needless(
    here: tuple[World, Bending],
) -> None:
    played, proxy = here
    kept = unreadable(played, proxy)
    calendar, now = played.running.rulebook.calendar, played.clock.now()
    said = Entered("снято с контроля", at="24.11.2026", comment="ответ дан устно")
    entering(played).enter(
        kept, lambda one: change_of(said, one, calendar, now + timedelta(days=1), "Орлова"), "Орлова"
    )
    with played.running.store.reading() as reading:
        (order,) = reading.orders.find("О-2")
        (settled,) = reading.changes.listing(ChangeState.SETTLED)
    assert order.state == "released"
    assert settled.cause == "изменение введено человеком"
    played.live_until("2026-12-22T12:00")
    assert told_of(played, "О-2") == []
    with pytest.raises(PoruchikError, match="уже разобрано"):
        dismiss(played.running.store, kept.id, "ещё раз", "Орлова", now)


def test_a_change_is_read_again_when_the_settings_are_mended(here: tuple[World, Bending]) -> None:
    played, proxy = here
    tell(proxy, change(key_of(played, "О-2"), "accepted").replace("+05:00", ""))
    played.running.worker.round()
    (kept,) = refused(played)
    assert "нет часового пояса" in kept.cause
    with pytest.raises(BadAnswer, match="нет часового пояса"):
        entering(played).replay(kept, "Орлова")
    assert refused(played) == [kept]
    connector = played.running.connectors[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connector, "order_change", lambda raw: {}[raw])
        with pytest.raises(PoruchikError, match="сбой соединителя: KeyError"):
            entering(played).replay(kept, "Орлова")
    connector.settings = replace(connector.settings, zone="Asia/Yekaterinburg")
    entering(played).replay(kept, "Орлова")
    assert refused(played) == []
    with played.running.store.reading() as reading:
        (order,) = reading.orders.find("О-2")
    assert order.state == "accepted"


def test_a_change_that_cannot_be_applied_waits_and_the_others_do_not(
    here: tuple[World, Bending], monkeypatch: pytest.MonkeyPatch
) -> None:
    played, proxy = here

    def choosy(*arguments: object) -> None:
        if arguments[1].comment == "камень":  # type: ignore[attr-defined]
            raise RuntimeError("споткнулись")
        apply(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(changing, "apply", choosy)
    stone = change(key_of(played, "О-1"), "accepted", "1").replace("<by>Орлова Т. Н.</by>", "<comment>камень</comment>")
    for _ in range(2):
        tell(proxy, stone, change(key_of(played, "О-2"), "accepted", "1"))
        played.running.worker.round()
    (kept,) = refused(played)
    assert "споткнулись" in kept.cause and "камень" in kept.raw
    with played.running.store.reading() as reading:
        assert reading.orders.find("О-2")[0].state == "accepted"
    with pytest.raises(PoruchikError, match="споткнулись"):
        entering(played).replay(kept, "Орлова")
    assert refused(played) == [kept]
    monkeypatch.undo()
    entering(played).replay(kept, "Орлова")
    with played.running.store.reading() as reading:
        assert reading.orders.find("О-1")[0].state == "accepted"


def test_changes_that_cannot_be_applied_are_told_apart_by_their_orders(
    here: tuple[World, Bending], monkeypatch: pytest.MonkeyPatch
) -> None:
    played, proxy = here
    tried = []

    def stumbling(*arguments: object) -> None:
        tried.append(arguments[1])
        raise RuntimeError("споткнулись")

    monkeypatch.setattr(changing, "apply", stumbling)
    for _ in range(3):
        tell(proxy, *(change(key_of(played, number), kind, "5") for number, kind in (("О-1", "accepted"), ("О-2", "released"))))  # fmt: skip
        played.running.worker.round()
    assert len(refused(played)) == len(tried) == 2, "what waits is not tried again"


def test_the_same_id_with_another_content_is_a_row_for_a_person(here: tuple[World, Bending]) -> None:
    played, proxy = here
    key = key_of(played, "О-1")
    first, other = change(key, "accepted", "5"), change(key, "released", "5")
    tell(proxy, first, other)
    played.running.worker.round()
    (kept,) = refused(played)
    assert "прислано дважды с разным содержанием" in kept.cause
    dismiss(played.running.store, kept.id, "первое верно", "Орлова", played.clock.now())
    third = change(key, "cancelled", "5")
    for _ in range(2):
        tell(proxy, first, third, other)
        played.running.worker.round()
    causes = [one.cause for one in refused(played)]
    assert len(causes) == 1 and "прислано" in causes[0]
    with played.running.store.reading() as reading:
        assert reading.orders.find("О-1")[0].state == "accepted"


def test_a_change_that_is_sent_again_mended_is_applied(here: tuple[World, Bending]) -> None:
    played, proxy = here
    unreadable(played, proxy)
    assert "сообщения о сроке приостановлены" in story(played, "О-2")
    tell(proxy, change(key_of(played, "О-2"), "accepted", "9"))
    played.running.worker.round()
    assert refused(played) == []
    assert story(played, "О-2")[-1] == "сообщения о сроке возобновлены"
    with played.running.store.reading() as reading:
        assert reading.orders.find("О-2")[0].state == "accepted"


def test_the_return_of_a_report_is_not_sent_when_the_order_is_closed_on_the_same_page(
    here: tuple[World, Bending],
) -> None:
    played, proxy = here
    key = key_of(played, "О-1")
    tell(
        proxy,
        change(key, "reported", "1", "<report><outcome>разъяснено</outcome></report>"),
        change(key, "released", "2"),
    )
    played.running.worker.run_until_idle()
    assert story(played, "О-1").count("отчёт неполон") == 1
    assert "команда отозвана" in story(played, "О-1")
    assert played.calls("ChangeOrders") == []
    with played.running.store.reading() as reading:
        assert OutboxState.DEAD not in reading.outbox.counts()


def test_a_system_has_no_say_about_the_orders_of_another(here: tuple[World, Bending]) -> None:
    played, proxy = here
    taking = Changing(
        played.running.connectors[0], played.running.rulebook, played.running.rulebook.texts, played.running.plugins,
        played.clock,
    )  # fmt: skip
    proxy.instead = {}
    told = played.running.connectors[1].order_change(change(key_of(played, "О-1"), "released", "1"))
    with played.running.store.writing() as writing:
        assert taking.take(writing, [told], []) == []
    with played.running.store.reading() as reading:
        assert reading.orders.find("О-1")[0].state == "new"


@pytest.mark.parametrize(
    "one",
    [
        RefusedChange("О-1\0", "нуль\0", "<a>\0</a>", "9\0"),
        RefusedChange("к" * 5000, "длинно", "", "9" * 5000),
        RefusedChange("", "половина \ud83d знака", "\ud83d", "\ud83d"),
        RefusedChange("", "", "", ""),
    ],
)
def test_whatever_a_connector_refuses_is_kept(
    here: tuple[World, Bending], monkeypatch: pytest.MonkeyPatch, one: RefusedChange
) -> None:
    played, _ = here
    connector = played.running.connectors[1]
    page = ChangesPage((), (one,), "дальше", has_more=False)
    monkeypatch.setattr(connector, "order_changes", lambda cursor, limit: page)
    for _ in range(2):
        assert not played.running.worker.round().troubles
    assert len(refused(played)) == 1


def test_old_changes_are_forgotten_but_not_those_that_wait(here: tuple[World, Bending]) -> None:
    played, proxy = here
    tell(proxy, change(key_of(played, "О-1"), "accepted", "1"))
    played.running.worker.round()
    unreadable(played, proxy)
    played.clock.move_to(played.clock.now() + KEPT + timedelta(days=1))
    played.running.worker.read("sog", lambda: True)
    with played.running.store.reading() as reading:
        left = reading.changes.listing(*ChangeState)
    assert [one.state for one in left] == [ChangeState.REFUSED]


def test_the_command_line(
    here: tuple[World, Bending], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    played, proxy = here
    monkeypatch.chdir(tmp_path)
    database = str(played.settings.database)
    (tmp_path / "poruchik.toml").write_text(
        f'database = "{database}"\n[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "{proxy.url}"\n', encoding="utf-8"
    )
    kept = [unreadable(played, proxy, number) for number in ("О-1", "О-2")]

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["changes", *arguments])
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = run("list", "--xml")
    assert code == 0 and "Не прочитано изменений: 2" in told and "inProgress" in told and key_of(played, "О-1") in told
    code, told = run("replay", "--all")
    assert code == 1 and "№ 1, № 2: по-прежнему не читается" in told and len(told.splitlines()) == 1
    number = str(kept[0].id)
    for wrong, words in (
        (("--kind", "унесено"), "не бывает"),
        (("--kind", "срок изменён"), "не назван новый срок"),
        (("--kind", "передано другому исполнителю"), "не назван новый исполнитель"),
        (("--kind", "принято к исполнению", "--at", "вчера"), "не день"),
        (("--kind", "принято к исполнению", "--at", "31.02.2026"), "нет"),
        (("--kind", "принято к исполнению", "--at", "24.11.2036"), "ещё не было"),
        (("--kind", "принято к исполнению", "--order", "чужое"), "у нас нет"),
        (("--kind", "accepted", "--comment", "ы" * 3000), "длиннее"),
    ):
        code, told = run("enter", number, *wrong)
        assert code == 1 and words in told and "Traceback" not in told, (wrong, told)
    code, told = run("enter", number, "--kind", "срок изменён", "--due", "30.12.2026", "--by", "Орлова Т. Н.")
    assert code == 0 and "срок изменён" in told, told
    code, told = run("dismiss", number, str(kept[1].id), "999", "--why", "в системе ничего нет")
    assert code == 1 and "уже разобрано" in told and "№ 999 нет" in told and "закрыто без последствий" in told
    assert run("list")[1].startswith("Не прочитано изменений: 0")
    with played.running.store.reading() as reading:
        assert f"{reading.orders.find('О-1')[0].due_on}" == "2026-12-30"
