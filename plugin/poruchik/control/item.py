"""A control item: whatever has a term of its own, the plan of its points, and which of them come next. Pure.

The plan keeps references, not names: who is told is found when a point fires. Decisions: `docs/sroki.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from poruchik.control.plan import point_moment
from poruchik.control.recurrence import again
from poruchik.model import record
from poruchik.model.ladder import Anchor, EscalationStep, Recurrence, Rung
from poruchik.model.order import Counting, Deadline, PointKind
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.workcalendar.calendar import WorkCalendar

TAKEN_OVER = "взято на контроль просроченным"
"""The one point of an order whose term had passed before the installation."""
LATE = timedelta(minutes=15)
"""A point that fires so much later than planned was missed."""
_INSTANT = timedelta(microseconds=1)
_CONTROLLER = PersonRef(RefKind.CONTROLLER)


class ItemKind(StrEnum):
    """What has the term."""

    LEAD = "lead"
    CO_EXECUTOR = "co-executor"
    CLOCK = "clock"
    DOCUMENT = "document"
    """It waits for a person; there is no order yet, its key is that of the document."""
    REVIEW = "review"
    """What an order waits for from whoever controls it; it is no part of what is to be done."""


class ItemState(StrEnum):
    """Whether points may fire."""

    ACTIVE = "active"
    PAUSED = "paused"
    """A report was handed in and not returned."""
    DONE = "done"
    ENDED = "ended"
    """It was open when its order was closed: with the order it is opened again."""
    PARKED = "parked"
    """It cannot be read or told of; it waits for a person, and nothing else waits for it."""


OVER = (ItemState.DONE, ItemState.ENDED)
"""States of what nothing is due of any more."""


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point of the plan, by the rung of the policy; None of an order that was late before it came under control."""

    at: datetime
    kind: PointKind
    when: Rung | None
    to: PersonRef

    @property
    def rung(self) -> str:
        """Return the policy's words."""
        return str(self.when) if self.when else TAKEN_OVER

    @property
    def recurs(self) -> bool:
        """Tell whether it comes again as long as the order is late."""
        return self.when is not None and self.when.every is not None

    @property
    def ends_with_acceptance(self) -> bool:
        """Tell whether the executor's acceptance makes the point pointless."""
        return self.when is not None and self.when.anchor is Anchor.NOT_ACCEPTED

    @property
    def tells_of_delay(self) -> bool:
        """Tell whether the point is about a deadline that has passed."""
        return self.when is not None and self.when.anchor is Anchor.OVERDUE


@dataclass(frozen=True, slots=True)
class Plan:
    """The snapshot of an item: its term, its ladder, and its points in the order of time.

    `start` is when the term began, `issued_at` when the executor was given the part: acceptance counts from it.
    """

    start: datetime
    issued_at: datetime
    deadline: Deadline
    who: PersonRef
    reminders: tuple[Rung, ...]
    escalations: tuple[EscalationStep, ...]
    points: tuple[PlannedPoint, ...] = ()
    half: bool = False
    """The term of a part is half of the lead's, whatever that becomes."""

    @classmethod
    def make(
        cls,
        *,
        start: datetime,
        issued_at: datetime,
        deadline: Deadline,
        who: PersonRef,
        reminders: Sequence[Rung],
        escalations: Sequence[EscalationStep],
        calendar: WorkCalendar,
        half: bool = False,
    ) -> Plan:
        """Return the plan with its points counted."""
        plan = cls(start, issued_at, deadline, who, tuple(reminders), tuple(escalations), half=half)
        return plan.counted(calendar)

    def counted(self, calendar: WorkCalendar) -> Plan:
        """Return the plan with its points counted anew, as they follow from term and ladder."""
        steps = [(PointKind.REMINDER, rung, self.who) for rung in self.reminders]
        steps += [(PointKind.ESCALATION, step.when, step.to) for step in self.escalations]
        found: dict[tuple[datetime, PointKind, PersonRef, Recurrence | None], PlannedPoint] = {}
        for kind, rung, to in steps:
            start = self.issued_at if rung.anchor is Anchor.NOT_ACCEPTED else self.start
            at = point_moment(rung, start=start, deadline=self.deadline, calendar=calendar)
            if at is not None:
                found.setdefault((at, kind, to, rung.every), PlannedPoint(at, kind, rung, to))
        return replace(self, points=tuple(sorted(found.values(), key=lambda point: point.at)))

    def taken_over(self, calendar: WorkCalendar, to: PersonRef = _CONTROLLER) -> Plan:
        """Return the plan of what was late before it came under control: one line for the controller."""
        morning = calendar.day_start(calendar.next_working_day(self.issued_at.astimezone(calendar.zone).date()))
        only = PlannedPoint(morning, PointKind.ESCALATION, None, to)
        return replace(self, points=(only,))

    @property
    def levels(self) -> list[tuple[PlannedPoint, ...]]:
        """Return the escalations without the recurring ones; those of one moment are one level."""
        steps = [point for point in self.points if point.kind is PointKind.ESCALATION and not point.recurs]
        return [tuple(level) for _, level in groupby(steps, key=lambda point: point.at)]

    def stored(self) -> str:
        """Return the snapshot as a record that `read` reads back."""
        told: dict[str, Any] = {
            "start": self.start.isoformat(),
            "issued_at": self.issued_at.isoformat(),
            "deadline": _told_deadline(self.deadline),
            "who": str(self.who),
            "reminders": [str(rung) for rung in self.reminders],
            "escalations": [{"when": str(step.when), "to": str(step.to)} for step in self.escalations],
            "points": [_told_point(point) for point in self.points],
        }
        if self.half:
            told["half"] = True
        return record.write(2, told)

    @classmethod
    def read(cls, text: str) -> Plan:
        """Read what `stored` wrote, in this version or an earlier one; raise RecordUnreadable for a later one."""
        version, told = record.read(text, 2)
        with record.reading("план контроля"):
            escalations, points = told["escalations"], told["points"]
            if version == 0:  # arrays by place
                escalations = [{"when": when, "to": to} for when, to in escalations]
                names = ("at", "kind", "rung", "to", "daily")
                points = [dict(zip(names, point, strict=True)) for point in points]
            if version < 2:  # by their words, whatever they were
                points = [{**point, "when": None if point["rung"] == TAKEN_OVER else point["rung"]} for point in points]
            return cls(
                start=datetime.fromisoformat(told["start"]),
                issued_at=datetime.fromisoformat(told["issued_at"]),
                deadline=_deadline(told["deadline"]),
                who=PersonRef.parse(told["who"]),
                reminders=tuple(Rung.parse(text) for text in told["reminders"]),
                escalations=tuple(
                    EscalationStep(Rung.parse(step["when"]), PersonRef.parse(step["to"])) for step in escalations
                ),
                points=tuple(_point(point) for point in points),
                half=told.get("half", False),
            )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the plan of an item has been carried out."""

    reminded_until: datetime
    """Reminders planned up to this moment are dealt with."""
    raised_until: datetime
    """Levels of escalation planned up to this moment are dealt with."""
    level_planned: datetime | None = None
    level_fired: datetime | None = None
    recurred: Mapping[str, datetime] = field(default_factory=dict)
    """When each recurring rung, by its words, last fired."""
    resumed_at: datetime | None = None
    """What was missed before was missed because of a report, and not through an outage."""

    @classmethod
    def beginning(cls, plan: Plan) -> Progress:
        """Return the progress of a new plan: what lies before the order was issued does not count against anybody.

        Being overdue does: a level of that kind fires although its moment has passed.
        """
        overdue = [level[0].at for level in plan.levels if any(point.tells_of_delay for point in level)]
        return cls(plan.issued_at, min([plan.issued_at, *(at - _INSTANT for at in overdue)]))

    def extended(self, now: datetime) -> Progress:
        """Return the progress under a new term: the plan begins again from now."""
        return Progress(max(self.reminded_until, now), max(self.raised_until, now))

    def stored(self) -> str:
        """Return the progress as a record that `read` reads back; moments that are not known are left out."""
        told = {
            "reminded_until": self.reminded_until,
            "raised_until": self.raised_until,
            "level_planned": self.level_planned,
            "level_fired": self.level_fired,
            "resumed_at": self.resumed_at,
        }
        known: dict[str, Any] = {name: value.isoformat() for name, value in told.items() if value is not None}
        if self.recurred:
            known["recurred"] = {words: moment.isoformat() for words, moment in self.recurred.items()}
        return record.write(2, known)

    @classmethod
    def read(cls, text: str) -> Progress:
        """Read what `stored` wrote; versions 0 and 1 knew one kind of recurrence, each working day."""
        version, told = record.read(text, 2)
        with record.reading("ход контроля"):
            recurred = told.pop("recurred", {})
            if version < 2 and (daily := told.pop("daily_fired", None)):
                recurred = {str(Rung(Anchor.OVERDUE, every=Recurrence.WORKING_DAY)): daily}
            moments = {name: datetime.fromisoformat(value) for name, value in told.items()}
            return cls(
                reminded_until=moments["reminded_until"],
                raised_until=moments["raised_until"],
                level_planned=moments.get("level_planned"),
                level_fired=moments.get("level_fired"),
                recurred={words: datetime.fromisoformat(moment) for words, moment in recurred.items()},
                resumed_at=moments.get("resumed_at"),
            )


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is to be told: the first point is what it is about, the others are merged into it.

    `late` is True when it comes late through an outage and not through the executor.
    """

    to: PersonRef
    points: tuple[PlannedPoint, ...]
    late: bool = False


def next_moment(plan: Plan, progress: Progress, *, accepted: bool, calendar: WorkCalendar) -> datetime | None:
    """Return when something of the plan is due next; None when nothing is to come."""
    moments = [point.at for point in _reminders(plan, progress)][:1]
    level = _next_level(plan, progress, accepted, calendar)
    if level:
        moments.append(level[1])
    moments += [at for _, at in _recurring(plan, progress, calendar)]
    if not moments:
        return None
    return min(moments) if plan.deadline.hourly else calendar.next_working_moment(min(moments))


def fire(
    plan: Plan, progress: Progress, *, accepted: bool, now: datetime, calendar: WorkCalendar
) -> tuple[tuple[Message, ...], Progress]:
    """Return whom to tell now, and the progress after that.

    Several reminders become one message. After an outage the reminders and the first missed level become one, and
    further levels keep their distance from it. Outside working time a term in days fires nothing.
    """
    local = now.astimezone(calendar.zone)
    if not plan.deadline.hourly and calendar.next_working_moment(local) != local:
        return (), progress
    reminders = [point for point in _reminders(plan, progress) if point.at <= now]
    after = replace(progress, reminded_until=now) if reminders else progress
    raised: list[PlannedPoint] = []
    level = _next_level(plan, progress, accepted, calendar)
    if level and level[1] <= now:
        points, _ = level
        raised += [point for point in points if not (accepted and point.ends_with_acceptance)]
        after = replace(after, raised_until=points[0].at, level_planned=points[0].at, level_fired=now)
    for point, at in _recurring(plan, progress, calendar):
        if at <= now:
            raised.append(replace(point, at=at))
            after = replace(after, recurred={**after.recurred, point.rung: now})
    missed = [point.at for point in (*reminders, *raised) if now - point.at > LATE]
    late = any(progress.resumed_at is None or at > progress.resumed_at for at in missed)
    return tuple(_messages(reminders, raised, merge=bool(missed), late=late)), after


def blames_at(
    plan: Plan, progress: Progress, *, accepted: bool, now: datetime, calendar: WorkCalendar
) -> datetime | None:
    """Return when the latest of the escalations fell due that `fire` raises now; None when it raises none.

    Up to that moment it must be known what people did, or somebody is blamed who has done it.
    """
    level = _next_level(plan, progress, accepted, calendar)
    due = [level[1]] if level and level[1] <= now else []
    due += [at for _, at in _recurring(plan, progress, calendar) if at <= now]
    return max(due, default=None)


def upcoming(
    plan: Plan, progress: Progress, *, accepted: bool, now: datetime, calendar: WorkCalendar, limit: int = 20
) -> Iterator[tuple[datetime, Message]]:
    """Yield what is to come of a plan if nothing happens, with its moments; of a recurring point only the first."""
    shown: set[str] = set()
    for _ in range(limit):
        at = next_moment(plan, progress, accepted=accepted, calendar=calendar)
        if at is None:
            return
        now = max(at, now)
        messages, progress = fire(plan, progress, accepted=accepted, now=now, calendar=calendar)
        if not messages and calendar.next_working_moment(now) == now.astimezone(calendar.zone):
            return
        now = now if messages else calendar.next_working_moment(now)
        for message in messages:
            point = message.points[0]
            if not point.recurs:
                yield now, message
            elif point.rung not in shown:
                shown.add(point.rung)
                yield now, message


def _messages(
    reminders: Sequence[PlannedPoint], raised: Sequence[PlannedPoint], *, merge: bool, late: bool
) -> Iterator[Message]:
    merged = tuple(reversed(reminders))  # the latest is what the message is about
    if merged and not (merge and raised):
        yield Message(merged[0].to, merged, late)
        merged = ()
    for point in raised:
        yield Message(point.to, (point, *merged), late)
        merged = ()


def _reminders(plan: Plan, progress: Progress) -> list[PlannedPoint]:
    return [point for point in plan.points if point.kind is PointKind.REMINDER and point.at > progress.reminded_until]


def _next_level(
    plan: Plan, progress: Progress, accepted: bool, calendar: WorkCalendar
) -> tuple[tuple[PlannedPoint, ...], datetime] | None:
    """Return the points and the moment of the next level that still has a meaning."""
    for level in plan.levels:
        if level[0].at <= progress.raised_until or (accepted and all(point.ends_with_acceptance for point in level)):
            continue
        return level, _at_distance(level[0].at, progress, plan.deadline.hourly, calendar)
    return None


def _at_distance(planned: datetime, progress: Progress, hourly: bool, calendar: WorkCalendar) -> datetime:
    """Return when a level fires: as planned, or as far from the one before it as planned, where that one was late."""
    before, fired = progress.level_planned, progress.level_fired
    if before is None or fired is None or fired - before <= LATE:
        return planned
    if hourly:
        return max(planned, fired + (planned - before))
    planned, fired = planned.astimezone(calendar.zone), fired.astimezone(calendar.zone)
    days = calendar.count_working_days(before.astimezone(calendar.zone).date(), planned.date())
    if not days:
        return max(planned, calendar.next_working_moment(fired + (planned - before)))
    day = calendar.shift_working_days(fired.date(), days)
    return max(planned, calendar.next_working_moment(datetime.combine(day, planned.time(), calendar.zone)))


def _recurring(plan: Plan, progress: Progress, calendar: WorkCalendar) -> Iterator[tuple[PlannedPoint, datetime]]:
    """Yield the recurring points with the moment of each at which it comes next."""
    for point in plan.points:
        if point.when is None or not point.recurs:
            continue
        fired = progress.recurred.get(point.rung)
        if fired is None:
            yield point, point.at
        else:
            yield point, again(point.when, point.at, fired, calendar, hourly=plan.deadline.hourly)


def _told_point(point: PlannedPoint) -> dict[str, Any]:
    when = str(point.when) if point.when else None
    return {"at": point.at.isoformat(), "kind": point.kind.value, "when": when, "to": str(point.to)}


def _point(told: dict[str, Any]) -> PlannedPoint:
    at, kind, to = datetime.fromisoformat(told["at"]), PointKind(told["kind"]), PersonRef.parse(told["to"])
    return PlannedPoint(at, kind, Rung.parse(told["when"]) if told["when"] else None, to)


def _told_deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "due_at": deadline.due_at.isoformat(),
        "due_on": deadline.due_on.isoformat(),
        "rule": deadline.rule,
        "act": deadline.act,
        "clause": deadline.clause,
        "term": deadline.term,
        "steps": list(deadline.steps),
        "hourly": deadline.hourly,
        "confirmed": deadline.confirmed,
        "provisional": deadline.provisional,
        "counting": _told_counting(deadline.counting) if deadline.counting else None,
    }


def _told_counting(counting: Counting) -> dict[str, Any]:
    told: dict[str, Any] = {
        "start": counting.start.isoformat(),
        "duration": counting.duration,
        "roll": counting.roll,
        "until_midnight": counting.until_midnight,
        "cap": counting.cap.isoformat() if counting.cap else None,
    }
    if counting.stops:
        told["stops"] = [[since.isoformat(), until.isoformat()] for since, until in counting.stops]
    return told


def _deadline(told: dict[str, Any]) -> Deadline:
    counting = told["counting"]
    return Deadline(
        due_at=datetime.fromisoformat(told["due_at"]),
        due_on=date.fromisoformat(told["due_on"]),
        rule=told["rule"],
        act=told["act"],
        clause=told["clause"],
        term=told["term"],
        steps=tuple(told["steps"]),
        hourly=told["hourly"],
        confirmed=told["confirmed"],
        provisional=told["provisional"],
        counting=_counting(counting) if counting else None,
    )


def _counting(told: dict[str, Any]) -> Counting:
    return Counting(
        start=datetime.fromisoformat(told["start"]),
        duration=told["duration"],
        roll=told["roll"],
        until_midnight=told["until_midnight"],
        cap=_day_or_moment(told["cap"]) if told["cap"] else None,
        stops=tuple(
            (datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in told.get("stops", ())
        ),
    )


def _day_or_moment(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
