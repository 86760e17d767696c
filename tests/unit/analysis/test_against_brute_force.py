"""The analysis against every document of a small universe: what it reports is real, and it misses nothing there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from poruchik.analysis.findings import ConflictSearch, Idleness, gaps, idle_rules
from poruchik.analysis.prover import Card, Prover
from poruchik.engine.compile import compile_policy
from poruchik.engine.condition import holds
from poruchik.model.document import SystemKind, Value
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Organization
from poruchik.policy.attributes import BUILT_IN
from poruchik.policy.model import (
    AT_LEAST,
    EQUAL,
    GREATER,
    LESS,
    ONE_OF,
    PRESENT,
    AllOf,
    AnyOf,
    Attribute,
    Condition,
    Effects,
    Impossible,
    NotOf,
    Period,
    Rule,
    ValueType,
)
from poruchik.policy.model import Test as Check
from poruchik.policy.problems import Problems
from poruchik.policy.slots import claims
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status
from poruchik.workcalendar.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Yekaterinburg")
TODAY = date(2026, 11, 25)
CALENDAR = WorkCalendar()
TYPES, KINDS = ("входящий", "внутренний"), ("обращение", "письмо", "запрос")
ATTRIBUTES = {
    **BUILT_IN,
    "тип": Attribute("тип", ValueType.STRING, TYPES),
    "вид": Attribute("вид", ValueType.STRING, KINDS),
    "срочно": Attribute("срочно", ValueType.YES_NO),
    "листов": Attribute("листов", ValueType.NUMBER),
    "класс": Attribute("класс", ValueType.STRING, ("а", "б"), derived=True),
    "признак": Attribute("признак", ValueType.YES_NO, derived=True),
}
TERM = (date(2026, 11, 1), date(2026, 12, 1))
DAYS = [TERM[0] - timedelta(days=1), TERM[0], TERM[1], TERM[1] + timedelta(days=1)]


def universe() -> list[Card]:
    choices: dict[str, list[Value | None]] = {
        "система": [SystemKind.SED],
        "дата регистрации": [datetime(day.year, day.month, day.day, 10, tzinfo=ZONE) for day in DAYS],
        "тип": [None, *TYPES],
        "вид": [None, *KINDS],
        "срочно": [None, True, False],
        "листов": [None, 4, 5, 7, 10, 11],
    }
    return [
        {name: value for name, value in zip(choices, values, strict=True) if value is not None}
        for values in product(*choices.values())
    ]


UNIVERSE = universe()


def checks() -> st.SearchStrategy[Condition]:
    def of(name: str, values: tuple[Value, ...]) -> st.SearchStrategy[Condition]:
        return st.one_of(
            st.sampled_from(values).map(lambda value: Check(name, EQUAL, value)),
            st.sets(st.sampled_from(values), min_size=1).map(lambda some: Check(name, ONE_OF, frozenset(some))),
            st.just(Check(name, PRESENT, True)),
        )

    bounds = st.sampled_from((5, 10))
    return st.one_of(
        of("тип", TYPES),
        of("вид", KINDS),
        of("срочно", (True, False)),
        of("класс", ("а", "б")),
        of("признак", (True, False)),
        st.tuples(st.sampled_from((GREATER, AT_LEAST, LESS)), bounds).map(lambda one: Check("листов", one[0], one[1])),
    )


def conditions() -> st.SearchStrategy[Condition]:
    return st.recursive(
        checks(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(NotOf),
        ),
        max_leaves=5,
    )


def checks_of_class() -> st.SearchStrategy[Condition]:
    return st.sampled_from("аб").map(lambda value: Check("класс", EQUAL, value))


def classes() -> st.SearchStrategy[Effects]:
    return st.sampled_from("аб").map(lambda value: Effects(derived={"класс": value}))


def effects() -> st.SearchStrategy[Effects]:
    return st.one_of(
        st.sampled_from("абв").map(lambda name: Effects(lead=PersonRef(RefKind.PERSON, name))),
        st.sampled_from((1, 2)).map(lambda number: Effects(slots={"priority": number})),
        st.sampled_from("аб").map(lambda value: Effects(derived={"класс": value})),
        st.booleans().map(lambda value: Effects(derived={"признак": value})),
        st.just(Effects(manual="решит человек")),
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rules: list[Rule] = []
    # Many policies classify first and then decide by the class: the order of rules counts there.
    classifying = draw(st.sampled_from((0, 2, 3)))
    for number in range(draw(st.integers(1, 7))):
        rules.append(
            Rule(
                f"п{number}",
                "акт",
                "1",
                "суть",
                draw(conditions() if number != classifying else checks_of_class()),
                draw(effects() if number >= classifying else classes()),
                instead=tuple(draw(st.sets(st.sampled_from([rule.id for rule in rules]), max_size=2))) if rules else (),
                period=draw(st.sampled_from([Period(), Period(), Period(*TERM)])),
                status=draw(st.sampled_from([Status.IN_FORCE] * 5 + [Status.TRIAL])),
            )
        )
    impossible = tuple(Impossible(one, "так не бывает") for one in draw(st.lists(conditions(), max_size=1)))
    organization = Organization([], [], [], [], ZONE)
    return Policy((), "v", ZONE, tuple(rules), impossible, ATTRIBUTES, {}, organization)


def brute(prover: Prover, policy: Policy) -> tuple[set[tuple[str, str, str]], set[str], set[str], set[tuple[str, ...]]]:
    """Return conflicts, live rules, matching rules, decided combinations by looking at every card."""
    conflicts, live, matching, decided = set(), set(), set(), set()
    for card in UNIVERSE:
        if any(holds(one.condition, card) for one in policy.impossible):
            continue
        firing = prover.fire(card)
        live |= {rule.id for rule in firing.live}
        day = card["дата регистрации"]
        assert isinstance(day, datetime)
        matching |= {
            rule.id
            for rule in policy.rules
            if rule.period.covers(day.date()) and holds(rule.condition, {**card, **firing.derived})
        }
        if any(rule.effects.lead or rule.effects.manual for rule in firing.live):
            decided.add((str(card.get("тип")), str(card.get("вид"))))
        claimed = [(rule.id, dict(claims(rule.effects))) for rule in firing.live]
        for number, (one, slots) in enumerate(claimed):
            for other, others in claimed[number + 1 :]:
                conflicts |= {(slot, one, other) for slot in slots if slot in others and slots[slot] != others[slot]}
    return conflicts, live, matching, decided


def possible_combinations(policy: Policy) -> Iterator[tuple[str, str]]:
    for card in UNIVERSE:
        if "тип" in card and "вид" in card and not any(holds(one.condition, card) for one in policy.impossible):
            yield str(card["тип"]), str(card["вид"])


@pytest.mark.parametrize("quick", [True, False])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=policies())
def test_every_document_of_a_small_universe(quick: bool, policy: Policy) -> None:
    compiled = compile_policy(policy, Problems())
    assume(compiled is not None)
    assert compiled is not None
    prover = Prover(compiled, CALENDAR, TODAY)
    if not quick:  # the first guess hides what the solver does wrong
        prover.quick_tries = 0
    conflicts, live, matching, decided = brute(prover, policy)

    found = list(ConflictSearch(prover).conflicts())
    assert {(one.slot, one.rules[0].id, one.rules[1].id) for one in found} == conflicts
    for one in found:
        told = prover.decider.decide(prover.document(one.card)).conflicts
        sides = [{side.rule for side in conflict.sides} for conflict in told if conflict.slot == one.slot]
        assert any({rule.id for rule in one.rules} <= names for names in sides), (one, told)

    idle = list(idle_rules(prover))
    trial = {rule.id for rule in policy.rules if rule.status is Status.TRIAL}
    never = {rule.id for rule in policy.rules} - trial - live
    assert {one.rule.id for one in idle if one.rule.id not in trial} == never
    assert {one.rule.id for one in idle if one.why is Idleness.DEFEATED} == never & matching
    assert {one.rule.id for one in idle if one.rule.id in trial} == trial - matching

    named = [name for name in ("тип", "вид") if prover.space.has(name)]
    if len(named) == 2:
        wanted = set(possible_combinations(policy)) - decided
        assert {one.combination for one in gaps(prover)} == wanted
