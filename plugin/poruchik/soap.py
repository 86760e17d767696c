"""SOAP over HTTP: limits on all that is read, and the one seam where failures of an exchange get their kind.

zeep makes the messages, from a WSDL shipped with the package; what comes back is read by `poruchik.envelope`.
"""

from __future__ import annotations

import math
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from html import unescape
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests
import tenacity
import urllib3
import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl import Document

from poruchik.clock import elapsed
from poruchik.connector import SystemSettings
from poruchik.envelope import SOAP_12, Envelope, open_envelope
from poruchik.errors import (
    AccessDenied,
    AnswerTooLarge,
    BadAnswer,
    IntegrationError,
    OutcomeUnknown,
    RequestRefused,
    SystemBusy,
    SystemUnreachable,
    TooLateToSend,
)
from poruchik.xml import MAX_BYTES, BadXml, parse_xml, xml_text

_CHUNK = 64 * 1024
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_LONGEST_WAIT = 5.0
_LOOKED_AT, _LONGEST_SAYING = 64 * 1024, 300
"""Bytes of an answer in which words for a person are looked for, and characters of them that are told."""
_SENT_NOTHING = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NameResolutionError,
)


_ALONE: ContextVar[str] = ContextVar("alone", default="")
_KEPT, _LONGEST_TAG, _SKIMMED = 64 * 1024, 200, 8 * MAX_BYTES
"""Bytes that are kept of each end of an answer that is too large, that a tag may have, and that are read on at most."""
_LEAVES_BEFORE: ContextVar[float] = ContextVar("leaves_before", default=math.inf)


@contextmanager
def leaving_within(seconds: float) -> Iterator[None]:
    """Let no message leave later than that from now: raise TooLateToSend instead.

    It is looked at right before the socket is written: a process may have been stopped while it made the message.
    """
    token = _LEAVES_BEFORE.set(elapsed() + seconds)
    try:
        yield
    finally:
        _LEAVES_BEFORE.reset(token)


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault of either version. `detail` is its first detail element, if there is one.

    `code` is the local part of its code up to the first dot: «Client» of «soap:Client.Authentication».
    """

    code: str
    denied: bool
    """It says that whoever calls is not let in."""
    text: str
    detail: etree._Element | None

    @property
    def sender(self) -> bool:
        """Tell whether the caller is to blame."""
        return self.code in ("Client", "Sender")


_OTHER_VERSION = 'впишите options = {soap = "1.1"} или "1.2" — ту версию, на которой говорит система'
_DENIED = ("Authentication", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken", "FailedCheck")
"""Parts of codes by which systems, and WS-Security, do not let a caller in."""
_SETTINGS = zeep.Settings(strict=True, forbid_external=True, forbid_dtd=True, raw_response=True, xml_huge_tree=False)


@cache
def _contract(wsdl: Path) -> Any:
    """Read a WSDL that comes with a package, once: each system has two clients of it, and reading takes a while.

    The hint of zeep asks for the class of the transport; what it uses is one.
    """
    return Document(str(wsdl), Transport(), settings=_SETTINGS)  # type: ignore[arg-type]


class SoapClient:
    """Calls of one service of one system."""

    def __init__(
        self,
        settings: SystemSettings,
        wsdl: Path,
        *,
        binding: str,
        fault_tag: str,
        items: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """`items` are the elements of answers that stand for themselves, as `read_body` takes them."""
        self._settings = settings
        self._items = items
        self._fault_tag = fault_tag
        self._transport = _LimitedTransport(settings)
        self._client = zeep.Client(_contract(wsdl), transport=self._transport, settings=_SETTINGS)
        self._service = self._client.create_service(binding, settings.url)

    def read(self, operation: str, *, alone: str = "", **arguments: Any) -> Envelope:
        """Call an operation that changes nothing; what is worth repeating is repeated.

        `alone` is the local name of the one item that is asked for: when it is too large, AnswerTooLarge tells which.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_retryable),
            stop=tenacity.stop_after_attempt(self._settings.attempts),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=_LONGEST_WAIT),
            reraise=True,
        )
        token = _ALONE.set(alone)
        try:
            return attempts(self.command, operation, **arguments)
        finally:
            _ALONE.reset(token)

    def command(self, operation: str, **arguments: Any) -> Envelope:
        """Call an operation once; return its answer or raise IntegrationError."""
        where = f"{self._settings.name}, {operation}"
        try:
            response = getattr(self._service, operation)(**_clean(arguments))
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _transport_error(error, where, self._settings) from error
        except _TooLarge as error:
            raise AnswerTooLarge(
                str(error), head=error.head, tail=error.tail, items=error.items, where=where
            ) from error
        except (zeep.exceptions.Error, ValueError, TypeError) as error:
            raise RequestRefused(f"сообщение не составлено по схеме: {error}", code="invalid", where=where) from error
        return self._answer(response, where)

    @property
    def clock_skew(self) -> float | None:
        """Return by how many seconds the system's clock is ahead of ours, by its last answer; None when not known."""
        return self._transport.clock_skew

    def served_operations(self) -> frozenset[str] | None:
        """Return the operations that the system's own WSDL names; None when it serves none that can be read."""
        try:
            answer = self._transport.bounded("GET", f"{self._settings.url}?wsdl")
            root = parse_xml(answer.content)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, BadXml):
            return None
        port_types = root.iter(f"{{{_WSDL}}}portType")
        named = {one.get("name", "") for port in port_types for one in port.iter(f"{{{_WSDL}}}operation")}
        return frozenset(named) or None

    def close(self) -> None:
        """Release connections."""
        self._transport.session.close()

    def _answer(self, response: requests.Response, where: str) -> Envelope:
        status, kind = response.status_code, response.headers.get("Content-Type", "")
        self._check_status(response, where)
        try:
            envelope = open_envelope(response.content, kind, self._items)
        except BadXml as error:
            if status in (429, 503):
                raise SystemBusy(f"система занята (HTTP {status})", where=where, remedy="повторим сами") from None
            said = _words_of(response.content, kind)
            raise BadAnswer(
                f"ответ не по договору (HTTP {status}): {said or error}",
                where=where,
                remedy="сообщите владельцу системы",
            ) from None
        name = etree.QName(envelope.payload)
        if name.localname == "Fault":
            raise self._fault_error(_read_fault(envelope.payload), where)
        if status != 200:
            raise BadAnswer(f"ответ с кодом HTTP {status}", where=where, remedy="сообщите владельцу системы")
        return envelope

    def _check_status(self, response: requests.Response, where: str) -> None:
        """Raise for an answer that is none of the service itself; what was sent was not carried out."""
        status, headers = response.status_code, response.headers
        if status in (401, 403):
            asked = headers.get("WWW-Authenticate", "").split(",")[0].split(" ")[0]
            raise AccessDenied(
                f"система не пускает (HTTP {status}{f', просит {asked}' if asked else ''})",
                where=where,
                remedy="проверьте имя, пароль и сертификат",
            )
        if 300 <= status < 400:
            to = headers.get("Location", "")
            raise SystemUnreachable(
                f"система отсылает по другому адресу (HTTP {status}{f': {to}' if to else ''})",
                where=where,
                remedy="впишите в url адрес самой службы",
            )
        if status == 415:
            raise SystemUnreachable(
                "система не принимает такие сообщения (HTTP 415)", where=where, remedy=_OTHER_VERSION
            )
        if status in (404, 405, 410):
            raise SystemUnreachable(
                f"по этому адресу службы нет (HTTP {status})", where=where, remedy="проверьте url системы"
            )

    def _fault_error(self, fault: Fault, where: str) -> IntegrationError:
        if fault.code in ("VersionMismatch", "MustUnderstand"):
            return SystemUnreachable(
                f"система говорит на другой версии SOAP: {fault.text}", where=where, remedy=_OTHER_VERSION
            )
        if fault.denied:
            return AccessDenied(
                f"система не пускает: {fault.text}", where=where, remedy="проверьте имя, пароль и сертификат"
            )
        if fault.detail is None or fault.detail.tag != self._fault_tag:
            if fault.sender:  # by the contract: an untyped Client or Sender fault was not carried out
                return RequestRefused(f"система отказала: {fault.text}", code="fault", where=where)
            return OutcomeUnknown(f"сбой в системе: {fault.text}", where=where)
        said = {etree.QName(child).localname: child.text or "" for child in fault.detail}
        text = said.get("text") or fault.text
        kinds: Mapping[str, type[IntegrationError]] = {
            "busy": SystemBusy,
            "denied": AccessDenied,
            "internal": OutcomeUnknown,
        }
        code = said.get("code", "")
        if kind := kinds.get(code):
            return kind(f"система ответила «{code}»: {text}", where=where)
        return RequestRefused(f"система отказала ({code}): {text}", code=code, where=where)


def _clean(sent: Any) -> Any:
    """Return what is sent without the characters that XML cannot hold, wherever they came from."""
    if isinstance(sent, str):
        return xml_text(sent)
    if isinstance(sent, Mapping):
        return {name: _clean(value) for name, value in sent.items()}
    return [_clean(one) for one in sent] if isinstance(sent, list) else sent


def _read_fault(fault: etree._Element) -> Fault:
    version = etree.QName(fault).namespace
    if version == SOAP_12:
        code = fault.findtext(f"{{{version}}}Code/{{{version}}}Value") or ""
        text = fault.findtext(f"{{{version}}}Reason/{{{version}}}Text") or ""
        holder = fault.find(f"{{{version}}}Detail")
    else:
        code, text, holder = (
            fault.findtext("faultcode") or "",
            fault.findtext("faultstring") or "",
            fault.find("detail"),
        )
    detail = next((child for child in holder if isinstance(child.tag, str)), None) if holder is not None else None
    parts = code.strip().rpartition(":")[2].split(".")
    return Fault(parts[0], any(part in _DENIED for part in parts), text.strip(), detail)


def _words_of(data: bytes, content_type: str) -> str:
    """Return what an answer that is no XML says to a person: the title of a page, the words of a plain text."""
    kind = content_type.partition(";")[0].strip().lower()
    text = data[:_LOOKED_AT].decode("utf-8", "replace")
    if title := re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL):
        return f"пришла страница «{' '.join(unescape(title[1]).split())[:_LONGEST_SAYING]}»"
    if kind == "text/plain":
        return " ".join(text.split())[:_LONGEST_SAYING]
    return "пришла страница, а не ответ службы" if kind == "text/html" else ""


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, IntegrationError) and error.retryable


def _transport_error(error: Exception, where: str, settings: SystemSettings) -> IntegrationError:
    remedy = f"проверьте адрес {settings.url} и что система запущена"
    cause: BaseException | None = error
    while cause is not None:
        reason = getattr(cause, "reason", None)
        # Other failures of TLS may come after the message has left.
        if isinstance(cause, ssl.SSLCertVerificationError) or isinstance(reason, ssl.SSLCertVerificationError):
            return SystemUnreachable(f"сертификат не принят: {error}", where=where, remedy="проверьте сертификаты")
        if isinstance(cause, _SENT_NOTHING) or isinstance(reason, _SENT_NOTHING):
            return SystemUnreachable("система не отвечает на соединение", where=where, remedy=remedy)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return OutcomeUnknown(f"нет ответа за {settings.timeout:g} с", where=where, remedy=remedy)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return SystemUnreachable(f"адрес не годится: {settings.url}", where=where, remedy="исправьте url системы")
    return OutcomeUnknown("соединение оборвалось", where=where, remedy=remedy)


class _Timely:
    """A connection that writes nothing once the time of `leaving_within` is over, not even the rest of a message."""

    def send(self, data: Any) -> None:
        """Write a part of a message: the head and the body come one after the other."""
        if elapsed() > _LEAVES_BEFORE.get():
            raise TooLateToSend("время, отведённое на отправку, вышло")
        super().send(data)  # type: ignore[misc]


class _TimelyHttp(_Timely, urllib3.connection.HTTPConnection):
    pass


class _TimelyHttps(_Timely, urllib3.connection.HTTPSConnection):
    pass


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _TimelyHttp


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimelyHttps


class _TimelyAdapter(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """Give the pools connections of ours; requests calls this."""
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


class _LimitedTransport(Transport):
    """HTTP with a limit on the size of an answer and on the time until its last byte."""

    def __init__(self, settings: SystemSettings) -> None:
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", _TimelyAdapter())
        session.mount("https://", _TimelyAdapter())
        if settings.username:
            session.auth = (settings.username, settings.password)
        super().__init__(session=session, timeout=settings.timeout, operation_timeout=settings.timeout)  # type: ignore[no-untyped-call]
        self._limit = settings.timeout
        self.clock_skew: float | None = None

    def post(self, address: str, message: bytes, headers: Mapping[str, str]) -> requests.Response:
        """Send a message; zeep calls this."""
        return self.bounded("POST", address, data=message, headers=headers)

    def bounded(self, method: str, address: str, **arguments: Any) -> requests.Response:
        """Make a request whose answer is read whole, within the limits of size and time."""
        started = time.monotonic()
        response = self.session.request(
            method, address, timeout=self._limit, stream=True, allow_redirects=False, **arguments
        )
        self.clock_skew = _skew(response.headers.get("Date"))
        with response:
            data = bytearray()
            # read1 returns what has come; read would wait for a whole chunk, however slowly it drips in.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise self._skimmed(response, data, started)
                if time.monotonic() - started > self._limit:
                    raise requests.exceptions.ReadTimeout("the answer took too long")
            # zeep and requests read the body through this field once it is set.
            response._content = bytes(data)
        return response

    def _skimmed(self, response: requests.Response, data: bytearray, started: float) -> _TooLarge:
        """Return what is wrong; an answer of a single item is read on, without being kept, to learn which it is."""
        alone = _ALONE.get().encode()
        told = f"ответ больше {MAX_BYTES // 1024} КБ"
        if not alone:
            return _TooLarge(told)
        ended = re.compile(rb"</(?:[\w.-]+:)?" + alone + rb"\s*>")
        head, tail, size = bytes(data[:_KEPT]), bytes(data[-_KEPT:]), len(data)
        items = len(ended.findall(data))
        while size < _SKIMMED and (chunk := response.raw.read1(_CHUNK, decode_content=True)):
            size += len(chunk)
            # What ends in the chunk: what ended before it is left out, a tag that it cuts is whole.
            items += len(ended.findall(tail[-_LONGEST_TAG:] + chunk)) - len(ended.findall(tail[-_LONGEST_TAG:]))
            tail = (tail + chunk)[-_KEPT:]
            if time.monotonic() - started > self._limit:
                raise requests.exceptions.ReadTimeout("the answer took too long")
        return _TooLarge(told, head.decode(errors="replace"), tail.decode(errors="replace"), items)


class _TooLarge(BadXml):
    def __init__(self, what: str, head: str = "", tail: str = "", items: int = 0) -> None:
        self.head, self.tail, self.items = head, tail, items
        super().__init__(what)


def _skew(date_header: str | None) -> float | None:
    try:
        return (parsedate_to_datetime(date_header or "") - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
