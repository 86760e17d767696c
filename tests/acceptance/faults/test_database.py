"""A database that fails under load: nothing is lost, nothing is done twice, and the service goes on by itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import event

from poruchik.errors import StoreError
from poruchik.model.delivery import OutboxState
from poruchik_stand.trouble import Trouble
from support.databases import PostgresServer
from support.workers import workers
from support.world import appeal, world


@pytest.mark.parametrize("at_once", [False, True], ids=["stopped", "crashed"])
@pytest.mark.long
def test_postgresql_restarted_under_load(tmp_path: Path, at_once: bool) -> None:
    server = PostgresServer(durable=True)
    try:
        with workers(tmp_path, database=server.fresh_url()) as here:
            here.stand.troubles.set("sog", Trouble("slow", "CreateOrders", seconds=0.2))
            here.register(200)
            first = here.start()
            here.start()
            here.wait_for_delivery(first)
            for pause in (0.5, 1.5):
                server.stop(at_once=at_once)
                time.sleep(pause)
                server.start()
                here.register(200)
                time.sleep(1)
            here.wait_until_done(60)
            here.check_books()
            assert [process.poll() for process in here.running] == [None, None]
            assert "Traceback" not in here.log()
    finally:
        server.close()


def test_disk_full(tmp_path: Path) -> None:
    """SQLite takes no page more, at each point of the path in turn; once there is room, everything goes on."""
    with world(tmp_path, deduplicates=False) as here:
        here.register(*(appeal(f"О-{number}") for number in range(60)))
        with here.application() as application:
            room = {"pages": 2**31}

            def limit(connection: object, *_: object) -> None:
                connection.execute(f"PRAGMA max_page_count = {room['pages']}").close()  # type: ignore[attr-defined]

            event.listen(application.store.engine, "checkout", limit)
            with application.store.reading() as reading:
                used = reading._connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            failed = 0
            for more in range(0, 120, 4):
                room["pages"] = used + more
                try:
                    application.worker.run_until_idle()
                except StoreError as error:
                    failed += 1
                    assert "на диске с базой данных нет места" in str(error)
            assert failed > 3
            room["pages"] = 2**31
            application.worker.run_until_idle()
            moment = application.worker.next_moment()
            assert moment is not None
            here.clock.move_to(max(moment, here.clock.now()))
            application.worker.run_until_idle()
            with application.store.reading() as reading:
                assert reading.outbox.counts() == {OutboxState.SENT: 60}
        made = here.orders_by_external_id()
        assert len(made) == 60
        assert set(made.values()) == {1}
