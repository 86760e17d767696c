"""A СЭД that misbehaves while orders are delivered: each fault ends with every order there exactly once.

Counted in the stand's variant without receiver de-duplication, or the look-up before a resend would prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.app import Application
from poruchik.errors import IntegrationError, OutcomeUnknown, RequestRefused, SystemBusy
from poruchik.lanes import deliver
from poruchik.lanes.decide import decide
from poruchik.lanes.deliver import MAX_TRIES, Delivery
from poruchik.lanes.intake import intake
from poruchik.lanes.paging import Paging
from poruchik.marks import hookimpl
from poruchik.model.commands import Command
from poruchik.model.delivery import OutboxState
from poruchik.resources import rules_folder
from poruchik.texts.render import Texts
from poruchik_exchange import client
from poruchik_stand.trouble import Trouble
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

TIMEOUT = 1.0
COUNT = 8


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, deduplicates=False, timeout=TIMEOUT) as played:
        played.register(*(appeal(f"О-{number}") for number in range(COUNT)))
        yield played


def work(here: World, application: Application, hours: int = 2) -> None:
    """Run rounds while the clock goes on, minute by minute of the simulation."""
    for _ in range(hours * 6):
        application.worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(minutes=10))


def states(application: Application) -> dict[OutboxState, int]:
    with application.store.reading() as reading:
        return reading.outbox.counts()


@pytest.mark.parametrize("kind", ["commitThenTimeout", "garbage", "internal", "cut"])
def test_carried_out_but_not_answered(here: World, kind: str) -> None:
    here.stand.troubles.set("sog", Trouble(kind, "CreateOrders", times=1, seconds=2 * TIMEOUT))
    with here.application() as application:
        application.worker.run_until_idle()
        assert states(application) == {OutboxState.WAITING: COUNT}
        with application.store.reading() as reading:
            (first, *_) = reading.outbox.listing(OutboxState.WAITING)
        assert first.outcome_unknown
        assert first.tries == 1
        assert "sog" in first.cause
        work(here, application)
        assert states(application) == {OutboxState.SENT: COUNT}
    assert set(here.orders_by_external_id().values()) == {1}
    assert here.calls("CreateOrders") == [kind]
    assert set(here.calls("FindByExternalId")) == {"ok"}


def test_without_the_look_up_orders_are_made_twice(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: what the test above proves would show without the look-up."""
    monkeypatch.setattr(deliver.Delivery, "_look_up", lambda _self, items: list(items))
    here.stand.troubles.set("sog", Trouble("garbage", "CreateOrders", times=1))
    with here.application() as application:
        work(here, application)
    assert set(here.orders_by_external_id().values()) == {2}


@pytest.mark.parametrize("kind", ["down", "fault"])
def test_a_system_that_is_down_costs_no_try(here: World, kind: str) -> None:
    here.stand.troubles.set("sog", Trouble(kind, "CreateOrders", times=5))
    with here.application() as application:
        work(here, application)
        assert states(application) == {OutboxState.SENT: COUNT}
        with application.store.reading() as reading:
            rows = reading.outbox.listing(OutboxState.SENT)
    assert {row.tries for row in rows} == {0}
    # The first call carries all, each of the next four tries the system with one, and then all of them go.
    assert sum(row.claims for row in rows) == COUNT + 4 + COUNT
    assert set(here.orders_by_external_id().values()) == {1}


def test_an_outcome_that_stays_unknown_ends_in_the_dead_letters(here: World) -> None:
    here.stand.troubles.set("sog", Trouble("garbage", "FindByExternalId"))
    here.stand.troubles.set("sog", Trouble("garbage", "CreateOrders"))
    with here.application() as application:
        work(here, application, hours=12)
        assert states(application) == {OutboxState.DEAD: COUNT}
        with application.store.reading() as reading:
            (first, *_) = reading.outbox.listing(OutboxState.DEAD)
        assert first.tries == MAX_TRIES
        assert "исход неизвестен" in first.cause
        here.stand.troubles.clear()
        with application.store.writing() as writing:
            rows = writing.outbox.listing(OutboxState.DEAD)
            assert writing.outbox.retry([row.id for row in rows], here.clock.now()) == COUNT
        work(here, application)
        assert states(application) == {OutboxState.SENT: COUNT}
    assert set(here.orders_by_external_id().values()) == {1}


def test_one_bad_command_hurts_no_other(here: World) -> None:
    with here.application() as application:
        for connector in application.connectors:
            intake(application.store, connector, application.plugins, here.clock, "", Paging(200))
        decide(
            application.store, application.rulebook, application.plugins, Texts(rules_folder()), here.clock, owner="w"
        )
        here.stand.store._rows("DELETE FROM document WHERE id = ?", "О-3")
        failed: list[str] = []
        application.plugins._manager.register(Listener(failed))
        application.worker.run_until_idle()
        assert states(application) == {OutboxState.SENT: COUNT - 1, OutboxState.DEAD: 1}
        with application.store.reading() as reading:
            (dead,) = reading.outbox.listing(OutboxState.DEAD)
    assert "О-3" in dead.command.order_key
    assert "документа О-3 нет" in dead.cause
    assert failed == [dead.message_id]
    assert len(here.orders_by_external_id()) == COUNT - 1


def test_a_batch_refused_as_a_whole_is_sent_singly(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that breaks the schema must not bury the other orders of its batch."""
    honest = client.mapping.item_of

    def broken(command: Command, **limits: bool) -> dict[str, object]:
        order = honest(command, **limits)
        return order | {"act": "х" * 1001} if "О-5" in str(order["externalId"]) else order

    monkeypatch.setattr(client.mapping, "item_of", broken)
    with here.application() as application:
        application.worker.run_until_idle()
        assert states(application) == {OutboxState.SENT: COUNT - 1, OutboxState.DEAD: 1}
    assert len(here.orders_by_external_id()) == COUNT - 1


def test_the_same_receipt_twice(here: World) -> None:
    here.stand.troubles.set("sog", Trouble("receiptTwice", "CreateOrders"))
    with here.application() as application:
        application.worker.run_until_idle()
        assert states(application) == {OutboxState.SENT: COUNT}
    assert set(here.orders_by_external_id().values()) == {1}


def test_a_worker_stopped_past_its_lease_does_not_send(here: World) -> None:
    with here.application() as application:
        (sog,) = (one for one in application.connectors if one.settings.name == "sog")
        intake(application.store, sog, application.plugins, here.clock, "", Paging(200))
        decide(
            application.store, application.rulebook, application.plugins, Texts(rules_folder()), here.clock, owner="w"
        )
        stopped = Delivery(
            application.store, sog, Texts(rules_folder()), application.plugins, here.clock, owner="stopped"
        )
        items = stopped._claim()
        here.clock.move_to(here.clock.now() + timedelta(minutes=5))
        application.worker.run_until_idle()
        stopped._deliver(items)
        assert states(application) == {OutboxState.SENT: COUNT}
    assert set(here.orders_by_external_id().values()) == {1}


def leased(here: World, application: Application, owner: str) -> Delivery:
    """Return a worker of the lane in whose hands the rows of the СОГ are about to be."""
    (sog,) = (one for one in application.connectors if one.settings.name == "sog")
    intake(application.store, sog, application.plugins, here.clock, "", Paging(200))
    decide(application.store, application.rulebook, application.plugins, Texts(rules_folder()), here.clock, owner="w")
    return Delivery(application.store, sog, Texts(rules_folder()), application.plugins, here.clock, owner=owner)


def test_nothing_is_sent_when_the_call_could_outlast_the_lease(here: World) -> None:
    with here.application() as application:
        slow = leased(here, application, "slow")
        items = slow._claim()
        ends = items[0].lease_until
        assert ends is not None
        here.clock.move_to(ends - timedelta(seconds=TIMEOUT / 2))
        slow._deliver(items)
        assert here.calls("CreateOrders") == []
        here.clock.move_to(ends - timedelta(seconds=TIMEOUT / 4))
        assert states(application) == {OutboxState.LEASED: COUNT}
        work(here, application)
        assert states(application) == {OutboxState.SENT: COUNT}
    assert set(here.orders_by_external_id().values()) == {1}


@pytest.mark.parametrize("error", [SystemBusy("занята"), OutcomeUnknown("нет ответа"), RequestRefused("отказ")])
def test_a_former_owner_gives_nothing_back(here: World, error: IntegrationError) -> None:
    with here.application() as application:
        former = leased(here, application, "former")
        items = former._claim()
        here.clock.move_to(here.clock.now() + timedelta(minutes=1))
        present = leased(here, application, "present")
        assert len(present._claim()) == COUNT
        if isinstance(error, RequestRefused):
            former._bury(items, str(error))
        else:
            former._postpone(items, error)
        with application.store.reading() as reading:
            rows = reading.outbox.listing(OutboxState.LEASED)
        assert len(rows) == COUNT
        assert {row.tries for row in rows} == {0}
        assert former._done.failed == 0


class Listener:
    """A plugin that notes the commands that were given up."""

    def __init__(self, heard: list[str]) -> None:
        self._heard = heard

    @hookimpl
    def poruchik_command_failed(self, command: object, cause: str) -> None:
        self._heard.append(command.message_id)  # type: ignore[attr-defined]
        raise RuntimeError("a plugin that fails is isolated")
