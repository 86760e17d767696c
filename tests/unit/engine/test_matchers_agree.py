"""durable-rules and the bitset index find the same rules, whatever the policy and the document.

Where durable-rules cannot be imported (Python 3.13 and newer) the index is held against plain evaluation alone.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import poruchik
from poruchik.engine.compile import CompiledPolicy, compile_policy
from poruchik.engine.condition import holds
from poruchik.engine.index import IndexMatcher
from poruchik.engine.match import Matcher, why_no_durable
from poruchik.model.document import Value
from poruchik.organization.structure import Organization
from poruchik.policy.model import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    GREATER,
    LESS,
    ONE_OF,
    PRESENT,
    AllOf,
    AnyOf,
    Condition,
    Effects,
    NotOf,
    Rule,
)
from poruchik.policy.model import Test as Check
from poruchik.policy.operators import contains, starts_with
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy

ZONE = timezone(timedelta(hours=5))
LONG = "очень длинный текст о жалобах " * 4000  # past the 64 KiB that the engine counts modulo
WORDS = ["почта", "email", "Почта", "", "жалоба на жалобу", LONG, LONG + "!", "5", "true"]
NUMBERS = [0, 1, 5, -3, 10**14, Decimal("1.5"), Decimal("1E-7")]
DAYS = [date(2026, 1, 1), date(2026, 12, 31)]
MOMENTS = [datetime(2026, 1, 1, 23, 59, tzinfo=ZONE), datetime(2026, 12, 31, 0, 1, tzinfo=ZONE)]
VALUES: dict[str, list[Value]] = {
    "тип": ["входящий", "внутренний", "договор"],
    "вид": ["обращение", "письмо", "запрос"],
    "канал": list(WORDS),
    "текст": list(WORDS),
    "число": list(NUMBERS),
    "флаг": [True, False],
    "день": [*DAYS, *MOMENTS],
    "список": [(), ("а",), ("а", "б"), ("жалоба",)],
}


def checks(draw: st.DrawFn) -> Check:
    name = draw(st.sampled_from(sorted(VALUES)))
    kinds = [EQUAL, ONE_OF, PRESENT]
    if name in ("число", "день"):
        kinds += [GREATER, AT_LEAST, LESS, AT_MOST]
    if name in ("канал", "текст", "список"):
        kinds += ["содержит", "начинается с"] if name != "список" else ["содержит"]
    kind = draw(st.sampled_from(kinds))
    value = draw(st.sampled_from(VALUES[name]))
    if kind == ONE_OF:
        return Check(name, ONE_OF, frozenset(draw(st.lists(st.sampled_from(VALUES[name]), max_size=3))))
    if kind == PRESENT:
        return Check(name, PRESENT, True)
    function = {"содержит": contains, "начинается с": starts_with}.get(kind)
    return Check(name, kind, draw(st.sampled_from(WORDS)) if function else value, function)


def conditions() -> st.SearchStrategy[Condition]:
    leaf: st.SearchStrategy[Condition] = st.composite(checks)()
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(NotOf),
        ),
        max_leaves=6,
    )


def documents() -> st.SearchStrategy[dict[str, Value]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})


def compiled(found: list[Condition]) -> CompiledPolicy:
    rules = tuple(
        Rule(f"п{number}", "акт", "1", "суть", condition, Effects()) for number, condition in enumerate(found)
    )
    organization = Organization([], [], [], [], ZONE)
    policy = Policy((), "v", ZONE, rules, (), {}, {}, organization)
    result = compile_policy(policy, Problems())
    assert result is not None
    return result


def matchers(policy: CompiledPolicy) -> list[Matcher]:
    built: list[Matcher] = [IndexMatcher(policy)]
    if not why_no_durable():
        from poruchik.engine.durable import DurableMatcher

        built.append(DurableMatcher(policy))
    return built


def expected(policy: CompiledPolicy, facts: dict[str, Value]) -> set[str]:
    return {rule.id for rule in policy.rules.values() if holds(rule.condition, facts)}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(conditions(), min_size=1, max_size=12), st.lists(documents(), min_size=1, max_size=6))
def test_small_policies(found: list[Condition], cards: list[dict[str, Value]]) -> None:
    policy = compiled(found)
    for matcher in matchers(policy):
        for facts in cards:
            assert matcher.match(0, facts) == expected(policy, facts), matcher.name
        assert matcher.taken_over == []
        matcher.close()


@pytest.mark.parametrize("seed", range(3))
def test_five_hundred_rules(seed: int) -> None:
    random = Random(seed)
    found: list[Condition] = []
    for _ in range(500):
        parts: list[Condition] = []
        for name in random.sample(sorted(VALUES), random.randint(1, 4)):
            test = Check(name, EQUAL, random.choice(VALUES[name]))
            parts.append(NotOf(test) if random.random() < 0.2 else test)
        found.append(AllOf(tuple(parts)) if random.random() < 0.8 else AnyOf(tuple(parts)))
    policy = compiled(found)
    cards = [
        {name: random.choice(values) for name, values in VALUES.items() if random.random() < 0.8} for _ in range(300)
    ]
    for matcher in matchers(policy):
        for facts in cards:
            assert matcher.match(0, facts) == expected(policy, facts), matcher.name
        matcher.close()


def test_more_matches_than_the_engine_holds_go_to_the_index() -> None:
    found: list[Condition] = [
        AllOf((Check("число", GREATER, -number), Check("канал", EQUAL, "почта"))) for number in range(1, 200)
    ]
    policy = compiled(found)
    for matcher in matchers(policy):
        for _ in range(2):
            assert len(matcher.match(0, {"число": 5, "канал": "почта"})) == 199, matcher.name
        matcher.close()


def test_one_module_imports_durable_rules() -> None:
    root = Path(poruchik.__file__).parent
    importers = [
        path.name
        for path in root.rglob("*.py")
        if any(
            line.lstrip().startswith(("import durable", "from durable"))
            for line in path.read_text("utf-8").splitlines()
        )
    ]
    assert importers == ["durable.py"]
