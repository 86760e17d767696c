"""On texts and lists the analysis may miss something, but what it says is true: held against many texts.

Words come in several forms, patterns stand beside them, so that what follows from a word is tried where it could lie.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations, product
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from poruchik.analysis.findings import ConflictSearch, idle_rules
from poruchik.analysis.prover import Prover
from poruchik.engine.compile import compile_policy
from poruchik.model.document import SystemKind, Value
from poruchik.organization.structure import Organization
from poruchik.policy import model
from poruchik.policy.attributes import BUILT_IN
from poruchik.policy.model import AllOf, AnyOf, Attribute, Condition, Effects, NotOf, Rule, ValueType
from poruchik.policy.operators import contains, looks_like, starts_with
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.workcalendar.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Yekaterinburg")
CALENDAR = WorkCalendar()
ATTRIBUTES = {
    **BUILT_IN,
    "текст": Attribute("текст", ValueType.TEXT),
    "метки": Attribute("метки", ValueType.LIST),
    "код": Attribute("код", ValueType.STRING),
    "листов": Attribute("листов", ValueType.NUMBER),
}
WORDS = ("вина", "вино", "связи", "плохая связь", "плохой")
PATTERNS = ("вин[ао]", r"\d", "^связ", "связь$")
SAID = ("вина", "вино", "вином", "связь", "связи", "плохая", "7")
TEXTS = [" ".join(some) for size in (1, 2, 3) for some in permutations(SAID, size)]
CODES = ("А-1", "А-2", "Б-1", "Б", "1")


def even(value: Value, operand: object) -> bool:
    """An operator as a plugin offers it."""
    return isinstance(value, int) and (value % 2 == 0) is operand


LISTS: list[tuple[str, ...]] = [some for size in (1, 2) for some in permutations(WORDS, size)]


def of_texts() -> st.SearchStrategy[Condition]:
    words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(tuple)
    return st.one_of(
        words.map(lambda some: model.Test("текст", "содержит", some, contains)),
        st.sampled_from(WORDS).map(lambda word: model.Test("текст", "начинается с", word, starts_with)),
        st.sampled_from(PATTERNS).map(lambda one: model.Test("текст", "похоже на", one, looks_like)),
        st.just(model.Test("текст", "есть", True)),
        words.map(lambda some: model.Test("метки", "содержит", some, contains)),
        st.sampled_from(CODES).map(lambda one: model.Test("код", "равно", one)),
        st.sets(st.sampled_from(CODES), min_size=1).map(lambda some: model.Test("код", "одно из", frozenset(some))),
        st.sampled_from(("А", "Б-", "1")).map(lambda one: model.Test("код", "начинается с", one, starts_with)),
        st.sampled_from((r"\d$", "^Б$", "х")).map(lambda one: model.Test("код", "похоже на", one, looks_like)),
        st.booleans().map(lambda one: model.Test("листов", "чётно", one, even)),
        st.sampled_from(("больше", "меньше", "равно")).map(lambda word: model.Test("листов", word, 5)),
    )


def conditions() -> st.SearchStrategy[Condition]:
    return st.recursive(
        of_texts(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(NotOf),
        ),
        max_leaves=4,
    )


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rules: list[Rule] = []
    for number in range(draw(st.integers(1, 4))):
        instead = tuple(draw(st.sets(st.sampled_from([one.id for one in rules]), max_size=1))) if rules else ()
        effects = Effects(slots={"priority": draw(st.sampled_from((1, 2)))})
        rules.append(Rule(f"п{number}", "акт", "1", "суть", draw(conditions()), effects, instead))
    return Policy((), "v", ZONE, tuple(rules), (), ATTRIBUTES, {}, Organization([], [], [], [], ZONE))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(policy=policies(), data=st.data())
def test_what_is_said_of_texts_is_true(policy: Policy, data: st.DataObject) -> None:
    compiled = compile_policy(policy, Problems())
    assume(compiled is not None)
    assert compiled is not None
    prover = Prover(compiled, CALENDAR, date(2026, 11, 25))
    prover.quick_tries = data.draw(st.sampled_from((0, 4)))
    for found in ConflictSearch(prover).conflicts():
        told = prover.decider.decide(prover.document(found.card)).conflicts
        assert any({rule.id for rule in found.rules} <= {side.rule for side in one.sides} for one in told)
    idle = {found.rule.id for found in idle_rules(prover)}
    base: dict[str, Value] = {
        "система": SystemKind.SED.value,
        "дата регистрации": datetime(2026, 11, 25, 10, tzinfo=ZONE),
    }
    texts: list[str | None] = [None, *data.draw(st.lists(st.sampled_from(TEXTS), max_size=60))]
    codes: list[str | None] = [None, *CODES, "х", "Б-х-2"]
    numbers: list[int | None] = [None, 4, 5, 6, 7]
    more = data.draw(st.lists(st.tuples(st.sampled_from(codes), st.sampled_from(numbers)), min_size=1, max_size=12))
    lists: list[tuple[str, ...] | None] = [None, *data.draw(st.lists(st.sampled_from(LISTS), max_size=4))]
    for text in texts:
        for some, (code, number) in product(lists, more):
            told = {"текст": text, "метки": some, "код": code, "листов": number}
            card = base | {name: value for name, value in told.items() if value is not None}
            assert not idle & {rule.id for rule in prover.fire(card).live}, card
