"""Recount: when the calendar changes, all that is open is counted again by it, a person at a time, and he is told once.

Each item remembers by which calendar it was counted, so that a stop half-way loses nothing and two workers do it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from poruchik.clock import Clock
from poruchik.control.giving import person_of
from poruchik.control.item import ItemKind, ItemState, Plan, next_moment
from poruchik.control.opening import Item
from poruchik.control.recount import by_calendar
from poruchik.control.wording import due_text
from poruchik.lanes.park import park
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Command, Create, Extend, Notice, NoticeKind, Operation
from poruchik.model.delivery import OutboxState
from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import StoredOrder
from poruchik.organization.structure import Organization
from poruchik.store.database import Store, Transaction
from poruchik.store.items import BrokenItem
from poruchik.texts.facts import CALENDAR_CHANGED
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text

BATCH = 500
"""Items of one transaction, more where one person has more: he is told of all of them at once."""
LINES = 200
"""Of one message; the contract takes no more orders."""
WHAT = "календарь изменён"


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """A deadline that the calendar has moved, or confirmed where it is the same as before."""

    title: str
    part: str
    person: str
    unit: str
    before: date
    after: date
    late: bool
    """Whether it has passed by the new calendar and had not by the old one."""

    @property
    def moved(self) -> bool:
        """Tell whether it is another day."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class _Counted:
    item: Item
    plan: Plan
    order: StoredOrder | None
    deadline: MovedDeadline

    @property
    def tells(self) -> bool:
        """Tell whether there is anything to say of it."""
        return self.deadline.moved or self.plan.deadline.confirmed != self.item.plan.deadline.confirmed


class Recount:
    """Counts again what is open. `digest_system` takes the messages of those who have orders in several systems."""

    def __init__(
        self,
        store: Store,
        calendar: WorkCalendar,
        organization: Organization,
        texts: Texts,
        clock: Clock,
        *,
        digest_system: str = "",
    ) -> None:
        self._store = store
        self._calendar = calendar
        self._organization = organization
        self._texts = texts
        self._clock = clock
        self._digest_system = digest_system
        self._after: tuple[str, int] | None = None
        self.done = False

    def run(self, *, enough: Callable[[], bool] = lambda: False) -> list[MovedDeadline]:
        """Count until nothing is left, or it is enough; return what moved, or was confirmed."""
        told: list[MovedDeadline] = []
        while not self.done and not enough():
            told += self._batch()
        return told

    def what_if(self) -> list[MovedDeadline]:
        """Return what would move; write nothing."""
        now = self._clock.now()
        with self._store.reading() as reading:
            items = list(reading.items.every_open())
            keys = {item.order_key for item in items}
            orders = reading.orders.by_keys(keys)
        leads = {item.order_key: item for item in items if item.kind is ItemKind.LEAD}
        found, _ = self._count(items, leads, orders, now)
        return [one.deadline for one in found if one.tells]

    def _batch(self) -> list[MovedDeadline]:
        version = self._calendar.version
        with self._store.reading() as reading:
            rows = reading.items.counted_otherwise(version, BATCH, after=self._after)
            if len(rows) == BATCH:
                last = rows[-1][2]
                others = [row for row in rows if row[2] != last]
                rows = others or reading.items.counted_otherwise(version, None, after=self._after, person=last)
        if not rows:
            self.done = True
            return []
        self._after = rows[-1][2], rows[-1][0]
        return self._write({row[0] for row in rows}, {row[1] for row in rows})

    def _write(self, ids: set[int], keys: set[str]) -> list[MovedDeadline]:
        now = self._clock.now()
        with self._store.writing() as writing:
            orders = writing.orders.lock(keys)
            writing.items.lock(keys)
            # Read again under the lock: people may have moved the order meanwhile, or another worker may have counted.
            parts = [item for group in writing.items.about(keys).values() for item in group]
            leads = {item.order_key: item for item in parts if item.kind is ItemKind.LEAD}
            mine = [item for item in parts if item.id in ids and self._counts(item)]
            counted, broken = self._count(mine, leads, orders, now)
            park(writing, [*writing.items.broken, *broken], now)
            writing.items.save([self._under(one, now) for one in counted], now)
            moved = [one for one in counted if one.tells]
            self._move_orders(writing, moved, now)
            self._tell(writing, [one for one in moved if one.deadline.moved], now)
            writing.audit.add(_journal(moved, now))
        return [one.deadline for one in moved]

    def _counts(self, item: Item) -> bool:
        return item.state in (ItemState.ACTIVE, ItemState.PAUSED) and item.counted_by != self._calendar.version

    def _count(
        self, items: Iterable[Item], leads: Mapping[str, Item], orders: Mapping[str, StoredOrder], now: datetime
    ) -> tuple[list[_Counted], list[BrokenItem]]:
        """Return items with their plans by the calendar; what cannot be counted is broken, and the others are."""
        counted, broken = [], []
        for item in items:
            order = orders.get(item.order_key)
            try:
                plan = by_calendar(item, leads.get(item.order_key), self._calendar)
                counted.append(_Counted(item, plan, order, self._compared(item, plan, order, now)))
            except Exception as error:  # noqa: BLE001 — one plan must not stop the others, whatever is wrong with it
                cause = f"срок не пересчитывается: {type(error).__name__}: {error}"
                broken.append(BrokenItem(item.id, item.order_key, cause))
        return counted, broken

    def _compared(self, item: Item, plan: Plan, order: StoredOrder | None, now: datetime) -> MovedDeadline:
        before, after = item.plan.deadline, plan.deadline
        late = after.late_from(self._calendar) <= now < before.late_from(self._calendar)
        title = order.title if order else item.order_key.partition(":")[2]
        return MovedDeadline(title, item.name, item.person, item.unit, before.due_on, after.due_on, late)

    def _under(self, one: _Counted, now: datetime) -> Item:
        item, plan = one.item, one.plan
        if plan == item.plan:
            return replace(item, counted_by=self._calendar.version)
        progress = replace(item.progress, resumed_at=now)  # what comes late now comes late because of the calendar
        following = None
        if item.state is ItemState.ACTIVE:
            following = next_moment(plan, progress, accepted=item.accepted, calendar=self._calendar)
        return replace(
            item,
            plan=plan,
            progress=progress,
            snapshot="",
            next_at=following,
            late_at=plan.deadline.late_from(self._calendar) if item.late_at else None,
            counted_by=self._calendar.version,
        )

    # --- what follows from it ---------------------------------------------------------------------

    def _move_orders(self, writing: Transaction, moved: Sequence[_Counted], now: datetime) -> None:
        """Write the terms of the orders, and let the systems know: in the command that waits, else by another."""
        leads = {
            one.order.key: one
            for one in moved
            if one.order and one.item.kind is ItemKind.LEAD and one.item.plan.deadline.due_at == one.order.due_at
        }
        changed = {key: one for key, one in leads.items() if one.plan.deadline.due_at != one.item.plan.deadline.due_at}
        writing.orders.save([self._dated(one) for one in changed.values()], now)
        parts: dict[str, list[_Counted]] = {}
        for one in moved:
            if one.order:
                parts.setdefault(one.order.key, []).append(one)
        unsent = {
            row.command.order_key: row
            for row in writing.outbox.unfinished_about(parts)
            if isinstance(row.command, Create)
            and row.state is OutboxState.WAITING
            and not row.outcome_unknown
            and row.command.order_key in parts
        }
        for key, row in unsent.items():
            assert isinstance(row.command, Create)
            command = self._rewritten(row.command, changed.get(key), parts[key])
            # Of a period that has not begun: its first day may be none any more.
            begins = self._calendar.next_working_moment(row.not_before) if row.not_before > now else None
            writing.outbox.rewrite(row.id, command, now, not_before=begins)
        known = [one for key, one in changed.items() if key not in unsent]
        writing.outbox.add([(one.order.system, self._extend(one, now)) for one in known if one.order], now)

    def _dated(self, one: _Counted) -> StoredOrder:
        order, deadline = one.order, one.plan.deadline
        assert order is not None  # or it would not have been chosen
        return replace(
            order,
            due_at=deadline.due_at,
            due_on=deadline.due_on,
            late_at=deadline.late_from(self._calendar),
            first_due_at=deadline.due_at if order.first_due_at == order.due_at else order.first_due_at,
            furthest_on=deadline.due_on if order.furthest_on == order.due_on else order.furthest_on,
        )

    def _rewritten(self, command: Create, lead: _Counted | None, parts: Sequence[_Counted]) -> Create:
        by_person = {one.item.name: one.plan.deadline for one in parts if one.item.kind is ItemKind.CO_EXECUTOR}
        helpers = tuple(
            replace(one, due_at=by_person[one.person.name].due_at) if one.person.name in by_person else one
            for one in command.co_executors
        )
        command = replace(command, co_executors=helpers)
        if lead is None:
            return command
        deadline = lead.plan.deadline
        note = f"Календарь изменён, срок пересчитан: {due_text(deadline, self._calendar)}."
        explanation = f"{command.explanation}\n{note}"
        return replace(command, due_at=deadline.due_at, due_on=deadline.due_on, explanation=explanation)

    def _extend(self, one: _Counted, now: datetime) -> Extend:
        deadline, key = one.plan.deadline, one.item.order_key
        comment = f"Календарь изменён, срок пересчитан: {due_text(deadline, self._calendar)}."
        message_id = f"{key}:{Operation.EXTEND}:calendar-{now:%Y%m%d%H%M%S}"
        return Extend(message_id, key, deadline.due_at, deadline.due_on, comment)

    def _tell(self, writing: Transaction, moved: Sequence[_Counted], now: datetime) -> None:
        """Tell each person once, of all that has moved for him."""
        today = now.astimezone(self._calendar.zone).date()
        writing.outbox.add(list(self._messages(moved, today, now)), now)

    def _messages(self, moved: Sequence[_Counted], today: date, now: datetime) -> Iterator[tuple[str, Command]]:
        groups: dict[tuple[str, str], list[_Counted]] = {}
        for one in moved:
            system = one.order.system if one.order else one.item.order_key.partition(":")[0]
            if one.item.person:
                groups.setdefault((one.item.person, self._digest_system or system), []).append(one)
        for (person, system), every in groups.items():
            to = self._present(person, every[0].item.unit, today)
            if to.person is None:
                continue
            for begin in range(0, len(every), LINES):
                group = every[begin : begin + LINES]
                subject, text = self._texts.render(CALENDAR_CHANGED, _facts(group, len(every)))
                first = group[0].item
                named = f"{person} {first.key} {self._calendar.version} {now.isoformat()}"
                orders = tuple(dict.fromkeys(one.order.key for one in group if one.order))
                yield (
                    system,
                    Notice(
                        f"{NoticeKind.ANSWER}:{hashlib.sha256(named.encode()).hexdigest()[:32]}",
                        first.order_key,
                        kind=NoticeKind.ANSWER,
                        to=person_of(to),
                        subject=subject,
                        text=text,
                        orders=orders,
                    ),
                )

    def _present(self, person: str, unit: str, today: date) -> Assignee:
        ref = PersonRef(RefKind.PERSON, person)
        if self._organization.employee(person) is None:
            return Assignee(ref, person, unit or None)
        return self._organization.resolve(ref, today)


def _facts(group: Sequence[_Counted], total: int) -> dict[str, object]:
    return {
        "всего": total,
        "строки": [
            {
                "номер": one.deadline.title,
                "поручение": one.order.text if one.order else "документ ждёт решения",
                "часть": one.deadline.part,
                "было": day_text(one.deadline.before),
                "стало": day_text(one.deadline.after),
                "прошёл": one.deadline.late,
            }
            for one in group
        ],
    }


def _journal(moved: Sequence[_Counted], now: datetime) -> list[AuditEntry]:
    """Return one line an order."""
    lines: dict[str, list[str]] = {}
    for one in moved:
        lines.setdefault(one.item.order_key, []).append(_words(one.deadline))
    return [AuditEntry(now, WHAT, key, "; ".join(words)) for key, words in lines.items()]


def _words(one: MovedDeadline) -> str:
    part = f"{one.part}: " if one.part else ""
    if not one.moved:
        return f"{part}срок прежний, {day_text(one.after)}, год утверждён"
    return f"{part}срок {day_text(one.before)} → {day_text(one.after)}"
