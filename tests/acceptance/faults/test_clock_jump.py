"""A clock that is set forward by far stops control until somebody or some system says that it is right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.cli import main
from poruchik.clock import SimulatedClock
from poruchik.model.finding import Grade
from poruchik.watch.lights import lights
from poruchik_exchange.client import ExchangeConnector
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases


class Jumping(SimulatedClock):
    """A clock whose computer was set forward."""

    by: timedelta | None = None

    @property
    def jump(self) -> timedelta | None:
        return self.by

    def accept(self) -> None:
        if self.by:
            self.move_to(self.now() + self.by)
        self.by = None


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    answers = iter(range(5_000_000, 6_000_000))
    monkeypatch.setattr(ExchangeConnector, "clock_skew", property(lambda _self: -float(next(answers))))
    with world(tmp_path) as played:
        played.clock.__class__ = Jumping
        played.register(appeal("О-1"))
        played.live_until("2026-12-08T12:00")
        yield played


def set_forward(played: World, **by: int) -> None:
    assert isinstance(played.clock, Jumping)
    played.clock.by = timedelta(**by)


def red(played: World) -> str:
    with played.running.store.reading() as reading:
        backlog = reading.backlog(played.clock.now())
    found = lights(backlog, played.running.rulebook.calendar, played.settings, played.clock.now())
    return next((one.text for one in found if one.what == "Часы переведены" and one.grade is Grade.BAD), "")


def test_sixty_days_forward_for_four_seconds_eat_nothing(here: World) -> None:
    before = here.notices()
    set_forward(here, days=60)
    for _ in range(4):
        here.running.worker.run_until_idle()
        here.clock.move_to(here.clock.now() + timedelta(seconds=1))
    assert here.notices() == before
    assert "на 60 дн. вперёд" in red(here) and "poruchik clock accept" in red(here)


def test_what_was_seen_of_a_clock_before_the_jump_says_nothing(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[int, float] = {}
    monkeypatch.setattr(
        ExchangeConnector, "clock_skew", property(lambda self: seen.setdefault(id(self), 0.1 * (len(seen) + 1)))
    )
    set_forward(here, days=60)
    for _ in range(3):
        here.running.worker.round()
    assert len(seen) == 4, "two systems, each read by one connector and sent to by another"
    assert red(here)


def test_what_a_system_shows_is_believed(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(here.notices())
    set_forward(here, hours=26)
    here.running.worker.round()
    assert red(here)
    monkeypatch.setattr(ExchangeConnector, "clock_skew", property(lambda _self: 2.5))
    here.running.worker.round()
    assert not red(here)
    here.running.worker.run_until_idle()
    assert len(here.notices()) > before, "the reminder of the ninth of December"
    with here.running.store.reading() as reading:
        told = [(one.what, one.details) for one in reading.audit.about("часы")]
    assert told == [
        ("часы переведены, контроль стоит", "на 1 дн. вперёд"),
        ("время принято, контроль идёт", "часы системы sed показывают то же"),
    ]


def test_somebody_says_that_it_is_right(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    systems = '[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "http://127.0.0.1:9"\n'
    (tmp_path / "poruchik.toml").write_text(f'database = "{here.settings.database}"\n{systems}', encoding="utf-8")
    assert main(["clock", "accept"]) == 1
    assert "подтверждать нечего" in capsys.readouterr().err
    set_forward(here, hours=1)
    here.running.worker.round()
    assert red(here)
    assert main(["clock", "accept"]) == 0
    assert "Время принято" in capsys.readouterr().out
    here.running.worker.round()
    assert not red(here)
    assert isinstance(here.clock, Jumping) and here.clock.jump is None


def test_a_restart_does_not_evade_it(here: World) -> None:
    set_forward(here, days=60)
    here.running.worker.round()
    assert isinstance(here.clock, Jumping)
    here.clock.accept()  # as a process that starts, which knows of no jump
    before = here.notices()
    with here.application() as again:
        again.worker.run_until_idle()
    assert here.notices() == before
    assert red(here)


def test_one_that_was_set_back_is_told_and_stops_nothing(here: World) -> None:
    def told() -> list[tuple[Grade, str]]:
        with here.running.store.reading() as reading:
            backlog = reading.backlog(here.clock.now())
        found = lights(backlog, here.running.rulebook.calendar, here.settings, here.clock.now())
        return [(one.grade, one.text) for one in found if one.what == "Часы компьютера отстают"]

    before = len(here.notices())
    set_forward(here, hours=-3)
    here.live_until("2026-12-09T12:00")
    ((grade, text),) = told()
    assert grade is Grade.WARNING and text.startswith("на 3 ч 0 мин, замечено 08.12.2026 12:00")
    assert not red(here)
    assert len(here.notices()) > before, "the reminder of the ninth of December"
    assert isinstance(here.clock, Jumping)
    here.clock.by = None
    here.running.worker.round()
    assert told() == []
    with here.running.store.reading() as reading:
        (entry,) = reading.audit.about("часы")
    assert (entry.what, entry.details) == ("часы переведены назад, служба идёт по прежним", "на 3 ч 0 мин")
