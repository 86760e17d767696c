"""The open exchange contract of Poruchik: a connector to any СЭД or СОГ that serves `schemas/exchange`."""

from collections.abc import Mapping

from poruchik.hookspecs import ConnectorFactory, hookimpl
from poruchik_exchange.client import ExchangeConnector


@hookimpl
def poruchik_register_connector() -> Mapping[str, ConnectorFactory]:
    """Offer the connector under the name `exchange`."""
    return {"exchange": ExchangeConnector}
