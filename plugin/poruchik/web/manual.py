"""The manual queue: documents that wait for a person, by cause; and changes of orders that could not be read."""

from __future__ import annotations

from poruchik.model.changes import ChangeState
from poruchik.texts.labels import CAUSES
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit
from poruchik.web.rows import waiting_rows

SHOWN = 200


def queue(visit: Visit) -> Shown:
    """Show what waits, the terms of the law first, the earliest first."""
    cause = visit.query.get("cause", "")
    with visit.site.store.reading() as reading:
        counts = reading.overview.manual_causes()
        unread = reading.changes.count(ChangeState.REFUSED)
        changes = reading.changes.listing(ChangeState.REFUSED, limit=SHOWN)
        titles = reading.orders.titles(one.order_key for one in changes)
        waiting = waiting_rows(reading.inbox.waiting(code=cause, limit=SHOWN), visit.horizon, visit.site.calendar)
    causes = sorted(counts.items(), key=lambda one: -one[1])
    total = counts.get(cause, 0) if cause else sum(counts.values())
    facts = {
        "waiting": waiting, "causes": causes, "names": CAUSES, "cause": cause, "total": total, "changes": changes,
        "unread": unread, "titles": titles,
    }  # fmt: skip
    return Shown("manual.html", facts)


PAGES = (Page("/manual", Right.MANUAL, show=queue, menu="Ручной разбор"),)
