"""A document on which deciding fails for good: its batch goes on, it is left to a person with its cause."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.lanes import decide as lane
from poruchik.lanes.decide import MAX_TRIES
from poruchik.model.inbox import InboxState
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
COUNT = 20


def live(here: World) -> None:
    for _ in range(3 * MAX_TRIES):
        here.running.worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(seconds=30))


def check(here: World, words: str) -> None:
    with here.running.store.reading() as reading:
        assert reading.inbox.counts() == {InboxState.DECIDED: COUNT - 1, InboxState.FAILED: 1}
        (failed,) = reading.inbox.listing(InboxState.FAILED)
    assert failed.reg_number == "О-7"
    assert words in failed.cause
    made = here.orders_by_external_id()
    assert len(made) == COUNT - 1
    assert set(made.values()) == {1}


def test_one_that_the_database_does_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = lane.orders_of

    def broken(decision: object, inbox_id: int, zone: object) -> object:
        found = honest(decision, inbox_id, zone)  # type: ignore[arg-type]
        for order in found:
            if order.document_id == "О-7":
                object.__setattr__(order, "registered_on", None)
        return found

    monkeypatch.setattr(lane, "orders_of", broken)
    with world(tmp_path) as here:
        here.register(*(appeal(f"О-{number}") for number in range(COUNT)))
        live(here)
        check(here, "база данных не принимает запись")


def test_one_on_which_the_program_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = lane._decide_one

    def dying(item: object, *rest: object) -> object:
        if item.external_id == "О-7":  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return honest(item, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(lane, "_decide_one", dying)
    with world(tmp_path) as here:
        here.register(*(appeal(f"О-{number}") for number in range(COUNT)))
        for _ in range(2 * MAX_TRIES):
            try:
                live(here)
            except KeyboardInterrupt:
                here.clock.move_to(here.clock.now() + timedelta(seconds=30))
        check(here, "не дойдя до решения")
