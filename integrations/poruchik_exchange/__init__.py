"""The open exchange contract of Poruchik: a connector to any СЭД or СОГ that serves `schemas/exchange`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poruchik.marks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poruchik.connector import ConnectorFactory


@hookimpl
def poruchik_register_connector() -> Mapping[str, ConnectorFactory]:
    """Offer the connector under the name `exchange`."""
    from poruchik_exchange.client import ExchangeConnector  # noqa: PLC0415 — zeep, when there is a system to connect

    return {"exchange": ExchangeConnector}
