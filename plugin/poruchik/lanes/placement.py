"""Which process runs a lane now: DBOS decides, by one short workflow a lane and span of time.

A workflow's id names the lane and the span, so that of several processes that see the same work one begins. DBOS gives
placement, not correctness: what a lane may do twice at once it may also do here. So a lane is run without it when it
cannot be asked, and its tables may be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from poruchik.files import make_private

_NAME = "poruchik"
_VERSION = "1"
"""Of the workflows: pinned, or every change of the program would make DBOS recover by version."""
_KEEP = timedelta(minutes=10)
_AT_ONCE = 1000
_log = structlog.get_logger("poruchik.placement")


class Placement:
    """DBOS over the database of the plugin: on PostgreSQL in a schema of its own, on SQLite in a file beside ours."""

    def __init__(self, database: str, owner: str, run: Callable[[str], None], *, lanes: int) -> None:
        self._database = make_url(database)
        self._owner = owner
        self._run = run
        self._lanes = lanes
        self._engine: Engine | None = None
        self._workflow: Callable[[str], None] | None = None
        """None while DBOS does not work."""
        self.trouble = ""
        """What DBOS cannot do now; the lanes run without it."""
        self._directly = ThreadPoolExecutor(lanes, thread_name_prefix="lane")

    def open(self) -> None:
        """Begin; when DBOS cannot, lanes run without it until `tidy` has tried again."""
        run = self._run
        try:
            DBOS(config=self._config())

            @DBOS.workflow(name="lane")
            def lane_workflow(lane: str) -> None:
                run(lane)

            DBOS.launch()
            self._workflow, self.trouble = lane_workflow, ""
        except Exception as error:  # noqa: BLE001 — of whatever kind, it must not stop the work
            self.trouble = _first_line(error)
            _log.warning("lanes are run without DBOS", cause=self.trouble)
            self._end_dbos()

    def start(self, lane: str, span: int) -> None:
        """Run a lane in a thread, unless another process has begun it for this span."""
        if self._workflow is not None:
            try:
                with SetWorkflowID(f"{lane}-{span}"):
                    DBOS.start_workflow(self._workflow, lane)
                return
            except Exception as error:  # noqa: BLE001 — its tables may have been deleted
                self.trouble = _first_line(error)
                _log.warning("a lane is run without DBOS", lane=lane, cause=self.trouble)
        self._directly.submit(self._run, lane)

    def tidy(self) -> None:
        """Delete what DBOS remembers of lanes that ended, or whose process died, some time ago.

        When it does not work, begin again: it makes its tables anew.
        """
        if self._workflow is None or self.trouble:
            self._end_dbos()
            self.open()
            return
        try:
            before = (datetime.now(UTC) - _KEEP).isoformat()
            old = DBOS.list_workflows(end_time=before, limit=_AT_ONCE, load_input=False, load_output=False)
            if old:
                DBOS.delete_workflows([one.workflow_id for one in old])
        except Exception as error:  # noqa: BLE001 — the next time will do
            self.trouble = _first_line(error)
            _log.warning("DBOS could not be tidied", cause=self.trouble)

    def close(self) -> None:
        """End; lanes that still run are left to themselves."""
        self._directly.shutdown(wait=False, cancel_futures=True)
        self._end_dbos()

    def _end_dbos(self) -> None:
        self._workflow = None
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)
        if self._engine is not None:
            self._engine.dispose()

    def _config(self) -> DBOSConfig:
        config: dict[str, Any] = {
            "name": _NAME,
            "application_version": _VERSION,
            "executor_id": self._owner,
            "log_level": "CRITICAL",  # what goes wrong is told here, without its traceback
            "max_executor_threads": self._lanes + 2,
            "use_listen_notify": False,
        }
        url = self._database
        if url.get_backend_name() == "sqlite":
            file = Path(url.database or "poruchik.db")
            url = url.set(database=str(file.with_name(f"{file.stem}-dbos{file.suffix}")))
            make_private(Path(url.database or ""))
            self._engine = config["system_database_engine"] = create_engine(url)
            event.listen(self._engine, "connect", _prepare_sqlite)
        config["system_database_url"] = url.render_as_string(hide_password=False)
        return config  # type: ignore[return-value]


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def _prepare_sqlite(connection: Any, _entry: object) -> None:
    # What DBOS knows may be lost: it need not be on the disk before a lane begins.
    for pragma in ("journal_mode=WAL", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()
