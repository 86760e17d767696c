"""Health and metrics over HTTP, for whoever watches the plugin: `/health` and `/metrics`, nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from poruchik.app import Application
from poruchik.errors import PoruchikError, SettingsError
from poruchik.lanes.runtime import LaneCount
from poruchik.model.finding import Grade
from poruchik.store.backlog import Backlog, Waiting
from poruchik.watch.lights import lights, worst


class Watch:
    """Answers while its `with` lasts; `counts` are those of the lanes that run in this process."""

    def __init__(
        self, application: Application, listen: tuple[str, int], counts: Callable[[], dict[str, LaneCount]]
    ) -> None:
        self._application = application
        registry = CollectorRegistry()
        registry.register(_Figures(application, counts))
        self._metrics = make_wsgi_app(registry)
        host, port = listen
        try:
            self._server = make_server(host, port, self._answer, _Threaded, _Silent)
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"watch.listen: {host}:{port} не открыть: {error}", remedy="назовите другой порт"
            ) from error
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        if path != "/health":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"/health, /metrics\n"]
        grade, lines = self._health()
        status = "503 Service Unavailable" if grade is Grade.BAD else "200 OK"
        start_response(status, [("Content-Type", "application/json; charset=utf-8")])
        return [json.dumps({"light": grade.value, "lines": lines}, ensure_ascii=False).encode()]

    def _health(self) -> tuple[Grade, list[str]]:
        try:
            backlog, _ = _backlog(self._application)
        except PoruchikError as error:
            return Grade.BAD, [str(error)]
        application = self._application
        calendar, store = application.rulebook.calendar, application.store
        now = application.clock.now()
        shown = lights(backlog, calendar, application.settings, now, cannot_write=store.cannot_write)
        return worst(shown), [f"{one.what}: {one.text}" for one in shown]


class _Figures(Collector):
    """The queues, read when they are asked for, and what the lanes of this process have done."""

    def __init__(self, application: Application, counts: Callable[[], dict[str, LaneCount]]) -> None:
        self._application = application
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yield every figure; when the database does not answer, only that."""
        up = GaugeMetricFamily("poruchik_database_up", "1 when the database answers")
        try:
            backlog, now = _backlog(self._application)
        except PoruchikError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from self._queues(backlog, now)
        yield from self._systems(backlog, now)
        yield from self._lanes()

    def _queues(self, backlog: Backlog, now: datetime) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("poruchik_waiting", "What waits, by queue and system", labels=["queue", "system"])
        oldest = GaugeMetricFamily(
            "poruchik_oldest_seconds", "For how long the first of a queue has waited", labels=["queue", "system"]
        )
        names = [one.name for one in self._application.settings.systems]
        queues = [("documents", "", backlog.documents), ("points", "", backlog.points)]
        queues += [("commands", name, backlog.commands.get(name, Waiting())) for name in names]
        for queue, system, what in queues:
            waiting.add_metric([queue, system], what.count)
            oldest.add_metric([queue, system], (now - what.since).total_seconds() if what.since else 0)
        yield waiting
        yield oldest
        for name, text, value in (
            ("poruchik_for_a_person", "Documents that wait for a person", backlog.manual.count),
            ("poruchik_unread_changes", "Changes of orders that could not be read", backlog.changes.count),
            ("poruchik_parked_items", "Control items that are parked", backlog.parked.count),
            ("poruchik_dead_letters", "Commands that were given up", backlog.dead.count),
        ):
            yield GaugeMetricFamily(name, text, value=value)

    def _systems(self, backlog: Backlog, now: datetime) -> Iterator[Metric]:
        failures = GaugeMetricFamily(
            "poruchik_system_failures", "Deliveries in a row that a system did not take", labels=["system"]
        )
        contact = GaugeMetricFamily(
            "poruchik_system_contact_seconds", "Since a system last answered", labels=["system"]
        )
        for name, state in backlog.systems.items():
            failures.add_metric([name], state.failures)
            if state.contact_at:
                contact.add_metric([name], (now - state.contact_at).total_seconds())
        yield failures
        yield contact
        failing = GaugeMetricFamily(
            "poruchik_lane_failing_seconds",
            "For how long the reading has failed",
            labels=["system", "lane"],
        )
        read = GaugeMetricFamily(
            "poruchik_lane_read_seconds", "Since all there was in a system was last read", labels=["system", "lane"]
        )
        for (system, lane), fares in backlog.lanes.items():
            if system:
                since = fares.failing_since
                failing.add_metric([system, lane], (now - since).total_seconds() if since else 0)
                if fares.began_at:
                    read.add_metric([system, lane], (now - fares.began_at).total_seconds())
        yield failing
        yield read

    def _lanes(self) -> Iterator[Metric]:
        runs = CounterMetricFamily("poruchik_lane_runs", "Runs of a lane in this process", labels=["lane"])
        failed = CounterMetricFamily("poruchik_lane_failures", "Runs of a lane that failed", labels=["lane"])
        seconds = CounterMetricFamily("poruchik_lane_seconds", "Seconds that a lane has run", labels=["lane"])
        for lane, count in self._counts().items():
            runs.add_metric([lane], count.runs)
            failed.add_metric([lane], count.failures)
            seconds.add_metric([lane], count.seconds)
        yield runs
        yield failed
        yield seconds


def _backlog(application: Application) -> tuple[Backlog, datetime]:
    now = application.clock.now()
    with application.store.reading() as reading:
        return reading.backlog(now), now


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the log is for what goes wrong."""
