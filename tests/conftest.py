"""Tests marked `both_databases` run once on each. What every test would pay for again is kept, here and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import argon2
import pytest
import uvicorn

from poruchik.policy import load
from poruchik.policy.load import Loaded
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.publishing.rulebook import Rulebook
from poruchik.resources import rules_folder
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

    async def main_loop(server: uvicorn.Server) -> None:
        count = 0
        while not await server.on_tick(count):
            count += 1
            await asyncio.sleep(_TICK)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uvicorn.Server, "main_loop", main_loop)
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

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load._Loader, "load", folder)
        patch.setattr(Rulebook, "_policy", policy)
        patch.setattr(Rulebook, "_calendar", calendar)
        yield
