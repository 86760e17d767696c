"""What rules do to one another, and what sends a document to a person."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from poruchik.engine.why_not import why_not
from poruchik.model.decision import ManualCode
from support.policies import HEADER, decider, document, fired

BASE = """
правила:
  - правило: основное
    основание: {акт: акт, пункт: "1"}
    суть: Рассмотреть.
    если: {вид: обращение}
    то:
      ответственный: {подразделение: отдел}
      срок: {длительность: 30 дней}
"""


def rule(name: str, condition: str, effects: str, more: str = "") -> str:
    return f"""
  - правило: {name}
    основание: {{акт: акт, пункт: "2"}}
    суть: Суть {name}.
    если: {condition}
    то: {effects}
    {more}
"""


def test_the_order_of_a_simple_rule(tmp_path: Path) -> None:
    decision = decider(tmp_path, BASE).decide(document(вид="обращение"))
    (order,) = decision.orders
    assert order.lead.person == "Котова К. К."
    assert order.text == "Рассмотреть."
    assert order.deadline is not None
    assert order.deadline.due_at.isoformat() == "2026-12-02T18:00:00+05:00"
    assert order.key.startswith("sed:1/основное/")
    assert decision.manual == ()


def test_the_same_decision_gives_the_same_key(tmp_path: Path) -> None:
    first = decider(tmp_path, BASE).decide(document(вид="обращение"))
    second = decider(tmp_path, BASE).decide(document(вид="обращение"), as_of=date(2026, 12, 1))
    assert first.orders[0].key == second.orders[0].key


def test_two_rules_that_disagree_go_to_a_person_with_both_named(tmp_path: Path) -> None:
    rules = BASE + rule("второе", "{вид: обращение}", "{ответственный: {сотрудник: Петров П. П.}}")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert [reason.code for reason in decision.manual] == [ManualCode.CONFLICT]
    assert "основное" in decision.manual[0].text
    assert "второе" in decision.manual[0].text


def test_two_rules_that_agree_are_no_conflict(tmp_path: Path) -> None:
    rules = BASE + rule("второе", "{вид: обращение}", "{ответственный: {подразделение: отдел}}")
    assert decider(tmp_path, rules).decide(document(вид="обращение")).manual == ()


def test_a_disputed_conflict_says_so(tmp_path: Path) -> None:
    effects = "{ответственный: {сотрудник: Петров П. П.}}"
    rules = BASE + rule("второе", "{вид: обращение}", effects, "спорно с: основное")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert [reason.code for reason in decision.manual] == [ManualCode.DISPUTED]
    assert "Петров П. П." in decision.manual[0].text


def test_an_exception_defeats(tmp_path: Path) -> None:
    effects = "{ответственный: {сотрудник: Петров П. П.}, срок: {длительность: 7 дней}}"
    rules = BASE + rule("особое", "{вид: обращение, срочно: да}", effects, "вместо: основное")
    engine = decider(tmp_path, rules)
    decision = engine.decide(document(вид="обращение", срочно=True))
    assert fired(decision) == {"особое"}
    assert [(one.rule, one.by) for one in decision.defeated] == [("основное", "особое")]
    assert fired(engine.decide(document(вид="обращение", срочно=False))) == {"основное"}


def test_an_exception_of_the_exception_restores_the_rule(tmp_path: Path) -> None:
    rules = (
        BASE
        + rule(
            "особое", "{вид: обращение, срочно: да}", "{ответственный: {сотрудник: Петров П. П.}}", "вместо: основное"
        )
        + rule("обратно", "{вид: обращение, листов: {больше: 10}}", "{приоритет: 1}", "вместо: особое")
    )
    decision = decider(tmp_path, rules).decide(document(вид="обращение", срочно=True, листов=11))
    assert fired(decision) == {"основное", "обратно"}
    assert [(one.rule, one.by) for one in decision.defeated] == [("особое", "обратно")]


def test_a_trial_rule_is_shown_and_does_nothing(tmp_path: Path) -> None:
    effects = "{ответственный: {сотрудник: Петров П. П.}}"
    rules = BASE + rule("проба", "{вид: обращение}", effects, "вместо: основное\n    статус: пробная")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert fired(decision) == {"основное"}
    assert [one.rule for one in decision.trial] == ["проба"]
    assert decision.defeated == ()


def test_a_repealed_rule_does_not_exist(tmp_path: Path) -> None:
    rules = BASE + rule("старое", "{вид: обращение}", "{приоритет: 1}", "статус: отменена")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert fired(decision) == {"основное"}


@pytest.mark.parametrize(
    ("day", "names"),
    [("2026-10-31", {"основное"}), ("2026-11-01", {"основное", "новое"}), ("2026-11-30", {"основное", "новое"}),
     ("2026-12-01", {"основное"})],
)  # fmt: skip
def test_a_rule_is_in_force_on_both_ends_of_its_period(tmp_path: Path, day: str, names: set[str]) -> None:
    rules = BASE + rule("новое", "{вид: обращение}", "{приоритет: 1}", "действует: {с: 2026-11-01, по: 2026-11-30}")
    decision = decider(tmp_path, rules).decide(document(f"{day}T23:30:00+05:00", вид="обращение"))
    assert fired(decision) == names


def test_the_day_is_the_local_one(tmp_path: Path) -> None:
    rules = BASE + rule("новое", "{вид: обращение}", "{приоритет: 1}", "действует: {с: 2026-11-03}")
    # 20:00 UTC on the 2nd is one o'clock of the 3rd in Yekaterinburg.
    decision = decider(tmp_path, rules).decide(document("2026-11-02T20:00:00+00:00", вид="обращение"))
    assert "новое" in fired(decision)


@pytest.mark.parametrize(("day", "names"), [("2026-10-31", set()), ("2026-11-01", {"основное"}), ("2026-12-01", set())])
def test_a_pack_gives_its_rules_their_period(tmp_path: Path, day: str, names: set[str]) -> None:
    header = HEADER + "действует: {с: 2026-11-01, по: 2026-11-30}\n"
    made = decider(tmp_path, BASE, politika=header)
    assert fired(made.decide(document(f"{day}T12:00:00+05:00", вид="обращение"))) == names


def test_a_pack_on_trial_changes_nothing(tmp_path: Path) -> None:
    decision = decider(tmp_path, BASE, politika=HEADER + "статус: пробная\n").decide(document(вид="обращение"))
    assert not decision.orders
    assert [one.rule for one in decision.trial] == ["основное"]


def test_derived_attributes_are_seen_by_later_rules(tmp_path: Path) -> None:
    rules = (
        BASE
        + rule("срочное", "{класс: а}", "{приоритет: 1}")  # written before the rule that derives what it reads
        + rule("класс-а", "{срочно: да}", "{признаки: {класс: а}}")
    )
    decision = decider(tmp_path, rules).decide(document(вид="обращение", срочно=True))
    assert decision.slots == {"priority": 1}
    assert decision.derived == {"класс": "а"}


def test_two_values_of_a_derived_attribute_are_a_conflict(tmp_path: Path) -> None:
    rules = (
        BASE
        + rule("класс-а", "{срочно: да}", "{признаки: {класс: а}}")
        + rule("класс-б", "{листов: {больше: 1}}", "{признаки: {класс: б}}")
    )
    decision = decider(tmp_path, rules).decide(document(вид="обращение", срочно=True, листов=2))
    assert decision.manual[0].code is ManualCode.CONFLICT
    assert "класс-а" in decision.manual[0].text


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_what_is_derived_differently_is_absent_whatever_the_order(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Neither a rule that asks for it fires, nor one that asks for its absence: by the order of lines nobody decides."""
    parts = [
        rule("класс-а", "{срочно: да}", "{признаки: {класс: а}}"),
        rule("класс-б", "{листов: {больше: 1}}", "{признаки: {класс: б}}"),
        rule("по-классу", "{класс: а}", "{приоритет: 1}"),
        rule("без-класса", "{вид: обращение, кроме: {класс: а}}", "{приоритет: 2}"),
    ]
    found = decider(tmp_path, BASE + "".join(parts[number] for number in order))
    decision = found.decide(document(вид="обращение", срочно=True, листов=2))
    assert {one.rule for one in decision.fired} == {"основное", "класс-а", "класс-б"}
    assert decision.derived == {} and decision.slots == {} and "класс" not in decision.facts
    assert "«класс-а»" in decision.manual[0].text and "«класс-б»" in decision.manual[0].text
    asked = next(one for one in found.policy.rules if one.id == "без-класса")
    assert why_not(asked, decision).said.startswith(
        "Правило «без-класса» не применялось: признак «класс» не определён: "
    )
    agreed = found.decide(document(вид="обращение", срочно=True, листов=1))
    assert agreed.derived == {"класс": "а"} and agreed.slots == {"priority": 1}


def test_the_earliest_deadline_wins_and_the_others_stay_in_the_trace(tmp_path: Path) -> None:
    rules = BASE + rule("быстрое", "{вид: обращение}", "{срок: {длительность: 10 дней}}")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert decision.orders[0].deadline is not None
    assert decision.orders[0].deadline.rule == "быстрое"
    (choice,) = [one for one in decision.choices if one.slot == "срок"]
    assert choice.others == ("основное → 02.12.2026 18:00",)


@pytest.mark.parametrize(
    ("cap", "due"),
    [(date(2026, 11, 20), "2026-11-20"), (date(2026, 11, 22), "2026-11-20"), (date(2026, 12, 20), "2026-12-02")],
)
def test_a_cap_shortens_and_never_lengthens(tmp_path: Path, cap: date, due: str) -> None:
    rules = BASE.replace("{длительность: 30 дней}", "{длительность: 30 дней, не позднее: {атрибут: предел}}")
    decision = decider(tmp_path, rules).decide(document(вид="обращение", предел=cap))
    assert decision.orders[0].deadline is not None
    assert decision.orders[0].deadline.due_on.isoformat() == due


def test_nobody_named_and_no_term(tmp_path: Path) -> None:
    engine = decider(tmp_path, BASE + rule("без-срока", "{вид: запрос}", "{ответственный: {подразделение: отдел}}"))
    assert [one.code for one in engine.decide(document(вид="письмо")).manual] == [ManualCode.NO_LEAD]
    assert [one.code for one in engine.decide(document(вид="запрос")).manual] == [ManualCode.NO_TERM]


def test_no_term_is_allowed_when_a_rule_says_so(tmp_path: Path) -> None:
    rules = BASE + rule("сведения", "{вид: письмо}", "{ответственный: {подразделение: отдел}, срок: нет}")
    decision = decider(tmp_path, rules).decide(document(вид="письмо"))
    assert decision.manual == ()
    assert decision.orders[0].deadline is None


def test_a_card_that_cannot_occur_goes_to_a_person(tmp_path: Path) -> None:
    decision = decider(tmp_path, BASE).decide(document(вид="письмо", канал="сайт"))
    assert [one.code for one in decision.manual] == [ManualCode.IMPOSSIBLE_CARD]
    assert "письма с сайта не приходят" in decision.manual[0].text


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("листы", 5, "возможно, «листов»"), ("листов", "пять", "нужен тип «число»"), ("канал", "голубь", "нет в словаре"),
     ("срочно", 1, "нужен тип «да-нет»"), ("предел", "2026-12-01", "нужен тип «дата»")],
)  # fmt: skip
def test_a_card_that_breaks_the_dictionary_goes_to_a_person(
    tmp_path: Path, name: str, value: object, words: str
) -> None:
    decision = decider(tmp_path, BASE).decide(document(вид="обращение", **{name: value}))  # type: ignore[arg-type]
    assert [one.code for one in decision.manual] == [ManualCode.UNKNOWN_ATTRIBUTE]
    assert words in decision.manual[0].text


def test_a_term_from_an_event_that_is_not_on_the_card(tmp_path: Path) -> None:
    rules = BASE.replace("{длительность: 30 дней}", "{длительность: 30 дней, от: подписания}")
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert [one.code for one in decision.manual] == [ManualCode.BAD_TERM]
    assert "нет даты подписания" in decision.manual[0].text


def test_receipt_by_the_executor_is_provisional(tmp_path: Path) -> None:
    rules = BASE.replace("{длительность: 30 дней}", "{длительность: 4 часа, от: получения исполнителем}")
    (order,) = decider(tmp_path, rules).decide(document(вид="обращение")).orders
    assert order.deadline is not None
    assert order.deadline.provisional
    assert order.deadline.due_at.isoformat() == "2026-11-02T14:00:00+05:00"


def test_further_orders_follow_with_slots_of_their_own(tmp_path: Path) -> None:
    effects = """
      поручения:
        - {текст: Согласовать., ответственный: {сотрудник: Петров П. П.}, срок: {длительность: 3 рабочих дня}}
        - {текст: Разослать., ответственный: {роль: контроль}, срок: {длительность: 1 день, от: предыдущего срока}}"""
    rules = BASE + rule("ещё", "{вид: обращение}", effects)
    orders = decider(tmp_path, rules).decide(document(вид="обращение")).orders
    assert [order.text for order in orders] == ["Рассмотреть.", "Согласовать.", "Разослать."]
    assert [order.deadline.due_on.isoformat() for order in orders if order.deadline] == [
        "2026-12-02", "2026-11-06", "2026-12-03"
    ]  # fmt: skip
    assert len({order.key for order in orders}) == 3


def test_unions_keep_the_order_of_rules_without_repeats(tmp_path: Path) -> None:
    rules = (
        BASE
        + rule("первое", "{вид: обращение}", "{проверки: [расписка, согласие], напоминания: [в день срока]}")
        + rule("второе", "{вид: обращение}", "{проверки: [согласие, вложение], напоминания: [в день срока]}")
    )
    (order,) = decider(tmp_path, rules).decide(document(вид="обращение")).orders
    assert order.checks == ("расписка", "согласие", "вложение")
    assert [point.reason for point in order.points] == ["в день срока", "просрочено, каждый рабочий день"]


def test_one_clock_name_with_two_terms_is_a_conflict(tmp_path: Path) -> None:
    clock = "{{счётчики: [{{счётчик: ц, срок: {{длительность: {} дней}}, до: готово}}]}}"
    rules = BASE + rule("р1", "{вид: обращение}", clock.format(5)) + rule("р2", "{вид: обращение}", clock.format(7))
    decision = decider(tmp_path, rules).decide(document(вид="обращение"))
    assert decision.manual[0].code is ManualCode.CONFLICT
    assert len(decision.clocks) == 1


def test_parameters_are_those_of_the_registration_day(tmp_path: Path) -> None:
    rules = (
        BASE.replace("{длительность: 30 дней}", "{длительность: {параметр: срок}}")
        + """
параметры:
  - параметр: срок
    название: Срок
    значения:
      - {с: 2026-01-01, длительность: 5 дней, акт: акт, пункт: "7", уверенность: высокая}
      - {с: 2026-11-03, длительность: 6 дней, акт: акт, пункт: "8", уверенность: высокая}
"""
    )
    engine = decider(tmp_path, rules)
    before = engine.decide(document("2026-11-02T10:00:00+05:00", вид="обращение")).orders[0].deadline
    after = engine.decide(document("2026-11-03T10:00:00+05:00", вид="обращение")).orders[0].deadline
    assert before is not None
    assert after is not None
    assert (before.due_on.isoformat(), before.clause) == ("2026-11-06", "7")
    assert (after.due_on.isoformat(), after.clause) == ("2026-11-09", "8")
    too_early = engine.decide(document("2025-12-31T10:00:00+05:00", вид="обращение"))
    assert too_early.manual[0].code is ManualCode.BAD_TERM
