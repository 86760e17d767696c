"""The key of an order is its id in the connected system: it must not change with what stands beside its rule."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from poruchik.model.order import order_key, plain_key
from support.policies import decider, document

RULE = """
  - правило: {name}
    основание: {{акт: акт, пункт: "3"}}
    суть: {name}.
    если: {{вид: обращение}}
    то:
      поручения:
        - {{текст: Первое., ответственный: {{сотрудник: Котова К. К.}}, срок: {{длительность: 3 дня}}}}
        - {{текст: Второе., ответственный: {{сотрудник: Петров П. П.}}, срок: {{длительность: 5 дней}}}}
"""
MAIN = """
  - правило: ответ
    основание: {акт: акт, пункт: "4"}
    суть: Ответить.
    если: {вид: обращение}
    то: {ответственный: {подразделение: отдел}, срок: {длительность: 10 дней}}
"""


def keys(folder: Path, rules: str) -> dict[str, str]:
    """Return the text of each order by its key."""
    decision = decider(folder, f"правила:{rules}").decide(document(вид="обращение"))
    assert not decision.manual, decision.manual
    found = {order.key: order.text for order in decision.orders}
    assert len(found) == len(decision.orders)
    return found


def test_a_rule_more_shifts_no_key(tmp_path: Path) -> None:
    before = keys(tmp_path / "before", MAIN + RULE.format(name="справка"))
    after = keys(tmp_path / "after", RULE.format(name="архив") + MAIN + RULE.format(name="справка"))
    assert before == {
        "sed:1/ответ/0": "Ответить.",
        "sed:1/справка/0": "Первое.",
        "sed:1/справка/1": "Второе.",
    }
    assert before.items() <= after.items()


def test_an_order_of_before_is_the_same_without_the_version_in_its_key() -> None:
    assert plain_key("sog:О-1/ответ/ad8115626fdd/0") == "sog:О-1/ответ/0"
    assert plain_key("sog:О-1/ответ/0") == "sog:О-1/ответ/0"


@settings(max_examples=200, deadline=None)
@given(some.text(min_size=1), some.text(min_size=1).filter(lambda name: "/" not in name), some.integers(0, 10_000))
def test_the_version_is_all_that_is_left_out(of: str, rule: str, number: int) -> None:
    key = order_key(of, rule, number)
    assert plain_key(f"{of}/{rule}/ad8115626fdd/{number}") == key


@pytest.mark.parametrize("comment", ["", "# переписано\n"])
def test_another_version_gives_the_same_keys(tmp_path: Path, comment: str) -> None:
    rules = MAIN + RULE.format(name="справка")
    first = decider(tmp_path / "a", f"правила:{rules}")
    second = decider(tmp_path / "b", f"{comment}правила:{rules}")
    assert (first.policy.version != second.policy.version) == bool(comment)
    card = document(вид="обращение")
    assert [one.key for one in first.decide(card).orders] == [one.key for one in second.decide(card).orders]
