"""Tests marked `both_databases` run once on each. What every test would pay for again is kept, here and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import CodeType

import argon2
import jinja2
import pytest

from poruchik.policy import load
from poruchik.policy.load import Loaded
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.publishing import rulebook
from poruchik.publishing.bundle import bundle
from poruchik.publishing.rulebook import Rulebook
from poruchik.resources import rules_folder
from poruchik.store.publications import StoredSet
from poruchik.workcalendar.calendar import WorkCalendar
from support import databases, quick_disk  # noqa: F401 — before the first database is opened

_TICK = 0.01
"""Seconds after which a server looks whether it is to end; uvicorn's own are 0.1."""


def pytest_configure(config: pytest.Config) -> None:
    """Go by the databases of the run where this process is one of several."""
    folder = getattr(config, "workerinput", {}).get("databases")
    if folder:
        databases.share(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a process of pytest-xdist where the databases of the run are."""
    node.workerinput["databases"] = databases.shared_folder()  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of the run with its last process."""
    if not hasattr(config, "workerinput"):
        databases.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that is marked a database of each kind."""
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("_database", databases.KINDS, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests that take longest begin first, so that nobody waits for them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> Iterator[None]:
    with databases.on(getattr(request, "param", "sqlite")):
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_servers() -> Iterator[None]:
    """Let a server end at once: a test starts up to three."""

    class Asyncio:
        def __getattr__(self, name: str) -> object:
            return getattr(asyncio, name)

        async def sleep(self, _seconds: float) -> None:
            await asyncio.sleep(_TICK)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("uvicorn.server.asyncio", Asyncio())
        yield


@pytest.fixture(autouse=True, scope="session")
def _templates_compiled_once() -> Iterator[None]:
    """Compile each template of pages and texts once a process, by its source and what its environment makes of it."""
    compiled: dict[object, CodeType] = {}
    compile_template = jinja2.Environment.compile

    def compile_once(
        self: jinja2.Environment, source: str, name: str | None = None, filename: str | None = None, **more: bool
    ) -> object:
        if more or not isinstance(source, str):
            return compile_template(self, source, name, filename, **more)  # type: ignore[call-overload]
        key = (source, name, type(self), bool(self.autoescape), self.trim_blocks, frozenset(self.filters))
        if key not in compiled:
            compiled[key] = compile_template(self, source, name, filename)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """Let argon2 be cheap: what it costs in earnest is argon2's own test."""
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("poruchik.web.access.PasswordHasher", "poruchik.cli.web.PasswordHasher"):
            patch.setattr(name, lambda: cheap)
        yield


@pytest.fixture(autouse=True, scope="session")
def _policies_read_once() -> Iterator[None]:
    """Read the shipped rules and each stored set once a process: a set's version is the hash of its content.

    What a set is read with (operators of plugins) is part of what it is kept by; a set that cannot be read is not kept.
    """
    shipped: dict[object, Loaded] = {}
    policies: dict[object, Policy] = {}
    calendars: dict[object, WorkCalendar] = {}
    bundles: dict[str, StoredSet] = {}
    read_folder, read_policy, read_calendar = load._Loader.load, Rulebook._policy, Rulebook._calendar

    def folder(loader: load._Loader) -> None:
        loaded, key = loader.loaded, tuple(loader.operators.items())
        if loaded.folder != rules_folder():
            read_folder(loader)
            return
        if key not in shipped:
            shipped[key] = Loaded(loaded.folder, Problems())
            read_folder(load._Loader(shipped[key], loader.operators))
        kept = shipped[key]
        loaded.problems.add(kept.problems)
        loaded.policy = kept.policy
        loaded.files, loaded.pack_folders, loaded.clauses = [*kept.files], [*kept.pack_folders], [*kept.clauses]

    def policy(book: Rulebook, version: str) -> Policy:
        key = (version, *book._plugins.operators().items())
        if key not in policies:
            policies[key] = read_policy(book, version)
        return policies[key]

    def calendar(book: Rulebook, version: str, zone: str) -> WorkCalendar:
        key = (version, zone)
        if key not in calendars:
            calendars[key] = read_calendar(book, version, zone)
        return calendars[key]

    def bundled(loaded: Loaded) -> StoredSet:
        version = loaded.usable().version
        if version not in bundles:
            bundles[version] = bundle(loaded)
        return bundles[version]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rulebook, "bundle", bundled)
        patch.setattr(load._Loader, "load", folder)
        patch.setattr(Rulebook, "_policy", policy)
        patch.setattr(Rulebook, "_calendar", calendar)
        yield
