"""What every request passes first: whose host it names, where it comes from, its length; and what every answer says.

Nothing here reads a proxy's headers: an address or a scheme that a client could write is not believed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FORM_BYTES = 64 * 1024
"""The longest form: the longest comment is 4,000 characters."""
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not «no-referrer»: with it a browser sends «Origin: null» with a form, and the gate would refuse its own pages.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Refusal(Exception):
    """A request that goes no further, with what the page says."""

    def __init__(self, status: int, title: str, text: str, *, back: str = "/") -> None:
        super().__init__(text)
        self.status = status
        self.title = title
        self.text = text
        self.back = back


class Gate:
    """Wraps the application; `refuse` answers a Refusal with a page, `hosts` are the names served (empty: any)."""

    def __init__(self, app: App, *, hosts: Collection[str], refuse: Callable[[Refusal], App]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer it here."""
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        try:
            self._check(scope["method"], headers)
            body = await _body(headers, receive) if scope["method"] not in _SAFE else b""
        except Refusal as refusal:
            await self._refuse(refusal)(scope, receive, _with_headers(send, scope["path"]))
            return
        scope.setdefault("state", {})["body"] = body
        await self._app(scope, receive, _with_headers(send, scope["path"]))

    def _check(self, method: str, headers: Headers) -> None:
        host = headers.get("host", "")
        if self._hosts and _name(host) not in self._hosts:
            raise Refusal(421, "Не тот адрес", "Страницы открываются только по адресу из настроек программы.")
        if method not in ("GET", "HEAD", "POST"):
            raise Refusal(405, "Так нельзя", "Эта страница понимает только просмотр и отправку форм.")
        if method == "POST" and not _own(headers, host):
            raise Refusal(403, "Форма пришла с чужой страницы", "Откройте страницу заново и повторите действие на ней.")


def _name(host: str) -> str:
    """Return the name in a Host header without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _own(headers: Headers, host: str) -> bool:
    """Tell whether a form was sent by a page of this site; a browser says so in one header or in the other."""
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is not None:
        return origin.partition("://")[2] == host
    return site is not None


async def _body(headers: Headers, receive: Receive) -> bytes:
    """Read a form to its end; raise Refusal for one that is too long, whether it says so or not."""
    too_long = Refusal(413, "Слишком длинная форма", "Сократите текст: комментарий — не длиннее 4000 знаков.")
    announced = headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > FORM_BYTES:
        raise too_long
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "Форма пришла не целиком", "Повторите отправку.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > FORM_BYTES:
            raise too_long
        if not message.get("more_body", False):
            return b"".join(parts)


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if not path.startswith("/static/"):
                headers["cache-control"] = "no-store"
        await send(message)

    return sending
