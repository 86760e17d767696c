"""The computer's clock may be set back; the program's does not go back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from poruchik import clock as module
from poruchik.clock import SystemClock


class Computer(datetime):
    shows: ClassVar[datetime] = datetime(2026, 11, 24, 10, tzinfo=UTC)

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return cls.shows


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> type[Computer]:
    monkeypatch.setattr(module, "datetime", Computer)
    monkeypatch.setattr(Computer, "shows", datetime(2026, 11, 24, 10, tzinfo=UTC))
    return Computer


def near(moment: datetime, expected: datetime) -> bool:
    return abs(moment - expected) < timedelta(seconds=5)


def test_set_back(computer: type[Computer]) -> None:
    clock = SystemClock()
    before = clock.now()
    computer.shows -= timedelta(hours=1)
    after = clock.now()
    assert after >= before
    assert near(after, before)
    assert clock.jump and near(after + clock.jump, computer.shows)
    computer.shows += timedelta(hours=1)
    assert clock.jump is None, "caught up"


def test_what_is_accepted_never_goes_back(computer: type[Computer]) -> None:
    clock = SystemClock()
    before = clock.now()
    computer.shows -= timedelta(hours=1)
    clock.accept()
    assert clock.now() >= before


def test_set_forward_a_little(computer: type[Computer]) -> None:
    clock = SystemClock()
    computer.shows += timedelta(minutes=4)
    assert near(clock.now(), computer.shows)
    assert clock.jump is None


def test_set_forward_by_far_it_is_believed_when_somebody_says_so(computer: type[Computer]) -> None:
    clock = SystemClock()
    before = clock.now()
    computer.shows += timedelta(days=60)
    assert near(clock.now(), before)
    assert clock.jump and near(before + clock.jump, computer.shows)
    computer.shows -= timedelta(days=60)
    assert clock.jump is None, "set back again before anybody noticed"
    computer.shows += timedelta(hours=1)
    assert clock.jump
    clock.accept()
    assert near(clock.now(), computer.shows)
    assert clock.jump is None


def test_by_the_clock_of_the_database(computer: type[Computer]) -> None:
    clock = SystemClock()
    shared = computer.shows - timedelta(minutes=3)
    clock.follow(shared)
    assert near(clock.now(), shared)


def test_started_again_after_it_was_set_back(computer: type[Computer]) -> None:
    last = computer.shows + timedelta(hours=1)
    clock = SystemClock()
    clock.reach(last)
    assert near(clock.now(), last)
    clock.reach(last + timedelta(days=30))  # a moment that was simulated
    assert near(clock.now(), last)
