"""`на каждый`: a further order for each element of a list of the card."""

from __future__ import annotations

from pathlib import Path

from poruchik.model.decision import ManualCode
from support.policies import decider, document, load_rules

RULES = """
правила:
  - правило: п
    основание: {акт: акт, пункт: "1"}
    суть: Исполнить.
    если: {вид: запрос}
    то:
      ответственный: {подразделение: отдел}
      срок: {длительность: 10 дней}
      поручения:
        - {ответственный: {роль: контроль}, срок: {длительность: 3 дня}, на каждый: метки, текст: "ТЕКСТ"}
"""


def test_one_order_for_each_element(tmp_path: Path) -> None:
    made = decider(tmp_path, RULES.replace("ТЕКСТ", "Пункт «{метки}»: исполнить."))
    decision = made.decide(document(вид="запрос", метки=("1.1", "2")))
    assert [order.text for order in decision.orders] == [
        "Исполнить.",
        "Пункт «1.1»: исполнить.",
        "Пункт «2»: исполнить.",
    ]
    assert len({order.key for order in decision.orders}) == 3
    assert {str(order.lead.ref) for order in decision.orders[1:]} == {"роль: контроль"}
    assert not decision.manual


def test_without_a_place_the_element_follows(tmp_path: Path) -> None:
    decision = decider(tmp_path, RULES.replace("ТЕКСТ", "Исполнить:")).decide(document(вид="запрос", метки=("всё",)))
    assert decision.orders[1].text == "Исполнить: всё"


def test_a_card_without_the_list_is_for_a_person(tmp_path: Path) -> None:
    decision = decider(tmp_path, RULES.replace("ТЕКСТ", "т")).decide(document(вид="запрос"))
    assert [reason.code for reason in decision.manual] == [ManualCode.NO_LIST]


def test_the_list_must_be_declared(tmp_path: Path) -> None:
    found = [str(one) for one in load_rules(tmp_path, RULES.replace("метки", "метка")).problems]
    assert len(found) == 1
    assert "на-каждый: «на каждый»: списка «метка» нет в словаре — возможно, «метки»" in found[0]
