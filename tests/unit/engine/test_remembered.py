"""What a decider remembers must not show: after thousands of documents it decides as on its first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

import pytest

from poruchik.engine import assemble, cast, fire, term
from poruchik.engine.compile import compile_policy
from poruchik.engine.decide import Decider
from poruchik.engine.index import IndexMatcher
from poruchik.model.document import Document, SystemKind, Value
from poruchik.policy.load import require_policy
from poruchik.policy.model import ValueType
from poruchik.policy.office import load_calendar
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.resources import rules_folder

POLICY = require_policy(rules_folder())
CALENDAR = load_calendar(rules_folder(), "Asia/Yekaterinburg")
COMPILED = compile_policy(POLICY, Problems())
SAMPLES: dict[ValueType, list[Value]] = {
    ValueType.STRING: ["слово"],
    ValueType.TEXT: ["Прошу рассмотреть жалобу", "Благодарность"],
    ValueType.NUMBER: [0, 1, 12],
    ValueType.YES_NO: [True, False],
    ValueType.DATE: [datetime(2025, 3, 7).date(), datetime(2025, 5, 1).date()],
    ValueType.LIST: [("а",), ("а", "б")],
}


def fresh() -> Decider:
    assert COMPILED is not None
    return Decider(POLICY, CALENDAR, COMPILED, IndexMatcher(COMPILED))


def cards(policy: Policy, count: int) -> Iterator[Document]:
    """Yield cards of two years, half of what they say at random, all times of the day."""
    random = Random(7)
    start = datetime.fromisoformat("2024-10-01T00:00:00+05:00")
    free = [one for one in policy.attributes.values() if not one.derived and one.type is not ValueType.MOMENT]
    for number in range(count):
        facts = {
            one.name: random.choice(list(one.values) or SAMPLES[one.type])
            for one in free
            if one.type is not ValueType.LIST and one.name not in ("система", "номер") and random.random() < 0.4
        }
        at = start + timedelta(days=random.randrange(700), minutes=random.randrange(1440))
        received = at - timedelta(hours=random.randrange(60)) if random.random() < 0.7 else None
        yield Document("sed", random.choice(list(SystemKind)), str(number), at, facts, received_at=received)


@pytest.mark.parametrize("kept", [4, 4096])
def test_a_warm_decider_decides_as_a_fresh_one(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (assemble, cast, fire, term):  # with little room everything is forgotten over and over
        monkeypatch.setattr(module, "MAX_REMEMBERED", kept)
    warm = fresh()
    for card in cards(POLICY, 400):
        warm.decide(card)
    random = Random(1)
    people = [one.name for one in POLICY.organization.employees]
    orders = 0
    for card in cards(POLICY, 400):
        as_of = card.registered_at.date() + timedelta(days=random.randrange(20))
        load = {name: random.randrange(9) for name in people} if random.random() < 0.3 else None
        decided = warm.decide(card, as_of=as_of, load=load)
        assert decided == fresh().decide(card, as_of=as_of, load=load)
        orders += len(decided.orders)
    assert orders > 50
