"""Control: from points that are due to messages in the outbox, whole groups in one transaction, no external call.

People are found when a point fires. A group is what one person is to be told now: more than one point becomes a digest,
and a group is never split between transactions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from poruchik.clock import Clock
from poruchik.control.giving import person_of
from poruchik.control.item import ItemKind, Message, Plan, PlannedPoint, Progress, blames_at, fire, next_moment
from poruchik.control.review import WORDS, Matter
from poruchik.control.wording import due_text, left_text
from poruchik.engine.decide import Deciding
from poruchik.errors import RowRefused, StoreError
from poruchik.lanes.knowledge import FRESH, LOOK_AGAIN, Knowledge
from poruchik.lanes.park import park
from poruchik.lanes.people import People
from poruchik.lanes.withdraw import digest_facts
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Command, DigestLine, Notice, NoticeKind
from poruchik.model.order import Assignee, Deadline, PointKind, citation
from poruchik.model.points import Fate, FiredPoint
from poruchik.model.standing import OrderState
from poruchik.plugins import Plugins
from poruchik.store.database import Store, Transaction
from poruchik.store.items import BrokenItem, DueItem
from poruchik.texts.facts import DIGEST, DOCUMENT_WAITS, ESCALATION, HOUSE_ORDER, REMINDER, REVIEW_WAITS
from poruchik.texts.render import Texts
from poruchik.workcalendar.wording import day_text

AT_ONCE = 50_000
"""Items of one run, about 11 KB of memory each with what is told of them: where more are due, a digest is not whole."""
BATCH = 500
"""Messages of one transaction, more where one person's group is larger."""
DIGEST_FROM = 2
"""So many messages for one person at one moment become a digest."""
LINES = 200
"""Of one digest; a longer one is told in parts, or a system would refuse the whole of it."""
NOBODY = "некому сообщить"
_OF_KIND = {ItemKind.DOCUMENT: DOCUMENT_WAITS, ItemKind.REVIEW: REVIEW_WAITS}
_log = structlog.get_logger("poruchik.control")


@dataclass(slots=True)
class Told:
    """One message to one person about one item."""

    item: DueItem
    deadline: Deadline
    message: Message
    assignee: Assignee
    as_of: str = ""
    """Up to when it is known what people did, where that is not long enough; «» where it is."""


@dataclass(slots=True)
class Advance:
    """What an item has to write once its messages are in the outbox."""

    item: DueItem
    progress: Progress
    next_at: datetime | None
    told: list[Told] = field(default_factory=list)


class Control:
    """The lane. `digest_system` takes the digests of those who have orders in several systems."""

    def __init__(
        self,
        store: Store,
        decider: Deciding,
        texts: Texts,
        plugins: Plugins,
        clock: Clock,
        *,
        digest_system: str = "",
        fresh: timedelta = FRESH,
    ) -> None:
        self._store = store
        self._decider = decider
        self._texts = texts
        self._plugins = plugins
        self._clock = clock
        self._digest_system = digest_system
        self._fresh = fresh
        self._stale: dict[str, datetime] = {}
        """Since when this process would have blamed people on stale knowledge of a system."""

    def run(self) -> int:
        """Fire the points that are due, of `AT_ONCE` items at most; return how many messages were queued."""
        now = self._clock.now()
        advances: list[Advance] = []
        broken: list[BrokenItem] = []
        later: dict[datetime, list[int]] = {}
        with self._store.reading() as reading:
            policy, today = self._decider.policy, now.astimezone(self._decider.calendar.zone).date()
            people = People(policy.organization, today, policy.triage.administrator)
            catching_up = reading.epochs.open()
            knowledge = Knowledge(reading.lanes.every(), self._stale, self._fresh, now, self._decider.calendar)
            for item in reading.items.due(now, AT_ONCE):
                if item.system in catching_up:
                    continue  # what people did meanwhile is not known yet
                try:
                    advance = self._advance(item, now, people, knowledge)
                    if isinstance(advance, Advance):
                        advances.append(advance)
                    else:
                        later.setdefault(advance, []).append(item.id)
                except Exception as error:  # noqa: BLE001 — one item must not stop the others, whatever is wrong with it
                    _log.exception("an item could not be read", order=item.order_key)
                    broken.append(_broken(item, "план контроля не исполняется", error))
        if broken or later:
            with self._store.writing() as writing:
                park(writing, broken, now)
                for until, ids in later.items():
                    writing.items.postpone(ids, until, now)
        return sum(self._write_or_park(batch, now) for batch in _batches(advances, BATCH))

    def _write_or_park(self, batch: Sequence[Advance], now: datetime) -> int:
        """Write a batch; what makes it fail is found by halves that keep one person's messages together, and parked."""
        try:
            return self._write(batch, now)
        except RowRefused as error:
            failure: Exception = error
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 — one item must not stop the others, whatever is wrong with it
            _log.exception("messages could not be made", items=len(batch))
            failure = error
        if len(batch) == 1:
            with self._store.writing() as writing:
                park(writing, [_broken(batch[0].item, "сообщение не составляется", failure)], now)
            return 0
        smaller = list(_batches(batch, 1))
        if len(smaller) == 1:
            smaller = [[one] for one in batch]
        return sum(self._write_or_park(one, now) for one in smaller)

    def _advance(self, item: DueItem, now: datetime, people: People, knowledge: Knowledge) -> Advance | datetime:
        """Return what is to be written of an item, or when to look again if it is not known what people did with it."""
        plan, progress = Plan.read(item.plan), Progress.read(item.progress)
        blames = blames_at(plan, progress, accepted=item.accepted, now=now, calendar=self._decider.calendar)
        if item.kind is ItemKind.DOCUMENT or _of_change(item):
            blames = None  # who deals with it does it here: nothing of it is in another system
        if blames and not knowledge.suffices(item.system, blames):
            again = now + LOOK_AGAIN
            return again if plan.deadline.hourly else self._decider.calendar.next_working_moment(again)
        as_of = knowledge.as_of(item.system, blames) if blames else ""
        messages, after = fire(plan, progress, accepted=item.accepted, now=now, calendar=self._decider.calendar)
        next_at = next_moment(plan, after, accepted=item.accepted, calendar=self._decider.calendar)
        if next_at is not None and next_at <= now:
            next_at = self._decider.calendar.next_working_moment(now)
        light = replace(item, plan="")  # tens of thousands may be due on the first morning
        told = [
            Told(light, plan.deadline, message, people.find(item, message.to, plan.who), as_of) for message in messages
        ]
        return Advance(light, after, next_at, _once_a_person(told))

    # --- writing ----------------------------------------------------------------------------------

    def _write(self, batch: Sequence[Advance], now: datetime) -> int:
        with self._store.writing() as writing:
            still = writing.items.unchanged({one.item.id: one.item.progress for one in batch})
            held = writing.changes.waiting({one.item.order_key for one in batch})
            moved = [
                one
                for one in batch
                if one.item.id in still and (one.item.order_key not in held or _of_change(one.item))
            ]
            commands, fired = self._commands([told for one in moved for told in one.told], now)
            writing.outbox.add(commands, now)
            writing.points.add(fired)
            writing.items.advance([(one.item.id, one.progress, one.next_at) for one in moved], now)
            self._note_nobody(writing, fired, now)
        for point in fired:
            self._plugins.notify("poruchik_point_fired", point=point)
        return len(commands)

    def _note_nobody(self, writing: Transaction, fired: Iterable[FiredPoint], now: datetime) -> None:
        lost = [point for point in fired if point.why == NOBODY]
        writing.audit.add([AuditEntry(now, NOBODY, point.order_key, f"{point.rung}: {point.to_ref}") for point in lost])

    def _commands(self, told: Sequence[Told], now: datetime) -> tuple[list[tuple[str, Command]], list[FiredPoint]]:
        commands: list[tuple[str, Command]] = []
        fired: list[FiredPoint] = []
        for system, group in self._groups(told):
            if len(group) < DIGEST_FROM:
                for one in group:
                    commands.append((system, self._single(one, now)))
                    fired += _points(one, commands[-1][1].message_id, now, merged=False)
            else:
                parts = [group[begin : begin + LINES] for begin in range(0, len(group), LINES)]
                for number, lines in enumerate(parts, start=1):
                    part = f"часть {number} из {len(parts)}" if len(parts) > 1 else ""
                    commands.append((system, self._digest(lines, now, part, len(group))))
                    for place, one in enumerate(lines):
                        fired += _points(one, commands[-1][1].message_id, now, merged=place > 0)
        for one in told:
            if why := _pointless(one):
                fired += [replace(point, fate=Fate.WITHDRAWN, why=why) for point in _points(one, "", now, merged=False)]
        return commands, fired

    def _groups(self, told: Sequence[Told]) -> Iterator[tuple[str, list[Told]]]:
        """Yield what each person is to be told through which system."""
        groups: dict[tuple[str, str], list[Told]] = {}
        for one in told:
            if not _pointless(one):
                system = "" if self._digest_system else one.item.system
                groups.setdefault((str(one.assignee.person), system), []).append(one)
        for group in groups.values():
            systems = {one.item.system for one in group}
            yield (systems.pop() if len(systems) == 1 else self._digest_system), group

    def _single(self, one: Told, now: datetime) -> Notice:
        reminder = one.message.points[0].kind is PointKind.REMINDER
        facts = self._facts(one, now)
        template = _OF_KIND.get(one.item.kind, REMINDER if reminder else ESCALATION)
        subject, text = self._texts.render(template, facts)
        key = f"{one.item.key} {_identity(one.message.points[0])} {one.assignee.person}"
        return self._notice(NoticeKind.REMINDER if reminder else NoticeKind.ESCALATION, key, [one], subject, text)

    def _digest(self, group: Sequence[Told], now: datetime, part: str, total: int) -> Notice:
        lines = tuple(DigestLine(one.item.order_key, one.item.id, self._facts(one, now)) for one in group)
        today = day_text(now.astimezone(self._decider.calendar.zone).date())
        first = group[0]
        key = f"{first.assignee.person} {today} {first.item.key} {_identity(first.message.points[0])}"
        unworded = self._notice(NoticeKind.DIGEST, key, group, "", "")
        digest = replace(unworded, lines=lines, today=today, part=part, total=total if part else 0)
        subject, text = self._texts.render(DIGEST, digest_facts(digest))
        return replace(digest, subject=subject, text=text)

    def _notice(self, kind: NoticeKind, identity: str, group: Sequence[Told], subject: str, text: str) -> Notice:
        first, digest = group[0], hashlib.sha256(identity.encode()).hexdigest()[:32]
        return Notice(
            f"{kind}:{digest}",
            first.item.order_key,
            kind=kind,
            to=person_of(first.assignee),
            subject=subject,
            text=text,
            orders=tuple(dict.fromkeys(one.item.order_key for one in group if one.item.kind is not ItemKind.DOCUMENT)),
            point_at=min(one.message.points[0].at for one in group),
            late=any(one.message.late for one in group),
        )

    def _facts(self, one: Told, now: datetime) -> dict[str, Any]:
        """Return what a template may use about one point; the names are those of `texts/facts.py`."""
        item, deadline, (point, *merged) = one.item, one.deadline, one.message.points
        part = {ItemKind.CLOCK: item.name, ItemKind.CO_EXECUTOR: f"соисполнитель {item.name}"}
        review = WORDS[Matter(item.name)] if item.kind is ItemKind.REVIEW else None
        return {
            "вид": "напоминание" if point.kind is PointKind.REMINDER else "эскалация",
            "номер": item.title,
            "поручение": item.text,
            "часть": part.get(item.kind, ""),
            "исполнитель": item.lead if review else item.person,
            "получатель": "; ".join(one.assignee.path) or str(one.assignee.ref),
            "замещает": one.assignee.stands_in_for,
            "точка": point.rung,
            "остаток": left_text(deadline.due_at, now, self._decider.calendar, hourly=deadline.hourly),
            "срок": due_text(deadline, self._decider.calendar),
            "основание": citation(deadline.act, deadline.clause) if deadline.act else HOUSE_ORDER,
            "посчитан": deadline.term,
            "не_принято": point.ends_with_acceptance,
            "пропущено": [other.rung for other in merged],
            "сбой": one.message.late,
            "сведения_на": one.as_of,
            "ждёт": item.kind is ItemKind.DOCUMENT,
            "чего": review.what if review else "",
            "сделать": review.remedy if review else "",
            "рассматривает": item.person if review else "",
        }


def _of_change(item: DueItem) -> bool:
    """Tell whether it is the clock of an unread change, which holds all else of its order."""
    return item.kind is ItemKind.REVIEW and item.name == Matter.CHANGE


def _broken(item: DueItem, what: str, error: Exception) -> BrokenItem:
    return BrokenItem(item.id, item.order_key, f"{what}: {type(error).__name__}: {error}")


def _batches(advances: Sequence[Advance], size: int) -> Iterator[list[Advance]]:
    """Yield items together so that all that one person is to be told stands in one batch of about so many messages."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for one in advances:
        names = [str(told.assignee.person) for told in one.told]
        for name in names[1:]:
            leader[find(name)] = find(names[0])
    together: dict[str, list[Advance]] = {}
    batch: list[Advance] = []
    for one in advances:
        if one.told:
            together.setdefault(find(str(one.told[0].assignee.person)), []).append(one)
        else:
            batch.append(one)
    for group in together.values():
        if batch and sum(len(one.told) for one in (*batch, *group)) > size:
            yield batch
            batch = []
        batch += group
    if batch:
        yield batch


def _once_a_person(told: Sequence[Told]) -> list[Told]:
    """Merge what one item would tell one person twice in the same way at one moment."""
    kept: dict[tuple[str, PointKind], Told] = {}
    for one in told:
        key = (str(one.assignee.person or one.assignee.ref), one.message.points[0].kind)
        if key in kept:
            first = kept[key]
            first.message = replace(first.message, points=(*first.message.points, *one.message.points))
        else:
            kept[key] = one
    return list(kept.values())


def _pointless(one: Told) -> str:
    """Return why nobody is told, or «»."""
    if one.assignee.person is None:
        return NOBODY
    if one.item.state == OrderState.REFUSED and one.message.points[0].kind is PointKind.REMINDER:
        return "исполнитель вернул поручение"
    return ""


def _points(one: Told, message_id: str, now: datetime, *, merged: bool) -> list[FiredPoint]:
    return [
        FiredPoint(
            item_id=one.item.id,
            order_key=one.item.order_key,
            planned_at=point.at,
            fired_at=now,
            kind=point.kind,
            rung=point.rung,
            to_ref=str(point.to),
            person=one.assignee.person or "",
            late=one.message.late,
            fate=Fate.MERGED if merged or number else Fate.SENT,
            message_id=message_id,
        )
        for number, point in enumerate(one.message.points)
    ]


def _identity(point: PlannedPoint) -> str:
    return f"{point.kind} {point.rung} {point.at.isoformat()}"
