"""Texts in conditions: words in any form, and patterns that must not hang."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from poruchik.engine.compile import compile_policy
from poruchik.engine.decide import Decider
from poruchik.engine.index import IndexMatcher
from poruchik.model.decision import ManualCode
from poruchik.policy.operators import contains, implied
from poruchik.policy.patterns import is_slow, pattern_fault
from poruchik.policy.problems import Problems
from support.policies import CALENDAR, document, load_rules

SLOW = r"(.*?,){18}П"
RULES = """
правила:
  - {правило: п, основание: {акт: акт, пункт: "1"}, суть: Суть., если: {текст: {похоже на: 'УСЛОВИЕ'}},
     то: {приоритет: 1}}
  - {правило: всем, основание: {акт: акт, пункт: "2"}, суть: Суть., если: всегда,
     то: {ответственный: {подразделение: отдел}, срок: {длительность: 3 дня}}}
"""


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("Не работает телевидение, помогите", "телевидение", True),
        ("проблемы с телевидением", "телевидение", True),
        ("телевизор", "телевидение", False),
        ("нет мобильной связи в селе", "мобильная связь", True),
        ("связь мобильная", "мобильная связь", False),
        ("мобильная и почтовая связь", "мобильная связь", False),
        ("нет мыла", "мыло", True),
        ("она мыла пол", "мыть", True),
        ("ёлка", "елки", True),
        ("дома ИТ-компаний", "ит-компания", True),
        ("", "слово", False),
        ("№ 5", "5", True),
    ],
)
def test_words_are_found_in_any_form(text: str, words: str, found: bool) -> None:
    assert contains(text, words) is found


@pytest.mark.parametrize(
    ("one", "other", "is_list", "sure"),
    [
        ("плохая связь", "связи", False, True),
        ("связь", "плохая связь", False, False),
        ("вина", "вино", False, False),  # it may also be «вина»
        ("вино", "вина", False, True),
        (("связь", "помехи"), ("помеха", "связь", "шум"), False, True),
        ("жалобы", "жалоба", True, False),
        ("Важное", "важное", True, True),
    ],
)
def test_what_follows_from_a_text_for_certain(one: object, other: object, is_list: bool, sure: bool) -> None:
    assert implied(one, other, is_list=is_list) is sure


def test_a_pattern_that_runs_out_of_time_leaves_the_document_to_a_person(tmp_path: Path) -> None:
    policy = load_rules(tmp_path, RULES.replace("УСЛОВИЕ", SLOW))
    assert [problem.code for problem in policy.problems] == ["шаблон-медленный"]
    assert policy.policy
    compiled = compile_policy(policy.policy, Problems())
    assert compiled
    deciders = [Decider.build(policy.policy, CALENDAR)]  # by durable-rules where it is installed
    deciders.append(Decider(policy.policy, CALENDAR, compiled, IndexMatcher(compiled)))
    for made in deciders:
        began = time.monotonic()
        decision = made.decide(document(текст="слово, " * 300))
        assert [reason.code for reason in decision.manual] == [ManualCode.SLOW_PATTERN]
        assert SLOW in decision.manual[0].text
        assert not decision.orders
        assert time.monotonic() - began < 5
        assert made.decide(document(текст="а")).orders  # and the next one is decided
        assert made.matcher.taken_over == []


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(", "не закрыта скобка ("),
        ("a)", "лишняя скобка )"),
        ("[а", "не закрыта скобка ["),
        ("*а", "перед знаком повтора ничего нет"),
        ("а" * 501, "длиннее 500 знаков"),
        (r"дом\s+№?\s*\d+", ""),
        ("(?<=вопрос )[а-яё]+", ""),
    ],
)
def test_a_pattern_is_held_before_it_is_used(pattern: str, told: str) -> None:
    assert pattern_fault(pattern).startswith(told)
    assert bool(pattern_fault(pattern)) is bool(told)


@pytest.mark.parametrize("pattern", [SLOW, "(а+)+$", r"(а|аа)+\d"])
def test_slow_patterns_are_seen(pattern: str) -> None:
    assert is_slow(pattern)


@pytest.mark.parametrize("pattern", [r"дом \d+", "жалоб[ауы]", r"^\s*прошу\b", r"\d{2}\.\d{2}\.\d{4}"])
def test_sound_patterns_are_not_suspected(pattern: str) -> None:
    assert not is_slow(pattern)
