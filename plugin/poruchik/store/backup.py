"""A copy of the database in one file: made while everything works, verified, put back whole or not at all.

The file is a zip: `manifest.json`, then the SQLite file itself, or each table of PostgreSQL as COPY writes it.
Decisions: `docs/vosstanovlenie.md`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from poruchik.errors import StoreError
from poruchik.files import written_privately
from poruchik.store.database import Store, Transaction
from poruchik.store.layout import LAYOUT, newer
from poruchik.store.tables import metadata

FORMAT = 1
_MANIFEST, _FILE = "manifest.json", "database.sqlite"
_PIECE = 1 << 20
_PAGES = 2000
"""Of one step of the copy, so that a writer beside it does not wait."""
_PLACE = "проверьте место на диске и права; что было, осталось как было"
_ANOTHER = "возьмите другую копию"

Progress = Callable[[int, int], None]
"""Called with how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy is: made when, of which layout, how many rows of each table, and what its entries must hash to."""

    made_at: datetime
    layout: str
    dialect: str
    program: str
    systems: tuple[str, ...]
    rows: Mapping[str, int]
    columns: Mapping[str, list[str]]
    sha256: dict[str, str] = field(default_factory=dict)
    python: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the installation, as far as they are no secrets."""

    def stored(self) -> str:
        """Return it as JSON."""
        told = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        return json.dumps(told, ensure_ascii=False, indent=2)


# --- made ----------------------------------------------------------------------------------------


def make(
    store: Store,
    to: Path,
    *,
    now: datetime,
    program: str,
    systems: tuple[str, ...],
    progress: Progress,
    settings: Mapping[str, Any] | None = None,
) -> int:
    """Write a copy of the database; return its size in bytes. One that is there is replaced once this is whole."""
    part = to.with_name(f"{to.name}.part")
    try:
        with (
            written_privately(part) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written,
        ):
            copy = _copy_sqlite if store.engine.dialect.name == "sqlite" else _copy_postgresql
            about = Manifest(
                now,
                LAYOUT,
                store.engine.dialect.name,
                program,
                systems,
                {},
                {},
                python=platform.python_version(),
                settings=settings or {},
            )
            manifest = copy(store, written, about, progress, to.absolute().parent)
            written.writestr(_MANIFEST, manifest.stored())
        verify(part)
        with part.open("rb") as done:
            os.fsync(done.fileno())
        part.replace(to)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"копия не записалась: {_why(error)}", where=str(to), remedy=_PLACE) from error
    finally:
        part.unlink(missing_ok=True)
    return to.stat().st_size


def _copy_sqlite(store: Store, written: zipfile.ZipFile, about: Manifest, progress: Progress, beside: Path) -> Manifest:
    database = store.engine.url.database or ""
    with tempfile.TemporaryDirectory(prefix=".poruchik-", dir=beside) as folder:
        file = Path(folder) / _FILE
        with closing(sqlite3.connect(database, isolation_level=None)) as source, closing(sqlite3.connect(file)) as copy:
            # Inside a reading transaction the copy is of one moment; outside one it begins anew with every write.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copy, pages=_PAGES, progress=lambda _, left, whole: progress(whole - left, whole))
            source.execute("ROLLBACK")
            rows = {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in _tables(copy)}  # noqa: S608
        sha256 = {_FILE: _write(written, _FILE, file)}
    return Manifest(**_fields(about) | {"rows": rows, "sha256": sha256})


def _copy_postgresql(
    store: Store, written: zipfile.ZipFile, about: Manifest, progress: Progress, _beside: Path
) -> Manifest:
    rows: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    sha256: dict[str, str] = {}
    with store.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        cursor = connection.connection.cursor()
        for number, table in enumerate(metadata.sorted_tables, start=1):
            columns[table.name] = [column.name for column in table.columns]
            rows[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
            hashed = hashlib.sha256()
            with (
                written.open(_entry(table.name), "w", force_zip64=True) as entry,
                cursor.copy(f"COPY {_named(table.name, columns[table.name])} TO STDOUT") as copied,
            ):
                for piece in copied:
                    hashed.update(piece)
                    entry.write(piece)
            sha256[_entry(table.name)] = hashed.hexdigest()
            progress(number, len(metadata.sorted_tables))
        connection.rollback()
    return Manifest(**_fields(about) | {"rows": rows, "columns": columns, "sha256": sha256})


# --- verified ------------------------------------------------------------------------------------


def verify(file: Path) -> Manifest:
    """Return what a copy is, having read all of it; raise StoreError for one that is not whole, or not ours."""
    try:
        with zipfile.ZipFile(file) as read:
            manifest = _manifest(read, file)
            for name, expected in manifest.sha256.items():
                hashed = hashlib.sha256()
                with read.open(name) as entry:
                    while piece := entry.read(_PIECE):
                        hashed.update(piece)
                if hashed.hexdigest() != expected:
                    raise StoreError(
                        f"копия повреждена: «{name}» не тот, что был записан", where=str(file), remedy=_ANOTHER
                    )
    except StoreError:
        raise
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError) as error:
        raise StoreError(
            f"это не копия базы Поручика, или она повреждена: {error}", where=str(file), remedy=_ANOTHER
        ) from error
    except OSError as error:
        raise StoreError(
            f"копия не читается: {error.strerror or error}", where=str(file), remedy="проверьте путь и права"
        ) from error
    except Exception as error:  # zlib has an error of its own
        raise StoreError(f"копия повреждена: {error}", where=str(file), remedy=_ANOTHER) from error
    if manifest.layout > LAYOUT:
        raise newer(manifest.layout, str(file))
    return manifest


def _manifest(read: zipfile.ZipFile, file: Path) -> Manifest:
    if _MANIFEST not in read.namelist():
        raise StoreError("это не копия базы Поручика", where=str(file), remedy=_ANOTHER)
    told = json.loads(read.read(_MANIFEST))
    if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
        raise StoreError(
            "это не копия базы Поручика, или её сделала более новая программа", where=str(file), remedy=_ANOTHER
        )
    try:
        return Manifest(
            **told | {"made_at": datetime.fromisoformat(told["made_at"]), "systems": tuple(told["systems"])}
        )
    except (TypeError, KeyError) as error:
        raise StoreError(f"опись копии не читается: {error}", where=str(file), remedy=_ANOTHER) from error


# --- put back ------------------------------------------------------------------------------------


def put_back(file: Path, url: str, after: Callable[[Transaction, Manifest], None]) -> Manifest:
    """Put a copy in the place of the database, in the layout of this program; `after` writes into it before it counts.

    Raise StoreError, with the database as it was, when the copy is not whole, or something works on the database.
    """
    manifest = verify(file)
    dialect = make_url(url).get_backend_name()
    if dialect != manifest.dialect:
        raise StoreError(
            f"копия сделана с {manifest.dialect}, а в настройках {dialect}",
            where=str(file),
            remedy="назовите в настройках базу того же вида",
        )
    put = _put_sqlite if dialect == "sqlite" else _put_postgresql
    put(file, url, manifest, after)
    return manifest


def _put_sqlite(file: Path, url: str, manifest: Manifest, after: Callable[[Transaction, Manifest], None]) -> None:
    path = Path(make_url(url).database or "").absolute()
    part = path.with_name(f"{path.name}.part")
    try:
        _require_alone(path)
        with zipfile.ZipFile(file) as read, read.open(_FILE) as entry, written_privately(part) as out:
            shutil.copyfileobj(entry, out, _PIECE)
        with Store.open(str(make_url(url).set(database=str(part)))) as store, store.writing() as writing:
            after(writing, manifest)
        with closing(sqlite3.connect(part)) as made:
            made.execute("PRAGMA journal_mode=DELETE").fetchone()  # all of it in the one file
        _require_alone(path)
        if path.exists():
            before = path.with_name(f"{path.name}.before")
            before.unlink(missing_ok=True)
            os.link(path, before)
        for stale in (
            f"{path.name}-wal",
            f"{path.name}-shm",
            *(f"{path.stem}-dbos{path.suffix}{one}" for one in ("", "-wal", "-shm")),
        ):
            path.with_name(stale).unlink(missing_ok=True)
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"база не записалась: {_why(error)}", where=str(path), remedy=_PLACE) from error
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + suffix).unlink(missing_ok=True)


def _require_alone(path: Path) -> None:
    """Refuse while anything has the file open: its write-ahead log cannot be ended then."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=0)) as present:
            present.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise StoreError(
            f"с базой кто-то работает: {error}",
            where=str(path),
            remedy="остановите службу и страницы (poruchik run, serve)",
        ) from error
    except sqlite3.DatabaseError:
        return  # it is broken: that is why it is put back


def _put_postgresql(file: Path, url: str, manifest: Manifest, after: Callable[[Transaction, Manifest], None]) -> None:
    from alembic import command  # noqa: PLC0415 — longer than most commands take

    from poruchik.store.migrations import config_of, upgrade  # noqa: PLC0415

    store = Store.whatever_it_is(url)
    try:
        with store.engine.begin() as connection, zipfile.ZipFile(file) as read:
            _require_nobody(connection, store.where)
            for table in (*reversed(metadata.sorted_tables), None):
                name = table.name if table is not None else "alembic_version"
                connection.execute(text(f'DROP TABLE IF EXISTS "{name}" CASCADE'))
            command.upgrade(config_of(connection), manifest.layout)
            for name, columns in manifest.columns.items():
                _fill(connection, name, columns, read)
            upgrade(connection, store.where)
            after(Transaction(connection), manifest)
    except SQLAlchemyError as error:
        raise store._explain(error) from error
    finally:
        store.close()


def _fill(connection: Connection, name: str, columns: list[str], read: zipfile.ZipFile) -> None:
    connection.execute(text(f'TRUNCATE "{name}" CASCADE'))
    cursor = connection.connection.cursor()
    with read.open(_entry(name)) as entry, cursor.copy(f"COPY {_named(name, columns)} FROM STDIN") as into:
        while piece := entry.read(_PIECE):
            into.write(piece)
    sequence = (
        connection.scalar(text("SELECT pg_get_serial_sequence(:b_name, 'id')"), {"b_name": name})
        if "id" in columns
        else None
    )
    if sequence:
        largest = connection.scalar(text(f'SELECT max(id) FROM "{name}"')) or 0  # noqa: S608
        connection.execute(text("SELECT setval(:b_of, :b_value, :b_used)"), {
            "b_of": sequence, "b_value": max(largest, 1), "b_used": largest > 0
        })  # fmt: skip


def _require_nobody(connection: Connection, where: str) -> None:
    others = connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name LIKE 'poruchik%'"
        )
    )
    if others:
        raise StoreError(
            f"с базой кто-то работает: соединений {others}",
            where=where,
            remedy="остановите службу и страницы (poruchik run, serve)",
        )


def _why(error: OSError | sqlite3.Error) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


# --- the parts of it -----------------------------------------------------------------------------


def _fields(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in Manifest.__dataclass_fields__}


def _tables(copy: sqlite3.Connection) -> list[str]:
    found = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in found]


def _write(written: zipfile.ZipFile, name: str, file: Path) -> str:
    hashed = hashlib.sha256()
    with file.open("rb") as read, written.open(name, "w", force_zip64=True) as entry:
        while piece := read.read(_PIECE):
            hashed.update(piece)
            entry.write(piece)
    return hashed.hexdigest()


def _entry(table: str) -> str:
    return f"tables/{table}.copy"


def _named(table: str, columns: list[str]) -> str:
    return f'"{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in columns)})'
