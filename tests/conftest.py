"""Tests marked `both_databases` run once on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import databases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that is marked a database of each kind."""
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("_database", databases.KINDS, indirect=True)


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> Iterator[None]:
    with databases.on(getattr(request, "param", "sqlite")):
        yield


@pytest.fixture(autouse=True, scope="session")
def _server() -> Iterator[None]:
    yield
    databases.stop_server()
