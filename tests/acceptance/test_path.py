"""The whole path over HTTP: a registered document becomes an order in the СЭД or СОГ."""

from pathlib import Path

import pytest
import zeep

from support.world import appeal, world

pytestmark = pytest.mark.both_databases


def test_a_document_becomes_an_order(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"))
        with here.application() as application:
            application.worker.run_until_idle()
        client = zeep.Client(here.stand.url("sog") + "?wsdl")
        page = client.bind("Exchange", "ExchangePortSoap11").GetOrders(cursor="", limit=10)
        assert [order.documentId for order in page.order] == ["О-1", "О-2"]
        first = page.order[0]
        assert first.dueOn.isoformat() == "2026-12-23"
        assert first.lead.name
        assert "приказ-269, п. 8.3.4" in first.explanation
        assert "59-ФЗ, ст. 12 ч. 1" in first.explanation
        assert "30 дней" in first.explanation
        assert here.calls("CreateOrders") == ["ok"]


def test_nothing_is_sent_twice_by_further_rounds(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"))
        for _ in range(3):
            with here.application() as application:
                application.worker.run_until_idle()
        assert list(here.orders_by_external_id().values()) == [1]
        assert len(here.calls("CreateOrders")) == 1
