"""The lists of orders: filters in the address, search by number, person and words; and the breakdowns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from poruchik.model.order import citation
from poruchik.morphology import forms
from poruchik.store.database import Transaction
from poruchik.store.overview import Filter, Grouping, GroupTally, Standing
from poruchik.texts.words import query_words
from poruchik.web.access import Right
from poruchik.web.page import Page, Shown, Visit
from poruchik.web.rows import rows

PAGE = 50
LONGEST_QUERY = 200
STANDINGS = {
    Standing.OPEN: "Открытые",
    Standing.TODAY: "Сегодня последний день",
    Standing.OVERDUE: "Просроченные",
    Standing.SOON: "Кончаются скоро",
    Standing.RISK: "Под угрозой",
    Standing.REPORTED: "Отчёт ждёт приёмки",
    Standing.ASKED: "Просят продлить срок",
    Standing.NOBODY: "Без исполнителя",
    Standing.CLOSED: "Закрытые",
    Standing.ALL: "Все",
}
_GROUPINGS = {Grouping.UNIT: "по подразделениям", Grouping.PERSON: "по людям", Grouping.CLAUSE: "по пунктам актов"}


def listing(visit: Visit) -> Shown:
    """Show the orders that the address asks for."""
    asked = _asked(visit)
    number = _page(visit)
    text = visit.query.get("q", "").strip()[:LONGEST_QUERY]
    with visit.site.store.reading() as reading:
        asked, understood = _understood(visit, reading, asked, text) if text else (asked, "")
        count = reading.overview.count(visit.scope, asked, visit.horizon)
        found = reading.overview.orders(visit.scope, asked, visit.horizon, limit=PAGE, offset=(number - 1) * PAGE)
        units = reading.overview.units(visit.scope)
    return Shown(
        "orders.html",
        {
            "standings": STANDINGS,
            "asked": asked,
            "text": text,
            "understood": understood,
            "count": count,
            "rows": rows(found, visit.horizon, visit.site.calendar),
            "units": units,
            "people": _people(visit),
            "number": number,
            "pages": -(-count // PAGE) or 1,
            "day_from": visit.query.get("from", "") if asked.due_from else "",
            "day_to": visit.query.get("to", "") if asked.due_to else "",
        },
    )


def _asked(visit: Visit) -> Filter:
    """Read the address; what it cannot mean is left out."""
    query, calendar = visit.query, visit.site.calendar
    named = query.get("what", "")
    whole = Standing.ALL if query.get("q") else Standing.OPEN
    since, until = _day(query.get("from", "")), _day(query.get("to", ""))
    return Filter(
        standing=Standing(named) if named in list(Standing) else whole,
        unit=query.get("unit", ""),
        lead=query.get("lead", ""),
        act=query.get("act", ""),
        clause=query.get("clause", ""),
        due_from=datetime.combine(since, datetime.min.time(), calendar.zone) if since else None,
        due_to=datetime.combine(until, datetime.min.time(), calendar.zone) + timedelta(days=1, microseconds=-1)
        if until
        else None,
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 < day.year < 2200 else None


def _page(visit: Visit) -> int:
    text = visit.query.get("page", "1")
    return min(max(int(text), 1), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _understood(visit: Visit, reading: Transaction, asked: Filter, text: str) -> tuple[Filter, str]:
    """Take a search for a number, else for a person, else for words; return also how it was taken."""
    for number in dict.fromkeys((text, text.upper())):
        numbered = replace(asked, number=number)
        if reading.overview.count(visit.scope, numbered, visit.horizon):
            return numbered, f"номер {number}"
    person = _person(visit, text)
    if person:
        return replace(asked, lead=person), f"исполнитель {person}"
    words = tuple(query_words(text))
    if not words or not visit.may(Right.PERSONAL):  # by its words a letter could be read in part
        return replace(asked, number=text), f"номер {text}"
    return replace(asked, words=words), "слова в карточке, в любой форме"


def _person(visit: Visit, text: str) -> str | None:
    """Return the one employee that a name means, in whatever case it is written."""
    wanted = query_words(text.replace(".", " "))[:1]
    if not wanted or len(text.split()) > 3:
        return None
    known = [
        one.name
        for one in visit.site.policy.organization.employees
        if wanted[0] & forms(one.name.split()[0].lower().replace("ё", "е")) or one.name.lower().startswith(text.lower())
    ]
    return known[0] if len(known) == 1 else None


def _people(visit: Visit) -> list[str]:
    units = visit.scope.units
    employees = visit.site.policy.organization.employees
    if visit.scope.people is not None:
        return []
    return sorted({one.name for one in employees if units is None or one.unit in units})


# --- breakdowns ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """One line of a breakdown. `query` is what its numbers are found by in the list."""

    name: str
    more: str
    query: dict[str, str]
    tally: GroupTally


def breakdown(visit: Visit) -> Shown:
    """Show the open orders by unit, person, or act and clause."""
    named = visit.query.get("by", "")
    by = Grouping(named) if named in list(Grouping) else Grouping.UNIT
    number = _page(visit)
    with visit.site.store.reading() as reading:
        found = reading.overview.tallies(visit.scope, by, visit.horizon, limit=PAGE + 1, offset=(number - 1) * PAGE)
    lines = [_line(by, tally) for tally in found[:PAGE]]
    facts = {"by": by, "groupings": _GROUPINGS, "lines": lines, "number": number, "more": len(found) > PAGE}
    return Shown("breakdown.html", facts)


def _line(by: Grouping, tally: GroupTally) -> BreakdownLine:
    first, *rest = tally.name
    if by is Grouping.UNIT:
        return BreakdownLine(first or "подразделение не указано", "", {"unit": first}, tally)
    if by is Grouping.PERSON:
        return BreakdownLine(first or "никто", rest[0], {"lead": first}, tally)
    return BreakdownLine(citation(first, rest[0]), "", {"act": first, "clause": rest[0]}, tally)


PAGES = (
    Page("/orders", Right.ORDERS, show=listing, menu="Поручения"),
    Page("/breakdown", Right.TODAY, show=breakdown, menu="Разрезы"),
)
