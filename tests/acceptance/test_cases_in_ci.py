"""Cases where a customer's own continuous integration runs them: by pytest, and as JUnit XML."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from poruchik.cli import main
from support.policies import DICTIONARY, HEADER, ORGANIZATION, write_policy

RULES = """правила:
  - правило: запрос
    основание: {акт: акт, пункт: "8.3"}
    суть: Ответить.
    если: {вид: запрос}
    то: {ответственный: {подразделение: отдел}, срок: {длительность: 30 дней}}
"""
CASES = """проверки:
  - проверка: запрос почтой
    документ: {вид: запрос, дата регистрации: "2026-11-23T10:00+05:00"}
    ожидаем: {срок: 2026-12-СРОК, сработали: [запрос]}
  - проверка: не запрос
    документ: {вид: письмо, дата регистрации: "2026-11-23T10:00+05:00"}
    ожидаем: {ручной разбор: да, не сработали: [запрос]}
"""


def pack(folder: Path, day: str = "23", rules: str = RULES) -> Path:
    made = write_policy(folder, rules)
    (made / "pravila.test.yaml").write_text(CASES.replace("СРОК", day), encoding="utf-8")
    return made


def pytest_of(folder: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def test_each_case_is_a_test(tmp_path: Path) -> None:
    pack(tmp_path / "rules" / "pack")
    (tmp_path / "foreign.test.yaml").write_text("не: наше", encoding="utf-8")  # outside a pack
    code, told = pytest_of(tmp_path, "-vv")
    assert code == 0
    assert "запрос почтой PASSED" in told
    assert "2 passed" in told


def test_a_failure_reads_as_a_note_to_a_lawyer(tmp_path: Path) -> None:
    pack(tmp_path, "25")
    code, told = pytest_of(tmp_path, "--junitxml=report.xml")
    assert code == 1
    for line in (
        "pravila.test.yaml:2:5: проверка «запрос почтой» не сошлась",
        "    срок: ожидали 2026-12-25, получили 2026-12-23 (30 дней от регистрации",
        "    поручено: Котова К. К. — правило «запрос» (акт, п. 8.3)",
        "    сработало: правило «запрос» (акт, п. 8.3)",
    ):
        assert line in told
    assert "Traceback" not in told
    assert "1 failed, 1 passed" in told
    report = etree.parse(str(tmp_path / "report.xml"))
    assert "ожидали 2026-12-25" in report.findtext(".//failure", "")


def test_a_broken_policy_is_told_with_its_place(tmp_path: Path) -> None:
    pack(tmp_path, rules=RULES.replace("вид: запрос", "вид: запрас"))
    code, told = pytest_of(tmp_path)
    assert code == 2
    assert "pravila.yaml:5:17: значение: «вид»: значения «запрас» нет в словаре — возможно, «запрос»" in told
    assert "Traceback" not in told


def test_packs_that_share_a_dictionary_are_one_policy(tmp_path: Path) -> None:
    for name in ("a", "b"):
        made = pack(tmp_path / name, rules=RULES if name == "a" else "правила: []")
        for shared in ("atributy.yaml", "organizaciya.yaml"):
            (made / shared).unlink()
        (made / "politika.yaml").write_text(HEADER.replace("проба", f"проба-{name}"), encoding="utf-8")
    (tmp_path / "atributy.yaml").write_text(DICTIONARY, encoding="utf-8")
    (tmp_path / "organizaciya.yaml").write_text(ORGANIZATION, encoding="utf-8")
    code, told = pytest_of(tmp_path)
    assert (code, "4 passed" in told) == (0, True), told


@pytest.mark.parametrize(("day", "failures", "errors"), [("23", "0", "0"), ("25", "1", "0"), ("99", "0", "1")])
def test_junit(day: str, failures: str, errors: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pack(tmp_path / "pack", day)
    code = main(["rules", "test", str(folder), "--junit", str(tmp_path / "report.xml")])
    assert code == int(failures != "0" or errors != "0")
    suite = etree.parse(str(tmp_path / "report.xml")).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", failures, errors)
    if failures == "1":
        assert "правило «запрос» (акт, п. 8.3)" in suite.findtext(".//failure", "")
    assert main(["rules", "test", str(folder), "--junit", str(tmp_path / "нет" / "report.xml")]) == 1
    assert "отчёт не записался" in capsys.readouterr().err
