"""The pages of a demo that was played: its stand, its plugin at the last day, and a way in for each role."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import typer

from poruchik.app import Application
from poruchik.clock import SimulatedClock, SystemClock
from poruchik.model.users import UserRole
from poruchik.settings import read_settings
from poruchik.texts.labels import ROLES
from poruchik.web.server import WebServer
from poruchik.web.site import Site
from poruchik_stand.month import END
from poruchik_stand.server import Stand

_ACCOUNTS = {
    UserRole.CONTROLLER: ("kuzmina", "Кузьмина Е. В."),
    UserRole.HEAD: ("ivanov", "Иванов И. И."),
    UserRole.EXECUTOR: ("sidorov", "Сидоров С. С."),
    UserRole.ADMINISTRATOR: ("nosova", "Носова А. Р."),
    UserRole.AUTHOR: ("larina", "Ларина К. С."),
}
"""Login and person of each role. They have no password: only a one-time link lets them in."""
_EVERY = 0.5
"""Seconds between two looks at the stand, so that what is done on a page is soon there."""


def show_pages(config: Path, stand: Stand, port: int | None) -> None:
    """Serve the pages, and the lanes that carry out what is done there, until a signal."""
    stop = threading.Event()
    settings = read_settings(config)
    systems = tuple(replace(one, url=stand.url(one.name)) for one in settings.systems)
    with ExitStack() as opened:
        application = opened.enter_context(
            Application(replace(settings, systems=systems, poll_seconds=_EVERY), clock=SimulatedClock(END))
        )
        with application.store.writing() as writing:
            for role, (login, person) in _ACCOUNTS.items():
                writing.users.add(login, role, person, "", SystemClock().now())
        site = Site.over(application, logins=SystemClock())
        server = opened.enter_context(WebServer(site, port=port))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        typer.echo(f"Страницы демонстрации, {END:%d.%m.%Y}: {server.url}. Остановить: Ctrl+C.")
        typer.echo("Войти, каждой ссылкой один раз, в течение 15 минут:")
        for role, (login, person) in _ACCOUNTS.items():
            typer.echo(f"  {ROLES[role]} ({person}): {server.url}/login/{site.access.link(login)}")
        application.service().serve(stop)
    typer.echo("Страницы закрыты.")
