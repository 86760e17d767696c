"""Open orders are compared with their systems: what nobody told is made good, what a person must decide is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from poruchik.cli.main import main
from poruchik.model.delivery import OutboxState
from poruchik.model.standing import StoredOrder
from poruchik_exchange.client import ExchangeConnector
from poruchik_stand.trouble import Trouble
from support.pages import Browser, pages, text_of
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
LEAD, OTHER = "Лаптев О. Д.", "Карпова Е. Е."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-11-24", "outcome": "разъяснено"}
CONFIG = 'database = "{database}"\n' + "".join(
    f'[[systems]]\nname = "{name}"\nkind = "{kind}"\nurl = "{{{name}}}"\n'
    for name, kind in (("sed", "СЭД"), ("sog", "СОГ"))
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path) as played:
        urls = {name: played.stand.url(name) for name in ("sed", "sog")}
        text = CONFIG.format(database=played.settings.database, **urls)
        (tmp_path / "poruchik.toml").write_text(text, encoding="utf-8")
        yield played


def orders(here: World) -> dict[str, StoredOrder]:
    with here.running.store.reading() as reading:
        return {one.title: one for one in reading.orders.every()}


def silently(here: World, document: str, kind: str, by: str = "Иванов И. И.", **more: object) -> None:
    """Do something in the system of which its journal says nothing."""
    here.act(document, kind, by, **more)
    here.stand.store._db.execute("DELETE FROM change WHERE seq = (SELECT max(seq) FROM change)")


def left(here: World) -> list[tuple[str, str]]:
    with here.running.store.reading() as reading:
        return [(one.kind.value, one.there) for one in reading.differences.listing()]


def test_what_the_journal_does_not_tell_is_made_good_within_a_day(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    here.register(*(appeal(f"О-{number}") for number in range(7)))
    here.live_until("2026-11-24T12:00")
    silently(here, "О-1", "accepted", LEAD)
    silently(here, "О-2", "released", "Кузьмина Е. В.")
    silently(here, "О-3", "extended", dueAt="2026-12-22T18:00:00+05:00")
    silently(here, "О-4", "reassigned", lead={"name": OTHER})
    silently(here, "О-5", "cancelled", "Кузьмина Е. В.")
    silently(here, "О-6", "delivered", LEAD)
    here.live_until("2026-11-25T12:00")
    after = orders(here)
    assert [after[f"О-{number}"].state for number in range(7)] == [
        *("new", "accepted", "released", "new", "new", "cancelled", "delivered")
    ]
    assert f"{after['О-3'].due_on}" == "2026-12-22" and after["О-4"].lead == OTHER
    assert left(here) == []
    with here.running.store.reading() as reading:
        (entry,) = [one for one in reading.audit.about(after["О-4"].key) if "передано" in one.what]
        assert entry.who == "Поручик, при сверке"
    assert main(["orders", "differ"]) == 0
    told = capsys.readouterr().out
    assert "Расходится с системами: 0" in told and "sog — 25.11.2026" in told


def test_a_report_without_its_content_is_left_to_a_person(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.register(appeal("О-1"), appeal("О-2"))
    here.live_until("2026-11-24T12:00")
    silently(here, "О-1", "reported", LEAD, report=REPORT)
    here.stand.store._db.execute("""DELETE FROM "order" WHERE document_id = 'О-2'""")
    here.live_until("2026-11-25T12:00")
    assert [one.state for one in orders(here).values()] == ["new", "new"]
    assert left(here) == [("state", "сдан отчёт"), ("gone", "такого поручения нет")]
    assert main(["orders", "differ"]) == 0
    told = capsys.readouterr().out
    assert "сдан отчёт" in told and "сдайте в системе ещё раз" in told
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("adm")
        seen = text_of(browser.get("/system"))
        assert "Расходится с системами 2" in seen and "Поручения расходятся с системой — 2" in seen
    here.act("О-1", "released", "Кузьмина Е. В.")
    here.live_until("2026-11-25T13:00")
    assert left(here) == [("gone", "такого поручения нет")], "what is closed differs no more"


def test_what_the_journal_tells_meanwhile_is_not_told_twice(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.clock.move_to(here.clock.now().replace(day=25))
    here.running.worker.round()  # the orders of the day are asked about
    here.act("О-1", "reassigned", "Соколова М. Г.", lead={"name": OTHER})
    here.act("О-1", "accepted", OTHER)
    here.live_until("2026-11-26T12:00")
    order = orders(here)["О-1"]
    assert (order.state, order.lead) == ("accepted", OTHER)
    with here.running.store.reading() as reading:
        assert sum("передано" in one.what for one in reading.audit.about(order.key)) == 1


def test_names_that_are_spelt_otherwise_hand_nothing_over(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a name that nobody has, nor a system that shows one person for everything."""
    here.register(*(appeal(f"О-{number}") for number in range(25)))
    here.live_until("2026-11-24T12:00")
    find = ExchangeConnector.find
    names = iter(["Лаптев Олег Дмитриевич", OTHER])

    for name in names:
        from dataclasses import replace

        def shown(self: ExchangeConnector, ids: list[str], name: str = name) -> object:
            return {key: replace(one, lead=name) for key, one in find(self, ids).items()}

        monkeypatch.setattr(ExchangeConnector, "find", shown)
        here.live_until("2026-11-25T12:00" if name != OTHER else "2026-11-26T12:00")
        assert {one.lead for one in orders(here).values()} == {LEAD}
        assert left(here) == [("lead", name)] * 25


def test_nothing_is_compared_that_is_under_way(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    silently(here, "О-1", "extended", dueAt="2026-12-22T18:00:00+05:00")
    key = orders(here)["О-1"].key
    with here.running.store.writing() as writing:
        (create,) = writing.outbox.about([key])
        writing.outbox._set([create.id], here.clock.now(), state=OutboxState.HELD)
    here.live_until("2026-11-25T12:00")
    assert f"{orders(here)['О-1'].due_on}" != "2026-12-22" and left(here) == []


@pytest.mark.parametrize("how", ["fault", "down"])
def test_a_system_that_cannot_be_asked_is_read_all_the_same(
    here: World, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.stand.troubles.set("sog", Trouble(how, "FindByExternalId"))
    here.live_until("2026-11-25T12:00")
    here.act("О-1", "accepted", LEAD)
    here.register(appeal("О-2"))
    here.live_until("2026-11-25T13:00")
    assert orders(here)["О-1"].state == "accepted" and "О-2" in orders(here)
    assert main(["orders", "differ"]) == 0
    assert "sog — 25.11.2026" not in capsys.readouterr().out, "what was not compared is not said to have been"
    here.stand.troubles.clear()
    silently(here, "О-1", "released", "Кузьмина Е. В.")
    here.live_until("2026-11-26T13:00")
    assert orders(here)["О-1"].state == "released"
