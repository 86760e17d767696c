"""The seam: only a failure that surely came before the message left may be repeated without asking."""

from __future__ import annotations

import ssl

import pytest
import requests
import urllib3

from poruchik.connector import SystemSettings
from poruchik.errors import IntegrationError, OutcomeUnknown, SystemUnreachable
from poruchik.model.document import SystemKind
from poruchik.soap import _transport_error

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
