"""The shipped policies over thousands of random cards: always an answer, and no conflict but the planted one."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

from poruchik.authoring.cases import run_cases
from poruchik.engine.trace import story
from poruchik.model import told
from poruchik.model.decision import ManualCode
from poruchik.model.document import Document, SystemKind, Value
from poruchik.plugins import Plugins
from poruchik.policy.attributes import BUILT_IN
from poruchik.policy.load import load_policy
from poruchik.policy.model import ValueType
from poruchik.policy.problems import Problems
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder

SAMPLES: dict[ValueType, list[Value]] = {
    ValueType.STRING: ["слово"],
    ValueType.TEXT: ["Поздравляем всех", "Жалоба на связь"],
    ValueType.NUMBER: [0, 1, 3, 5_000_000],
    ValueType.YES_NO: [True, False],
    ValueType.DATE: [date(2026, 11, 30), date(2020, 1, 1)],
    ValueType.MOMENT: [datetime.fromisoformat("2026-11-25T10:00:00+05:00")],
    ValueType.LIST: [("одно", "другое")],
}


def test_random_cards() -> None:
    random = Random(269)
    decider = build_decider(rules_folder(), Plugins())
    own = {name: attribute for name, attribute in decider.policy.attributes.items() if name not in BUILT_IN}
    values = {name: list(one.values) or SAMPLES[one.type] for name, one in own.items() if not one.derived}
    codes: Counter[ManualCode] = Counter()
    fired: Counter[str] = Counter()
    for number in range(6000):
        often = ("тип", "вид", "канал", "тема")
        facts = {
            name: random.choice(some)
            for name, some in values.items()
            if random.random() < (0.95 if name in often else 0.2)
        }
        at = datetime.fromisoformat("2024-06-01T10:00:00+05:00") + timedelta(
            days=random.randrange(900), hours=random.randrange(24)
        )
        document = Document(
            "sed", random.choice(list(SystemKind)), str(number), at, facts,
            received_at=random.choice([None, at]), signed_at=random.choice([None, at]),
        )  # fmt: skip
        decision = decider.decide(document)
        kept = told.read(told.stored(decision), document)
        assert told.decision_json(kept) == told.decision_json(decision)
        assert (kept.facts, kept.derived) == (decision.facts, decision.derived)
        assert list(story(kept)) == list(story(decision)) != []
        fired.update(rule.rule for rule in (*decision.fired, *decision.trial))
        for reason in decision.manual:
            codes[reason.code] += 1
        if not decision.manual:
            assert all(order.lead.person and order.text for order in decision.orders)
    assert decider.matcher.taken_over == []
    assert {ManualCode.DISPUTED, ManualCode.BY_RULE, ManualCode.IMPOSSIBLE_CARD} <= set(codes)
    assert ManualCode.CONFLICT not in codes  # `check` finds none either
    assert len(fired) > 75


def test_every_rule_has_its_two_cases() -> None:
    loaded = load_policy(rules_folder())
    assert loaded.policy is not None
    assert loaded.problems.errors == []
    decider = build_decider(rules_folder(), Plugins())
    results = run_cases(loaded.case_files(), decider, Problems())
    assert results.failures == []
    assert results.uncovered(decider.policy) == []
    assert (
        len([rule for rule in loaded.policy.rules if rule.position.file.startswith(str(rules_folder() / "prikaz-269"))])
        >= 45
    )


def test_the_ministry_is_about_forty_people() -> None:
    loaded = load_policy(rules_folder())
    assert loaded.policy is not None
    assert 38 <= len(loaded.policy.organization.employees) <= 45
