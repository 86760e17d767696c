"""What is asked of a connected system: each command as the outbox keeps it and a connector carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from poruchik.model import record
from poruchik.workcalendar.daylike import day_meant

VERSION = 3
"""Of what is stored of a command. Since 2 the lines of a digest tell `сведения_на`, since 3 `ждёт`."""
_LATER_FACTS: Mapping[int, Mapping[str, Any]] = {2: {"сведения_на": ""}, 3: {"ждёт": False}}
"""By the version since which they are told: what they were before."""


class Operation(StrEnum):
    """What a command asks of the connected system."""

    CREATE = "create"
    EXTEND = "extend"
    REASSIGN = "reassign"
    RETURN = "return"
    """Of a report that is incomplete."""
    RELEASE = "release"
    CANCEL = "cancel"
    NOTICE = "notice"
    """A message to a person about orders."""


class NoticeKind(StrEnum):
    """What a message is about."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    DIGEST = "digest"
    ANSWER = "answer"
    """To what somebody did; of a new document, to those who must know of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a connected system is told of him: surname and initials, the unit's name or «»."""

    name: str
    unit: str = ""

    def told(self) -> dict[str, Any]:
        """Return as plain JSON data."""
        return {"person": self.name, "unit": self.unit or None}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Person:
        """Read what `told` returned."""
        return cls(str(told["person"]), told.get("unit") or "")


@dataclass(frozen=True, slots=True)
class Command:
    """What every command has: the id of the message, unique for ever, and the key of the order that it is about."""

    message_id: str
    order_key: str
    operation: ClassVar[Operation]

    @property
    def about(self) -> tuple[str, ...]:
        """Return the keys of all orders that it is about."""
        return (self.order_key,)

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data, by the names under which it is stored."""
        raise NotImplementedError

    def stored(self) -> str:
        """Return its content as a record that `read_command` reads back."""
        return record.write(VERSION, self.told())


@dataclass(frozen=True, slots=True)
class Contribution:
    """A co-executor, and by when his part is due."""

    person: Person
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Create(Command):
    """Make an order on a document. `explanation` tells the executor why he and why by then."""

    operation: ClassVar[Operation] = Operation.CREATE

    document_id: str
    text: str
    explanation: str
    act: str
    clause: str
    lead: Person
    co_executors: tuple[Contribution, ...] = ()
    controller: Person | None = None
    control_kind: str = ""
    due_at: datetime | None = None
    due_on: date | None = None
    checks: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    """The plain slots, by the policy's words for them."""

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        told: dict[str, Any] = {
            "document_id": self.document_id,
            "text": self.text,
            "explanation": self.explanation,
            "act": self.act,
            "clause": self.clause,
            "lead": self.lead.told(),
            "co_executors": [
                one.person.told() | ({"due_at": one.due_at.isoformat()} if one.due_at else {})
                for one in self.co_executors
            ],
            "control_kind": self.control_kind,
            "checks": list(self.checks),
        }
        if self.slots:
            told["slots"] = dict(self.slots)
        if self.controller:
            told["controller"] = self.controller.told()
        if self.due_at and self.due_on:
            told |= {"due_at": self.due_at.isoformat(), "due_on": self.due_on.isoformat()}
        return told

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Create:
        """Read what `told` returned."""
        controller = told.get("controller")
        return cls(
            message_id,
            order_key,
            document_id=told["document_id"],
            text=told["text"],
            explanation=told["explanation"],
            act=told["act"],
            clause=told["clause"],
            lead=Person.read(told["lead"]),
            co_executors=tuple(
                Contribution(Person.read(one), _moment(one.get("due_at"))) for one in told.get("co_executors", ())
            ),
            controller=Person.read(controller) if controller else None,
            control_kind=told.get("control_kind", ""),
            due_at=_moment(told.get("due_at")),
            due_on=_day(told.get("due_on")),
            checks=tuple(told.get("checks", ())),
            slots={str(name): str(value) for name, value in told.get("slots", {}).items()},
        )


@dataclass(frozen=True, slots=True)
class Extend(Command):
    """Set a new term."""

    operation: ClassVar[Operation] = Operation.EXTEND

    due_at: datetime
    due_on: date
    comment: str
    by: str = ""
    """Who wants it, where a person does; the system will name the program."""

    def is_shown_by(self, due_at: datetime | None) -> bool:
        """Tell whether a term that a system shows is the one asked for; one that keeps dates shows the day alone."""
        if due_at is None or due_at == self.due_at:
            return due_at is not None
        return day_meant(due_at, [self.due_at.tzinfo] if self.due_at.tzinfo else []) == self.due_on

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        return _by(self.by) | {
            "comment": self.comment,
            "due_at": self.due_at.isoformat(),
            "due_on": self.due_on.isoformat(),
        }

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Extend:
        """Read what `told` returned."""
        due_at, due_on = datetime.fromisoformat(told["due_at"]), date.fromisoformat(told["due_on"])
        return cls(message_id, order_key, due_at, due_on, told.get("comment", ""), told.get("by", ""))


@dataclass(frozen=True, slots=True)
class Reassign(Command):
    """Give the order to another lead executor."""

    operation: ClassVar[Operation] = Operation.REASSIGN

    lead: Person
    comment: str
    by: str = ""
    """Who wants it, where a person does; the system will name the program."""

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        return _by(self.by) | {"comment": self.comment, "lead": self.lead.told()}

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Reassign:
        """Read what `told` returned."""
        return cls(message_id, order_key, Person.read(told["lead"]), told.get("comment", ""), told.get("by", ""))


@dataclass(frozen=True, slots=True)
class Return(Command):
    """Return a report; the comment says what is missing."""

    operation: ClassVar[Operation] = Operation.RETURN

    comment: str
    by: str = ""
    """Who wants it, where a person does; the system will name the program."""

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        return _by(self.by) | {"comment": self.comment}

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Return:
        """Read what `told` returned."""
        return cls(message_id, order_key, told["comment"], told.get("by", ""))


@dataclass(frozen=True, slots=True)
class Release(Command):
    """Take the order off control."""

    operation: ClassVar[Operation] = Operation.RELEASE

    comment: str
    by: str = ""
    """Who wants it, where a person does; the system will name the program."""

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        return _by(self.by) | {"comment": self.comment}

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Release:
        """Read what `told` returned."""
        return cls(message_id, order_key, told["comment"], told.get("by", ""))


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Annul the order: it should not have been given, or need not be carried out any more."""

    operation: ClassVar[Operation] = Operation.CANCEL

    comment: str
    by: str = ""
    """Who wants it, where a person does; the system will name the program."""

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        return _by(self.by) | {"comment": self.comment}

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any]) -> Cancel:
        """Read what `told` returned."""
        return cls(message_id, order_key, told["comment"], told.get("by", ""))


@dataclass(frozen=True, slots=True)
class DigestLine:
    """What a digest says of one order: the item under control, and the facts that its words were made from."""

    order_key: str
    item_id: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Notice(Command):
    """A message to a person about orders; the text of a digest is made from its `lines`, `today`, `part` and `total`.

    Documents that wait for a person have no orders yet: they stand in `lines` or, alone, in `order_key`. `point_at` is
    when its first point was planned, None of an answer; `late`: an outage held it back.
    """

    operation: ClassVar[Operation] = Operation.NOTICE

    kind: NoticeKind
    to: Person
    subject: str
    text: str
    orders: tuple[str, ...]
    point_at: datetime | None = None
    late: bool = False
    lines: tuple[DigestLine, ...] = ()
    today: str = ""
    part: str = ""
    """Of a digest that is too large for one message: «часть 1 из 3»."""
    total: int = 0
    """How many lines all its parts had together."""

    @property
    def about(self) -> tuple[str, ...]:
        """Return the keys of all orders and waiting documents that it is about."""
        return tuple(dict.fromkeys((*self.orders, *(line.order_key for line in self.lines)))) or (self.order_key,)

    def told(self) -> dict[str, Any]:
        """Return its content as plain JSON data."""
        told: dict[str, Any] = {
            "kind": self.kind.value,
            "to": self.to.told(),
            "subject": self.subject,
            "text": self.text,
            "late": self.late,
            "orders": list(self.orders),
        }
        if self.point_at:
            told["point_at"] = self.point_at.isoformat()
        if self.lines:
            parts = [{"order": one.order_key, "item": one.item_id, "facts": dict(one.facts)} for one in self.lines]
            told |= {"parts": parts, "today": self.today}
        if self.part:
            told |= {"part": self.part, "total": self.total}
        return told

    @classmethod
    def read(cls, message_id: str, order_key: str, told: Mapping[str, Any], *, version: int = VERSION) -> Notice:
        """Read what `told` returned, in this version or an earlier one."""
        known = {name: was for since, facts in _LATER_FACTS.items() if version < since for name, was in facts.items()}
        return cls(
            message_id,
            order_key,
            kind=NoticeKind(told["kind"]),
            to=Person.read(told["to"]),
            subject=told["subject"],
            text=told["text"],
            orders=tuple(told["orders"]),
            point_at=_moment(told.get("point_at")),
            late=told["late"],
            lines=tuple(
                DigestLine(part["order"], part["item"], known | part["facts"]) for part in told.get("parts", ())
            ),
            today=told.get("today", ""),
            part=told.get("part", ""),
            total=told.get("total", 0),
        )


@dataclass(frozen=True, slots=True)
class UnreadableCommand(Command):
    """A command of which the store has no readable content; it cannot be sent, and `why` says what is wrong."""

    of: Operation
    why: str
    content: str

    @property
    def operation(self) -> Operation:  # type: ignore[override]
        """Return what it asks for, which stands beside the content."""
        return self.of

    def told(self) -> dict[str, Any]:
        """Return what stands there, as it is."""
        return {"content": self.content}


def read_command(operation: Operation, message_id: str, order_key: str, text: str) -> Command:
    """Read what `stored` of such a command wrote, in this version or an earlier one; raise RecordUnreadable."""
    version, told = record.read(text, VERSION)
    with record.reading(f"команда «{operation}»"):
        match operation:
            case Operation.CREATE:
                return Create.read(message_id, order_key, told)
            case Operation.EXTEND:
                return Extend.read(message_id, order_key, told)
            case Operation.REASSIGN:
                return Reassign.read(message_id, order_key, told)
            case Operation.RETURN:
                return Return.read(message_id, order_key, told)
            case Operation.RELEASE:
                return Release.read(message_id, order_key, told)
            case Operation.CANCEL:
                return Cancel.read(message_id, order_key, told)
            case Operation.NOTICE:
                return Notice.read(message_id, order_key, told, version=version)


def _by(who: str) -> dict[str, Any]:
    return {"by": who} if who else {}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
