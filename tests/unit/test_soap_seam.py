"""The seam: only a failure that surely came before the message left may be repeated without asking."""

from __future__ import annotations

import ssl

import pytest
import requests
import urllib3

from poruchik.connector import SystemSettings
from poruchik.errors import IntegrationError, OutcomeUnknown, SystemUnreachable, TooLateToSend
from poruchik.model.document import SystemKind
from poruchik.soap import _LimitedTransport, _transport_error, leaving_within
from poruchik_exchange.client import ExchangeConnector
from support.raw_server import body, raw_server

SETTINGS = SystemSettings("sed", SystemKind.SED, "exchange", "https://sed.example/")


def caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (caused(requests.exceptions.SSLError("bad"), ssl.SSLCertVerificationError("self-signed")), SystemUnreachable),
        (caused(requests.exceptions.SSLError("bad"), ssl.SSLEOFError("EOF in violation of protocol")), OutcomeUnknown),
        (requests.exceptions.SSLError("while reading"), OutcomeUnknown),
        (requests.exceptions.ReadTimeout("slow"), OutcomeUnknown),
        (requests.exceptions.ConnectionError("reset by peer"), OutcomeUnknown),
        (urllib3.exceptions.ProtocolError("cut"), OutcomeUnknown),
        (requests.exceptions.InvalidURL("x"), SystemUnreachable),
    ],
)
def test_kinds(error: Exception, kind: type[IntegrationError]) -> None:
    assert type(_transport_error(error, "sed, CreateOrders", SETTINGS)) is kind


def test_nothing_leaves_when_the_time_is_over() -> None:
    asked = []

    def answer(handler: object) -> None:
        asked.append(handler)
        body(b"<a/>")(handler)  # type: ignore[arg-type]

    with raw_server(answer) as url:
        transport = _LimitedTransport(SystemSettings("sed", SystemKind.SED, "exchange", url))
        with leaving_within(60):
            assert transport.post(url, b"<a/>", {}).status_code == 200
        for _ in range(2):  # on a connection that is open, and on a new one
            with leaving_within(-1), pytest.raises(TooLateToSend):
                transport.post(url, b"<a/>", {})
        assert len(asked) == 1
        assert transport.post(url, b"<a/>", {}).status_code == 200
        transport.session.close()


def test_no_text_is_longer_than_the_system_keeps() -> None:
    settings = SystemSettings(name="sed", kind=SystemKind.SED, connector="exchange", url="http://x", longest_text=200)
    fitted = ExchangeConnector(settings)._fitted({"text": "слово " * 100, "externalId": "k" * 300})
    assert len(fitted["text"]) <= 200
    assert fitted["text"].endswith("слово…")
    assert len(fitted["externalId"]) == 300
