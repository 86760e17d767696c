"""A change that could not be read or applied: read it again, enter what was done, or close it without consequences."""

from __future__ import annotations

from poruchik.control.deed import SHORTEST_REASON
from poruchik.control.entered import Entered, change_of
from poruchik.errors import IntegrationError, PoruchikError
from poruchik.lanes.changing import Changing
from poruchik.lanes.entering import Entering, dismiss, order_named
from poruchik.model.audit import AuditEntry
from poruchik.model.changes import ChangeState, KeptChange
from poruchik.model.standing import StoredOrder
from poruchik.texts.labels import CHANGES
from poruchik.web.access import Right
from poruchik.web.gate import Refusal
from poruchik.web.page import Page, Redirect, Shown, Visit, missing

_FIELDS = (
    *("order", "kind", "at", "by", "comment", "part", "lead", "due"),
    *("answered_on", "channel", "outcome", "promised", "deviation", "files"),
)


def change(visit: Visit) -> Shown:
    """Show a change that waits, without what it says: that may be what a citizen wrote."""
    return _shown(visit, _kept(visit))


def personal(visit: Visit) -> Shown:
    """Show the change as it came to whoever deals with it, and write down who looked."""
    if not visit.may(Right.MANUAL):
        raise missing("Изменения")
    kept = _kept(visit)
    now = visit.site.clock.now()
    subject = kept.order_key or kept.system
    entry = AuditEntry(now, "просмотр персональных данных", subject, visit.user.login, visit.who)
    with visit.site.store.writing() as writing:
        writing.audit.add([entry])
    return _shown(visit, kept, personal=True)


def replay(visit: Visit) -> Shown | Redirect:
    """Read the change again and apply it."""
    kept = _waiting(visit)
    try:
        made = _entering(visit, kept).replay(kept, visit.who)
    except IntegrationError as error:
        return _shown(visit, kept, refused=f"По-прежнему не читается: {error.what}")
    except PoruchikError as error:
        return _shown(visit, kept, refused=str(error))
    return _to_order(visit, made.order_key)


def enter(visit: Visit) -> Shown | Redirect:
    """Apply what a person read in the system itself."""
    kept, form, site = _waiting(visit), visit.form, visit.site
    try:
        with site.store.reading() as reading:
            named = form.get("order", "")
            key = order_named(reading, kept.system, named) if named else ""
        said = Entered(
            kind=form.get("kind", ""), at=form.get("at", ""), order_key=key, by=form.get("by", ""),
            comment=form.get("comment", ""), part=form.get("part", ""), lead=form.get("lead", ""),
            due=form.get("due", ""), answered_on=form.get("answered_on", ""), answer_channel=form.get("channel", ""),
            outcome=form.get("outcome", ""), promised=form.get("promised", ""), deviation=form.get("deviation", ""),
            attachments=tuple(form.get("files", "").splitlines()),
        )  # fmt: skip
        now, calendar = site.clock.now(), site.calendar
        made = _entering(visit, kept).enter(kept, lambda one: change_of(said, one, calendar, now, visit.who), visit.who)
    except PoruchikError as error:
        return _shown(visit, kept, refused=str(error))
    return _to_order(visit, made.order_key)


def close(visit: Visit) -> Shown | Redirect:
    """End the change without consequences; somebody says why."""
    kept, why = _waiting(visit), visit.form.get("comment", "")
    if len(why) < SHORTEST_REASON:
        return _shown(visit, kept, refused="Не сказано, почему изменение можно закрыть.")
    dismiss(visit.site.store, kept.id, why, visit.who, visit.site.clock.now())
    return _to_order(visit, kept.order_key)


def _shown(visit: Visit, kept: KeptChange, *, personal: bool = False, refused: str = "") -> Shown:
    order = _order(visit, kept.order_key)
    with visit.site.store.reading() as reading:
        items = reading.items.of_orders([order.key]).get(order.key, []) if order else []
    employees = sorted(visit.site.policy.organization.employees, key=lambda one: (one.unit, one.name))
    return Shown(
        "change.html",
        {
            "kept": kept,
            "order": order,
            "waiting": kept.state is ChangeState.REFUSED,
            "personal": personal,
            "refused": refused,
            "kinds": CHANGES,
            "parts": [one.name for one in items if one.name],
            "people": employees,
            "filled": {name: visit.form.get(name, "") for name in _FIELDS},
        },
        status=422 if refused else 200,
    )


def _kept(visit: Visit) -> KeptChange:
    with visit.site.store.reading() as reading:
        kept = reading.changes.get(visit.path["id"])
    if kept is None or kept.state is ChangeState.APPLIED:
        raise missing("Изменения")
    return kept


def _waiting(visit: Visit) -> KeptChange:
    kept = _kept(visit)
    if kept.state is not ChangeState.REFUSED:
        raise Refusal(409, "Изменение уже разобрано", "С ним решили без вас.", back="/manual")
    return kept


def _order(visit: Visit, key: str) -> StoredOrder | None:
    if not key:
        return None
    with visit.site.store.reading() as reading:
        return next((one for one in reading.orders.find(key) if one.key == key), None)


def _entering(visit: Visit, kept: KeptChange) -> Entering:
    site = visit.site
    connector = site.connectors.get(kept.system)
    if connector is None:
        raise PoruchikError(f"системы «{kept.system}» в настройках нет", remedy="скажите администратору")
    changing = Changing(connector, site.decider, site.texts, site.plugins, site.clock)
    return Entering(site.store, connector, changing, site.plugins)


def _to_order(visit: Visit, key: str) -> Redirect:
    order = _order(visit, key)
    return Redirect(f"/orders/{order.id}?done=change" if order else "/manual")


PAGES = (
    Page("/changes/{id:int}", Right.MANUAL, show=change),
    Page("/changes/{id:int}/personal", Right.PERSONAL, do=personal),
    Page("/changes/{id:int}/replay", Right.CONTROL, do=replay),
    Page("/changes/{id:int}/enter", Right.CONTROL, do=enter),
    Page("/changes/{id:int}/close", Right.CONTROL, do=close),
)
