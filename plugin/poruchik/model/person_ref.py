"""How a policy names people: by role, unit, person, or relative to the order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_LIMIT = "не больше"


class RefKind(StrEnum):
    """Ways to name somebody. The value is the policy's key, or the phrase itself for relative ones."""

    ROLE = "роль"
    UNIT = "подразделение"
    PERSON = "сотрудник"
    LEAD = "ответственный"
    CONTROLLER = "контролёр"
    HEAD_OF_LEAD = "начальник-исполнителя"
    SUPERIOR = "вышестоящий"

    @property
    def is_relative(self) -> bool:
        """True when the person depends on the order (its lead executor or controller)."""
        return self in (RefKind.LEAD, RefKind.CONTROLLER, RefKind.HEAD_OF_LEAD, RefKind.SUPERIOR)


class Choice(StrEnum):
    """How one person of a unit is chosen."""

    HEAD = "начальник"
    LEAST_LOADED = "наименьшая-загрузка"


@dataclass(frozen=True, slots=True)
class PersonRef:
    """One naming of a person. `name` is the role, unit or person; for `вышестоящий` the number of levels."""

    kind: RefKind
    name: str = ""
    choice: Choice = Choice.HEAD
    limit: int | None = None
    """Of the least loaded: nobody is given more than so many open orders."""

    def __str__(self) -> str:
        """Return the canonical text, which `parse` reads back: «роль: дежурный-соцсети»."""
        if not self.name:
            return self.kind.value
        tail = f", выбор: {self.choice.value}" if self.choice is not Choice.HEAD else ""
        tail += f", {_LIMIT}: {self.limit}" if self.limit is not None else ""
        return f"{self.kind.value}: {self.name}{tail}"

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, text: str) -> PersonRef:
        """Read the canonical text; raise ValueError when it names nobody."""
        head, _, choice = text.partition(", выбор: ")
        choice, _, limit = choice.partition(f", {_LIMIT}: ")
        kind, _, name = head.partition(": ")
        return cls(
            RefKind(kind.strip()),
            name.strip(),
            Choice(choice.strip()) if choice else Choice.HEAD,
            int(limit) if limit else None,
        )
