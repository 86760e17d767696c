"""What a system may be given holds for all workers together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.lanes.circuit import allowance
from poruchik.lanes.deliver import lease
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases


def claim(here: World, owner: str, **limits: object) -> int:
    """Let a worker claim one command, if it may; return how many it may carry."""
    (sog,) = (one for one in here.running.connectors if one.settings.name == "sog")
    sog.settings = replace(sog.settings, **limits)
    now = here.clock.now()
    with here.running.store.writing() as writing:
        allowed = allowance(writing, sog, now)
        if allowed:
            ends = now + lease(sog.settings.timeout)
            assert writing.outbox.claim("sog", 1, owner=owner, now=now, lease_until=ends)
    return allowed


@pytest.fixture
def here(tmp_path: Path):  # type: ignore[no-untyped-def]
    with world(tmp_path) as played:
        played.register(*(appeal(f"О-{number}") for number in range(5)))
        worker = played.running.worker
        worker.read("sog", lambda: False)
        worker.decide(lambda: False)
        yield played


def test_so_many_workers_at_once(here: World) -> None:
    assert claim(here, "a", calls_at_once=2)
    assert claim(here, "b", calls_at_once=2)
    assert not claim(here, "c", calls_at_once=2)
    here.clock.move_to(here.clock.now() + timedelta(minutes=1))  # the leases of the dead hold no place
    assert claim(here, "c", calls_at_once=2)


def test_so_many_calls_a_second(here: World) -> None:
    assert claim(here, "a", calls_per_second=0.5)
    assert not claim(here, "b", calls_per_second=0.5)
    assert "sog" not in here.running.worker.look().systems
    here.clock.move_to(here.clock.now() + timedelta(seconds=2))
    assert "sog" in here.running.worker.look().systems
    assert claim(here, "b", calls_per_second=0.5)
