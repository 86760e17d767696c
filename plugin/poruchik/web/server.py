"""The pages over HTTP, from a thread of their own: the main one keeps the signals, and runs the lanes where it does."""

from __future__ import annotations

import asyncio
import socket
import threading
from types import TracebackType

import uvicorn

from poruchik.errors import SettingsError
from poruchik.web.app import build_app
from poruchik.web.site import Site

_START_SECONDS = 20.0


class WebServer:
    """Serves a site while its `with` lasts."""

    def __init__(self, site: Site, *, port: int | None = None) -> None:
        web = site.settings.web
        self._socket = _bound(web.host, web.port if port is None else port)
        self.port = int(self._socket.getsockname()[1])
        self.url = web.url or f"http://{f'[{web.host}]' if ':' in web.host else web.host}:{self.port}"
        self.in_the_clear = web.host not in ("127.0.0.1", "::1", "localhost") and not web.url.startswith("https:")
        config = uvicorn.Config(
            build_app(site),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # what a client can write is not believed
            timeout_keep_alive=30,
            limit_concurrency=200,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)

    def __enter__(self) -> WebServer:
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.02)):
            if self._server.started:
                return self
            waited.wait(0.02)
        raise RuntimeError("the pages did not start")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def _bound(host: str, port: int) -> socket.socket:
    # Only with the protocol named does asyncio set TCP_NODELAY; without it an answer waits 40 ms for its turn.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise SettingsError(
            f"страницы не открыть на {host}:{port}: {getattr(error, 'strerror', None) or error}",
            remedy="назовите другой порт: --port или web.listen в настройках",
        ) from error
    return bound
