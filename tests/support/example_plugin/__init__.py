"""A plugin as another office would write it: a page and a report of its own, by the public interface alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from poruchik.marks import hookimpl
from poruchik.model.standing import StoredOrder
from poruchik.printing.content import Printed, PrintedTable
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit


def topics(visit: Visit) -> Shown:
    """Show how many orders there are of each topic, of those that the visitor may see."""
    with visit.site.store.reading() as reading:
        counts = Counter(one.topic for one in reading.orders.every() if visit.scope.units in (None, [one.unit]))
    return Shown("support.example_plugin:topics.html", {"counts": counts})


def by_topic(orders: Sequence[StoredOrder], now: datetime) -> Printed:
    """Return the orders of a period by topic."""
    rows = tuple((topic, str(count)) for topic, count in sorted(Counter(one.topic for one in orders).items()))
    return Printed(f"По темам на {now:%d.%m.%Y}", tables=(PrintedTable("Темы", ("Тема", "Поручений"), rows),))


@hookimpl
def poruchik_register_pages() -> Sequence[Page]:
    """Add the page of topics."""
    return [Page("/topics", Right.TODAY, show=topics, menu="Темы")]


@hookimpl
def poruchik_register_reports() -> Mapping[str, Callable[..., Printed]]:
    """Offer the report by topic."""
    return {"по темам": by_topic}
