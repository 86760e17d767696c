"""Every message to a rule author is held by a golden text: `tests/bad/NAME.yaml` and `NAME.expected.txt`.

After a deliberate change of the words: `PORUCHIK_GOLDEN=write pytest tests/unit/policy/test_bad.py`, then read the
difference.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from poruchik.analysis.report import analyse
from poruchik.app import load_calendar
from poruchik.engine.compile import compile_policy
from poruchik.resources import rules_folder
from support.policies import load_rules

BAD = Path(__file__).parents[2] / "bad"
FILES = sorted(BAD.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_messages(path: Path, tmp_path: Path) -> None:
    loaded = load_rules(tmp_path, path.read_text(encoding="utf-8"))
    if loaded.policy and not loaded.problems.errors:
        compiled = compile_policy(loaded.policy, loaded.problems)
        if compiled:
            analyse(compiled, load_calendar(rules_folder(), "Asia/Yekaterinburg"), date(2026, 11, 25), loaded.problems)
    told = "".join(f"{problem}\n" for problem in loaded.problems)
    told = told.replace(str(tmp_path / "pravila.yaml"), path.name).replace(str(tmp_path), ".")
    assert told, "a bad file without a message"
    expected = path.with_suffix(".expected.txt")
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
