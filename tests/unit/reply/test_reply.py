"""Hints to drafts of replies: each check with what it finds and what it leaves alone; files; hostile input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from poruchik.cli.main import main
from poruchik.errors import PoruchikError
from poruchik.marks import hookimpl
from poruchik.plugins import Plugins
from poruchik.reply.draft import Draft, Hint
from poruchik.reply.review import read_draft, review

GOOD = (
    "Уважаемая Анна Петровна!\n\nВышку в селе Покровка построят до 1 сентября 2027 года: работы начались в мае. "
    "Вопрос будет решён в этот срок.\n\nЕсли останутся вопросы, позвоните: (343) 312-00-50.\n"
)


def codes(text: str, channel: str = "") -> set[str]:
    return {hint.code for hint in review(Draft(text, channel))}


def test_a_plain_answer_gets_no_hints() -> None:
    assert review(Draft(GOOD)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Вопрос решён: связь восстановлена.", False),
        ("Работы завершены.", False),
        ("Подключение будет выполнено до 1 июня.", False),
        ("Подключение будет выполнено.", True),  # promised without a day
        ("Вышка может быть построена при наличии финансирования.", False),
        ("Субсидия не предусмотрена. Это невозможно.", True),  # refused without the law
        ("Это невозможно: так велит статья 11 закона.", False),
        ("Ваше письмо получено.", True),
    ],
)
def test_the_outcome(text: str, found: bool) -> None:
    assert ("исход" in codes(text)) is found


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("Вопрос решён. " + "Слово " * 26, "длинное", True),
        ("Вопрос решён. " + "Слово " * 25, "длинное", False),
        ("Вопрос решён в целях удобства.", "канцелярит", True),
        ("Вопрос решён, чтобы было удобно.", "канцелярит", False),
        ("Вопрос решён. Осуществляется ремонт.", "канцелярит", True),  # any form of the word
        ("Вопрос решён ОГСПДО.", "сокращение", True),
        ("Вопрос решён отделом госслужбы (далее — ОГСПДО). ОГСПДО ответит.", "сокращение", False),
        ("Вопрос решён, СМИ сообщат.", "сокращение", False),
        ("Вопрос решён: wi-fi есть.", "латиница", True),
        ("Вопрос решён: digital.midural.ru, a@b.ru, https://vk.com/x.", "латиница", False),
        ("Вопрос решён. Вы сами виноваты.", "тон", True),
    ],
)
def test_each_check(text: str, code: str, found: bool) -> None:
    assert (code in codes(text)) is found


def test_the_place_is_told() -> None:
    (hint,) = [one for one in review(Draft("Вопрос решён.\n\nЕсть  wi-fi тут.")) if one.code == "латиница"]
    assert (hint.line, hint.column, hint.quote) == (3, 7, "wi-fi")
    assert str(hint).startswith("строка 3, знак 7: латинские буквы «wi-fi» — ")


def test_latin_letters_cite_the_clause_of_the_channel() -> None:
    def clause(channel: str) -> str:
        return next(one.clause for one in review(Draft("Решено: roaming", channel)) if one.code == "латиница")

    assert clause("вконтакте") == "приказ-269, п. 10.1"
    assert clause("почта") == "приказ-269, п. 11.1"


def test_sentences_end_where_they_end() -> None:
    text = (
        "Ответил Иванов И. И. из отдела. По ст. 11 закона, ул. Мира, 5 — нельзя! Почему? Так\n- пункт один\n- пункт два"
    )
    told = [one.text for one in Draft(text).sentences]
    assert told == [
        "Ответил Иванов И. И. из отдела.", "По ст. 11 закона, ул. Мира, 5 — нельзя!", "Почему?", "Так", "- пункт один",
        "- пункт два",
    ]  # fmt: skip


def test_a_plugin_adds_a_check_and_its_fault_holds_up_nobody() -> None:
    class Greeting:
        @hookimpl
        def poruchik_register_reply_checks(self) -> dict[str, object]:
            def polite(draft: Draft) -> Iterator[Hint]:
                if "Уважаем" not in draft.text:
                    yield Hint("обращение", "нет обращения", "начните с имени", "наш порядок")

            def broken(draft: Draft) -> Iterator[Hint]:
                raise RuntimeError("no")

            return {"обращение": polite, "сломанная": broken}

    checks = Plugins(Greeting(), entry_points=False).reply_checks()
    assert [hint.code for hint in review(Draft("Вопрос решён."), checks)] == ["обращение"]


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Вопрос решён.".encode("cp1251"))
    assert read_draft(tmp_path / "a.txt").text == "Вопрос решён."
    made = docx.Document()
    made.add_paragraph("Вопрос решён.")
    made.save(str(tmp_path / "a.docx"))
    assert read_draft(tmp_path / "a.docx").text.strip() == "Вопрос решён."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("нет.txt", None),
        ("пусто.txt", b" \n"),
        ("не.docx", b"PK\x03\x04 spoiled"),
        ("двоичный.txt", bytes(range(256))),
        ("велик.txt", b"a" * 5_000_001),
    ],
)
def test_files_that_are_no_draft(tmp_path: Path, name: str, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(PoruchikError):
        read_draft(tmp_path / name)


@pytest.mark.parametrize("text", ["", "А" * 100_000, "." * 50_000, "а. " * 30_000, "WWW " * 25_000, "\n" * 100_000])
def test_hostile_texts_end(text: str) -> None:
    assert len(review(Draft(text))) <= 6 * 50


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "otvet.txt"
    path.write_text("Осуществляется работа.", encoding="utf-8")
    assert main(["reply", "check", str(path)]) == 0  # advice is no error
    assert "канцелярит «осуществляться» — проще: идти, делаться" in capsys.readouterr().out
    assert main(["reply", "check", str(path), "--format", "json"]) == 0
    assert {one["code"] for one in json.loads(capsys.readouterr().out)} == {"исход", "канцелярит"}
    path.write_text(GOOD, encoding="utf-8")
    assert main(["reply", "check", str(path)]) == 0
    assert "Подсказок нет." in capsys.readouterr().out
