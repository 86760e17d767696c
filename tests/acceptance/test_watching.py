"""How it goes, seen from outside: `poruchik status`, health, metrics, and what an administrator does with the queues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from poruchik.app import Application
from poruchik.cli import main
from poruchik.lanes.runtime import LaneCount
from poruchik.model.delivery import OutboxState
from poruchik.model.finding import Grade
from poruchik.watch.lights import lights
from poruchik.watch.server import Watch
from poruchik_stand.trouble import Trouble
from support.workers import Workers, workers
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, timeout=0.5) as played:
        yield played


def shown(here: World, application: Application) -> list[tuple[Grade, str]]:
    with application.store.reading() as reading:
        backlog = reading.backlog(here.clock.now())
    found = lights(backlog, application.rulebook.calendar, here.settings, here.clock.now())
    return [(one.grade, one.what) for one in found]


def test_the_light_follows_what_stands(here: World) -> None:
    application = here.running
    good = [(Grade.GOOD, "Всё в порядке")]
    assert shown(here, application) == [(Grade.WARNING, "Служба ещё не запускалась")]
    application.worker.run_until_idle()
    assert shown(here, application) == good
    here.register(appeal("О-1"))
    here.stand.troubles.set("sog", Trouble("down", "CreateOrders"))
    application.worker.run_until_idle()
    assert shown(here, application) == [(Grade.WARNING, "sog не принимает команды")]
    here.clock.move_to(here.clock.now() + timedelta(minutes=20))
    application.worker.run_until_idle()
    assert shown(here, application)[0] == (Grade.BAD, "sog не принимает команды")
    here.stand.troubles.clear()
    here.clock.move_to(here.clock.now() + timedelta(minutes=10))
    application.worker.run_until_idle()
    assert shown(here, application) == good
    here.clock.move_to(here.clock.now() + timedelta(hours=2))
    # Here a service has the database open, which PostgreSQL can tell: it is not said to have been stopped.
    stopped = "Служба не отмечается" if here.settings.database.startswith("postgresql") else "Служба не работает"
    assert shown(here, application) == [(Grade.BAD, stopped)]
    here.clock.move_to(here.clock.now() + timedelta(days=40))
    assert (Grade.BAD, "Контроль стоит") in shown(here, application)


def test_health_and_metrics(here: World) -> None:
    here.register(appeal("О-1"), appeal("О-2", канл="почта"))
    here.stand.troubles.set("sog", Trouble("down", "CreateOrders"))
    application = here.running
    application.worker.run_until_idle()
    with Watch(application, ("127.0.0.1", 0), lambda: {"decide": LaneCount(3, 1, 0.5)}) as watch:
        base = f"http://127.0.0.1:{watch.port}"
        health = requests.get(f"{base}/health", timeout=5)
        assert (health.status_code, health.json()["light"]) == (200, "warning")
        text = requests.get(f"{base}/metrics", timeout=5).text
        assert requests.get(f"{base}/orders", timeout=5).status_code == 404
        here.clock.move_to(here.clock.now() + timedelta(hours=1))
        assert requests.get(f"{base}/health", timeout=5).status_code == 503
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["poruchik_database_up",] == 1
    assert found["poruchik_waiting", "commands", "sog"] == 1
    assert found["poruchik_system_failures", "sog"] >= 1
    assert found["poruchik_for_a_person",] == 1
    assert found["poruchik_lane_runs_total", "decide"] == 3
    assert "О-1" not in text


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Workers]:
    with workers(tmp_path, deduplicates=True) as started:
        yield started


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[Any, str, str]:
    code = main([str(one) for one in arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_status(served: Workers, capsys: pytest.CaptureFixture[str]) -> None:
    config = served.config
    served.register(3)
    process = served.start()
    served.wait_until_done()
    served.terminate(process)
    code, out, _ = run(capsys, "status", "--config", config, "--format", "json")
    told = json.loads(out)
    assert {"good": 0, "warning": 1, "bad": 2}[told["light"]] == code
    assert told["documents"] == {"count": 0, "oldest_seconds": 0}
    assert [one["name"] for one in told["systems"]] == ["sed", "sog"]
    assert told["systems"][1]["contact_at"]
    assert told["policy"]["version"].startswith("sha256:")
    assert len(told["calendar"]) == 2
    _, out, _ = run(capsys, "status", "--config", config)
    assert out.startswith("Светофор: ")
    broken = config.with_name("broken.toml")
    broken.write_text(config.read_text().replace("поставляемая", "нет-такой-папки"))
    code, _, err = run(capsys, "status", "--config", broken)
    assert (code, err.startswith("Ошибка: ")) == (2, True), "what watches must not take a failure for yellow"
    assert "отправить в sog" in out


def test_an_administrator_and_what_was_not_delivered(served: Workers, capsys: pytest.CaptureFixture[str]) -> None:
    config = served.config
    served.register(2)
    served.stand.store._rows("DELETE FROM document WHERE id = ?", "О-1")
    with Application(_settings(config)) as application:
        served.stand.store.add_documents("sog", [])
        application.worker.run_until_idle()
    served.register(1)
    with served.store() as store, store.writing() as writing:
        (sent,) = writing.outbox.listing(OutboxState.SENT)
        writing.outbox._set([sent.id], sent.created_at, state=OutboxState.DEAD, cause="система отказала: нет документа")
    code, out, _ = run(capsys, "outbox", "show", sent.id, "--config", config)
    assert code == 0
    assert "создание поручения" in out
    assert "система отказала: нет документа" in out
    assert "решение принято" not in out
    assert run(capsys, "outbox", "show", 999, "--config", config)[0] == 1
    assert run(capsys, "outbox", "drop", sent.id, "--config", config)[0] == 2
    assert run(capsys, "outbox", "drop", sent.id, "--why", " ", "--config", config)[0] == 1
    code, out, err = run(capsys, "outbox", "drop", sent.id, 999, "--why", "сделано вручную", "--config", config)
    assert (code, "№ 999" in err) == (0, True)
    with served.store() as store, store.reading() as reading:
        item = reading.outbox.get(sent.id)
        story = reading.audit.about(sent.command.order_key)
    assert item is not None
    assert (item.state, item.cause) == (OutboxState.WITHDRAWN, "сделано вручную")
    assert story[-1].what == "от отправки отказались"
    assert run(capsys, "outbox", "drop", sent.id, "--why", "ещё раз", "--config", config)[0] == 1


def _settings(config: Path) -> Any:
    from poruchik.settings import read_settings

    return read_settings(config)
