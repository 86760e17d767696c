"""Whether a system may be called now, and with how much: one policy for all workers, kept in the table `systems`.

A system that does not take a delivery rests, each time longer. Then one command tries it; when that goes well, each
call carries twice as many as the one before: a system that has just come back is not buried under what has waited.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tenacity import RetryCallState, wait_exponential

from poruchik.connector import Connector
from poruchik.store.database import Store, Transaction
from poruchik.store.systems import WARM, SystemState

_REST = wait_exponential(multiplier=2, max=300)
"""Seconds: 2, 4, 8, … up to five minutes."""
_CONTACT = timedelta(minutes=5)
"""A contact is noted no more often, so that a call that goes well need not write it."""


def allowance(writing: Transaction, connector: Connector, now: datetime) -> int:
    """Return how many commands the next call may carry; 0 when there must be none now. The call counts in the pace."""
    settings = connector.settings
    state = writing.systems.lock(settings.name)
    if state.waits(now):
        return 0
    at_once = 1 if state.failures else settings.calls_at_once
    if writing.systems.under_way(settings.name, now) >= at_once:
        return 0
    if settings.calls_per_second:
        following = now + timedelta(seconds=1 / settings.calls_per_second)
        writing.systems.save(replace(state, next_call_at=following))
    if state.failures:
        return 1
    batch = connector.capabilities.batch_size
    return batch if state.warmth >= WARM else min(batch, 2**state.warmth)


def went_well(writing: Transaction, system: str, now: datetime) -> None:
    """Note that a system took a call."""
    state = writing.systems.lock(system)
    fresh = state.contact_at is not None and now - state.contact_at < _CONTACT
    if fresh and not state.failures and state.warmth >= WARM:
        return
    warmth = 1 if state.failures else min(state.warmth + 1, WARM)
    writing.systems.save(replace(state, failures=0, rests_until=None, warmth=warmth, cause="", contact_at=now))


def answered(store: Store, system: str, seen: SystemState | None, now: datetime) -> None:
    """Note that a system answered a reading, unless a contact was noted a short time ago."""
    if seen and seen.contact_at and now - seen.contact_at < _CONTACT:
        return
    with store.writing() as writing:
        writing.systems.save(replace(writing.systems.lock(system), contact_at=now))


def went_wrong(writing: Transaction, system: str, cause: str, now: datetime) -> None:
    """Note that a system did not take a call: it rests, the longer the more often in a row."""
    state = writing.systems.lock(system)
    failures = state.failures + 1
    rest = timedelta(seconds=_rest(failures))
    writing.systems.save(replace(state, failures=failures, rests_until=now + rest, warmth=0, cause=cause))


def rest_ends(state: SystemState | None, moment: datetime) -> datetime:
    """Return when what may be sent at a moment can be, for the system rests or keeps a pace."""
    waits = (state.rests_until, state.next_call_at) if state else ()
    return max([moment, *(one for one in waits if one)])


def _rest(failures: int) -> float:
    call: Any = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    call.attempt_number = failures
    return _REST(call)
