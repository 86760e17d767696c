"""Who is looking: passwords, sessions, the growing pause after wrong passwords, and what each role may see and do."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from poruchik.clock import Clock
from poruchik.model.audit import AuditEntry
from poruchik.model.users import Failures, User, UserRole
from poruchik.organization.structure import Organization
from poruchik.store.database import Store
from poruchik.store.overview import Scope

MIN_PASSWORD, MAX_PASSWORD = 10, 200
"""Characters."""
_FREE_TRIES = {"login": 3, "address": 20}
"""Wrong passwords in a row before a pause: of one login, of one address (an office may share one)."""
_LONGEST_PAUSE = timedelta(minutes=2)
"""No longer, so that a stranger who guesses cannot keep the owner out."""
_FORGET = timedelta(days=1)
_AT_ONCE = 2
"""Passwords compared at the same time: argon2 takes 64 MB for each."""
_LINK = timedelta(minutes=15)


class Right(StrEnum):
    """What a page or an action needs."""

    ORDERS = "orders"
    """See the orders of one's scope."""
    MANUAL = "manual"
    CONTROL = "control"
    """Return, release, assign."""
    EXTEND = "extend"
    """Move a term, or prepare that for whoever decides."""
    REASSIGN = "reassign"
    PERSONAL = "personal"
    """See what a citizen wrote, after saying so."""
    SYSTEM = "system"
    RULES = "rules"
    OWN = "own"
    """The page of one's own orders."""
    TODAY = "today"


RIGHTS: Mapping[UserRole, frozenset[Right]] = {
    UserRole.CONTROLLER: frozenset(
        {Right.TODAY, Right.ORDERS, Right.MANUAL, Right.CONTROL, Right.EXTEND, Right.REASSIGN, Right.PERSONAL}
    ),
    UserRole.HEAD: frozenset({Right.TODAY, Right.ORDERS, Right.EXTEND, Right.REASSIGN, Right.PERSONAL, Right.OWN}),
    UserRole.EXECUTOR: frozenset({Right.ORDERS, Right.PERSONAL, Right.OWN}),
    UserRole.ADMINISTRATOR: frozenset({Right.SYSTEM, Right.ORDERS, Right.MANUAL, Right.RULES}),
    UserRole.AUTHOR: frozenset({Right.RULES, Right.ORDERS, Right.MANUAL}),
}


def scope_of(user: User, organization: Organization, on: date) -> Scope:
    """Return whose orders an account may see on a day: a substitute sees those of who is away.

    A head without a unit sees nobody's.
    """
    if user.role is UserRole.HEAD:
        return Scope(units=tuple(organization.led_by(user.person, on)))
    if user.role is UserRole.EXECUTOR:
        return own_scope(user, organization, on)
    return Scope()


def own_scope(user: User, organization: Organization, on: date) -> Scope:
    """Return the orders that lie with a person, or with somebody who is away and for whom the person acts."""
    return Scope(people=(user.person, *organization.stands_in_for(user.person, on)))


class LoginRefused(Exception):
    """The password is wrong, or it is too early to try again; the text is for the page."""


class Access:
    """Logins and sessions over the store."""

    def __init__(self, store: Store, clock: Clock, *, hours: float, hasher: PasswordHasher | None = None) -> None:
        self._store = store
        self._clock = clock
        self._lasts = timedelta(hours=hours)
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._at_once = threading.BoundedSemaphore(_AT_ONCE)
        self._links: dict[str, tuple[str, datetime]] = {}

    def log_in(self, login: str, password: str, address: str) -> str:
        """Return the token of a new session; raise LoginRefused."""
        login = login.strip().casefold()[:100]
        by_login, by_address = f"login {login}", f"address {address}"
        now = self._clock.now()
        # Counted before it is compared, or many tries at once would all be free.
        with self._store.writing() as writing:
            writing.alone(by_address)
            writing.alone(by_login)
            self._wait(writing.users.failures([by_login, by_address]))
            writing.users.failed(by_login, now, forget_before=now - _FORGET)
            user = writing.users.find(login)
        if not self._fits(user, password):
            with self._store.writing() as writing:
                writing.users.failed(by_address, now, forget_before=now - _FORGET)
                writing.audit.add([AuditEntry(now, "вход не удался", f"account {login}", f"с адреса {address}", login)])
            raise LoginRefused("Имя или пароль не подходит.")
        assert user is not None
        return self._open(user, f"с адреса {address}")

    def user_of(self, token: str) -> User | None:
        """Return whose session a cookie is."""
        if not token:
            return None
        with self._store.reading() as reading:
            return reading.users.of_session(_digest(token), self._clock.now())

    def log_out(self, token: str, user: User) -> None:
        """End a session."""
        now = self._clock.now()
        with self._store.writing() as writing:
            writing.users.end_session(_digest(token))
            writing.audit.add([AuditEntry(now, "выход", f"account {user.login}", who=user.login)])

    # --- a way in without a password --------------------------------------------------------------

    def link(self, login: str) -> str:
        """Return a word that opens one session of an account, once, within a quarter of an hour, in this process."""
        word = secrets.token_urlsafe(24)
        self._links[_digest(word)] = (login, self._clock.now() + _LINK)
        return word

    def follow(self, word: str, address: str) -> str:
        """Return the token of the session that a word opens; raise LoginRefused."""
        login, until = self._links.pop(_digest(word), ("", None))
        with self._store.reading() as reading:
            user = reading.users.find(login)
        if user is None or until is None or user.disabled or self._clock.now() > until:
            raise LoginRefused("Ссылка уже использована или устарела. Войдите по паролю или запросите новую.")
        return self._open(user, f"по одноразовой ссылке с адреса {address}")

    # --- inside -----------------------------------------------------------------------------------

    def _open(self, user: User, how: str) -> str:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        with self._store.writing() as writing:
            writing.users.succeeded(f"login {user.login}")
            writing.users.open_session(_digest(token), user.id, now, now + self._lasts)
            writing.audit.add([AuditEntry(now, "вход", f"account {user.login}", how, user.login)])
        return token

    def _wait(self, failures: Mapping[str, Failures]) -> None:
        now = self._clock.now()
        ready = [one.last_at + _pause(subject, one) for subject, one in failures.items() if one.last_at]
        left = math.ceil((max(ready, default=now) - now).total_seconds())
        if left > 0:
            raise LoginRefused(f"Слишком много неверных паролей подряд. Попробуйте через {left} с.")

    def _fits(self, user: User | None, password: str) -> bool:
        """Compare a password; the time taken does not tell whether the account exists."""
        known = user.password if user and not user.disabled and user.password else self._nobody
        try:
            with self._at_once:
                self._hasher.verify(known, password[:MAX_PASSWORD])
        except (VerificationError, InvalidHashError):
            return False
        return known is not self._nobody


def form_token(session: str) -> str:
    """Return the word that every form of a session carries."""
    return hmac.new(session.encode(), b"form", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _pause(subject: str, failures: Failures) -> timedelta:
    """Return the pause after the last wrong password: one second, then twice as long each time."""
    beyond = failures.count - _FREE_TRIES[subject.partition(" ")[0]]
    return min(timedelta(seconds=2 ** min(beyond, 10)), _LONGEST_PAUSE) if beyond >= 0 else timedelta(0)
