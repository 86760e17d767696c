"""The stand over HTTP: /sed, /sog and /desk, each with its WSDL under ?wsdl. Loopback only."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from copy import deepcopy
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poruchik.clock import Clock, SystemClock
from poruchik.envelope import CONTENT_TYPES, SOAP_11, Envelope, open_envelope, wrap, wrap_fault
from poruchik.resources import schemas_folder
from poruchik.xml import BadXml
from poruchik_stand.contract import EXCHANGE, ExchangeFault, dispatch, text
from poruchik_stand.desk import Desk
from poruchik_stand.exchange import Exchange
from poruchik_stand.store import StandStore
from poruchik_stand.trouble import Trouble, Troubles

SYSTEMS = ("sed", "sog")
HOST = "127.0.0.1"
_BEFORE_DOING = ("down", "fault")
_START_SECONDS = 20.0


class Stand:
    """A СЭД and a СОГ in one process, served from a thread or, by `serve_forever`, from the main one."""

    def __init__(
        self,
        *,
        port: int = 0,
        path: Path | None = None,
        clock: Clock | None = None,
        deduplicates: bool = True,
    ) -> None:
        self._clock = clock or SystemClock()
        self._socket = _bound(port)
        self.port = int(self._socket.getsockname()[1])
        try:
            self.store = StandStore(path)
        except sqlite3.Error:
            self._socket.close()
            raise
        self.troubles = Troubles()
        self.exchange = Exchange(self.store, self._clock, deduplicates=deduplicates)
        self._desk = Desk(self.store, self.exchange, self.troubles)
        app = Starlette(
            routes=[
                Route("/{port}", self._serve, methods=["GET", "POST"]),
                Route("/{port}/{folder}/{file}", _schema, methods=["GET"]),
            ]
        )
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=60)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="stand", daemon=True)

    def url(self, name: str) -> str:
        """Return the address of `sed`, `sog` or `desk`."""
        return f"http://{HOST}:{self.port}/{name}"

    def start(self) -> None:
        """Serve from a thread; return once it answers."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.02)):
            if self._server.started:
                return
            waited.wait(0.02)
        raise RuntimeError("the stand did not start")

    def serve_forever(self, started: Callable[[], None]) -> None:
        """Serve from this thread until a signal; call `started` once it answers."""

        async def serve() -> None:
            task = asyncio.ensure_future(self._server.serve(sockets=[self._socket]))
            while not self._server.started and not task.done():
                await asyncio.sleep(0.02)
            if self._server.started:
                started()
            await task

        asyncio.run(serve())

    def stop(self) -> None:
        """End serving and close the store."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(timeout=10)
        self._socket.close()
        self.store.close()

    def __enter__(self) -> Stand:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    # --- one call ---------------------------------------------------------------------------------

    async def _serve(self, request: Request) -> Any:
        port = request.path_params["port"]
        if port not in (*SYSTEMS, "desk"):
            return Response("нет такой службы", status_code=404, media_type="text/plain; charset=utf-8")
        if request.method == "GET":
            return _wsdl(request, port)
        body = await request.body()
        try:
            envelope = open_envelope(body)
        except BadXml as error:
            await run_in_threadpool(self._note, port, "?", "fault invalid")
            return _fault(ExchangeFault("invalid", str(error)), SOAP_11)
        operation = etree.QName(envelope.payload).localname
        trouble = self.troubles.take(port, operation) if port in SYSTEMS else None
        if trouble:
            return await self._misbehave(trouble, port, operation, envelope)
        return await run_in_threadpool(self._answer, port, operation, envelope)

    def _answer(
        self,
        port: str,
        operation: str,
        envelope: Envelope,
        alter: Callable[[etree._Element], None] | None = None,
        outcome: str = "ok",
    ) -> Response:
        handlers = self._desk.handlers if port == "desk" else self.exchange.handlers
        try:
            with self.store.transaction():
                answer = dispatch(handlers, port, envelope.payload)
                self._note(port, operation, outcome, _keys(answer))
            if alter:
                alter(answer)
        except ExchangeFault as fault:
            self._note(port, operation, f"fault {fault.code}")
            return _fault(fault, envelope.version)
        return Response(wrap(answer, envelope.version), headers={"content-type": CONTENT_TYPES[envelope.version]})

    async def _misbehave(self, trouble: Trouble, port: str, operation: str, envelope: Envelope) -> Any:
        if trouble.kind in _BEFORE_DOING:
            await run_in_threadpool(self._note, port, operation, trouble.kind)
            if trouble.kind == "down":
                return Response("обслуживание", status_code=503, media_type="text/plain; charset=utf-8")
            return _fault(ExchangeFault("busy", "идёт обслуживание", retry_after=1), envelope.version)
        if trouble.kind == "slow":
            await asyncio.sleep(trouble.seconds)
        alter = {"documentTwice": _double("document"), "receiptTwice": _double("receipt")}.get(trouble.kind)
        answer = await run_in_threadpool(self._answer, port, operation, envelope, alter, trouble.kind)
        if trouble.kind == "garbage":
            return Response("<html>Service unavailable", media_type="text/html")
        if trouble.kind == "internal":
            return _fault(ExchangeFault("internal", "внутренняя ошибка"), envelope.version)
        if trouble.kind == "commitThenTimeout":
            await asyncio.sleep(trouble.seconds)
        return _Cut(bytes(answer.body)) if trouble.kind == "cut" else answer

    def _note(self, port: str, operation: str, outcome: str, keys: tuple[str, ...] = ()) -> None:
        if port in SYSTEMS:
            self.store.note(port, operation, self._clock.now(), outcome, keys)


def _bound(port: int) -> socket.socket:
    """Return a socket on the port; raise OSError when somebody else has it."""
    # Only with the protocol named does asyncio set TCP_NODELAY; without it an answer waits 40 ms for its turn.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OverflowError:
        bound.close()
        raise OSError(f"порта {port} не бывает") from None
    except OSError:
        bound.close()
        raise
    return bound


class _Cut:
    """An answer that ends in the middle: the connection closes before all that was announced is sent."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self, _scope: Any, _receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        length = str(len(self._body)).encode()
        headers = [(b"content-type", b"text/xml"), (b"content-length", length), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        half = self._body[: len(self._body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def _keys(answer: etree._Element) -> tuple[str, ...]:
    receipts = answer.findall(f"{{{EXCHANGE}}}receipt")
    return tuple(f"{text(receipt, 'status')} {text(receipt, 'messageId')}" for receipt in receipts)


def _double(name: str) -> Callable[[etree._Element], None]:
    def alter(answer: etree._Element) -> None:
        for item in answer.findall(f"{{{EXCHANGE}}}{name}"):
            item.addnext(deepcopy(item))

    return alter


def _fault(fault: ExchangeFault, version: str) -> Response:
    body = wrap_fault(fault.text, version, sender=fault.sender, detail=fault.detail())
    return Response(body, status_code=500, headers={"content-type": CONTENT_TYPES[version]})


def _wsdl(request: Request, port: str) -> Response:
    """Return the WSDL with this server's address in it, its schemas beside it."""
    folder = "desk" if port == "desk" else "exchange"
    data = (schemas_folder() / folder / f"{folder}.wsdl").read_text(encoding="utf-8")
    own = f"{request.url.scheme}://{request.url.netloc}/{port}"
    data = data.replace('location="http://localhost/"', f'location="{own}"')
    data = data.replace('schemaLocation="', f'schemaLocation="{own}/{folder}/')
    return Response(data, media_type="text/xml; charset=utf-8")


async def _schema(request: Request) -> Response:
    folder, file = request.path_params["folder"], request.path_params["file"]
    known = (
        {path.name: path for path in (schemas_folder() / folder).glob("*.xsd")}
        if folder in ("exchange", "desk")
        else {}
    )
    if file not in known:
        return Response("нет такой схемы", status_code=404, media_type="text/plain; charset=utf-8")
    return Response(known[file].read_bytes(), media_type="text/xml; charset=utf-8")
