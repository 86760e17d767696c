"""A server that answers every POST with given bytes: what a hostile or broken system may send."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


def body(data: bytes, *, status: int = 200, kind: str = "application/soap+xml") -> Answer:
    """Answer with these bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def drip(data: bytes, pause: float) -> Answer:
    """Answer byte by byte, never idle long enough for a plain read timeout."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        for byte in data:
            try:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(pause)

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close without an answer."""
    handler.connection.close()


@contextmanager
def raw_server(answer: Answer, description: bytes = b"", heard: list[bytes] | None = None) -> Iterator[str]:
    """Serve on loopback; yield the address. `description` answers a GET; `heard` takes what was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if heard is not None:
                heard.append(sent)
            answer(self)

        def do_GET(self) -> None:
            body(description)(self)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/sed"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
