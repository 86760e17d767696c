"""The order that a person makes of what the rules could not decide."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from poruchik.control.by_hand import BY_A_PERSON, ChoiceByHand, ChoiceRefused, decided_by_hand, told_above
from poruchik.engine.decide import Decider
from poruchik.model.decision import Decision
from poruchik.model.order import Order
from poruchik.resources import rules_folder
from poruchik.texts.render import Texts
from support.policies import CALENDAR, decider, document

RULES = """
правила:
  - правило: отдел
    основание: {акт: акт, пункт: "3"}
    суть: Ответ готовит отдел.
    если: {вид: обращение}
    то:
      текст: Подготовить ответ.
      ответственный: {подразделение: отдел}
      контролёр: {роль: контроль}
      срок: {длительность: 10 дней}
      напоминания: [за 2 рабочих дня]
      проверки: [дата ответа]
  - правило: срочное
    основание: {акт: акт, пункт: "4"}
    суть: Срочное готовит руководство.
    если: {срочно: да}
    то: {ответственный: {подразделение: руководство}}
    спорно с: отдел
"""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    return decider(tmp_path_factory.mktemp("rules") / "p", RULES)


@pytest.fixture
def disputed(rules: Decider) -> Decision:
    """A decision with both sides and the draft of an order."""
    decision = rules.decide(document(вид="обращение", срочно=True))
    assert decision.manual and decision.orders == ()
    return decision


def choice(**more: Any) -> ChoiceByHand:
    given = {
        "who": "Кузьмина Е. В.",
        "lead": "Петров П. П.",
        "text": "Разобраться.",
        "comment": "По телефону.",
        "due_on": date(2026, 11, 20),
    }
    return ChoiceByHand(**given | more)  # type: ignore[arg-type]


def made(rules: Decider, decision: Decision, **more: Any) -> Decision:
    return decided_by_hand(decision, choice(**more), rules.policy.organization, CALENDAR)


def test_without_a_proposal_it_is_the_persons_own(rules: Decider, disputed: Decision) -> None:
    decision = made(rules, disputed, comment="По телефону.")
    (order,) = decision.orders
    assert (decision.manual, decision.draft) == ((), None)
    assert order.key == f"sed:1/{BY_A_PERSON}/0"
    assert (order.act, order.clause) == ("резолюция", "решение по документу")
    assert (order.lead.person, order.lead.unit) == ("Петров П. П.", "отдел")
    assert order.lead.path == ("выбрал(а) Кузьмина Е. В.: По телефону.",)
    assert order.controller is None


def test_a_proposal_gives_the_basis(rules: Decider, disputed: Decision) -> None:
    (order,) = made(rules, disputed, rule="срочное", controller="Минина М. М.").orders
    assert (order.rule, order.act, order.clause) == ("срочное", "акт", "4")
    assert order.controller is not None and order.controller.person == "Минина М. М."


def test_the_draft_gives_ladder_and_checks(rules: Decider, disputed: Decision) -> None:
    assert disputed.draft is not None
    (order,) = made(rules, disputed).orders
    assert order.checks == disputed.draft.checks == ("дата ответа",)
    assert [str(rung) for rung in order.reminders] == ["за 2 рабочих дня"]


def test_a_document_that_no_rule_knows_has_a_ladder_all_the_same(rules: Decider) -> None:
    (order,) = made(rules, rules.decide(document(вид="письмо"))).orders
    assert [str(rung) for rung in order.reminders] == ["за 3 рабочих дня", "за 1 рабочий день", "в день срока"]
    assert [str(step.when) for step in order.escalations] == ["просрочено", "просрочено, каждый рабочий день"]


def test_the_term_is_the_persons_or_the_drafts(rules: Decider, disputed: Decision) -> None:
    (order,) = made(rules, disputed).orders
    assert order.deadline is not None
    assert order.deadline.due_at == datetime.fromisoformat("2026-11-20T18:00:00+05:00")
    assert order.deadline.term == "срок назначил(а) Кузьмина Е. В."
    assert disputed.draft is not None and disputed.draft.deadline is not None
    (order,) = made(rules, disputed, due_on=disputed.draft.deadline.due_on).orders
    assert order.deadline == disputed.draft.deadline


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"lead": ""}, "исполнитель не выбран"),
        ({"lead": "Никто Н. Н."}, "сотрудника «Никто Н. Н.» в организации нет"),
        ({"controller": "Никто Н. Н."}, "сотрудника «Никто Н. Н.» в организации нет"),
        ({"text": ""}, "не сказано, что сделать"),
        ({"due_on": None}, "не назван срок"),
        ({"due_on": date(2026, 11, 1)}, "1 ноября 2026 уже прошло"),
        ({"comment": ""}, r"позже срока по закону: 12 ноября 2026 \(акт, п. 3\)"),
        ({"comment": "да"}, "позже срока по закону"),
        ({"controller": "Петров П. П."}, "Петров П. П. не может контролировать себя"),
        ({"rule": "нет такого"}, "правило «нет такого» этого документа не касается"),
    ],
)
def test_what_makes_no_order(rules: Decider, disputed: Decision, more: dict[str, Any], why: str) -> None:
    with pytest.raises(ChoiceRefused, match=why):
        made(rules, disputed, **more)


def test_the_term_of_the_law_is_taken_also_when_it_is_over(rules: Decider) -> None:
    late = rules.decide(document(вид="обращение", срочно=True), as_of=date(2026, 12, 1))
    (order,) = made(rules, late, due_on=date(2026, 11, 12), comment="").orders
    assert order.deadline is not None and order.deadline.act == "акт"
    with pytest.raises(ChoiceRefused, match="11 ноября 2026 уже прошло"):
        made(rules, late, due_on=date(2026, 11, 11))


def test_who_is_told_of_a_term_beyond_the_law(rules: Decider, disputed: Decision) -> None:
    def told(**more: Any) -> str:
        given = choice(**more)
        decision = decided_by_hand(disputed, given, rules.policy.organization, CALENDAR)
        found = told_above(disputed, decision, given, rules.policy.organization, Texts(rules_folder()))
        return found.to.name if found else "никто"

    assert told(controller="Петров П. П.", lead="Котова К. К.") == "Котова К. К.", "the head of the controller"
    assert told(who="Петров П. П.", lead="Котова К. К.") == "Котова К. К.", "without one, of whoever decides"
    assert told(who="Петров П. П.", due_on=date(2026, 11, 12)) == "никто"
    assert told(who="Петров П. П.", due_on=date(2026, 11, 10)) == "никто"
    assert told(who="Минина М. М.") == "", "nobody is above"


def test_a_long_text_is_cut(rules: Decider, disputed: Decision) -> None:
    assert len(made(rules, disputed, text="Ы" * 9000).orders[0].text) == 2000


# --- what the rules drafted goes along ------------------------------------------------------------

WITH_PARTS = """
правила:
  - правило: поручить
    основание: {акт: акт, пункт: "3"}
    суть: Ответ готовит отдел.
    если: {вид: обращение}
    то:
      текст: Подготовить ответ.
      срок: {длительность: 10 дней}
      соисполнители: [{сотрудник: Котова К. К.}, {сотрудник: Петров П. П., срок: {длительность: 5 дней}}]
      письма: [расписка]
      приоритет: 2
  - правило: отдел
    основание: {акт: акт, пункт: "4"}
    суть: Отдел.
    если: {вид: обращение}
    то: {ответственный: {подразделение: отдел}}
  - правило: руководство
    основание: {акт: акт, пункт: "5"}
    суть: Руководство.
    если: {срочно: да}
    то: {ответственный: {подразделение: руководство}}
    спорно с: отдел
"""


def parts(folder: Path, due: date, lead: str = "Минина М. М.") -> Order:
    """Return the order that a person makes on a draft with two co-executors and a letter."""
    rules = decider(folder / "p", WITH_PARTS)
    disputed = rules.decide(document(вид="обращение", срочно=True))
    assert disputed.manual and disputed.draft and len(disputed.draft.co_executors) == 2
    (order,) = made(rules, disputed, lead=lead, due_on=due).orders
    return order


def test_letters_slots_and_co_executors_of_the_draft_go_along(tmp_path: Path) -> None:
    order = parts(tmp_path, date(2026, 12, 30))
    assert (order.letters, order.slots, order.points) == (("расписка",), {"priority": 2}, ())
    half, own = order.co_executors
    assert half.assignee.person == "Котова К. К." and half.deadline
    assert half.deadline.due_on == date(2026, 12, 1), "half of the term from 2 November to 30 December"
    assert half.deadline.steps[-1].startswith("половина срока ответственного")
    assert own.assignee.person == "Петров П. П." and own.deadline
    assert own.deadline.due_on == date(2026, 11, 6), "his own term, of the rule"


def test_no_part_ends_after_the_term_that_the_person_chose(tmp_path: Path) -> None:
    half, own = parts(tmp_path, date(2026, 11, 3)).co_executors
    assert half.deadline and own.deadline
    assert half.deadline.due_on == own.deadline.due_on == date(2026, 11, 3)
    assert own.deadline.steps[-1] == "не позднее срока ответственного → 3 ноября 2026"


def test_who_becomes_the_lead_helps_himself_no_more(tmp_path: Path) -> None:
    order = parts(tmp_path, date(2026, 12, 30), lead="Петров П. П.")
    assert [one.assignee.person for one in order.co_executors] == ["Котова К. К."]
