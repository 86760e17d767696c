"""Every command of an author against folders that are broken by accident or malice: a message, no traceback, no hang."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from poruchik.cli import main
from support.policies import write_policy

RULE = """правила:
  - правило: п
    основание: {акт: акт, пункт: "1"}
    суть: Суть.
    если: {вид: запрос}
    то: {ответственный: {подразделение: отдел}, срок: {длительность: 3 дня}}
"""
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{one}: &{one} [{','.join('*' + other for _ in range(9))}]\n" for other, one in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


def rules(text: str | bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "pravila.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())

    return write


def in_a_circle(folder: Path) -> None:
    for one, other in (("policy", "other"), ("other", "policy")):
        text = f"политика: {one}\nназвание: {one}\nопирается на: [{other}]\n"
        write_policy(folder.parent / one, RULE if one == "policy" else "правила: []", politika=text)


def spoiled_table(folder: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["правило", "основание", "суть", "если: вид", "то: приоритет"])
    page.append(["т", "акт, п. 1", "Суть.", "запрос", "=1+1"])
    page.append(["т2", "акт, п. 1", "Суть.", "запрос", "1"])
    page.merge_cells("D2:D3")
    book.save(folder / "t.xlsx")


def macros(folder: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("xl/vbaProject.bin", b"x")
    (folder / "t.xlsx").write_bytes(data.getvalue())


def a_folder_named_like_a_file(folder: Path) -> None:
    (folder / "imya.yaml").mkdir()


def pipe(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        os.mkfifo(folder / name)

    return make


def a_device(folder: Path) -> None:
    (folder / "nol.yaml").symlink_to("/dev/zero")


def links_in_a_circle(folder: Path) -> None:
    (folder / "a.yaml").symlink_to("b.yaml")
    (folder / "b.yaml").symlink_to("a.yaml")


def a_workbook_bomb(folder: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 5_000_000)
    (folder / "t.xlsx").write_bytes(data.getvalue())


HOSTILE: dict[str, tuple[Callable[[Path], None], str]] = {
    "broken YAML": (rules(RULE + "  - {"), "это не YAML"),
    "tabs": (rules(RULE.replace("    суть", "\tсуть")), "табуляц"),
    "duplicate keys": (rules(RULE + "    суть: Другая.\n"), "уже есть в строке"),
    "YAML 1.1": (rules(RULE.replace("вид: запрос", "срочно: no, листов: 18:00, канал: 01")), "18:00 без кавычек"),
    "alias bomb": (rules(BOMB), "разворачиваются без конца"),
    "50 MB": (rules(b"x" * 50_000_000), "файл больше 2000 КБ"),
    "Windows-1251": (rules(RULE.encode("cp1251")), "не в кодировке UTF-8"),
    "circle of packs": (in_a_circle, "опирается сам на себя"),
    "circle of exceptions": (rules(RULE + "    вместо: п2\n" + RULE.replace("правила:\n", "").replace(" п\n", " п2\n") + "    вместо: п\n"), "по кругу"),
    "impossible date": (rules(RULE + "    действует: {с: 2026-02-30}\n"), "не дата"),
    "spoiled table": (spoiled_table, "ячейки D2:D3 объединены"),
    "macros": (macros, "в таблице макросы"),
    "a pipe of rules": (pipe("truba.yaml"), "это не обычный файл"),
    "a pipe of a table": (pipe("truba.csv"), "это не обычный файл"),
    "a pipe of a workbook": (pipe("truba.xlsx"), "это не обычный файл"),
    "a device": (a_device, "это не обычный файл"),
    "links in a circle": (links_in_a_circle, "ссылки ведут по кругу"),
    "a workbook bomb": (a_workbook_bomb, "слишком велика после распаковки"),
    "a folder for a file": (a_folder_named_like_a_file, "папка, а названа как файл"),
}  # fmt: skip
DOCUMENT = {"вид": "запрос", "дата регистрации": "2026-11-23T10:00:00+05:00"}
COMMANDS = {
    "check": ["check", "{policy}"],
    "test": ["test", "{policy}"],
    "decide": ["decide", "{policy}", "--document", "{document}"],
    "explain": ["explain", "{policy}", "--document", "{document}"],
    "simulate": ["simulate", "{policy}", "--against", "{archive}"],
    "schema": ["schema", "{policy}"],
    "new": ["new", "{policy}", "новое"],
    "diff": ["diff", "{policy}", "{policy}"],
    "coverage": ["coverage", "{policy}"],
    "print": ["print", "{policy}", "--to", "{print}"],
    "publish": ["publish", "{policy}", "--by", "Юрист", "--config", "{config}"],
}


def run(capsys: pytest.CaptureFixture[str], folder: Path, command: str) -> tuple[int, str]:
    places = {"policy": folder / "policy", "document": folder / "d.json", "archive": folder / "a.jsonl",
              "print": folder / "p.html", "config": folder / "poruchik.toml"}  # fmt: skip
    places["config"].write_text('[[systems]]\nname = "s"\nkind = "СОГ"\nurl = "http://127.0.0.1:1"\n', encoding="utf-8")
    for name in ("document", "archive"):
        places[name].write_text(json.dumps(DOCUMENT, ensure_ascii=False), encoding="utf-8")
    began = time.monotonic()
    code = main(["rules", *(word.format(**places) for word in COMMANDS[command])])
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert time.monotonic() - began < 20
    return code, told.out + told.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_message_and_no_more(hostile: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tmp_path / "policy", RULE)
    spoil, words = HOSTILE[hostile]
    spoil(tmp_path / "policy")
    code, told = run(capsys, tmp_path, command)
    if command != "schema":  # it offers what can be read
        assert code == 1
        assert words in told
    assert not (tmp_path / "policy" / "новое.yaml").exists()


@pytest.mark.parametrize("command", ["check", "decide", "explain", "simulate"])
def test_a_pattern_made_to_hang(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tmp_path / "policy", RULE.replace("{вид: запрос}", "{текст: {похоже на: '(.*?,){18}П'}}"))
    DOCUMENT["текст"] = "слово, " * 2000
    code, told = run(capsys, tmp_path, command)
    del DOCUMENT["текст"]
    assert code == 0
    assert ("может думать без конца" if command == "check" else "шаблон") in told


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("d.yaml", b"\x00"),
        ("d.json", b"[" * 100_000),
        ("d.json", b'{"a": 1'),
        ("d.xml", b"<a"),
        ("d.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("d.yaml", "вид: запрос".encode("cp1251")),
        ("d.yaml", BOMB.encode()),
        ("d.yaml", b"x" * 50_000_000),
        ("d.yaml", b""),
        ("d.yaml", "- вид: запрос\n  вид: письмо".encode()),
    ],
)
@pytest.mark.parametrize("command", ["decide", "explain"])
def test_a_hostile_document(
    command: str, name: str, data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = write_policy(tmp_path / "policy", RULE)
    (tmp_path / name).write_bytes(data)
    assert main(["rules", command, str(policy), "--document", str(tmp_path / name)]) == 1
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert "Ошибка: " in told.err
    assert len(told.err) < 2000


@pytest.mark.parametrize("name", ["teksty/napominanie.txt", "p.test.yaml", "kalendar/2027.yaml", "punkty.yaml", "loop"])
def test_pipes_beside_the_rules_hold_nothing_up(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tmp_path / "policy", RULE)
    if name == "loop":
        (tmp_path / "policy" / "krug").symlink_to(tmp_path / "policy")
    else:
        pipe(name)(tmp_path / "policy")
    for command in ("check", "test", "publish"):
        run(capsys, tmp_path, command)
