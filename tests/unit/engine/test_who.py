"""Who is found: least load with a cap, parts of co-executors, the same person for the same state."""

from __future__ import annotations

from pathlib import Path

from poruchik.model.decision import ManualCode
from poruchik.model.person_ref import PersonRef
from support.policies import ORGANIZATION, decider, document, load_rules

STAFF = ORGANIZATION.replace(
    "  - {сотрудник: Петров П. П., подразделение: отдел, должность: специалист}",
    "  - {сотрудник: Петров П. П., подразделение: отдел}\n  - {сотрудник: Сидоров С. С., подразделение: отдел}",
)


def rules(lead: str, more: str = "") -> str:
    return f"""
    правила:
      - правило: одно
        основание: {{акт: акт, пункт: "1"}}
        суть: Проба.
        если: {{вид: письмо}}
        то:
          ответственный: {lead}
          срок: {{длительность: 10 рабочих дней}}
          {more}
    """


def test_the_least_loaded_up_to_the_cap(tmp_path: Path) -> None:
    made = decider(
        tmp_path / "a",
        rules("{подразделение: отдел, выбор: наименьшая-загрузка, не больше: 5}"),
        organizaciya=STAFF,
    )
    (order,) = made.decide(document(вид="письмо"), load={"Петров П. П.": 4, "Сидоров С. С.": 2}).orders
    assert order.lead.person == "Сидоров С. С."
    assert order.lead.path == ("подразделение «отдел» → наименьшая загрузка: Сидоров С. С. (2), Петров П. П. (4)",)
    (full,) = made.decide(document(вид="письмо"), load={"Петров П. П.": 5, "Сидоров С. С.": 5}).orders
    assert full.lead.person == "Котова К. К."  # the head decides
    assert "у всех не меньше 5 поручений" in full.lead.path[0]


def test_the_trace_is_enough_to_find_the_same_person_again(tmp_path: Path) -> None:
    made = decider(tmp_path / "a", rules("{подразделение: отдел, выбор: наименьшая-загрузка}"), organizaciya=STAFF)
    (first,) = made.decide(document(вид="письмо"), load={"Петров П. П.": 1}).orders
    told = first.lead.path[0].partition("загрузка: ")[2]
    load = {name: int(count.rstrip(")")) for name, count in (one.split(" (") for one in told.split(", "))}
    (again,) = made.decide(document(вид="письмо"), load=load).orders
    assert again.lead == first.lead


def test_a_cap_needs_a_choice_by_load(tmp_path: Path) -> None:
    for lead, told in (
        ("{подразделение: отдел, не больше: 5}", "«не больше» ограничивает загрузку, а выбирают здесь не по ней"),
        ("{подразделение: отдел, выбор: наименьшая-загрузка, не больше: много}", "здесь нужно число поручений"),
    ):
        assert told in "\n".join(map(str, load_rules(tmp_path / "b", rules(lead)).problems))


def test_references_with_a_cap_read_back() -> None:
    for text in ("подразделение: отдел, выбор: наименьшая-загрузка, не больше: 5", "роль: контроль", "ответственный"):
        assert str(PersonRef.parse(text)) == text


def test_a_co_executor_has_half_of_the_term_unless_the_rule_says_otherwise(tmp_path: Path) -> None:
    parts = "соисполнители: [{роль: контроль}, {сотрудник: Петров П. П., срок: {длительность: 2 рабочих дня}}]"
    made = decider(tmp_path / "a", rules("{подразделение: отдел}", parts))
    (order,) = made.decide(document(вид="письмо")).orders  # Monday 2 November, due on Tuesday the 17th
    half, own = order.co_executors
    assert order.deadline is not None
    assert half.deadline is not None
    assert own.deadline is not None
    assert f"{order.deadline.due_on} {half.deadline.due_on} {own.deadline.due_on}" == "2026-11-17 2026-11-09 2026-11-05"
    assert half.deadline.steps[-1] == "половина срока ответственного → 9 ноября 2026, 18:00"


def test_a_co_executor_may_have_a_ladder_of_his_own(tmp_path: Path) -> None:
    part = (
        "соисполнители: [{сотрудник: Петров П. П., напоминания: в день срока, "
        "эскалация: {когда: просрочено, кому: начальник-исполнителя}}]"
    )
    made = decider(tmp_path / "a", rules("{подразделение: отдел}", part))
    (order,) = made.decide(document(вид="письмо")).orders
    (one,) = order.co_executors
    assert [str(rung) for rung in one.reminders] == ["в день срока"]
    assert [str(step.to) for step in one.escalations] == ["начальник-исполнителя"]


def test_nobody_at_all_is_left_to_a_person(tmp_path: Path) -> None:
    lonely = """
подразделения: [{подразделение: отдел}]
сотрудники: [{сотрудник: Петров П. П., подразделение: отдел}]
"""
    made = decider(tmp_path / "a", rules("{подразделение: отдел}"), organizaciya=lonely)
    decision = made.decide(document(вид="письмо"))
    assert [reason.code for reason in decision.manual] == [ManualCode.NO_PERSON]
