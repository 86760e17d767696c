"""An account of the pages, its role, and its wrong passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class UserRole(StrEnum):
    """What an account may see and do."""

    ADMINISTRATOR = "administrator"
    CONTROLLER = "controller"
    HEAD = "head"
    """Own units and those below."""
    EXECUTOR = "executor"
    """Own orders."""
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class User:
    """One account. `person` is who it belongs to, as the organisation calls them."""

    id: int
    login: str
    role: UserRole
    person: str
    password: str
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """The wrong passwords in a row of one subject («login …», «address …»)."""

    count: int = 0
    last_at: datetime | None = None
