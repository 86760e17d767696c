"""An administrator's page: queues, what waits longest, what was not delivered, systems, policy, calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from poruchik.lanes import intake, track
from poruchik.store.inbox import InboxState
from poruchik.store.outbox import OutboxState
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit

SHOWN = 50
_LONG = timedelta(hours=1)
"""Longer than this nothing waits while the service runs."""
_MONTH_TO_CONFIRM = 10


@dataclass(frozen=True, slots=True)
class Light:
    """One line of the traffic light: «good», «warning» or «bad», and what to do."""

    grade: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Connected:
    """A connected system: when something new was read of it, since when its oldest command waits."""

    name: str
    kind: str
    url: str
    documents_at: datetime | None
    changes_at: datetime | None
    waiting_since: datetime | None


def system(visit: Visit) -> Shown:
    """Show the page."""
    with visit.site.store.reading() as reading:
        inbox, deliveries = reading.inbox.counts(), reading.overview.deliveries()
        undecided = reading.inbox.oldest_new()
        dead = reading.outbox.listing(OutboxState.DEAD, limit=SHOWN)
        moved, oldest = reading.cursors.moved(), reading.outbox.oldest_unfinished()
        versions = reading.hits.versions()
        users = reading.users.listing()
    systems = [
        Connected(
            name=one.name,
            kind=one.kind.value,
            url=one.url,
            documents_at=moved.get((one.name, intake.LANE)),
            changes_at=moved.get((one.name, track.LANE)),
            waiting_since=oldest.get(one.name),
        )
        for one in visit.site.settings.systems
    ]
    lights = _lights(visit, undecided, oldest, deliveries.dead, inbox.get(InboxState.FAILED, 0))
    return Shown(
        "system.html",
        {
            "lights": lights,
            "worst": next((grade for grade in ("bad", "warning") if any(one.grade == grade for one in lights)), "good"),
            "inbox": inbox,
            "deliveries": deliveries,
            "dead": dead,
            "systems": systems,
            "policy": visit.site.policy,
            "versions": versions[:SHOWN],
            "years": _years(visit),
            "users": users,
        },
    )


def _lights(
    visit: Visit, undecided: datetime | None, oldest: dict[str, datetime], dead: int, failed: int
) -> list[Light]:
    now = visit.site.clock.now()
    found = []
    if undecided and now - undecided > _LONG:
        found.append(
            Light("bad", "Решения стоят", f"документ ждёт с {_at(visit, undecided)} — запущен ли poruchik run?")
        )
    for name, since in oldest.items():
        if now - since > _LONG:
            found.append(Light("bad", f"Отправка в {name} стоит", f"с {_at(visit, since)} — отвечает ли система?"))
    if dead:
        found.append(Light("warning", "Недоставленное", f"{dead} — прочтите причину ниже и повторите"))
    if failed:
        found.append(Light("warning", "Решение не получилось", f"{failed} — посмотрите в ручном разборе"))
    found += [
        Light("warning", f"Календарь {year} не подтверждён", "сроки, уходящие в этот год, предварительные")
        for year, act in _years(visit)
        if not act and (year == visit.now.year or visit.now.month >= _MONTH_TO_CONFIRM)
    ]
    return found or [Light("good", "Всё в порядке", "ничего не стоит, всё доставлено")]


def _years(visit: Visit) -> list[tuple[int, str]]:
    """Return this year and the next with the act that decreed their days, «» where there is none."""
    calendar = visit.site.calendar
    found = []
    for year in (visit.now.year, visit.now.year + 1):
        confirmation = calendar.confirmation(year)
        found.append((year, confirmation.act if confirmation else ""))
    return found


def _at(visit: Visit, moment: datetime) -> str:
    return f"{moment.astimezone(visit.site.calendar.zone):%d.%m.%Y %H:%M}"


PAGES = (Page("/system", Right.SYSTEM, show=system),)
