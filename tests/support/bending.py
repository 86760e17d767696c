"""A proxy between the plugin and the stand that bends answers: what a vendor's stack may make of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from support.world import World


@dataclass(frozen=True)
class Passing:
    """An answer on its way."""

    operation: str
    status: int
    headers: dict[str, str]
    body: bytes

    def changed(self, old: str, new: str) -> Passing:
        """Return it with a text in its body replaced."""
        return replace(self, body=self.body.replace(old.encode(), new.encode("utf-8", "surrogateescape")))


Bend = Callable[[Passing], Passing]


@dataclass
class Bending:
    """Where the proxy is, and what it does to answers; `bend` may be replaced while it runs."""

    url: str
    bend: Bend = field(default=lambda answer: answer)
    instead: dict[str, Passing] = field(default_factory=dict)
    """Operation → what is answered before the stand has heard of it."""
    asked: list[str] = field(default_factory=list)
    """The operations that came, in their order."""


@contextmanager
def bending(here: World, system: str = "sog") -> Iterator[Bending]:
    """Put a proxy before a system of the stand: the settings of the world lead to it from now on."""
    target = here.stand.url(system)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            kept = {
                name: value for name, value in self.headers.items() if name.lower() in ("content-type", "soapaction")
            }
            operation = next((one for one in OPERATIONS if one.encode() in sent), "")
            made.asked.append(operation)
            passed = made.instead.get(operation)
            if passed is None:
                answer = requests.post(target, data=sent, headers=kept, timeout=30)
                kind = {"Content-Type": answer.headers["Content-Type"]}
                passed = made.bend(Passing(operation, answer.status_code, kind, answer.content))
            self.send_response(passed.status)
            for name, value in {**passed.headers, "Content-Length": str(len(passed.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(passed.body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    made = Bending(f"http://127.0.0.1:{server.server_address[1]}/{system}")
    systems = tuple(replace(one, url=made.url) if one.name == system else one for one in here.settings.systems)
    here.settings = replace(here.settings, systems=systems)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


OPERATIONS = (
    *("GetDocuments", "GetDocument", "CreateOrders", "ChangeOrders", "SendNotices"),
    *("FindByExternalId", "GetOrderChanges"),
)


ENVELOPE = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{}</s:Body></s:Envelope>'


def changes(*told: str) -> str:
    page = f"{''.join(told)}<cursor>7</cursor><hasMore>false</hasMore>"
    return ENVELOPE.format(f'<GetOrderChangesResponse xmlns="urn:poruchik:exchange:1">{page}</GetOrderChangesResponse>')


def change(key: str, kind: str, number: str = "c-1", more: str = "") -> str:
    return (
        f"<change><id>{number}</id><externalId>{key}</externalId><kind>{kind}</kind><at>2026-11-24T10:00:00+05:00</at>"
        f"<by>Орлова Т. Н.</by>{more}</change>"
    )


def tell(proxy: Bending, *told: str) -> None:
    proxy.instead = {
        "GetOrderChanges": Passing("", 200, {"Content-Type": "application/soap+xml"}, changes(*told).encode())
    }


def key_of(played: World, number: str) -> str:
    with played.running.store.reading() as reading:
        return reading.orders.find(number)[0].key
