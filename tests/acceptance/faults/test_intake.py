"""Bad input from a СЭД: each gives a message naming the document and the cause, the rest goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState
from poruchik_stand.trouble import Trouble
from support.world import World, appeal, raw_card, world

pytestmark = pytest.mark.both_databases


def waiting(here: World) -> list[InboxItem]:
    with here.application() as application:
        application.worker.run_until_idle()
        with application.store.reading() as reading:
            return reading.inbox.listing(*WAITS_FOR_A_PERSON)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"registeredAt": None}, "нет даты регистрации"),
        ({"registeredAt": "2026-11-23T10:00:00"}, "нет часового пояса"),
        ({"registeredAt": "23.11.2026"}, "не дата и время"),
    ],
)
def test_a_card_that_breaks_the_contract(tmp_path: Path, changes: dict[str, str | None], words: str) -> None:
    with world(tmp_path) as here:
        here.register_xml("sog", "О-1", raw_card(appeal("О-1"), **changes))
        here.register(appeal("О-2"))
        (item,) = waiting(here)
        assert item.state is InboxState.REFUSED
        assert "О-1" in item.cause
        assert words in item.cause
        assert item.card.startswith("<document")
        assert len(here.orders_by_external_id()) == 1


def test_cards_without_an_id_do_not_collide(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register_xml("sog", "", raw_card(appeal("О-1"), id=None))
        here.register_xml("sog", "", raw_card(appeal("О-2"), id=None))
        here.register(appeal("О-3"))
        assert len(waiting(here)) == 2
        assert len(waiting(here)) == 2  # read again, kept once
        assert len(here.orders_by_external_id()) == 1


def test_an_unknown_attribute_goes_to_a_person(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1", канл="почта"), appeal("О-2", канал="голубь"), appeal("О-3"))
        first, second = waiting(here)
        assert first.code == second.code == "unknown-attribute"
        assert (first.title, second.title) == ("О-1", "О-2")
        assert "«канл»" in first.cause
        assert "возможно, «канал»" in first.cause
        assert "«голубь»" in second.cause
        assert len(here.orders_by_external_id()) == 1


def test_the_same_document_twice(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"))
        here.stand.troubles.set("sog", Trouble("documentTwice"))
        assert waiting(here) == []
        assert sorted(here.orders_by_external_id().values()) == [1, 1]


@pytest.mark.parametrize("kind", ["down", "garbage", "fault", "internal", "cut"])
def test_a_system_that_cannot_be_read_hinders_no_other(tmp_path: Path, kind: str) -> None:
    from poruchik.model.document import SystemKind

    letter = appeal("В-1", system=SystemKind.SED, вид="запрос")
    with world(tmp_path) as here:
        here.register(appeal("О-1"), letter)
        here.stand.troubles.set("sog", Trouble(kind, "GetDocuments"))
        with here.application() as application:
            done = application.worker.round()
            assert list(done.troubles) == ["sog"]
            assert "sog, GetDocuments" in done.troubles["sog"]
            assert done.sent == 1
            here.stand.troubles.clear()
            application.worker.run_until_idle()
        assert len(here.orders_by_external_id()) == 2


def test_a_card_repaired_in_the_system_is_read_again(tmp_path: Path) -> None:
    from poruchik.cli.queues import _replay

    with world(tmp_path) as here:
        here.register_xml("sog", "О-1", raw_card(appeal("О-1"), registeredAt=None))
        (item,) = waiting(here)
        here.register(appeal("О-1"))
        with here.application() as application:
            connectors = {one.settings.name: one for one in application.connectors}
            told = _replay(application.store, item, connectors, here.clock.now())
            assert "прочитана" in told
            application.worker.run_until_idle()
        assert waiting(here) == []
        assert list(here.orders_by_external_id().values()) == [1]


def test_a_new_revision_makes_no_second_order(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"))
        assert waiting(here) == []
        here.clock.move_to(here.clock.now() + timedelta(hours=1))
        here.register_xml("sog", "О-1", raw_card(appeal("О-1", листов=5), revision="2"))
        assert waiting(here) == []
        here.register_xml("sog", "О-1", raw_card(appeal("О-1", тема="кадры"), revision="3"))
        (item,) = waiting(here)
        assert item.code == "changed-after-orders"
        assert "Зимина Т. П." in item.cause
        assert list(here.orders_by_external_id().values()) == [1]


def test_a_document_that_breaks_a_plugin_fails_alone(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"))
        with here.application() as application:
            honest = application.rulebook.decide

            def broken(document: object, **arguments: object) -> object:
                if getattr(document, "external_id", "") == "О-1":
                    raise ZeroDivisionError("нечаянно")
                return honest(document, **arguments)  # type: ignore[arg-type]

            application.rulebook.decide = broken  # type: ignore[assignment,method-assign]
            application.worker.run_until_idle()
            with application.store.reading() as reading:
                (item,) = reading.inbox.listing(InboxState.FAILED)
        assert item.title == "О-1" and "нечаянно" in item.cause
        assert len(here.orders_by_external_id()) == 1


def test_a_later_revision_closes_what_waited_for_a_person(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1", канл="почта"))
        assert len(waiting(here)) == 1
        here.register_xml("sog", "О-1", raw_card(appeal("О-1"), revision="2"))
        assert waiting(here) == []
        assert list(here.orders_by_external_id().values()) == [1]


def test_of_two_new_revisions_only_the_last_is_decided(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1", тема="кадры"))
        here.register_xml("sog", "О-1", raw_card(appeal("О-1"), revision="2"))
        assert waiting(here) == []
        ((external_id, count),) = here.orders_by_external_id().items()
        assert "тема-телевидение" in external_id
        assert count == 1
