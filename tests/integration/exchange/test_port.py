"""The exchange connector, put through the suite of the port against the stand, in both versions of SOAP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import zeep

from poruchik.connector import SystemSettings
from poruchik.model.document import SystemKind
from poruchik.testing.port import Port, PortSuite
from poruchik_exchange.client import ExchangeConnector
from poruchik_stand.cards import seed
from poruchik_stand.server import Stand
from poruchik_stand.trouble import Trouble
from support.world import appeal

TIMEOUT = 0.6


@pytest.fixture(params=["1.1", "1.2"])
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Port]:
    with Stand() as stand:
        settings = SystemSettings(
            "sog", SystemKind.SOG, "exchange", stand.url("sog"), timeout=TIMEOUT, attempts=1,
            options={"soap": request.param},
        )  # fmt: skip
        connector = ExchangeConnector(settings)
        yield Port(connector, lambda count: register(stand, count), lambda key: made(stand, key),
                   lambda key: accept(stand, key),
                   lambda: trouble(stand, "commitThenTimeout"), lambda: trouble(stand, "down"))  # fmt: skip
        connector.close()


def register(stand: Stand, count: int) -> Sequence[str]:
    before = len(stand.store.documents("sog", 0, 10_000))
    documents = [appeal(f"О-{number}") for number in range(before + 1, before + count + 1)]
    seed(stand.store, documents)
    return [document.external_id for document in documents]


def made(stand: Stand, key: str) -> int:
    return len(stand.store.orders("sog", external_ids=[key]))


def accept(stand: Stand, key: str) -> None:
    desk = zeep.Client(stand.url("desk") + "?wsdl").service
    desk.ActOnOrder(system="sog", externalId=key, kind="accepted", by="Иванов И. И.")


@contextmanager
def trouble(stand: Stand, kind: str) -> Iterator[None]:
    stand.troubles.set("sog", Trouble(kind, seconds=TIMEOUT * 2))
    yield
    stand.troubles.clear()


class TestExchange(PortSuite):
    """Every test of the suite."""

    def test_a_repetition_is_answered_duplicate(self, port: Port) -> None:
        from poruchik.testing.port import _commands

        commands = _commands(port.register(2))
        first = port.connector.submit(commands)
        second = port.connector.submit(commands)
        assert [receipt.status for receipt in second] == ["duplicate", "duplicate"]
        assert [receipt.id for receipt in second] == [receipt.id for receipt in first]
