"""What a page is: an address, the right it needs, a view; and the visit that a view is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from poruchik.model.standing import StoredOrder
from poruchik.model.users import User
from poruchik.store.overview import Horizon, Scope
from poruchik.web.access import RIGHTS, Right, form_token, scope_of
from poruchik.web.gate import Refusal
from poruchik.web.site import Site

LONGEST_FIELD = 4000
"""Characters of one field of a form."""


@dataclass(frozen=True)
class Visit:
    """One look at a page by somebody who is known."""

    site: Site
    user: User
    session: str
    address: str
    """Path and query, as they were asked for."""
    path: Mapping[str, Any]
    query: Mapping[str, str]
    form: Mapping[str, str]

    @cached_property
    def now(self) -> datetime:
        """The present moment in the time zone of the office."""
        return self.site.clock.now().astimezone(self.site.calendar.zone)

    @cached_property
    def scope(self) -> Scope:
        """Whose orders may be seen."""
        return scope_of(self.user, self.site.policy.organization, self.now.date())

    @cached_property
    def horizon(self) -> Horizon:
        """The moments that the lists are divided by."""
        return self.site.horizon(self.now)

    def order(self) -> StoredOrder:
        """Return the order of the address; raise Refusal when it is not there or out of scope."""
        with self.site.store.reading() as reading:
            order = reading.overview.order(self.scope, self.path["id"])
        if order is None:
            raise missing("Поручения")
        return order

    def require_caught_up(self, system: str, back: str) -> None:
        """Raise Refusal while a database that was put back does not yet know what people did in a system."""
        with self.site.store.reading() as reading:
            if system in reading.epochs.open():
                text = (
                    f"База восстановлена из копии и ещё не знает, что люди с тех пор сделали в системе {system}. "
                    "Ничего не отправлено. Подождите: светофор скажет, когда она догонит."
                )
                raise Refusal(409, "База догоняет систему", text, back=back)

    @property
    def token(self) -> str:
        """Return the word that every form carries."""
        return form_token(self.session)

    @property
    def who(self) -> str:
        """Return the visitor's name for the journal and for the connected system."""
        return self.user.person or self.user.login

    def may(self, right: Right) -> bool:
        """Tell whether the visitor has a right."""
        return right in RIGHTS[self.user.role]

    def with_query(self, **changes: object) -> str:
        """Return the address of this page with other values in its query; empty ones are left out."""
        kept = {**self.query, **{name: str(value) for name, value in changes.items()}}
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"?{query}" if query else self.address.partition("?")[0]


@dataclass(frozen=True)
class Shown:
    """A page to show: a template and what it is given."""

    template: str
    """A file of `web/templates`, or «package:file» of a plugin's own."""
    facts: Mapping[str, Any]
    status: int = 200


@dataclass(frozen=True)
class Redirect:
    """Another page to go to, after a form was carried out."""

    address: str


View = Callable[[Visit], Shown | Redirect]


@dataclass(frozen=True)
class Page:
    """An address, the right it needs, what shows it, and what carries out its form."""

    path: str
    right: Right
    show: View | None = None
    do: View | None = None
    menu: str = ""
    """Its word in the menu; «» where it is not there."""


def missing(what: str) -> Refusal:
    """Return the refusal of something that is not there, or that the visitor may not see: one cannot tell which."""
    return Refusal(404, "Не найдено", f"{what} нет, или доступа к нему нет.")
