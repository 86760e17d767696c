"""An executor's page: own orders by real risk, what each lacks before it can be closed, who stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from poruchik.model.standing import OrderState, StoredOrder
from poruchik.organization.parts import Absence
from poruchik.store.overview import NOT_ACCEPTED, Filter, Standing
from poruchik.web.access import Right, own_scope
from poruchik.web.card import checks_of
from poruchik.web.page import Page, Shown, Visit
from poruchik.web.rows import Row, rows, tone

SHOWN = 200
_AHEAD = timedelta(days=60)
"""How far ahead absences are shown."""
_RANKS = {"late": 0, "today": 1, "soon": 2, "calm": 3, "done": 4}


@dataclass(frozen=True, slots=True)
class Own:
    """One order of the visitor: what to do next, what is missing, by which clause it is due; for whom."""

    row: Row
    next: str
    missing: tuple[str, ...]
    helping: bool
    instead_of: str


def mine(visit: Visit) -> Shown:
    """Show the page."""
    scope = own_scope(visit.user, visit.site.policy.organization, visit.now.date())
    with visit.site.store.reading() as reading:
        found = reading.overview.orders(scope, Filter(standing=Standing.OPEN), visit.horizon, limit=SHOWN)
        count = reading.overview.count(scope, Filter(standing=Standing.OPEN), visit.horizon)
    found.sort(key=lambda order: _risk(order, visit))
    listed = rows(found, visit.horizon, visit.site.calendar)
    own = [_own(order, row, scope.people or ()) for order, row in zip(found, listed, strict=True)]
    away, instead = _absences(visit)
    return Shown("mine.html", {"own": own, "count": count, "away": away, "instead": instead, "start": _start(own)})


def _risk(order: StoredOrder, visit: Visit) -> tuple[object, ...]:
    """Order by what may really go wrong: late, due; then by priority, what was sent back, what nobody accepted."""
    rank = _RANKS[tone(order, visit.horizon)]
    returned, untouched = order.state != OrderState.RETURNED, order.state not in NOT_ACCEPTED
    priority = order.priority is None, order.priority or 0
    return rank, *priority, returned, untouched, order.due_at is None, order.due_at or order.registered_on, order.id


def _own(order: StoredOrder, row: Row, people: Sequence[str]) -> Own:
    missing = tuple(check.name for check in checks_of(order) if not check.done)
    instead_of = order.lead if order.lead in people[1:] else ""
    return Own(row, _next(order), missing, order.lead not in people, instead_of)


def _next(order: StoredOrder) -> str:
    """Return the next thing to do, in the executor's own system."""
    match order.state:
        case OrderState.WAITING:
            return "скоро придёт в СЭД"
        case OrderState.NEW | OrderState.DELIVERED:
            return "примите или верните «не моё»"
        case OrderState.REFUSED:
            return "возвращено, решает контролёр"
        case OrderState.RETURNED:
            return "дополните отчёт: его вернули"
        case OrderState.REPORTED:
            return "ждите приёмки отчёта"
    return "исполните и сдайте отчёт"


def _start(own: list[Own]) -> str:
    first = next((one for one in own if one.row.tone != "done"), None)
    if first is None:
        return "Открытых поручений нет." if not own else "Всё сдано и ждёт приёмки."
    return f"Начните с {first.row.title}: {first.row.left}, {first.next}."


def _absences(visit: Visit) -> tuple[list[Absence], list[Absence]]:
    """Return the visitor's own absences that are coming, and those in which the visitor stands in."""
    today: date = visit.now.date()
    coming = [
        one for one in visit.site.policy.organization.absences if one.until >= today and one.since <= today + _AHEAD
    ]
    person = visit.user.person
    return [one for one in coming if one.person == person], [one for one in coming if one.substitute == person]


PAGES = (Page("/mine", Right.OWN, show=mine, menu="Мои поручения"),)
