"""Every message to a rule author is held by a golden text: `tests/bad/NAME.yaml` and `NAME.expected.txt`.

A file is rules, or what its first line says: `# файл: atributy.yaml`; `NAME.csv` is a decision table.

After a deliberate change of the words: `PORUCHIK_GOLDEN=write pytest tests/unit/policy/test_bad.py`, then read the
difference.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from poruchik.analysis.report import examine
from poruchik.model.ladder import Anchor, Recurrence
from poruchik.policy.office import load_calendar
from poruchik.policy.words import Event
from poruchik.resources import rules_folder
from poruchik.workcalendar.duration import Unit
from support.policies import load_rules

BAD = Path(__file__).parents[2] / "bad"
FILES = sorted([*BAD.glob("*.yaml"), *BAD.glob("*.csv")])
_CHOICES = re.compile(
    r"(допустимых имён |одним из способов: |целое число и единицу: |назовите событие: |допустимо: (?=система, номер,))[^\n]*"
)
"""What a message offers to choose from: a word more in the language is no other message."""
_OTHER_FILE = re.compile(r"# файл: (\w+)\.yaml\n")
_GOOD = """
правила:
  - {правило: п, основание: {акт: акт, пункт: "1"}, суть: Суть., если: {вид: запрос}, то: {приоритет: 1}}
"""


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_messages(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    other = _OTHER_FILE.match(text)
    if path.suffix == ".csv":
        (tmp_path / path.name).write_text(text, encoding="utf-8")
        text = "правила: []"
    loaded = load_rules(tmp_path, _GOOD, **{other[1]: text}) if other else load_rules(tmp_path, text)
    if loaded.policy and not loaded.problems.errors:
        calendar = load_calendar(rules_folder(), "Asia/Yekaterinburg")
        examine(loaded.policy, calendar, date(2026, 11, 25), loaded.problems)
    told = "".join(f"{problem}\n" for problem in loaded.problems)
    told = told.replace(str(tmp_path / "pravila.yaml"), path.name).replace(str(tmp_path), ".")
    told = told.replace(str(tmp_path.parent), "..")
    told = _CHOICES.sub(r"\1…", told)
    assert told, "a bad file without a message"
    expected = path.with_suffix(".expected.txt")
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("then", "offered"),
    [
        ("ответственный: {роль: контроль}, напоминания: [скоро]", [one.value for one in (*Anchor, *Recurrence)]),
        ("ответственный: {роль: контроль}, срок: {длительность: скоро}", [unit.value for unit in Unit]),
        ("ответственный: {роль: контроль}, срок: {длительность: 3 дня, от: ничего}", [Event.REGISTRATION.value]),
        ("нечто: 1", ["контролёр", "ответственный"]),
    ],
)
def test_what_can_be_chosen_is_offered(tmp_path: Path, then: str, offered: list[str]) -> None:
    rule = f'правила:\n  - {{правило: п, основание: {{акт: акт, пункт: "1"}}, суть: С., если: {{вид: запрос}}, то: {{{then}}}}}'
    told = "\n".join(map(str, load_rules(tmp_path, rule).problems.errors))
    assert all(word in told for word in offered), told
