"""What helps an author: problems for programs, a new rule by a template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import docx
import pytest
from lxml import html

from poruchik.cli import main
from poruchik.resources import rules_folder
from support.policies import ORGANIZATION, write_policy

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


OLD = """правила:
  - правило: запрос
    основание: {акт: акт, пункт: "1"}
    суть: Ответить.
    если: {вид: запрос}
    то: {ответственный: {подразделение: отдел}, срок: {длительность: 30 дней}}
  - правило: письмо
    основание: {акт: акт, пункт: "2"}
    суть: Прочесть.
    если: {вид: письмо}
    то: {ответственный: {роль: контроль}, срок: {длительность: 3 дня}}
"""
CASES = """проверки:
  - проверка: запрос почтой
    документ: {вид: запрос, дата регистрации: "2026-11-23T10:00+05:00"}
    ожидаем: {сработали: [запрос], не сработали: [письмо]}
  - проверка: письмо
    документ: {вид: письмо, дата регистрации: "2026-11-23T10:00+05:00"}
    ожидаем: {сработали: [письмо], не сработали: [запрос]}
"""


def pack(folder: Path, rules: str, **files: str) -> Path:
    made = write_policy(folder, rules, **files)
    (made / "pravila.test.yaml").write_text(CASES, encoding="utf-8")
    return made


def test_a_difference_in_plain_russian(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = pack(tmp_path / "old", OLD)
    new = pack(
        tmp_path / "new", OLD.replace("30 дней", "10 дней").replace("{вид: запрос}", "{вид: запрос, канал: {не: сайт}}")
    )
    (new / "esche.yaml").write_text(
        OLD.replace("правило: ", "правило: новое-").replace("вид: ", "срочно: да, вид: "), "utf-8"
    )
    assert main(["rules", "diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ правило «запрос»: изменено",
        "    если: теперь нужно «канал» — не сайт",
        "    то: срок: было 30 дней, стало 10 дней",
        "+ правило «новое-запрос»: добавлено",
        "+ правило «новое-письмо»: добавлено",
        "Проверки, которые решаются иначе:",
        "  «запрос почтой»:",
        "    срок: 23.12.2026 18:00 → 03.12.2026 18:00",
    ]
    assert main(["rules", "diff", str(old), str(old)]) == 0
    assert capsys.readouterr().out == "Политики говорят одно и то же.\n"
    assert main(["rules", "diff", str(new), str(old), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [change["kind"] for change in told["changes"]] == ["убрано", "убрано", "изменено"]
    assert told["cases"][0]["case"] == "запрос почтой"


ABSENCES = """отсутствия:
  - {сотрудник: Петров П. П., с: 2026-12-01, по: 2026-12-10, замещает: Котова К. К.}
"""
PARAMETER = """параметры:
  - параметр: срок
    название: Срок
    значения: [{с: 2020-01-01, длительность: 30 дней, от: регистрации, акт: акт, пункт: "1", уверенность: высокая}]
"""


def test_a_difference_of_people_and_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = pack(tmp_path / "old", PARAMETER + OLD, organizaciya=ORGANIZATION + ABSENCES)
    later = ABSENCES.replace("2026-12-10", "2026-12-20")
    other = PARAMETER.replace("от: регистрации", "от: поступления").replace("высокая", "низкая")
    new = pack(tmp_path / "new", other + OLD, organizaciya=ORGANIZATION + later)
    assert main(["rules", "diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ параметр «срок»: изменено",
        "    убрано: с 01.01.2020 — 30 дней от регистрации, акт, 1, уверенность высокая",
        "    добавлено: с 01.01.2020 — 30 дней от поступления, акт, 1, уверенность низкая",
        "~ отсутствие «Петров П. П. с 01.12.2026»: изменено",
        "    по: было 10.12.2026, стало 20.12.2026",
    ]


def test_a_difference_beside_the_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = pack(tmp_path / "old", OLD), pack(tmp_path / "new", OLD)
    (new / "teksty").mkdir()
    (new / "teksty" / "napominanie.txt").write_text("{{ номер }}!", encoding="utf-8")
    assert main(["rules", "diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out == "Правила, люди и словарь те же; отличаются файлы: teksty/napominanie.txt\n"


def test_a_difference_of_words_and_priorities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(rules_folder(), rules)
    words, header = rules / "prikaz-269" / "leksikon.csv", rules / "prikaz-269" / "politika.yaml"
    text = words.read_text("utf-8").replace("вышка;мобильная связь;3", "вышка;мобильная связь;4")
    words.write_text(text + "маяк;мобильная связь;2\n", "utf-8")
    header.write_text(
        header.read_text("utf-8").replace("{баллов: 60, приоритет: 1}", "{баллов: 50, приоритет: 1}"), "utf-8"
    )
    assert main(["rules", "diff", str(rules_folder()), str(rules)]) == 0
    told = capsys.readouterr().out
    assert "~ слово лексикона «вышка → мобильная связь»: изменено\n    баллы: было +3, стало +4" in told
    assert "+ слово лексикона «маяк → мобильная связь»: добавлено" in told
    assert "приоритет по баллам: было от 60 — 1, от 30 — 2, от 20 — 3, стало от 50 — 1" in told


def test_a_new_rule_quotes_what_is_not_plain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dictionary = 'атрибуты:\n  - {атрибут: "вид: дела", тип: строка, значения: ["а, б", "null", "в: г"]}\n'
    folder = write_policy(tmp_path, "правила: []", atributy=dictionary)
    assert main(["rules", "new", str(folder), "моё", "--clause", 'п. "а", 1']) == 0
    assert main(["rules", "check", str(folder)]) == 0
    assert main(["rules", "test", str(folder)]) == 0
    assert "Проверок: 2, не сошлось: 0" in capsys.readouterr().out


CLAUSES = """пункты:
  - {пункт: "1", суть: Запросы.}
  - {пункт: "2", суть: Письма.}
  - {пункт: "3", суть: Общие цели., без правил: машине нечего исполнять}
"""


def test_coverage_from_the_act_to_the_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pack(tmp_path, OLD)
    (folder / "punkty.yaml").write_text(CLAUSES, encoding="utf-8")
    assert main(["rules", "coverage", str(folder), "--act", "акт", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["faults"] == []
    assert [one["clause"] for one in told["clauses"]] == ["1", "2", "3"]
    assert told["clauses"][0]["rules"] == [{"rule": "запрос", "cases": ["запрос почтой"]}]
    assert told["clauses"][2]["reason"] == "машине нечего исполнять"
    assert main(["rules", "coverage", str(folder)]) == 0
    assert "без правил: машине нечего исполнять" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("clauses", "fault"),
    [
        (CLAUSES.replace(", без правил: машине нечего исполнять", ""), "п. 3: ни правила, ни объяснения"),
        (CLAUSES.replace('  - {пункт: "2", суть: Письма.}\n', ""), "п. 2: пункта нет в punkty.yaml"),
        (CLAUSES.replace("суть: Письма.", "суть: Письма., без правил: незачем"), "п. 2: сказано «без правил», а правило есть"),
    ],
)  # fmt: skip
def test_a_clause_left_bare_fails(clauses: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = pack(tmp_path, OLD)
    (folder / "punkty.yaml").write_text(clauses, encoding="utf-8")
    assert main(["rules", "coverage", str(folder)]) == 1
    assert f"Не хватает: {fault}" in capsys.readouterr().out


def test_a_rule_that_no_case_fires_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_policy(tmp_path, OLD)
    assert main(["rules", "coverage", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "п. 1: правило «запрос» не срабатывает ни в одной проверке" in out
    assert "Списка пунктов этого акта нет" in out
    assert main(["rules", "coverage", str(folder), "--act", "нет"]) == 1
    assert "акта «нет» в политике нет" in capsys.readouterr().err


def test_a_printed_policy(tmp_path: Path) -> None:
    folder = pack(tmp_path / "pack", OLD.replace("Ответить.", "Ответить <b>срочно</b> & точно."))
    (folder / "t.csv").write_text(
        "правило;основание;суть;если: вид;то: приоритет\nт;акт, 1;Табличное.;запрос;1", "utf-8"
    )
    for name in ("p.html", "p.docx"):
        assert main(["rules", "print", str(folder), "--to", str(tmp_path / name), "--as-of", "2026-11-25"]) == 0
    page = html.fromstring((tmp_path / "p.html").read_text(encoding="utf-8"))
    text = " ".join(page.text_content().split())
    document = docx.Document(str(tmp_path / "p.docx"))
    paragraphs = " ".join(paragraph.text for paragraph in document.paragraphs)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    for said in ("Ответить <b>срочно</b> & точно.", "Если «вид» — запрос, то:", "акт, п. 1", "Таблица «t» (t.csv)"):
        assert said in text
        assert said in paragraphs
    for said in ("30 дней", "Утверждаю:", "Табличное.", "если: вид"):
        assert said in text
        assert said in cells
    assert not page.xpath("//p/b/b")


@pytest.mark.parametrize(
    ("to", "words"),
    [("p.pdf", "не DOCX и не HTML"), ("нет/p.docx", "документ не записался"), (".", "не DOCX и не HTML")],
)
def test_where_it_cannot_be_printed(to: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "print", str(pack(tmp_path / "pack", OLD)), "--to", str(tmp_path / to)]) == 1
    assert words in capsys.readouterr().err
