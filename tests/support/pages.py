"""The pages over a world, and a browser without a window: what tests of the pages click with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape

import requests
from argon2 import PasswordHasher
from lxml import html

from poruchik.model.users import UserRole
from poruchik.web.server import WebServer
from poruchik.web.site import Site
from support.world import World

PASSWORD = "верный-пароль-12"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = {
    "ctl": (UserRole.CONTROLLER, "Кузьмина Е. В."),
    "dep": (UserRole.CONTROLLER, "Соколова М. Г."),
    "head": (UserRole.HEAD, "Лаптев О. Д."),
    "other": (UserRole.HEAD, "Громов В. К."),
    "exec": (UserRole.EXECUTOR, "Лаптев О. Д."),
    "adm": (UserRole.ADMINISTRATOR, ""),
    "law": (UserRole.AUTHOR, ""),
}
"""Login → role and person. The appeals of `world.appeal` go to «Лаптев О. Д.»."""


@dataclass
class Browser:
    """One person's browser: cookies, the origin headers of a real one, and nothing else."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **more: object) -> requests.Response:
        """Open a page."""
        return self.session.get(self.base + path, timeout=30, **more)  # type: ignore[arg-type]

    def post(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        """Send a form as a page of this site would."""
        sent = {"Origin": self.base, "Sec-Fetch-Site": "same-origin", **headers}
        return self.session.post(self.base + path, data=form, headers=sent, timeout=30)

    def follow(self, page: requests.Response, words: str) -> requests.Response:
        """Open what a link of a page leads to."""
        (address,) = html.fromstring(page.text).xpath("//main//a[contains(., $words)]/@href", words=words)
        return self.get(address)

    def log_in(self, login: str, password: str = PASSWORD) -> requests.Response:
        """Log in as one of `PEOPLE`."""
        return self.post("/login", {"login": login, "password": password})

    def submit(self, page: requests.Response, button: str = "", **fields: str) -> requests.Response:
        """Fill in and send the form of a page that has the button of that name (its last form without one)."""
        forms = html.fromstring(page.text).xpath("//main//form[@method='post']")
        named = [one for one in forms if not button or button in " ".join(one.xpath(".//button//text()"))]
        assert named, (page.status_code, button, text_of(page))
        form = named[-1]
        values = {name: str(value or "") for name, value in form.fields.items() if name}
        unknown = set(fields) - set(values)
        assert not unknown, unknown
        target = form.action or re.sub(r"^https?://[^/]+", "", page.url)
        return self.post(target, values | fields)


def text_of(page: requests.Response) -> str:
    """Return what a page says, without its tags."""
    tree = html.fromstring(page.text)
    return " ".join(unescape(" ".join(tree.xpath("//body//text()"))).split())


@contextmanager
def pages(world: World) -> Iterator[WebServer]:
    """Serve the pages of a world on a free port, with the accounts of `PEOPLE`."""
    application = world.running
    hashed = HASHER.hash(PASSWORD)
    with application.store.writing() as writing:
        for login, (role, person) in PEOPLE.items():
            writing.users.add(login, role, person, hashed, world.clock.now())
    site = Site.over(application, logins=world.clock)
    site.access._hasher = HASHER
    site.access._nobody = HASHER.hash("nobody")
    with WebServer(site, port=0) as server:
        yield server
