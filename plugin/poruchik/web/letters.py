"""Commands that were given up, sent once more."""

from __future__ import annotations

from poruchik.control.deed import outdated
from poruchik.model.audit import AuditEntry
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.store.database import Transaction
from poruchik.texts.labels import OPERATIONS
from poruchik.web.access import Right
from poruchik.web.gate import Refusal
from poruchik.web.page import Page, Redirect, Visit, missing


def retry(visit: Visit) -> Redirect:
    """Make a dead letter wait again; what may have been carried out is looked up first."""
    with visit.site.store.writing() as writing:
        item = _dead(visit, writing)
        order = writing.orders.lock([item.command.order_key]).get(item.command.order_key)
        if order and outdated(order, item.command):
            text = f"Поручение {order.title} с тех пор изменилось. Если это ещё нужно, сделайте заново с его карточки."
            raise Refusal(409, "Повторять уже нечего", text, back=_back(visit))
        now = visit.site.clock.now()
        if writing.outbox.retry([item.id], now):
            what = f"отправлено повторно: {OPERATIONS[item.command.operation]}"
            writing.audit.add([AuditEntry(now, what, item.command.order_key, who=visit.who)])
    return Redirect(_back(visit))


def _dead(visit: Visit, writing: Transaction) -> OutboxItem:
    item = writing.outbox.get(visit.path["id"])
    if item is None or item.state is not OutboxState.DEAD:
        raise missing("Недоставленного с этим номером")
    return item


def _back(visit: Visit) -> str:
    order = visit.form.get("order", "")
    return f"/orders/{order}?done=retry" if order.isascii() and order.isdigit() else "/system"


PAGES = (
    Page("/deliveries/{id:int}/retry", Right.CONTROL, do=retry),
    Page("/system/deliveries/{id:int}/retry", Right.SYSTEM, do=retry),
)
