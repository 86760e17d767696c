"""What helps an author: problems for programs, a new rule by a template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poruchik.cli import main
from support.policies import write_policy

BAD = """правила:
  - правило: п
    основание: {акт: акт, пункт: "1"}
    суть: Суть.
    если: {вид: запрас}
    то: {приоретет: 1}
"""


def test_problems_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path, BAD)
    assert main(["rules", "check", str(folder), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["errors"], told["warnings"]) == (2, 0)
    first = told["problems"][0]
    assert first == {
        "file": str(folder / "pravila.yaml"), "line": 5, "column": 17, "cell": "", "code": "значение", "severity": "error",
        "what": "«вид»: значения «запрас» нет в словаре", "why": "", "remedy": "возможно, «запрос»",
    }  # fmt: skip


def test_problems_as_sarif(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path, BAD)
    (folder / "t.csv").write_text(
        "правило;основание;суть;если: вид;то: приоритет\nт;акт, 1;с;запрас;1", encoding="utf-8"
    )
    assert main(["rules", "check", str(folder), "--format", "sarif"]) == 1
    log = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    (made,) = log["runs"]
    codes = [rule["id"] for rule in made["tool"]["driver"]["rules"]]
    assert len(made["results"]) == 3
    for result in made["results"]:
        assert codes[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] == "error"
        assert result["message"]["text"]
    places = [result["locations"][0] for result in made["results"]]
    assert places[0]["physicalLocation"]["region"] == {"startLine": 5, "startColumn": 17}
    assert places[2]["logicalLocations"] == [{"name": "D2", "kind": "element"}]
    assert places[2]["physicalLocation"]["artifactLocation"]["uri"].endswith("t.csv")


def test_a_new_rule_passes_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path, "правила: []")
    assert main(["rules", "new", str(folder), "ответ-на-запрос", "--clause", "8.3"]) == 0
    assert "poruchik rules check" in capsys.readouterr().out
    text = (folder / "ответ-на-запрос.yaml").read_text(encoding="utf-8")
    assert 'основание: {акт: акт, пункт: "8.3"}' in text
    assert main(["rules", "check", str(folder)]) == 0
    assert main(["rules", "test", str(folder)]) == 0
    assert "Проверок: 2, не сошлось: 0" in capsys.readouterr().out
    # Put into force it decides.
    (folder / "ответ-на-запрос.yaml").write_text(text.replace("    статус: пробная\n", ""), encoding="utf-8")
    assert main(["rules", "check", str(folder)]) == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("п", "правило «п» уже есть"),
        ("../злое", "имя «../злое» не годится"),
        ("а б", "не годится"),
        ("занято", "такой файл уже есть"),
        ("x" * 101, "не годится"),
    ],
)
def test_a_new_rule_overwrites_nothing(
    name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_policy(tmp_path, BAD.replace("запрас", "запрос").replace("приоретет", "приоритет"))
    (folder / "занято.test.yaml").write_text("проверки: []", encoding="utf-8")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    assert main(["rules", "new", str(folder), name]) == 1
    assert words in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_schema_of_every_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path, "правила: []")
    assert main(["rules", "schema", str(folder), "--kind", "organizaciya"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "организация"
    assert main(["rules", "schema", str(folder), "--kind", "правила"]) == 1
    assert "файлов «правила» нет" in capsys.readouterr().err
    assert main(["rules", "schema", str(folder), "--to", str(folder / "pravila.yaml")]) == 1
    assert "схемы не записались" in capsys.readouterr().err
