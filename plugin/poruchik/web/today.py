"""«Сегодня»: what a controller's morning begins with, in the order of that morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from poruchik.store.database import Transaction
from poruchik.store.overview import Filter, Grouping, Standing
from poruchik.texts.labels import CAUSES
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit
from poruchik.web.rows import Row, WaitingRow, rows, waiting_rows
from poruchik.workcalendar.duration import plural

SHOWN = 8
"""Rows of each list; the rest stands behind «ещё N»."""
_WINDOW = timedelta(days=30)
"""What the counters of past mistakes look back to."""
LATE_REGISTRATION, LATE_FORWARDING = 3, 7
"""Days from receipt to registration (59-ФЗ, ст. 8 ч. 2), from registration to forwarding (ст. 8 ч. 3)."""
_DAYS_AHEAD = 10
_UNITS = 12


@dataclass(frozen=True, slots=True)
class Section:
    """One list: its title, how many orders there are in all, the first of them in groups («» where not grouped)."""

    standing: Standing
    title: str
    empty: str
    count: int
    groups: Sequence[tuple[str, Sequence[Row]]]


@dataclass(frozen=True, slots=True)
class Counter:
    """A number beside the lists; `address` leads to what it counts, where there is such a list."""

    count: int
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """How many orders end on a day."""

    day: date
    count: int
    working: bool


def today(visit: Visit) -> Shown:
    """Show the page."""
    with visit.site.store.reading() as reading:
        sections = [_section(visit, reading, *one) for one in _sections(visit)]
        counters = _counters(visit, reading)
        days = _days(visit, reading)
        waiting, waiting_count = _waiting(visit, reading)
        units = reading.overview.tallies(visit.scope, Grouping.UNIT, visit.horizon, limit=_UNITS)
    return Shown(
        "today.html",
        {
            "sections": sections,
            "start": _where_to_begin(sections, counters, waiting),
            "counters": counters,
            "waiting": waiting,
            "waiting_count": waiting_count,
            "names": CAUSES,
            "days": days,
            "most": max([day.count for day in days], default=0) or 1,
            "units": units,
            "busiest": max([unit.open for unit in units], default=0) or 1,
            "shown": SHOWN,
            "by_unit": visit.query.get("by") == "unit",
        },
    )


def _sections(visit: Visit) -> Sequence[tuple[Standing, str, str]]:
    web = visit.site.settings.web
    ahead = f"{web.soon_days} {plural(web.soon_days, 'рабочий день', 'рабочих дня', 'рабочих дней')}"
    risk = f"{web.risk_days} {plural(web.risk_days, 'рабочего дня', 'рабочих дней', 'рабочих дней')}"
    return (
        (Standing.TODAY, "Сегодня последний день", "Сегодня ничего не кончается."),
        (Standing.OVERDUE, "Просрочено", "Просроченного нет."),
        (Standing.SOON, f"Кончается в ближайшие {ahead}", "В ближайшие дни ничего не кончается."),
        (Standing.RISK, f"Под угрозой: до срока не больше {risk}, а поручение не принято", "Всё близкое принято."),
    )


def _section(visit: Visit, reading: Transaction, standing: Standing, title: str, empty: str) -> Section:
    asked, scope = Filter(standing=standing), visit.scope
    by_unit = visit.query.get("by") == "unit"
    count = reading.overview.count(scope, asked, visit.horizon)
    orders = reading.overview.orders(scope, asked, visit.horizon, limit=SHOWN, by_unit=by_unit) if count else []
    listed = rows(orders, visit.horizon, visit.site.calendar)
    headings = groupby(listed, key=lambda row: (row.unit or "подразделение не указано") if by_unit else "")
    groups = [(heading, list(found)) for heading, found in headings]
    return Section(standing, title, empty, count, groups)


def _waiting(visit: Visit, reading: Transaction) -> tuple[list[WaitingRow], int]:
    """Return the first documents that wait for a person, and how many there are: of who may see them."""
    if not visit.may(Right.MANUAL):
        return [], 0
    found = reading.inbox.waiting(limit=SHOWN)
    return waiting_rows(found, visit.horizon, visit.site.calendar), sum(reading.overview.manual_causes().values())


def _counters(visit: Visit, reading: Transaction) -> list[Counter]:
    overview, scope, horizon = reading.overview, visit.scope, visit.horizon
    since = visit.now - _WINDOW

    def listed(standing: Standing, name: str) -> Counter:
        return Counter(overview.count(scope, Filter(standing=standing), horizon), name, f"/orders?what={standing}")

    found = [
        listed(Standing.REPORTED, "отчёты ждут приёмки"),
        listed(Standing.ASKED, "просьбы продлить срок"),
        listed(Standing.NOBODY, "без исполнителя"),
        Counter(
            overview.forwarded_late(scope, since, LATE_FORWARDING),
            f"переадресовано позже {LATE_FORWARDING} дней, за 30 дней",
        ),
    ]
    if visit.may(Right.MANUAL):
        late = overview.registered_late(since, LATE_REGISTRATION)
        found.append(Counter(late, f"зарегистрировано позже {LATE_REGISTRATION} дней, за 30 дней"))
        found += [
            Counter(count, f"ручной разбор: {CAUSES.get(code, code)}", f"/manual?cause={code}")
            for code, count in sorted(overview.manual_causes().items(), key=lambda one: -one[1])
        ]
    return found


def _days(visit: Visit, reading: Transaction) -> list[Day]:
    """Return the working days ahead, and the days off between on which something ends."""
    calendar, first = visit.site.calendar, visit.now.date()
    last = calendar.shift_working_days(first, _DAYS_AHEAD)
    counts = reading.overview.by_day(visit.scope, visit.now, calendar.day_end(last) + timedelta(hours=12))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    told = [Day(day, counts.get(day, 0), calendar.is_working_day(day)) for day in days]
    return [day for day in told if day.working or day.count]


def _where_to_begin(sections: Sequence[Section], counters: Sequence[Counter], waiting: Sequence[WaitingRow]) -> str:
    """Return one sentence that says what to do first, and why."""
    today, overdue, soon, risk = sections
    urgent = next((one for one in waiting if one.tone in ("late", "today")), None)
    if urgent and not today.count:
        return f"Начните с документа {urgent.item.title}, он ждёт решения: {urgent.left}."
    if today.count:
        first = today.groups[0][1][0]
        rest = f"; просрочено ещё {overdue.count}" if overdue.count else ""
        return f"Начните с {first.title} ({first.lead}): {first.left}. Сегодня кончается {today.count}{rest}."
    if overdue.count:
        first = overdue.groups[0][1][0]
        return f"Сегодня ничего не кончается. Начните с {first.title} ({first.lead}): {first.left}."
    if risk.count:
        first = risk.groups[0][1][0]
        return f"Просроченного нет. Начните с {first.title}: {first.left}, а {first.lead} ещё не принял(а) поручение."
    counted = next((one for one in counters if one.count and one.address), None)
    if counted:
        return f"Сроки под контролем. Посмотрите: {counted.name} — {counted.count}."
    if soon.count:
        return f"Всё принято и в срок. Ближайшее — {soon.groups[0][1][0].title}: {soon.groups[0][1][0].left}."
    return "Сейчас ничего не требует внимания."


PAGES = (Page("/today", Right.TODAY, show=today, menu="Сегодня"),)
