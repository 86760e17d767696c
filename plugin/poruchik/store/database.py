"""Open the database, give out transactions, and say in Russian what is wrong with it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from poruchik.errors import RowRefused, StoreError, StoreMissing
from poruchik.files import make_private
from poruchik.store.audit import Audit
from poruchik.store.backlog import SERVICE_NAME, Backlog, backlog
from poruchik.store.changes import Changes
from poruchik.store.corrections import Corrections
from poruchik.store.cursors import Cursors
from poruchik.store.decisions import Decisions
from poruchik.store.differences import Differences
from poruchik.store.epochs import Epochs
from poruchik.store.hits import Hits
from poruchik.store.inbox import Inbox
from poruchik.store.items import Items
from poruchik.store.lanes import Lanes
from poruchik.store.layout import FIRST_RUN, LAYOUT, require_layout, require_unchanged, revision_of
from poruchik.store.look import Look, look
from poruchik.store.orders import Orders
from poruchik.store.outbox import Outbox
from poruchik.store.overview import Overview
from poruchik.store.points import Points
from poruchik.store.publications import Publications
from poruchik.store.reviews import ReviewsInWait
from poruchik.store.strays import Strays
from poruchik.store.systems import Systems
from poruchik.store.users import Users

_BEGIN = "poruchik_begin"
_BUSY_SECONDS = 30.0
DURABILITY = "FULL"
"""Of SQLite: what is committed survives the power. Tests, which kill processes but no machine, do without."""
_CLOCK = text("SELECT clock_timestamp()")
_ALONE = text("SELECT pg_advisory_xact_lock(7264101, hashtext(:b_what))")

# What SQLite and PostgreSQL say → (what is wrong, what to do). The first part of a message that fits is used.
_FULL = ("на диске с базой данных нет места", "освободите место: программа пойдёт дальше сама")
_BY_STATE = {"53100": _FULL}
"""What PostgreSQL says in the language of its server → the same."""
_CAUSES = (
    (
        "readonly",
        "база данных открыта только для чтения",
        "дайте пользователю программы право записи в её папку",
    ),
    (
        "read-only",
        "база данных открыта только для чтения",
        "укажите основной, а не резервный сервер PostgreSQL",
    ),
    ("not a database", "файл не является базой данных SQLite", "проверьте путь или восстановите копию"),
    ("malformed", "файл базы данных повреждён", "остановите программу и восстановите базу из копии"),
    (
        "unable to open",
        "файл базы данных не открывается",
        "проверьте, что папка существует и доступна на запись",
    ),
    ("is locked", "база данных занята другой программой", "закройте программу, которая держит файл базы"),
    ("no space left", *_FULL),
    ("is full", *_FULL),
    ("password", "сервер базы данных не принимает имя или пароль", "проверьте имя и пароль в настройках"),
    ("does not exist", "базы данных с таким именем нет", "создайте её или исправьте адрес в настройках"),
    ("connect", "сервер базы данных не отвечает", "проверьте адрес в настройках и что сервер запущен"),
    ("no such table", "в базе данных нет нужной таблицы", "базу изменили вручную; восстановите её из копии"),
)


class Use(Enum):
    """What a database is opened for."""

    PREPARE = auto()
    """To work on it: it is created or upgraded first."""
    WRITE = auto()
    READ = auto()


class Transaction:
    """One transaction: every noun of the store over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.inbox = Inbox(connection)
        self.decisions = Decisions(connection)
        self.orders = Orders(connection)
        self.items = Items(connection)
        self.points = Points(connection)
        self.outbox = Outbox(connection)
        self.audit = Audit(connection)
        self.corrections = Corrections(connection)
        self.cursors = Cursors(connection)
        self.changes = Changes(connection)
        self.differences = Differences(connection)
        self.epochs = Epochs(connection)
        self.lanes = Lanes(connection)
        self.reviews = ReviewsInWait(connection)
        self.strays = Strays(connection)
        self.systems = Systems(connection)
        self.hits = Hits(connection)
        self.users = Users(connection)
        self.publications = Publications(connection)
        self.overview = Overview(connection)

    def backlog(self, now: datetime) -> Backlog:
        """Return what waits at a moment."""
        return backlog(self._connection, now)

    def clock(self) -> datetime | None:
        """Return what the clock of the database shows; SQLite has none of its own."""
        if self._connection.dialect.name != "postgresql":
            return None
        moment: datetime = self._connection.scalar(_CLOCK)
        return moment.astimezone(UTC)

    def alone(self, what: str) -> None:
        """Let others who ask for the same wait until this transaction ends; on SQLite a writer is always alone."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_ALONE, {"b_what": what})

    def look(self, now: datetime, systems: Iterable[str]) -> Look:
        """Return what there is to do at a moment, and which of these systems there is something for."""
        return look(self._connection, now, systems)


class Store:
    """The database of the plugin. All failures are StoreError with a Russian text."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cannot_write = ""
        """Why the last transaction that was to change something failed; «» when it did not."""
        # SQLite lets who waits for the writer sleep ever longer; threads of one process can wait for each other better.
        self._writer: AbstractContextManager[Any] = (
            threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @classmethod
    def open(cls, url: str) -> Store:
        """Open `sqlite:///path` or `postgresql+psycopg://…`, creating or upgrading the tables as needed."""
        store = cls._at(url, Use.PREPARE)
        try:
            with store._begin("DEFERRED") as connection:
                ready = revision_of(connection) == LAYOUT
            if not ready:
                from poruchik.store.migrations import upgrade  # noqa: PLC0415 — alembic takes longer than most commands

                with store._begin("IMMEDIATE") as connection:
                    upgrade(connection, store.where)
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def to_write(cls, url: str) -> Store:
        """Open a database that is there in the layout of this program; never create or upgrade one."""
        return cls._as_it_is(url, Use.WRITE)

    @classmethod
    def to_read(cls, url: str) -> Store:
        """Open such a database to read alone: nothing can be written, and no writer is waited for."""
        return cls._as_it_is(url, Use.READ)

    @classmethod
    def _as_it_is(cls, url: str, use: Use) -> Store:
        store = cls._at(url, use)
        try:
            with store._begin("DEFERRED") as connection:
                require_layout(connection, store.where)
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def _at(cls, url: str, use: Use) -> Store:
        try:
            return cls(_engine(make_url(url), use))
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(
                f"адрес базы данных не годится: {error}",
                remedy="напишите sqlite:///путь или postgresql+psycopg://имя@сервер/база и поставьте драйвер",
            ) from error

    @classmethod
    def whatever_it_is(cls, url: str) -> Store:
        """Open a database without looking at its layout: something else is about to take its place."""
        return cls._at(url, Use.WRITE)

    @property
    def where(self) -> str:
        """Return the address, for messages: without the password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Release all connections."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Run a transaction that changes something; commit at the end, roll back on any error."""
        try:
            with self._writer, self._begin("IMMEDIATE") as connection:
                require_unchanged(connection, self.where)
                yield Transaction(connection)
        except StoreError as error:
            if not isinstance(error, RowRefused):
                self.cannot_write = str(error)
            raise
        self.cannot_write = ""

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Run a transaction that only reads: on SQLite it waits for nobody."""
        with self._begin("DEFERRED") as connection:
            yield Transaction(connection)

    @contextmanager
    def _begin(self, mode: str) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**{_BEGIN: mode}) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise self._explain(error) from error
        except UnicodeEncodeError as error:  # half a character: the driver finds it before the database does
            raise RowRefused(f"база данных не принимает запись: {error}", where=self.where) from error

    def _explain(self, error: SQLAlchemyError) -> StoreError:
        said = str(getattr(error, "orig", None) or error).strip()
        where = self.where
        if isinstance(error, DataError | IntegrityError) or not isinstance(error, DBAPIError):
            return RowRefused(f"база данных не принимает запись: {said}", where=where)
        by_words = next((told for part, *told in _CAUSES if part in said.lower()), None)
        if told := _BY_STATE.get(getattr(error.orig, "sqlstate", None) or "", by_words):
            what, remedy = told
            return StoreError(f"{what} ({said})", where=where, remedy=remedy)
        return StoreError(f"ошибка базы данных: {said}", where=where, remedy="сообщите её текст администратору")


def _engine(address: URL, use: Use) -> Engine:
    if address.get_backend_name() != "sqlite":
        name = SERVICE_NAME if use is Use.PREPARE else "poruchik"
        engine = create_engine(address, pool_pre_ping=True, connect_args={"application_name": name})
        if use is Use.READ:
            event.listen(engine, "connect", _read_postgresql)
        return engine
    options: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}}
    if use is not Use.PREPARE and address.database:
        path = Path(address.database).absolute()
        if not path.exists():
            raise StoreMissing("базы данных ещё нет", where=str(path), remedy=FIRST_RUN)
        options = {"creator": partial(_connect_sqlite, path)}
    elif address.database:
        make_private(Path(address.database))  # its log beside it gets the same rights
    engine = create_engine(address, **options)
    event.listen(engine, "connect", _SET_UP_SQLITE[use])
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_sqlite(path: Path) -> sqlite3.Connection:
    """Connect to a file that must be there; not `mode=ro`, because a reader of a write-ahead log shares its memory."""
    return sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _set_up_sqlite(connection, "journal_mode=WAL", f"synchronous={DURABILITY}", "foreign_keys=ON")


def _write_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _set_up_sqlite(connection, f"synchronous={DURABILITY}", "foreign_keys=ON")


def _read_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _set_up_sqlite(connection, "query_only=ON")


_SET_UP_SQLITE = {Use.PREPARE: _prepare_sqlite, Use.WRITE: _write_sqlite, Use.READ: _read_sqlite}


def _set_up_sqlite(connection: DBAPIConnection, *pragmas: str) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in (*pragmas, "cache_size=-8192"):
        connection.execute(f"PRAGMA {pragma}").close()


def _read_postgresql(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("SET default_transaction_read_only = on")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
