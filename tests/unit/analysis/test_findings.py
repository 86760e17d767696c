"""Findings on policies as an author writes them: what the small universe does not hold."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from poruchik.analysis.findings import ConflictSearch, Idleness, idle_rules
from poruchik.analysis.prover import Prover
from poruchik.analysis.report import examine
from poruchik.engine.compile import compile_policy
from poruchik.policy.problems import Problems
from support.policies import CALENDAR, load_rules

RULE = """  - правило: {name}
    основание: {{акт: акт, пункт: "1"}}
    суть: с
    если: {condition}
    то: {{{effects}}}
    вместо: [{instead}]
"""


def prover(folder: Path, *rules: tuple[str, ...]) -> Prover:
    text = "правила:\n" + "".join(
        RULE.format(name=name, condition=condition, effects=effects, instead=", ".join(instead))
        for name, condition, effects, *instead in rules
    )
    loaded = load_rules(folder, text)
    assert loaded.policy and not loaded.problems.errors, [str(one) for one in loaded.problems]
    compiled = compile_policy(loaded.policy, Problems())
    assert compiled
    return Prover(compiled, CALENDAR, date(2026, 11, 25))


def pairs(found: Prover) -> set[tuple[str, str]]:
    return {(one.rules[0].id, one.rules[1].id) for one in ConflictSearch(found).conflicts()}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("{текст: {содержит: жалоба}}", "{текст: {содержит: связь}}", True),
        ("{текст: {содержит: жалоба на связь}}", "{текст: {не: {содержит: жалоба}}}", False),
        ("{текст: {содержит: [жалоба, просьба]}}", "{текст: {не: {содержит: жалоба}}}", True),
        ("{текст: {начинается с: прошу}}", "{текст: {содержит: жалоба}}", True),
        ("{текст: {содержит: жалоба}}", "{текст: {есть: нет}}", False),
        ("{метки: {содержит: а}}", "{метки: {содержит: б}}", True),
        ("{метки: {содержит: а}}", "{метки: {не: {содержит: а}}}", False),
        ("{номер: А-1}", "{номер: А-2}", False),
        ("{номер: {начинается с: А}}", "{номер: А-2}", True),
        ("{номер: {начинается с: Б}}", "{номер: А-2}", False),
        ("{номер: {начинается с: А}}", "{номер: {содержит: Б}}", True),
        ("{номер: {похоже на: '^А-[0-9]'}}", "{номер: [А-2, Б-3]}", True),
        ("{предел: {после: 2026-01-01}}", "{предел: {до: 2026-01-03}}", True),
        ("{предел: {после: 2026-01-01}}", "{предел: {до: 2026-01-02}}", False),
        ("{листов: {больше: 1}}", "{листов: {меньше: 2}}", True),  # a number may have a fraction
        ("{система: СЭД}", "{система: СОГ}", False),
        ("{дата поступления: 2026-05-05}", "{дата поступления: {есть: да}}", True),
        ("{вид: письмо}", "{канал: сайт}", False),  # «не бывает»
    ],
)
def test_can_stand_together(tmp_path: Path, one: str, other: str, both: bool) -> None:
    found = prover(tmp_path, ("а", one, "приоритет: 1"), ("б", other, "приоритет: 2"))
    assert pairs(found) == ({("а", "б")} if both else set())


def test_nothing_follows_from_two_classes_at_once(tmp_path: Path) -> None:
    found = prover(
        tmp_path,
        ("класс-а", "всегда", "признаки: {класс: а}"),
        ("класс-б", "всегда", "признаки: {класс: б}"),
        ("по-а", "{класс: а}", "приоритет: 1"),
        ("по-б", "{класс: б}", "приоритет: 2"),
        ("всегда-три", "всегда", "приоритет: 3"),
    )
    found.quick_tries = 0
    assert pairs(found) == {("класс-а", "класс-б")}
    assert [(one.rule.id, one.why) for one in idle_rules(found)] == [
        ("по-а", Idleness.NOT_DERIVED),
        ("по-б", Idleness.NOT_DERIVED),
    ]


def test_an_exception_of_the_exception_restores_the_rule(tmp_path: Path) -> None:
    found = prover(
        tmp_path,
        ("общее", "{вид: запрос}", "приоритет: 1"),
        ("особое", "{вид: запрос, срочно: да}", "приоритет: 2", "общее"),
        ("совсем-особое", "{вид: запрос, срочно: да, канал: почта}", "маршрут: север", "особое"),
        ("другое", "{канал: почта}", "приоритет: 4"),
    )
    assert pairs(found) == {("общее", "другое")}
    assert list(idle_rules(found)) == []


def test_what_durable_rules_cannot_carry_is_named(tmp_path: Path) -> None:
    words = ", ".join(f"{{текст: {{содержит: слово{number}}}}}" for number in range(250))
    found = prover(tmp_path, ("длинное", f"{{все: [{words}]}}", "приоритет: 1"))
    problems = Problems()
    examine(found.compiled.policy, CALENDAR, date(2026, 11, 25), problems)
    assert [one.code for one in problems if "250 проверок" in one.what] == ["движок"]


def test_a_pattern_on_a_word_is_not_called_dead(tmp_path: Path) -> None:
    found = prover(tmp_path, ("п", "{номер: {похоже на: '^[А-Я]{2}-[0-9]+$'}}", "приоритет: 1"))
    assert list(idle_rules(found)) == []
