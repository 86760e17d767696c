"""Recognition: which orders of a decision a system has already, made before the database was put back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from poruchik.control.item import ItemState
from poruchik.control.opening import Item
from poruchik.model.decision import Decision
from poruchik.model.exchange import ListedOrder
from poruchik.model.order import Order, plain_key
from poruchik.model.standing import CLOSED, OrderState, StoredOrder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text

_OPEN = [state.value for state in OrderState if state not in CLOSED and state is not OrderState.WAITING]


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was found: the key of an order → its id in the system; what is no order of the decision is `strange`."""

    same: dict[str, str]
    strange: tuple[ListedOrder, ...]

    def leaves_doubts(self, decision: Decision) -> bool:
        """Tell whether an order would be made anew beside one that nobody could place."""
        return bool(self.strange) and any(order.key not in self.same for order in decision.orders)

    def kept(self, decision: Decision) -> Decision:
        """Return the decision with the ids by which the system knows its orders."""
        orders = tuple(replace(order, key=self.same.get(order.key, order.key)) for order in decision.orders)
        return replace(decision, orders=orders)


def recognise(decision: Decision, listed: Sequence[ListedOrder], calendar: WorkCalendar) -> Recognition:
    """Find the orders of a decision among those that the system has for its document.

    An order is known by its id, which before held the version of the policy; one whose rule was renamed since, by its
    executor and its day, where both fit one order alone.
    """
    left = {one.external_id: one for one in listed}
    same: dict[str, str] = {}
    for order in decision.orders:
        by_id = next((name for name in left if order.key in (name, plain_key(name))), None)
        if by_id:
            same[order.key] = by_id
            del left[by_id]
    anew = [order for order in decision.orders if order.key not in same]
    for order in anew:
        fits = [name for name, one in left.items() if all(_gist_of(order)) and _gist(one, calendar) == _gist_of(order)]
        rivals = [other for other in anew if _gist_of(other) == _gist_of(order)]
        if len(fits) == 1 and len(rivals) == 1:
            same[order.key] = fits[0]
            del left[fits[0]]
    return Recognition(same, tuple(left.values()))


def taken_over(order: StoredOrder, items: Sequence[Item], listed: ListedOrder) -> tuple[StoredOrder, list[Item]]:
    """Return an order that the system has already, with its items, as it stands there."""
    state = listed.state if listed.state in _OPEN else OrderState.NEW
    accepted = state == OrderState.ACCEPTED
    after = ItemState.PAUSED if state == OrderState.REPORTED else ItemState.ACTIVE
    kept = [replace(item, accepted=accepted, state=after) for item in items]
    return replace(order, internal_id=listed.id, state=state), kept


def is_over(listed: ListedOrder) -> bool:
    """Tell whether nothing is to be controlled any more."""
    return listed.state in CLOSED


def told(listed: Sequence[ListedOrder], calendar: WorkCalendar) -> str:
    """Say which orders a system has, for the person who decides what to do with them."""
    return "; ".join(_told(one, calendar) for one in listed)


def _told(one: ListedOrder, calendar: WorkCalendar) -> str:
    day = _day(one.due_at, calendar)
    return f"{one.lead or 'никто'}{f' до {day_text(day)}' if day else ''}, № {one.id}"


def _gist(one: ListedOrder, calendar: WorkCalendar) -> tuple[str, date | None]:
    return one.lead, _day(one.due_at, calendar)


def _gist_of(order: Order) -> tuple[str, date | None]:
    return order.lead.person or "", order.deadline.due_on if order.deadline else None


def _day(moment: datetime | None, calendar: WorkCalendar) -> date | None:
    return moment.astimezone(calendar.zone).date() if moment else None
