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
from poruchik.policy.office import load_calendar
from poruchik.resources import rules_folder
from support.policies import load_rules

BAD = Path(__file__).parents[2] / "bad"
FILES = sorted([*BAD.glob("*.yaml"), *BAD.glob("*.csv")])
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
    assert told, "a bad file without a message"
    expected = path.with_suffix(".expected.txt")
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
