"""The shipped rules against a second computation from the clauses: two thousand random cards agree on every point.

By hand: `PORUCHIK_LAW_CARDS=20000 pytest tests/law`.
"""

from __future__ import annotations

import os
from datetime import date, datetime

import pytest

from law.cards import cards
from law.days import calendar_days, is_working, working_days
from law.second import Card, Required, required
from poruchik.engine.decide import Decider
from poruchik.engine.index import IndexMatcher
from poruchik.model.decision import Decision
from poruchik.model.document import Document, SystemKind
from poruchik.policy.load import load_policy
from poruchik.policy.office import load_calendar
from poruchik.resources import rules_folder

AMOUNT = int(os.environ.get("PORUCHIK_LAW_CARDS", "2000"))
SEED = 269
_COMPARED = {"роль: министр", "роль: помощник-министра"}


@pytest.fixture(scope="module")
def decider() -> Decider:
    loaded = load_policy(rules_folder())
    assert loaded.policy and not loaded.problems.errors
    return Decider.build(loaded.policy, load_calendar(rules_folder(), str(loaded.policy.zone)), IndexMatcher)


def document(card: Card, number: int) -> Document:
    return Document(
        "sog",
        SystemKind.SOG,
        str(number),
        card.registered,
        card.facts,
        reg_number=str(number),
        received_at=card.received,
    )


def decided(decision: Decision, needed: Required) -> Required:
    """Return what the rules decided, in the words of the second computation."""
    order = next((one for one in decision.orders if not one.at_once), None) or decision.draft
    named = order.lead.ref if order else None
    lead = str(named).partition(", выбор")[0] if named and named.name else None
    informed = {str(one.assignee.ref) for one in decision.notify}
    told = needed.informed & informed | {one for one in informed if one in _COMPARED}
    return Required(
        lead=lead,
        due=order.deadline.due_on if order and order.deadline else None,
        channel=str(decision.slots["reply_channel"]) if "reply_channel" in decision.slots else None,
        extension=bool(order and order.extension),
        controller=str(order.controller.ref) if order and order.controller else None,
        overseer=str(order.overseer.ref) if order and order.overseer else None,
        informed=told,
        co_executors=len(order.co_executors) if order else 0,
        threat=any(one.at_once for one in decision.orders),
        manual=bool(decision.manual),
    )


def test_the_two_computations_agree(decider: Decider) -> None:
    differing = []
    for number, card in enumerate(cards(SEED, AMOUNT)):
        needed = required(card)
        made = decided(decider.decide(document(card, number)), needed)
        if made != needed:
            differing.append(f"{card}\n  закон:   {needed}\n  правила: {made}")
    assert not differing, f"{len(differing)} of {AMOUNT} differ, first:\n" + "\n".join(differing[:3])


def test_a_part_never_ends_after_the_whole(decider: Decider) -> None:
    for number, card in enumerate(cards(SEED + 1, AMOUNT // 4)):
        for order in decider.decide(document(card, number)).orders:
            for part in order.co_executors:
                assert order.deadline and part.deadline and part.deadline.due_at <= order.deadline.due_at


@pytest.mark.parametrize(
    ("event", "thirty", "five"),
    [
        ("2025-04-02", "2025-04-30", "2025-04-09"),
        ("2025-10-04", "2025-11-01", "2025-10-10"),
        ("2025-12-01", "2025-12-30", "2025-12-08"),
        ("2026-04-09", "2026-05-08", "2026-04-16"),
        ("2027-01-21", "2027-02-20", "2027-01-28"),
    ],
)
def test_the_plain_days_themselves(event: str, thirty: str, five: str) -> None:
    day = date.fromisoformat(event)
    assert (calendar_days(day, 30).isoformat(), working_days(day, 5).isoformat()) == (thirty, five)
    assert sum(is_working(date.fromordinal(one)) for one in range(*_year(2026))) == 247


def _year(year: int) -> tuple[int, int]:
    return datetime(year, 1, 1).toordinal(), datetime(year + 1, 1, 1).toordinal()
