"""The truth table of `если`: what each test gives for a value, another value, and an absent attribute.

`docs/usloviya.md` prints this very table; the last test compares them.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from poruchik.model.document import Value
from support.policies import decider, document, fired

MOMENT = datetime.fromisoformat("2026-11-02T23:30:00+05:00")
# (test, attribute, value that passes, value that does not, whether a document without the attribute passes)
ROWS: list[tuple[str, str, Value, Value, bool]] = [
    ("канал: почта", "канал", "почта", "email", False),
    ("канал: [почта, email]", "канал", "email", "сайт", False),
    ("канал: {не: почта}", "канал", "email", "почта", True),
    ("канал: {не: [почта, email]}", "канал", "сайт", "email", True),
    ("канал: {есть: да}", "канал", "почта", "", False),
    ("канал: {есть: нет}", "канал", "", "почта", True),
    ("кроме: {канал: почта}", "канал", "email", "почта", True),
    ("срочно: да", "срочно", True, False, False),
    ("срочно: нет", "срочно", False, True, False),
    ("листов: 5", "листов", 5, 6, False),
    ("листов: {больше: 5}", "листов", 6, 5, False),
    ("листов: {не меньше: 5}", "листов", 5, 4, False),
    ("листов: {меньше: 5}", "листов", 4, 5, False),
    ("листов: {не больше: 5}", "листов", 5, 6, False),
    ("листов: {между: [5, 7]}", "листов", 7, 8, False),
    ("листов: {не: {больше: 5}}", "листов", 5, 6, True),
    ("предел: 2026-11-02", "предел", date(2026, 11, 2), date(2026, 11, 3), False),
    ("предел: {после: 2026-11-02}", "предел", date(2026, 11, 3), date(2026, 11, 2), False),
    ("предел: {до: 2026-11-02}", "предел", date(2026, 11, 1), date(2026, 11, 2), False),
    ("текст: {содержит: жалоба}", "текст", "Недоволен жалобой на связь", "Жаловаться бесполезно", False),
    ("текст: {содержит: [плохая связь, помехи]}", "текст", "Опять из-за ПЛОХОЙ связи", "связь плохая", False),
    ("текст: {похоже на: 'дом \\d+'}", "текст", "Улица Мира, ДОМ 12", "дом без номера", False),
    ("текст: {начинается с: прошу}", "текст", "Прошу помочь", "Очень прошу", False),
    ("метки: {содержит: важное}", "метки", ("новое", "важное"), ("важное дело",), False),
    ("метки: {не: {содержит: важное}}", "метки", ("новое",), ("важное",), True),
]
RULES = """
правила:
  - правило: п
    основание: {акт: акт, пункт: "1"}
    суть: Суть.
    если:
      %s
    то: {приоритет: 1}
"""


def passes(tmp_path: Path, condition: str, **facts: Value) -> bool:
    return "п" in fired(decider(tmp_path, RULES % condition).decide(document(**facts)))


@pytest.mark.parametrize(("condition", "name", "good", "bad", "absent"), ROWS, ids=[row[0] for row in ROWS])
def test_row(tmp_path: Path, condition: str, name: str, good: Value, bad: Value, absent: bool) -> None:
    if good != "":
        assert passes(tmp_path, condition, **{name: good})
    if bad != "":
        assert not passes(tmp_path, condition, **{name: bad})
    assert passes(tmp_path, condition) is absent


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("дата регистрации: 2026-11-02", True),
        ("дата регистрации: {после: 2026-11-01}", True),
        ("дата регистрации: {после: 2026-11-02}", False),
        ("дата регистрации: {до: 2026-11-03}", True),
        ("дата регистрации: {между: [2026-11-02, 2026-11-02]}", True),
        ('дата регистрации: {не меньше: "2026-11-02T23:30+05:00"}', True),
        ('дата регистрации: {больше: "2026-11-02T23:30+05:00"}', False),
        ("дата регистрации: [2026-11-01, 2026-11-02]", True),
    ],
)
def test_a_day_means_the_whole_local_day(tmp_path: Path, condition: str, expected: bool) -> None:
    # The same moment written with another offset is the same local day.
    for moment in (MOMENT, MOMENT.astimezone(tz=datetime.fromisoformat("2026-01-01T00:00+00:00").tzinfo)):
        engine = decider(tmp_path, RULES % condition)
        assert ("п" in fired(engine.decide(document(moment.isoformat())))) is expected


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ("все: [{канал: почта}, {листов: 5}]", {"канал": "почта", "листов": 5}, True),
        ("все: [{канал: почта}, {листов: 5}]", {"канал": "почта"}, False),
        ("любое: [{канал: почта}, {листов: 5}]", {"листов": 5}, True),
        ("любое: [{канал: почта}, {листов: 5}]", {}, False),
        ("кроме: [{канал: почта}, {листов: 5}]", {"листов": 5}, False),
        ("кроме: [{канал: почта}, {листов: 5}]", {"листов": 6}, True),
        ("кроме: {любое: [{канал: почта}, {все: [{листов: 5}, {срочно: да}]}]}", {"листов": 5, "срочно": False}, True),
        ("кроме: {кроме: {канал: почта}}", {"канал": "почта"}, True),
    ],
)
def test_combinators(tmp_path: Path, condition: str, facts: dict[str, Value], expected: bool) -> None:
    assert passes(tmp_path, condition, **facts) is expected


def test_the_documentation_prints_this_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "usloviya.md").read_text(encoding="utf-8")
    printed = [line for line in text.splitlines() if line.startswith("| `")]
    assert printed == [
        f"| `{condition}` | {_shown(good)} | {_shown(bad)} | {'да' if absent else 'нет'} |"
        for condition, _, good, bad, absent in ROWS
    ]


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value) if value != "" else "—"
