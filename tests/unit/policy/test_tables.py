"""Decision tables: a row is a rule like any other, and every message names its cell."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from poruchik.engine.decide import Decider
from poruchik.policy import spreadsheet
from poruchik.policy.load import Loaded, load_policy
from poruchik.policy.table import written
from support.policies import CALENDAR, document, load_rules, write_policy

HEADER = ["правило", "основание", "суть", "если: вид", "если: канал", "если: листов", "то: ответственный: подразделение",
          "то: срок: длительность", "то: напоминания", "то: контроль: вид", "то: контроль: контролёр", "вместо"]  # fmt: skip
ROWS = [
    ["запрос-почтой", "акт, п. 1.2", "Ответить.", "запрос", "почта | email", "", "отдел", "30 дней", "за 1 день | в день срока",
     "особый", "{роль: контроль}", ""],
    ["", "акт, ст. 3 ч. 1", "Ответить скорее.", "запрос", "почта", "{больше: 10}", "руководство", "3 рабочих дня", "", "", "",
     "запрос-почтой"],
]  # fmt: skip
SHEET = "Маршруты"


def xlsx(folder: Path, rows: list[list[object]], **more: object) -> Loaded:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = SHEET
    for row in rows:
        page.append(row)
    notes = book.create_sheet("Пояснения")
    notes.append(["Эта таблица — для отделов", "=1+1"])
    for cells in more.get("merged", ()):  # type: ignore[attr-defined]
        page.merge_cells(cells)
    write_policy(folder, "правила: []")
    book.save(folder / "marshruty.xlsx")
    return load_policy(folder)


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Loaded:
    write_policy(folder, "правила: []")
    (folder / "marshruty.csv").write_bytes(text.encode(encoding))
    return load_policy(folder)


def lines(rows: list[list[str]], delimiter: str = ";") -> str:
    return "\r\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows)


def told(loaded: Loaded) -> list[str]:
    return [str(problem).replace(f"{loaded.folder}/", "") for problem in loaded.problems]


def check(loaded: Loaded, second: str) -> None:
    assert told(loaded) == []
    assert loaded.policy
    one, other = loaded.policy.rules
    assert (one.id, one.act, one.clause, other.id, other.clause) == (
        "запрос-почтой",
        "акт",
        "1.2",
        second,
        "ст. 3 ч. 1",
    )
    decider = Decider.build(loaded.policy, CALENDAR)
    order = decider.decide(document(вид="запрос", канал="email", листов=50)).orders[0]
    assert (order.rule, order.control_kind, str(order.lead.ref)) == ("запрос-почтой", "особый", "подразделение: отдел")
    assert order.controller is not None
    assert [str(rung) for rung in order.reminders] == ["за 1 день", "в день срока"]
    decision = decider.decide(document(вид="запрос", канал="почта", листов=11))
    assert decision.orders[0].rule == second
    assert [defeated.rule for defeated in decision.defeated] == ["запрос-почтой"]


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_csv_as_excel_writes_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    check(csv(tmp_path, lines([HEADER, *ROWS], delimiter), encoding), "marshruty-3")


def test_xlsx(tmp_path: Path) -> None:
    loaded = xlsx(tmp_path, [HEADER, [], *ROWS])  # type: ignore[list-item]
    check(loaded, "Маршруты-4")
    assert loaded.policy
    rule = loaded.policy.rules[1]
    assert rule.position.cell == "Маршруты!A4"
    assert "если: листов: {больше: 10}" in written(rule.position)


def test_cells_that_excel_has_typed(tmp_path: Path) -> None:
    header = ["правило", "основание", "суть", "если: листов", "если: срочно", "если: предел", "то: приоритет"]
    loaded = xlsx(tmp_path, [header, ["п", "акт, 1", "с", 5.0, True, date(2026, 11, 2), 2]])  # type: ignore[list-item]
    assert told(loaded) == []
    assert loaded.policy
    decision = Decider.build(loaded.policy, CALENDAR).decide(document(листов=5, срочно=True, предел=date(2026, 11, 2)))
    assert decision.slots == {"priority": 2}


BASE = ["правило", "основание", "суть", "если: вид", "то: приоритет"]
GOOD = ["п", "акт, п. 1", "Суть.", "запрос", "1"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([BASE, ["п", "акт, п. 1", "Суть.", "запрас", "1"]],
         "marshruty.xlsx!Маршруты!D2: значение: «вид»: значения «запрас» нет в словаре — возможно, «запрос»"),
        ([[*BASE[:3], "если: вит", BASE[4]], GOOD, ["п2", *GOOD[1:]]],
         "marshruty.xlsx!Маршруты!D1: неизвестный-атрибут: атрибута «вит» нет в словаре — возможно, «вид»"),
        ([[*BASE[:4], "то: приоретет"], GOOD],
         "marshruty.xlsx!Маршруты!E1: неизвестный-ключ: ключа «приоретет» в записи «то» нет — возможно, «приоритет»"),
        ([BASE, [*GOOD[:1], "пункт 8", *GOOD[2:]]], "marshruty.xlsx!Маршруты!B2: основание: «пункт 8» — не акт и пункт"),
        ([BASE, [*GOOD[:4], "=1+1"]], "marshruty.xlsx!Маршруты!E2: формула: в ячейке формула"),
        ([BASE, [*GOOD, "лишнее"]], "marshruty.xlsx!Маршруты!F2: столбец: «лишнее» стоит в столбце без названия — назовите столбец"),
        ([[*BASE, "то: приоритет"], [*GOOD, "2"]], "marshruty.xlsx!Маршруты!F1: повтор-столбца"),
        ([[*BASE, "то: срок", "то: срок: длительность"], [*GOOD, "нет", "3 дня"]],
         "marshruty.xlsx!Маршруты!G2: столбцы-спорят: «то: срок: длительность» уже задано другим столбцом"),
        ([BASE, GOOD, GOOD], "повтор-правила: правило «п» уже есть — в"),
        ([BASE, [*GOOD[:3], "{не: запрас}", "1"]], "marshruty.xlsx!Маршруты!D2: значение: «вид»: значения «запрас» нет"),
        ([BASE, [*GOOD[:3], "запрос |", "1"]], "marshruty.xlsx!Маршруты!D2: значение: «вид»: здесь нужно одно значение"),
        ([BASE, [*GOOD[:2], "", *GOOD[3:]]], "marshruty.xlsx!Маршруты!A2: нет-ключа: в записи «правило» нет ключа «суть»"),
    ],
)  # fmt: skip
def test_a_message_names_its_cell(tmp_path: Path, rows: list[list[object]], words: str) -> None:
    found = told(xlsx(tmp_path, rows))
    assert len([one for one in found if one.startswith(words) or words in one]) == 1, found
    assert len(found) == 1, found


def test_a_cell_of_broken_yaml(tmp_path: Path) -> None:
    found = told(xlsx(tmp_path, [BASE, [*GOOD[:3], "{не: ", "1"]]))  # type: ignore[list-item]
    assert found == ["marshruty.xlsx!Маршруты!D2: yaml: это не YAML: не дописано значение — исправьте запись YAML"]


def test_merged_cells_are_refused_in_a_table_only(tmp_path: Path) -> None:
    found = told(xlsx(tmp_path, [BASE, GOOD, ["п2", *GOOD[1:]]], merged=["D2:D3"]))  # type: ignore[list-item]
    assert found == [
        "marshruty.xlsx!Маршруты!D2: объединённые-ячейки: ячейки D2:D3 объединены — непонятно, к каким строкам относится "
        "значение — разъедините их и впишите значение в каждую строку"
    ]


def test_csv_places(tmp_path: Path) -> None:
    assert told(csv(tmp_path, lines([BASE, ["п", "акт, п. 1", "Суть.", "запрас", "1"]]))) == [
        "marshruty.csv!D2: значение: «вид»: значения «запрас» нет в словаре — возможно, «запрос»"
    ]


def packed(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(name.replace("__", "/"), content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.xlsx", b"", "это не таблица XLSX"),
        ("t.xlsx", b"PK\x03\x04 spoiled", "это не таблица XLSX"),
        ("t.xlsx", packed(a=b"b"), "это не таблица XLSX"),
        ("t.xlsx", packed(**{"xl/vbaProject.bin": b"x"}), "в таблице макросы"),
        ("t.xlsm", b"x", "такие таблицы не читаются — сохраните как XLSX или CSV"),
        ("t.xls", b"x", "такие таблицы не читаются"),
        ("t.csv", b"", "в файле ничего нет"),
        ("t.csv", "просто;текст\n1;2".encode(), "нет строки с названиями столбцов «если: …» и «то: …»"),
        ("t.csv", b"\x00\x01\x02", "это не текст CSV"),
        ("t.csv", 'если: вид;то: приоритет\n"запрос;1'.encode(), "не закрыта кавычка"),
        ("t.csv", "если: вид;то: приоритет\n".encode() + b"x;" * 300, "больше 20000 строк или 200 столбцов"),
        ("t.csv", b"x" * 10_000_001, "файл больше 10 МБ"),
    ],
)
def test_hostile_tables(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    write_policy(tmp_path, "правила: []")
    (tmp_path / name).write_bytes(data)
    found = told(load_policy(tmp_path))
    assert len(found) == 1, found
    assert words in found[0]
    assert found[0].startswith(name)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED", 1_000_000)
    write_policy(tmp_path, "правила: []")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    (tmp_path / "t.xlsx").write_bytes(data.getvalue())
    assert "слишком велика после распаковки" in told(load_policy(tmp_path))[0]


@pytest.mark.parametrize(
    ("told", "act", "clause"),
    [
        ("приказ-269, п. 8.3.2", "приказ-269", "8.3.2"),
        ("приказ-269, пункт 8", "приказ-269", "8"),
        ("приказ-269, п8.1", "приказ-269", "8.1"),
        ("акт, порядок исполнения поручений", "акт", "порядок исполнения поручений"),
        ("акт, приложение 2", "акт", "приложение 2"),
        ("акт, Приказ п.2", "акт", "Приказ п.2"),
        ("акт, ст. 12 ч. 1", "акт", "ст. 12 ч. 1"),
    ],
)
def test_a_ground_keeps_its_words(tmp_path: Path, told: str, act: str, clause: str) -> None:
    header = f"акты: [{{акт: {act}, название: Акт}}]"
    rows = f"правило;основание;суть;если: вид;то: приоритет\nп;{told};Суть.;запрос;1\n"
    (tmp_path / "t.csv").write_text(rows, encoding="utf-8")
    politika = f"политика: проба\nназвание: Проба\nчасовой пояс: Asia/Yekaterinburg\n{header}\n"
    loaded = load_rules(tmp_path, "правила: []", politika=politika)
    assert loaded.policy, list(map(str, loaded.problems))
    (rule,) = loaded.policy.rules
    assert (rule.act, rule.clause) == (act, clause)
