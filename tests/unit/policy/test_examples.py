"""The gallery: one feature a file, rules and cases. The reference of the language shows every one of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from poruchik.analysis.report import examine
from poruchik.authoring.cases import run_cases
from poruchik.engine.decide import Decider
from poruchik.policy.office import load_calendar
from poruchik.policy.problems import Problems, Severity
from poruchik.resources import rules_folder
from support.policies import load_rules
from support.reference import EXAMPLES, read_example

SHIPPED = load_calendar(rules_folder(), "Asia/Yekaterinburg")


def test_there_are_enough() -> None:
    assert len(EXAMPLES) >= 25
    assert [path.name[:2] for path in EXAMPLES] == [f"{number:02d}" for number in range(1, len(EXAMPLES) + 1)]


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(path: Path, tmp_path: Path) -> None:
    title, rules, cases = read_example(path)
    assert title
    loaded = load_rules(tmp_path, rules)
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.policy
    examine(loaded.policy, SHIPPED, date(2026, 11, 25), loaded.problems)
    wrong = [one for one in loaded.problems if one.severity is not Severity.NOTE and one.code != "пробел"]
    assert wrong == []
    (tmp_path / "pravila.test.yaml").write_text(cases, encoding="utf-8")
    problems = Problems()
    results = run_cases([tmp_path / "pravila.test.yaml"], Decider.build(loaded.policy, SHIPPED), problems)
    assert [str(problem) for problem in problems] == []
    assert [line for failure in results.failures for line in failure.lines()] == []
    assert results.uncovered(loaded.policy) == []
