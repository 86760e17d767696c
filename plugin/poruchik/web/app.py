"""The pages as an application: who may open which, forms, errors that say what to do, static files, health."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from hmac import compare_digest
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from poruchik.errors import PoruchikError, StoreError
from poruchik.model.users import User, UserRole
from poruchik.web import (
    assign,
    card,
    changes,
    deeds,
    document,
    letters,
    manual,
    mine,
    orders,
    rules,
    stops,
    system,
    today,
)
from poruchik.web.access import LoginRefused, Right
from poruchik.web.gate import App, Gate, Refusal
from poruchik.web.page import LONGEST_FIELD, Page, Redirect, Shown, Visit
from poruchik.web.site import Site

PAGES: tuple[Page, ...] = (  # in the order of the menu
    *today.PAGES,
    *mine.PAGES,
    *orders.PAGES,
    *card.PAGES,
    *deeds.PAGES,
    *stops.PAGES,
    *letters.PAGES,
    *document.PAGES,
    *assign.PAGES,
    *manual.PAGES,
    *changes.PAGES,
    *system.PAGES,
    *rules.PAGES,
)
_HOMES = {
    UserRole.CONTROLLER: "/today",
    UserRole.HEAD: "/today",
    UserRole.EXECUTOR: "/mine",
    UserRole.ADMINISTRATOR: "/system",
    UserRole.AUTHOR: "/rules",
}
_PLAIN_ADDRESS = re.compile(r"(/[a-z0-9_-]+)+(/\{[a-z_]+:int\})?")
"""Of a plugin's page."""
_COOKIE = "poruchik"
_STATIC = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
_MOST_FIELDS = 50
_LARGEST_ID = 2**63 - 1
_log = structlog.get_logger("poruchik.web")

Endpoint = Callable[[Request], Awaitable[Response]]


def build_app(site: Site) -> App:
    """Return the application that serves a site."""
    pages = _Pages(site)
    web = site.settings.web
    routes = [
        Route("/health", pages.health),
        Route("/static/{name}", _static),
        Route("/login", pages.guarded(pages.login), methods=["GET", "POST"]),
        Route("/login/{word}", pages.guarded(pages.link), methods=["GET", "POST"]),
        Route("/logout", pages.guarded(pages.logout), methods=["POST"]),
        Route("/", pages.guarded(pages.home)),
    ]
    routes += [
        Route(page.path, pages.endpoint(page), methods=["GET"] * bool(page.show) + ["POST"] * bool(page.do))
        for page in pages.all
    ]
    app = Starlette(
        routes=routes,
        exception_handlers={
            404: pages.not_found,
            405: pages.not_found,
        },
    )
    app.router.redirect_slashes = False  # it would answer with an address made from the Host header
    named = urlsplit(web.url).hostname
    local = web.host in ("127.0.0.1", "::1", "localhost")
    hosts = {named, web.host, "localhost", "127.0.0.1"} if named or local else set()
    return Gate(app, hosts={host for host in hosts if host}, refuse=pages.refuse)


def _of_plugins(site: Site) -> Iterator[Page]:
    """Yield the pages of plugins; one that cannot be shown is noted, and the others are."""
    taken = {page.path for page in PAGES} | {"/", "/health", "/login", "/logout"}
    for owner, page in site.plugins.pages():
        if not isinstance(page, Page) or not (page.show or page.do):
            site.plugins.refuse_page(owner, f"это не страница: {page!r}")
        elif page.path in taken:
            site.plugins.refuse_page(owner, f"адрес {page.path} уже занят")
        elif not _PLAIN_ADDRESS.fullmatch(page.path) or page.path.startswith(("/static/", "/login/")):
            site.plugins.refuse_page(owner, f"адрес {page.path!r} не годится: напишите, например, /archive/{{id:int}}")
        else:
            taken.add(page.path)
            yield page


_NO_DATABASE = Refusal(
    503, "База данных не отвечает", "Попробуйте через минуту. Если не пройдёт, скажите администратору."
)
_FAILED = Refusal(
    500,
    "Страница не открылась",
    "Мы записали это в журнал программы. Вернитесь и попробуйте ещё раз или скажите администратору.",
)
_NOT_FOUND = Refusal(404, "Такой страницы нет", "Проверьте адрес или начните с главной страницы.")


class _Pages:
    def __init__(self, site: Site) -> None:
        self._site = site
        self.all = [*PAGES, *_of_plugins(site)]

    # --- pages behind the login -------------------------------------------------------------------

    def endpoint(self, page: Page) -> Endpoint:
        """Return what answers the requests of a page: only to those who have its right."""
        return self.guarded(lambda request: self._answer(page, request))

    def guarded(self, answer: Callable[[Request], Response]) -> Endpoint:
        """Return an endpoint that runs in a thread and tells whatever goes wrong on a page, never as a traceback."""

        async def run(request: Request) -> Response:
            return await run_in_threadpool(guard, request)

        def guard(request: Request) -> Response:
            try:
                self._site.decider.refresh()
                return answer(request)
            except Refusal as refusal:
                return self.refused(request, refusal)
            except StoreError as error:
                _log.error("the database failed", path=request.url.path, error=str(error))
                return self._render_refusal(_NO_DATABASE, known=True)
            except PoruchikError as error:
                return self.refused(request, Refusal(400, "Не вышло", str(error)))
            except Exception as error:  # noqa: BLE001 — a person gets a page, the journal the rest
                _log.exception("a page failed", path=request.url.path, error=repr(error))
                return self._render_refusal(_FAILED, known=True)

        return run

    def _answer(self, page: Page, request: Request) -> Response:
        user = self._user(request)
        if user is None:
            return self._to_login(request)
        visit = self._visit(request, user)
        if not visit.may(page.right) or visit.path.get("id", 0) > _LARGEST_ID:
            raise _NOT_FOUND
        view = page.show
        if request.method == "POST":
            _check_token(visit)
            view = page.do
        assert view is not None
        shown = view(visit)
        if isinstance(shown, Redirect):
            return RedirectResponse(shown.address, status_code=303)
        return HTMLResponse(self._render(shown, visit), status_code=shown.status)

    def _visit(self, request: Request, user: User) -> Visit:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Visit(
            site=self._site,
            user=user,
            session=request.cookies.get(_COOKIE, ""),
            address=target,
            path=request.path_params,
            query={name: value.replace("\0", "") for name, value in request.query_params.items()},
            form=_form(request) if request.method == "POST" else {},
        )

    def _render(self, shown: Shown, visit: Visit) -> str:
        menu = [(page.path, page.menu) for page in self.all if page.menu and visit.may(page.right)]
        return self._site.render(shown.template, {**shown.facts, "visit": visit, "menu": menu, "Right": Right})

    # --- the login --------------------------------------------------------------------------------

    def login(self, request: Request) -> Response:
        """Show the form, or open a session."""
        following = _inside(request.query_params.get("next", ""))
        if request.method == "GET":
            return self._login_form(following)
        form = _form(request)
        try:
            token = self._site.access.log_in(form.get("login", ""), form.get("password", ""), _address(request))
        except LoginRefused as refusal:
            return self._login_form(following, login=form.get("login", ""), refusal=str(refusal))
        return self._with_session(token, following)

    def _login_form(self, following: str, *, login: str = "", refusal: str = "") -> Response:
        facts = {"following": following, "login": login, "refusal": refusal}
        return HTMLResponse(self._site.render("login.html", facts), status_code=403 if refusal else 200)

    def link(self, request: Request) -> Response:
        """Offer to log in by a one-time link, or do it: only a form does, no look ahead of a program."""
        if request.method == "GET":
            return HTMLResponse(self._site.render("link.html", {}))
        try:
            token = self._site.access.follow(request.path_params["word"], _address(request))
        except LoginRefused as refusal:
            return self._login_form("/", refusal=str(refusal))
        return self._with_session(token, "/")

    def _with_session(self, token: str, following: str) -> Response:
        response = RedirectResponse(following, status_code=303)
        secure = self._site.settings.web.url.startswith("https:")
        response.set_cookie(_COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
        return response

    def logout(self, request: Request) -> Response:
        """End the session."""
        user = self._user(request)
        if user:
            _check_token(self._visit(request, user))
            self._site.access.log_out(request.cookies[_COOKIE], user)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(_COOKIE, path="/")
        return response

    def home(self, request: Request) -> Response:
        """Lead each role to its own first page."""
        user = self._user(request)
        return RedirectResponse(_HOMES[user.role], status_code=303) if user else self._to_login(request)

    def _user(self, request: Request) -> User | None:
        return self._site.access.user_of(request.cookies.get(_COOKIE, ""))

    def _to_login(self, request: Request) -> Response:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        following = f"?next={quote(target)}" if request.method == "GET" and target != "/" else ""
        return RedirectResponse(f"/login{following}", status_code=303)

    # --- what is not a page -----------------------------------------------------------------------

    async def health(self, _request: Request) -> Response:
        """Say that the pages are served and the database answers; the only thing told without a login."""

        def asked() -> None:
            with self._site.store.reading() as reading:
                reading.users.failures([])

        try:
            await run_in_threadpool(asked)
        except StoreError:
            return JSONResponse({"status": "failed"}, status_code=503)
        return JSONResponse({"status": "ok"})

    async def not_found(self, request: Request, _error: Exception) -> Response:
        """Answer an address that there is not."""

        def answer(_request: Request) -> Response:
            raise _NOT_FOUND

        return await self.guarded(answer)(request)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """Return the page that says why not, with a way back."""
        try:
            known = self._user(request) is not None
        except StoreError:
            known = True
        return self._render_refusal(refusal, known=known)

    def refuse(self, refusal: Refusal) -> App:
        """Return the answer to a request that did not pass the gate."""
        page: Any = self._render_refusal(refusal, known=True)
        return page  # type: ignore[no-any-return]

    def _render_refusal(self, refusal: Refusal, *, known: bool) -> Response:
        facts = {"title": refusal.title, "text": refusal.text, "known": known, "back": refusal.back}
        return HTMLResponse(self._site.render("refused.html", facts), status_code=refusal.status)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response("нет такого файла", status_code=404, media_type="text/plain; charset=utf-8")
    data = (files("poruchik.web") / "static" / name).read_bytes()
    return Response(data, headers={"content-type": _STATIC[name], "cache-control": "max-age=3600"})


def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form; raise Refusal for what no page of ours sends."""
    try:
        pairs = parse_qsl(
            request.state.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise Refusal(400, "Форма не читается", "Откройте страницу заново и повторите.") from None
    form = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    for value in form.values():
        if len(value) > LONGEST_FIELD or "\0" in value:
            raise Refusal(400, "Слишком длинный текст", f"Сократите его: не длиннее {LONGEST_FIELD} знаков.")
    return form


def _check_token(visit: Visit) -> None:
    if not compare_digest(visit.form.get("token", "").encode(), visit.token.encode()):
        raise Refusal(403, "Форма устарела", "Вы вошли заново после того, как открыли её. Откройте страницу ещё раз.")


def _address(request: Request) -> str:
    """Return the address of whoever is connected; what headers say of it is not believed."""
    return request.client.host if request.client else "?"


def _inside(address: str) -> str:
    """Return where to go after the login: a page of this site only."""
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if inside and address.isprintable() else "/"
