"""A file of a set is read, told as no policy, or refused by name: nothing is left out in silence."""

from __future__ import annotations

import io
import tempfile
import unicodedata
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from poruchik.policy.load import Loaded, load_policy
from poruchik.policy.problems import Severity
from support.policies import DICTIONARY, write_policy

RULE = """правила:
  - правило: {name}
    основание: {{акт: акт, пункт: "1"}}
    суть: Суть.
    если: {{вид: запрос}}
    то: {{приоритет: 1}}
"""
HEAD = ["правило", "основание", "суть", "если: вид", "то: приоритет"]


def row(name: str) -> list[str]:
    return [name, "акт, п. 1", "Ответить на обращение гражданина.", "запрос", "1"]


def csv(*names: str, separator: str = ";", head: list[str] | None = None, end: str = "\r\n") -> str:
    def cells(values: list[str]) -> str:
        return separator.join(f'"{one}"' if separator in one or "\n" in one else one for one in values)

    return end.join(cells(one) for one in (head or HEAD, *map(row, names))) + end


def workbook(*sheets: tuple[str, list[list[object]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        page = book.create_sheet(title)
        for one in rows:
            page.append(one)
    return book


def told(loaded: Loaded) -> list[str]:
    lines = [str(problem).replace(f"{loaded.folder}/", "") for problem in loaded.problems]
    return [line for line in lines if ": пробел (" not in line]


def names(loaded: Loaded) -> set[str]:
    return {rule.id for rule in loaded.policy.rules} if loaded.policy else set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_policy(tmp_path / "p", RULE.format(name="первое"))


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["p.yml", "P.YAML", "Правила.Yml", "вложено/p.yaml", "p.yaml.yaml"])
def test_rules_by_any_ending(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(RULE.format(name="второе"), encoding="utf-8")
    loaded = load_policy(folder)
    assert (names(loaded), told(loaded)) == ({"первое", "второе"}, [])
    assert any(path.name == Path(name).name for path in loaded.set_files().values()), "it goes into the published set"


def test_companions_by_any_capitals(tmp_path: Path) -> None:
    folder = write_policy(tmp_path / "p", RULE.format(name="первое"))
    for old, new in (
        ("politika.yaml", "Politika.yml"),
        ("atributy.yaml", "ATRIBUTY.YAML"),
        ("organizaciya.yaml", "Organizaciya.Yaml"),
    ):
        if (folder / old).exists():
            (folder / old).rename(folder / new)
    (folder / "a.Test.YML").write_text("проверки: []", encoding="utf-8")
    loaded = load_policy(folder)
    assert names(loaded) == {"первое"} and told(loaded) == []
    assert [path.name for path in loaded.case_files()] == ["a.Test.YML"]


def test_a_calendar_and_texts_by_any_capitals(folder: Path) -> None:
    (folder / "Kalendar").mkdir()
    (folder / "Kalendar" / "2031.yml").write_text("год: 2031\n", encoding="utf-8")
    (folder / "Teksty").mkdir()
    (folder / "Teksty" / "napominanie.txt").write_text("Пора\n\n{{ номер }}", encoding="utf-8")
    loaded = load_policy(folder)
    assert told(loaded) == []
    assert {"Kalendar/2031.yml", "Teksty/napominanie.txt"} <= set(loaded.set_files())


# --- what is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("p.yaml.txt", "переименуйте в «p.yaml»"),
        ("p.yaml.bak", "переименуйте в «p.yaml»"),
        ("Копия p.json", "переименуйте в «Копия p.yaml»"),
        ("p", "переименуйте в «p.yaml»"),
        ("p.csv.download", "переименуйте в «p.csv»"),
        ("p.ods", "сохраните как XLSX или CSV"),
        ("вложено/atributy.yaml", "перенесите его к politika.yaml"),
        ("вложено/politika.yaml", "назовите в «опирается на»"),
        ("teksty/napominanie.md.yaml", "переименуйте"),
        ("kalendar/2031.txt", "переименуйте"),
        ("politika.yml", "оставьте один"),
    ],
)
def test_what_is_not_read_is_an_error_with_its_remedy(folder: Path, name: str, remedy: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(RULE.format(name="второе"), encoding="utf-8")
    (line,) = told(load_policy(folder))
    assert line.startswith(name) and remedy in line, line


@pytest.mark.parametrize("name", ["p.yaml", "p.xlsx"])
def test_a_folder_that_is_named_as_a_file(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    assert "папка, а названа как файл" in "; ".join(told(load_policy(folder)))


def test_links_to_folders_are_told(folder: Path) -> None:
    (folder / "krug").symlink_to(folder)
    (line,) = told(load_policy(folder))
    assert "ссылка на папку не читается" in line


def test_what_lies_beside_is_told_in_one_line_and_what_systems_leave_is_passed_over(folder: Path) -> None:
    for name in (
        "README.md",
        "Письмо.DOCX",
        "скан.pdf",
        "~$p.xlsx",
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "__init__.py",
    ):
        (folder / name).write_bytes(b"x")
    loaded = load_policy(folder)
    (line,) = told(loaded)
    assert "README.md" in line and "Письмо.DOCX" in line and "скан.pdf" in line and "Thumbs" not in line
    assert not loaded.problems.errors


def test_a_collection(tmp_path: Path) -> None:
    write_policy(tmp_path / "один", RULE.format(name="первое"))
    (tmp_path / "один" / "atributy.yaml").rename(tmp_path / "atributy.yaml")
    write_policy(tmp_path / "прочее" / "два", RULE.format(name="второе"))
    (tmp_path / "без-пакета").mkdir()
    (tmp_path / "без-пакета" / "p.yaml").write_text(RULE.format(name="третье"), encoding="utf-8")
    (tmp_path / "p.yaml").write_text(RULE.format(name="четвёртое"), encoding="utf-8")
    loaded = load_policy(tmp_path)
    assert names(loaded) == {"первое"}, "what lies deeper is another set"
    assert [line.split(":")[0] for line in told(loaded)] == ["p.yaml", "без-пакета/p.yaml"]


def test_a_second_dictionary(tmp_path: Path) -> None:
    write_policy(tmp_path / "один", RULE.format(name="первое"))
    (tmp_path / "atributy.yaml").write_text(DICTIONARY, encoding="utf-8")
    (line,) = told(load_policy(tmp_path))
    assert line.startswith("один/atributy.yaml") and "читается другой такой файл" in line


def test_a_stored_set_goes_on_with_warnings(folder: Path) -> None:
    (folder / "p.yaml.txt").write_text("x", encoding="utf-8")
    loaded = load_policy(folder, stored=True)
    assert [one.severity for one in loaded.problems] == [Severity.WARNING] and names(loaded) == {"первое"}


STEMS = st.sampled_from(["p", "Правила", "копия — правила", "правила (1)", "лист.один", "й"])
ENDINGS = st.sampled_from(
    [".yaml", ".yml", ".YAML", ".Yml", ".csv", ".CSV", ".txt", ".yaml.txt", "", ".bak", ".md", ".json"]
)
PLACES = st.sampled_from(["", "вложено/", "вложено/глубже/"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLACES, STEMS, ENDINGS, st.booleans()), min_size=1, max_size=6))
def test_every_rule_counts_or_its_file_is_named(files: list[tuple[str, str, str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = write_policy(Path(place) / "p", RULE.format(name="первое"))
        wanted: dict[str, str] = {}
        for number, (above, stem, ending, apart) in enumerate(files):
            name = above + (unicodedata.normalize("NFD", stem) if apart else stem) + ending
            if name in wanted.values():
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            rule = f"правило-{number}"
            wanted[rule] = name
            text = csv(rule) if ending.lower() == ".csv" else RULE.format(name=rule)
            path.write_text(text, encoding="utf-8")
        loaded = load_policy(folder)
        said, found = "\n".join(told(loaded)), names(loaded)
        for rule, name in wanted.items():
            assert rule in found or name in said, (name, said)


# --- sheets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "cp866", "koi8-r", "mac_cyrillic"])
def test_csv_as_it_comes(folder: Path, separator: str, end: str, encoding: str) -> None:
    (folder / "t.csv").write_bytes(csv("два", "три", separator=separator, end=end).encode(encoding))
    loaded = load_policy(folder)
    assert names(loaded) == {"первое", "два", "три"} and not loaded.problems.errors, told(loaded)


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\n" + csv("два"),
        "sep=|\n" + csv("два", separator="|", end="\n"),
        "Правила отдела;;;;\r\n;;;;\r\n" + csv("два"),
        csv("два", head=["правило\nимя".replace("\nимя", ""), *HEAD[1:-1], "то: приоритет"]),
        csv("два", head=["Правило", "Основание", "Суть", "Если: Вид", "То: Приоритет"]),
        csv("два", head=[HEAD[0], "основание", "суть", "если:\nвид", "то:\xa0приоритет"]),
    ],
)
def test_heads_as_they_come(folder: Path, text: str) -> None:
    (folder / "t.csv").write_text(text, encoding="utf-8", newline="")
    loaded = load_policy(folder)
    assert names(loaded) == {"первое", "два"} and told(loaded) == []


def test_sheets_without_a_head_are_named_unless_they_explain(folder: Path) -> None:
    table: list[list[object]] = [["Правила"], [], list(HEAD), list(row("два"))]
    book = workbook(("Один", table), ("Пояснения к таблице", [["Зачем"]]), ("Лист3", [["что-то", 1]]), ("Пусто", []))
    book.save(folder / "t.xlsx")
    loaded = load_policy(folder)
    (line,) = told(loaded)
    assert names(loaded) == {"первое", "два"}
    assert line.startswith("t.xlsx!Лист3!A1: лист: «Лист3» не прочитан")


def test_what_is_hidden_or_struck_out_is_told(folder: Path) -> None:
    book = workbook(("Один", [list(HEAD), list(row("два")), list(row("три")), list(row("четыре"))]))
    page = book["Один"]
    page.row_dimensions[3].hidden = True
    for cell in page[4]:
        cell.font = Font(strike=True)
    book.create_sheet("Скрытый").append(list(HEAD))
    book["Скрытый"].append(list(row("пять")))
    book["Скрытый"].sheet_state = "hidden"
    book.save(folder / "t.xlsx")
    loaded = load_policy(folder)
    assert names(loaded) == {"первое", "два", "три", "четыре", "пять"} and not loaded.problems.errors
    said = "\n".join(told(loaded))
    assert "строки скрыты, а читаются: 3" in said and "строки зачёркнуты, а читаются: 4" in said
    assert "лист «Скрытый» скрыт, а читается" in said


def test_a_format_far_away_is_no_cell(folder: Path) -> None:
    book = workbook(("Один", [list(HEAD), list(row("два"))]))
    book["Один"].cell(1_000_000, 300).font = Font(bold=True)
    book.save(folder / "t.xlsx")
    assert names(load_policy(folder)) == {"первое", "два"}


def test_strict_open_xml_is_told_with_its_remedy(folder: Path) -> None:
    data = io.BytesIO()
    workbook(("Один", [list(HEAD), list(row("два"))])).save(data)
    with zipfile.ZipFile(data) as read, zipfile.ZipFile(folder / "t.xlsx", "w") as made:
        for one in read.infolist():
            text = read.read(one)
            made.writestr(
                one,
                text.replace(
                    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                    b"http://purl.oclc.org/ooxml/spreadsheetml/main",
                ),
            )
    (line,) = told(load_policy(folder))
    assert "сохраните её как «Книга Excel (*.xlsx)»" in line


@pytest.mark.parametrize(
    ("value", "told_as"),
    [(8.1, "число"), (8.3, "число"), (1e20, ""), (5, "")],
)
def test_a_number_where_a_text_is_wanted(folder: Path, value: float, told_as: str) -> None:
    head = ["правило", "основание: акт", "основание: пункт", "суть", "если: вид", "то: приоритет"]
    book = workbook(("Один", [list(head), ["два", "акт", value, "Суть.", "запрос", 1]]))
    book.save(folder / "t.xlsx")
    loaded = load_policy(folder)
    if told_as:
        (line,) = told(loaded)
        assert line.startswith("t.xlsx!Один!C2: не-текст: «пункт»: в ячейке число, а нужен текст")
        assert names(load_policy(folder, stored=True)) == {"первое", "два"}, "as it was read before"
    else:
        assert names(loaded) == {"первое", "два"}


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#Н/Д", "#ССЫЛКА!", "#ДЕЛ/0!", "#ИМЯ?"])
def test_errors_of_a_spreadsheet(folder: Path, error: str) -> None:
    (folder / "t.csv").write_text(csv("два").replace("Ответить на обращение гражданина.", error), encoding="utf-8")
    (line,) = told(load_policy(folder))
    assert line.startswith("t.csv!C2: ошибка-в-ячейке: ") and error in line


def test_a_file_that_cannot_be_read_puts_no_blame_on_others(folder: Path) -> None:
    (folder / "parametry.yaml").write_text("параметры:\n  - параметр: срок: 1\n", encoding="utf-8")
    (folder / "b.yaml").write_text(
        RULE.format(name="второе").replace("{приоритет: 1}", "{срок: {длительность: {параметр: срок}}}").rstrip()
        + "\n    вместо: третье\n",
        encoding="utf-8",
    )
    lines = told(load_policy(folder))
    assert len(lines) == 1, lines
    assert lines[0].startswith("parametry.yaml:2:")
