"""Comparison: an order as it stands here against what its system shows of it. Pure.

What people did and nobody told is a change. What cannot be told from the state alone is left to a person: a report
without its content would only be returned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from poruchik.model.audit import PROGRAM
from poruchik.model.difference import Difference, DifferenceKind
from poruchik.model.exchange import ChangeKind, FoundOrder, OrderChange
from poruchik.model.standing import CLOSED, OrderState, StoredOrder
from poruchik.organization.structure import Organization
from poruchik.texts.labels import STATES
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.daylike import day_meant
from poruchik.workcalendar.wording import moment_text

FOUND_BY = f"{PROGRAM}, при сверке"
_RECEIPT = (OrderState.WAITING, OrderState.NEW, OrderState.DELIVERED, OrderState.ACCEPTED)
"""In this order: a system that is further has been told of receipt or acceptance."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares the orders of one system at a moment. `zone` is the system's, where its settings name one."""

    organization: Organization
    calendar: WorkCalendar
    now: datetime
    zone: str = ""

    def differences(self, order: StoredOrder, found: FoundOrder | None) -> Iterator[Difference]:
        """Yield in what an order differs from what the system shows; None is one that it does not have."""
        if found is None:
            yield self._difference(order, DifferenceKind.GONE, STATES[OrderState(order.state)], "такого поручения нет")
            return
        if found.unreadable:
            here = STATES[OrderState(order.state)]
            yield self._difference(order, DifferenceKind.UNREADABLE, here, found.unreadable)
            return
        if found.lead and found.lead != order.lead:
            # Another spelling of a name is nobody whom the order could be handed to.
            known = self.organization.employee(found.lead) is not None
            change = self._change(order, ChangeKind.REASSIGNED, lead=found.lead) if known else None
            yield self._difference(order, DifferenceKind.LEAD, order.lead, found.lead, change)
        if found.due_at and not self._same_term(order, found.due_at):
            change = self._change(order, ChangeKind.EXTENDED, due_at=found.due_at)
            yield self._difference(order, DifferenceKind.TERM, self._day(order.due_at), self._day(found.due_at), change)
        if found.state in STATES and found.state != order.state:
            yield from self._of_state(order, OrderState(found.state), handed_over=found.lead != order.lead)

    def _of_state(self, order: StoredOrder, there: OrderState, *, handed_over: bool) -> Iterator[Difference]:
        here, change = OrderState(order.state), None
        if there is OrderState.NEW and (here in _RECEIPT or handed_over):
            return  # a system may keep no receipt, and whoever takes over begins anew
        further = here in _RECEIPT and there in _RECEIPT and _RECEIPT.index(there) > _RECEIPT.index(here)
        if there in CLOSED or further:
            change = self._change(order, ChangeKind(there.value))
        yield self._difference(order, DifferenceKind.STATE, STATES[here], STATES[there], change)

    def _same_term(self, order: StoredOrder, there: datetime) -> bool:
        """Tell whether two terms are one: where it is the end of a day, a system may keep another time of that day."""
        day = day_meant(there, [self.calendar.zone, *([ZoneInfo(self.zone)] if self.zone else [])])
        if order.due_at is not None and order.due_at == order.late_at:
            return there == order.due_at
        return order.due_on in (day, there.astimezone(self.calendar.zone).date())

    def _change(self, order: StoredOrder, kind: ChangeKind, **content: Any) -> OrderChange:
        day = self.now.astimezone(self.calendar.zone).date()
        name = f"reconcile:{day}:{order.id}:{kind}"
        return OrderChange(name, order.key, kind, self.now, FOUND_BY, "так в системе", **content)

    def _difference(
        self, order: StoredOrder, kind: DifferenceKind, here: str, there: str, change: OrderChange | None = None
    ) -> Difference:
        return Difference(order.key, kind, here, there, self.now, change)

    def _day(self, moment: datetime | None) -> str:
        return moment_text(moment.astimezone(self.calendar.zone)) if moment else "без срока"
