"""Letting the term of an order stand still, and go on: done here, because systems know no such thing."""

from __future__ import annotations

from functools import partial

from poruchik.control.deed import SHORTEST_REASON
from poruchik.control.suspension import longest_until, why_not_stop
from poruchik.errors import PoruchikError
from poruchik.lanes.changing import Changing
from poruchik.model.exchange import ChangeKind, OrderChange
from poruchik.model.standing import Demands, StoredOrder
from poruchik.web.access import Right
from poruchik.web.gate import Refusal
from poruchik.web.page import Page, Redirect, Shown, Visit
from poruchik.web.rows import due_words
from poruchik.workcalendar.wording import day_text

_KINDS = {"stop": ChangeKind.SUSPENDED, "go-on": ChangeKind.RESUMED}
_HOW = {"stop": "на странице: приостановить срок", "go-on": "на странице: возобновить срок"}


def may_stop(visit: Visit, order: StoredOrder) -> bool:
    """Tell whether the visitor may let the term stand still now."""
    allowed = Demands.read(order.demands).suspension
    return visit.may(Right.CONTROL) and not order.closed_at and not why_not_stop(order, allowed, visit.now)


def form(visit: Visit, refused: str = "") -> Shown:
    """Show what the act allows, and ask why."""
    order, calendar = visit.order(), visit.site.calendar
    allowed = Demands.read(order.demands).suspension
    stands = order.stopped_until is not None
    return Shown(
        "stop.html",
        {
            "order": order,
            "due_now": due_words(order, calendar),
            "stands": stands,
            "allowed": allowed,
            "until": day_text(longest_until(allowed, visit.now, calendar)) if allowed and not stands else "",
            "path": "go-on" if stands else "stop",
            "filled": visit.form.get("comment", ""),
            "refused": refused,
        },
        status=422 if refused else 200,
    )


def act(path: str, visit: Visit) -> Shown | Redirect:
    """Let the term stand still, or go on."""
    order, comment = visit.order(), visit.form.get("comment", "").strip()
    visit.require_caught_up(order.system, f"/orders/{order.id}")
    if len(comment) < SHORTEST_REASON:
        return form(visit, "Не сказано, почему: причину увидят исполнитель и проверяющий.")
    connector = visit.site.connectors.get(order.system)
    if connector is None:
        return form(visit, f"Системы «{order.system}» в настройках нет: скажите администратору.")
    site = visit.site
    changing = Changing(connector, site.decider, site.texts, site.plugins, site.clock)
    with site.store.writing() as writing:
        current = writing.orders.lock([order.key])[order.key]
        if visit.form.get("revision") != str(current.revision):
            text = f"Пока вы заполняли форму, поручение {order.title} изменилось. Откройте карточку и решите заново."
            raise Refusal(409, "Карточка изменилась", text, back=f"/orders/{order.id}")
        why = _why_not(path, current, visit)
        if not why:
            change = OrderChange(
                id=f"{path}:page-{current.revision}",
                order_key=order.key,
                kind=_KINDS[path],
                at=site.clock.now(),
                by=visit.who,
                comment=comment,
            )
            try:
                changing.done_here(writing, change, _HOW[path])
            except PoruchikError as error:
                why = str(error)
    return form(visit, f"Нельзя: {why}.") if why else Redirect(f"/orders/{order.id}?done={path}")


def _why_not(path: str, order: StoredOrder, visit: Visit) -> str:
    if path == "go-on":
        return "" if order.stopped_until else "срок и так идёт"
    return why_not_stop(order, Demands.read(order.demands).suspension, visit.now)


PAGES = tuple(Page(f"/orders/{{id:int}}/{path}", Right.CONTROL, show=form, do=partial(act, path)) for path in _KINDS)
