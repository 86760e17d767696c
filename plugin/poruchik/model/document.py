"""A registered document as the policies see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from poruchik.clock import require_aware
from poruchik.model import record

Value = str | int | bool | Decimal | date | datetime | tuple[str, ...]
"""What an attribute of a document may hold. Absent is absent: there is no null."""

Facts = Mapping[str, Value]
"""Attribute name of the dictionary (Russian, dotted) → value."""


class SystemKind(StrEnum):
    """What a connected system is. The value is the attribute `система` of its documents."""

    SED = "СЭД"
    SOG = "СОГ"


@dataclass(frozen=True, slots=True)
class Document:
    """A registered card.

    `source` is the configured name of the system it came from; with `external_id` (the system's own id) and
    `revision` it is unique. `attributes` follow the dictionary `rules/atributy.yaml`.
    """

    source: str
    system: SystemKind
    external_id: str
    registered_at: datetime
    attributes: Facts
    revision: str = "1"
    reg_number: str = ""
    received_at: datetime | None = None
    signed_at: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.registered_at, self.received_at, self.signed_at):
            if moment is not None:
                require_aware(moment)

    @property
    def key(self) -> str:
        """Return the identity that does not change between revisions: `source:external_id`."""
        return f"{self.source}:{self.external_id}"

    @property
    def title(self) -> str:
        """Return what people call it by: its number, else its id."""
        return self.reg_number or self.external_id

    def facts(self) -> dict[str, Value]:
        """Return the attributes together with the card's own fields under their dictionary names."""
        own: dict[str, Value | None] = {
            "система": self.system.value,
            "номер": self.reg_number or None,
            "дата регистрации": self.registered_at,
            "дата поступления": self.received_at,
            "дата подписания": self.signed_at,
        }
        return dict(self.attributes) | {name: value for name, value in own.items() if value is not None}

    def corrected(self, said: Facts) -> Document:
        """Return it with what a person said of it, which outranks the card."""
        return replace(self, attributes={**self.attributes, **said}) if said else self

    def stored(self) -> str:
        """Return the card as a record that `read` reads back without loss."""
        return record.write(
            1,
            {
                "source": self.source,
                "system": self.system.value,
                "external_id": self.external_id,
                "revision": self.revision,
                "reg_number": self.reg_number,
                "registered_at": self.registered_at.isoformat(),
                "received_at": self.received_at and self.received_at.isoformat(),
                "signed_at": self.signed_at and self.signed_at.isoformat(),
                "attributes": {name: tagged(value) for name, value in self.attributes.items()},
            },
        )

    @classmethod
    def read(cls, text: str) -> Document:
        """Read what `stored` wrote; version 0 had the same names."""
        _, card = record.read(text, 1)
        with record.reading("карточка"):
            return cls(
                source=card["source"],
                system=SystemKind(card["system"]),
                external_id=card["external_id"],
                revision=card["revision"],
                reg_number=card["reg_number"],
                registered_at=datetime.fromisoformat(card["registered_at"]),
                received_at=_moment(card["received_at"]),
                signed_at=_moment(card["signed_at"]),
                attributes={name: untagged(value) for name, value in card["attributes"].items()},
            )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def tagged(value: Value) -> Any:
    """Write a value so that its type survives JSON."""
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return list(value) if isinstance(value, tuple) else value


def untagged(raw: Any) -> Value:
    """Read what `tagged` returned."""
    if isinstance(raw, dict):
        ((tag, text),) = raw.items()
        if tag == "moment":
            return datetime.fromisoformat(text)
        return date.fromisoformat(text) if tag == "date" else Decimal(text)
    value: Value = tuple(raw) if isinstance(raw, list) else raw
    return value
