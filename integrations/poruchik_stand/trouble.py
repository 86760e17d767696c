"""Misbehaving on purpose: what a system does wrong, in which operation, and how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble; `kind` is a word of `SetTrouble` in `schemas/desk/desk.xsd`, an empty operation means any."""

    kind: str
    operation: str = ""
    times: int = 1_000_000
    seconds: float = 0.0


class Troubles:
    """The troubles in force. Each call uses up one turn of the first that fits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Trouble]] = {}

    def set(self, system: str, trouble: Trouble) -> None:
        """Put a trouble in force; with no times left it ends those of its kind and operation."""
        with self._lock:
            others = [
                old
                for old in self._waiting.get(system, [])
                if (old.kind, old.operation) != (trouble.kind, trouble.operation)
            ]
            self._waiting[system] = [*others, trouble] if trouble.times > 0 else others

    def clear(self) -> None:
        """End all troubles."""
        with self._lock:
            self._waiting.clear()

    def take(self, system: str, operation: str) -> Trouble | None:
        """Return the trouble of this call, if there is one."""
        with self._lock:
            waiting = self._waiting.get(system, [])
            for number, trouble in enumerate(waiting):
                if trouble.operation in ("", operation):
                    left = replace(trouble, times=trouble.times - 1)
                    waiting[number : number + 1] = [left] if left.times > 0 else []
                    return trouble
        return None
