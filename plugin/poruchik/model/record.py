"""What is stored as JSON has a version: every later program reads it, an earlier one says that it cannot.

A record is an object with «v» beside its own names. One without it has version 0: it was written before there were any.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from poruchik.errors import PoruchikError


class RecordUnreadable(PoruchikError, ValueError):
    """What is stored is no record, or one that a later program wrote. The text is Russian."""


def write(version: int, told: Mapping[str, Any]) -> str:
    """Return a record as JSON text."""
    return json.dumps({"v": version, **told}, ensure_ascii=False, separators=(",", ":"))


def read(text: str, known: int) -> tuple[int, dict[str, Any]]:
    """Return the version of a record and what it tells; raise RecordUnreadable above the last version that is known."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordUnreadable(f"это не JSON: {error}") from None
    if not isinstance(told, dict):
        raise RecordUnreadable(f"это не запись, а {type(told).__name__}")
    version = told.pop("v", 0)
    if not isinstance(version, int) or not 0 <= version <= known:
        raise RecordUnreadable(f"версия записи {version}, а программа читает до {known}: запись сделала более новая")
    return version, told


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Say of a record in which something is missing or is no value of its kind that it is not what it should be."""
    try:
        yield
    except RecordUnreadable:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, PoruchikError) as error:
        raise RecordUnreadable(f"это не {what}: {type(error).__name__}: {error}") from error
