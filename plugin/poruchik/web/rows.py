"""An order as one row of a list: what people read of it at a glance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from poruchik.control.wording import day_or_moment, ends_a_day, left_text, waiting_words
from poruchik.model.inbox import InboxItem, WaitingDocument
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.store.overview import Horizon
from poruchik.texts.labels import STATES
from poruchik.workcalendar.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `tone` is how urgent: «late», «today», «soon», «calm», «done»."""

    id: int
    title: str
    lead: str
    unit: str
    due: str
    left: str
    tone: str
    state: str
    text: str
    basis: str
    priority: int | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A document that waits for a person, as a row of a list; `tone` as of an order."""

    item: InboxItem
    due: str
    left: str
    tone: str


def waiting_rows(waiting: Iterable[WaitingDocument], horizon: Horizon, calendar: WorkCalendar) -> list[WaitingRow]:
    """Return documents that wait as rows."""
    return [
        WaitingRow(one.item, *waiting_words(one, horizon.now, calendar), _tone(one.due_at, one.late_at, horizon))
        for one in waiting
    ]


def rows(orders: Iterable[StoredOrder], horizon: Horizon, calendar: WorkCalendar) -> list[Row]:
    """Return orders as rows."""
    return [_row(order, horizon, calendar) for order in orders]


def due_words(order: StoredOrder, calendar: WorkCalendar) -> str:
    """Return the term: the day, and the hour where it is not the end of that day."""
    if order.due_at is None:
        return "без срока"
    return day_or_moment(order.due_at, calendar)


def left_words(order: StoredOrder, now: datetime, calendar: WorkCalendar) -> str:
    """Return how much is left, or what ended it."""
    if order.state == OrderState.CANCELLED:
        return "аннулировано"
    if order.closed_at:
        return f"закрыто {order.closed_at.astimezone(calendar.zone):%d.%m.%Y}"
    if order.reported_at:
        return "отчёт сдан, ждёт приёмки"
    if order.due_at is None:
        return "для сведения"
    if order.stopped_until:
        return f"срок стоит, не позднее {order.stopped_until.astimezone(calendar.zone):%d.%m.%Y} пойдёт дальше"
    due = order.due_at.astimezone(calendar.zone)
    return left_text(due, now, calendar, hourly=not ends_a_day(due, calendar))


def _row(order: StoredOrder, horizon: Horizon, calendar: WorkCalendar) -> Row:
    return Row(
        id=order.id,
        title=order.title,
        lead=order.lead or "никто",
        unit=order.unit,
        due=due_words(order, calendar),
        left=left_words(order, horizon.now, calendar),
        tone=tone(order, horizon),
        state=STATES[OrderState(order.state)],
        text=order.text,
        basis=order.basis,
        priority=order.priority,
    )


def tone(order: StoredOrder, horizon: Horizon) -> str:
    """Return how urgent an order is."""
    if order.closed_at or order.reported_at:
        return "done"
    return _tone(order.due_at, order.late_at, horizon)


def _tone(due_at: datetime | None, late_at: datetime | None, horizon: Horizon) -> str:
    if due_at is None:
        return "calm"
    if late_at is not None and late_at <= horizon.now:
        return "late"
    if due_at <= horizon.today:
        return "today"
    return "soon" if due_at <= horizon.soon else "calm"
