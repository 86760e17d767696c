"""The accounts of the pages, their open sessions, and the wrong passwords that slow the next try down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from poruchik.model.users import Failures, User, UserRole
from poruchik.store.insert import insert_new
from poruchik.store.tables import attempts, sessions, users


class Users:
    """Every account, unique by login; sessions and failures belong to them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- accounts ---------------------------------------------------------------------------------

    def add(self, login: str, role: UserRole, person: str, password: str, now: datetime) -> bool:
        """Make an account; return False when the login is taken."""
        row = {
            "login": login,
            "role": role,
            "person": person,
            "password": password,
            "disabled": False,
            "created_at": now,
            "changed_at": now,
        }
        return bool(insert_new(self._connection, users, [row], users.c.id))

    def find(self, login: str) -> User | None:
        """Return the account of a login."""
        row = self._connection.execute(select(users).where(users.c.login == login)).one_or_none()
        return _user(row) if row else None

    def listing(self) -> list[User]:
        """Return every account by login."""
        return [_user(row) for row in self._connection.execute(select(users).order_by(users.c.login))]

    def set_password(self, user_id: int, password: str, now: datetime) -> None:
        """Give an account another password; its open sessions end."""
        self._change(user_id, now, password=password)

    def set_disabled(self, user_id: int, disabled: bool, now: datetime) -> None:
        """Close an account or open it again; its open sessions end."""
        self._change(user_id, now, disabled=disabled)

    def _change(self, user_id: int, now: datetime, **values: object) -> None:
        self._connection.execute(update(users).where(users.c.id == user_id).values(changed_at=now, **values))
        self._connection.execute(delete(sessions).where(sessions.c.user_id == user_id))

    # --- sessions ---------------------------------------------------------------------------------

    def open_session(self, token: str, user_id: int, now: datetime, ends_at: datetime) -> None:
        """Remember a session by the hash of its token; those that have ended are forgotten."""
        self._connection.execute(delete(sessions).where(sessions.c.ends_at <= now))
        row = {"token": token, "user_id": user_id, "opened_at": now, "ends_at": ends_at}
        self._connection.execute(insert(sessions).values(row))

    def of_session(self, token: str, now: datetime) -> User | None:
        """Return whose session it is; None once it has ended, was revoked, or its account was closed."""
        query = (
            select(users)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.token == token, sessions.c.ends_at > now, users.c.disabled.is_(False))
        )
        row = self._connection.execute(query).one_or_none()
        return _user(row) if row else None

    def end_session(self, token: str) -> None:
        """Revoke one session."""
        self._connection.execute(delete(sessions).where(sessions.c.token == token))

    # --- wrong passwords --------------------------------------------------------------------------

    def failures(self, subjects: Iterable[str]) -> dict[str, Failures]:
        """Return the wrong passwords in a row of each of these subjects."""
        rows = self._connection.execute(select(attempts).where(attempts.c.subject.in_(list(subjects))))
        return {row.subject: Failures(row.failures, row.last_at) for row in rows}

    def failed(self, subject: str, now: datetime, *, forget_before: datetime) -> None:
        """Count a wrong password; rows older than `forget_before` are forgotten."""
        self._connection.execute(delete(attempts).where(attempts.c.last_at < forget_before))
        new = {"subject": subject, "failures": 1, "last_at": now}
        if not insert_new(self._connection, attempts, [new], attempts.c.subject):
            grown = {"failures": attempts.c.failures + 1, "last_at": now}
            self._connection.execute(update(attempts).where(attempts.c.subject == subject).values(grown))

    def succeeded(self, subject: str) -> None:
        """Forget the wrong passwords of a subject."""
        self._connection.execute(delete(attempts).where(attempts.c.subject == subject))


def _user(row: Row[tuple[object, ...]]) -> User:
    known = row._mapping
    return User(
        known["id"],
        known["login"],
        UserRole(known["role"]),
        known["person"],
        known["password"],
        known["disabled"],
        known["created_at"],
    )
