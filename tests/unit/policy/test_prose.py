"""Rules in sentences."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poruchik.policy import model
from poruchik.policy.load import require_policy
from poruchik.policy.model import AllOf, AnyOf, Condition, NotOf
from poruchik.policy.prose import condition_lines, condition_text, effect_lines
from poruchik.resources import rules_folder
from support.policies import load_rules

RULE = """
правила:
  - {правило: п, основание: {акт: акт, пункт: "1"}, суть: Суть., если: УСЛОВИЕ, то: СЛЕДСТВИЯ}
"""
SHIPPED = require_policy(rules_folder())


def rule(folder: Path, condition: str = "всегда", effects: str = "{приоритет: 1}"):  # type: ignore[no-untyped-def]
    loaded = load_rules(folder, RULE.replace("УСЛОВИЕ", condition).replace("СЛЕДСТВИЯ", effects))
    assert list(loaded.problems) == []
    assert loaded.policy
    return loaded.policy, loaded.policy.rules[0]


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("всегда", ["всегда"]),
        ("{вид: запрос}", ["«вид» — запрос"]),
        ("{вид: [запрос, письмо], срочно: да}", ["«вид» — запрос или письмо", "«срочно» — да"]),
        ("{вид: {не: [запрос, письмо]}}", ["«вид» — ни запрос, ни письмо"]),
        ("{канал: {есть: нет}}", ["«канал» не указано"]),
        ("{листов: {больше: 5, не больше: 9}}", ["«листов» больше 5", "«листов» не больше 9"]),
        ("{листов: {не: {больше: 5}}}", ["«листов» не больше 5"]),
        ("{предел: {после: 2026-02-03}}", ["«предел» после 3 февраля 2026"]),
        ("{текст: {содержит: [а, б, в]}}", ["«текст» содержит а, б или в"]),
        ("{любое: [{вид: запрос}, {все: [{вид: письмо}, {срочно: да}]}]}", ["«вид» — запрос или («вид» — письмо и «срочно» — да)"]),
        ("{кроме: {вид: запрос, срочно: да}}", ["«вид» — не запрос или «срочно» — не да"]),
    ],
)  # fmt: skip
def test_conditions(tmp_path: Path, condition: str, lines: list[str]) -> None:
    _, found = rule(tmp_path, condition)
    assert condition_lines(found.condition) == lines


def test_effects(tmp_path: Path) -> None:
    effects = """{ответственный: {подразделение: отдел, выбор: наименьшая-загрузка}, срок: {длительность: 3 дня, от: поступления},
      соисполнители: [{роль: контроль, срок: {длительность: 1 день}, напоминания: в день срока}], эскалация: {когда: просрочено, кому: {вышестоящий: 2}},
      счётчики: [{счётчик: регистрация, срок: {длительность: 3 дня}, до: готово}], уведомить: начальник-исполнителя,
      продление: {до: 30 дней, раз: 1, решает: {роль: контроль}}, признаки: {класс: а}, контроль: {вид: особый, контролёр: {сотрудник: Петров П. П.}},
      поручения: [{на каждый: метки, ответственный: {роль: контроль}, срок: нет}]}"""
    policy, found = rule(tmp_path, effects=effects)
    assert dict(effect_lines(found.effects, policy.parameters, date(2026, 11, 25))) == {
        "ответственный": "отдел (выбор: наименьшая-загрузка)",
        "контролёр": "Петров П. П.",
        "вид контроля": "особый",
        "срок": "3 дня от поступления",
        "соисполнители": "роль «контроль» (1 день; напомнить в день срока)",
        "эскалация": "просрочено → вышестоящий на 2 уровня",
        "продление": "до 30 дней, не больше 1 раза, решает роль «контроль»",
        "признаки": "класс — а",
        "счётчики": "«регистрация» 3 дня до события «готово»",
        "уведомить": "начальник исполнителя",
        "поручения": "ответственный: роль «контроль»; срок: без срока, для сведения; на каждый: метки",
    }


def test_a_term_by_a_parameter_has_its_amount_and_source() -> None:
    found = SHIPPED.rule("срок-рассмотрения")
    assert found
    told = dict(effect_lines(found.effects, SHIPPED.parameters, date(2026, 11, 25)))
    assert told["срок"].startswith("30 дней от регистрации, по параметру «срок-обращения-59-фз» (59-ФЗ, ст. 12 ч. 1)")


def test_every_shipped_rule_can_be_said() -> None:
    for found in SHIPPED.rules:
        assert condition_lines(found.condition)
        for slot, value in effect_lines(found.effects, SHIPPED.parameters, date(2026, 11, 25)):
            assert slot
            assert value
            assert "RefKind" not in value
            assert "Effects(" not in value


TESTS = st.sampled_from(
    [model.Test("а", "равно", "1"), model.Test("б", "одно из", frozenset({"2", "3"})), model.Test("в", "есть", True)]
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map(NotOf),
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=8,
)


@given(CONDITIONS)
def test_a_double_negation_says_the_same(condition: Condition) -> None:
    assert condition_text(NotOf(NotOf(condition))) == condition_text(condition)
