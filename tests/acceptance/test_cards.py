"""A card is read by `decide` and by `simulate` alike, from JSON and from XML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from poruchik.cli import main
from support.policies import write_policy

RULES = """правила:
  - правило: почтой
    основание: {акт: акт, пункт: "1"}
    суть: Суть.
    если: {канал: почта}
    то: {ответственный: {сотрудник: Петров П. П.}, срок: {длительность: 5 дней}}
  - правило: жалоба
    основание: {акт: акт, пункт: "2"}
    суть: Суть.
    если: {текст: {содержит: это жалоба на отказ}}
    то: {ответственный: {сотрудник: Котова К. К.}, срок: {длительность: 5 дней}}
"""
CARD = {"номер": "П-1", "вид": "запрос", "дата регистрации": "2026-11-25T10:00+05:00"}
XML = """<?xml version="1.0" encoding="utf-8"?>
<Documents xmlns="urn:poruchik:exchange:1"><document><id>1</id><revision>1</revision><number>О-1</number>
<registeredAt>{registered}</registeredAt>{more}
<attribute><name>вид</name><type>string</type><value>запрос</value></attribute>{attribute}</document></Documents>"""


def told(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, ending: str) -> tuple[str, str]:
    """Return what `decide` says of a card, and `simulate`."""
    folder = write_policy(tmp_path / "policy", RULES)
    one, many = tmp_path / f"card.{ending}", tmp_path / ("cards.xml" if ending == "xml" else "cards.jsonl")
    for path in (one, many):
        path.write_text(text, encoding="utf-8")
    main(["rules", "decide", str(folder), "--document", str(one)])
    decided = capsys.readouterr()
    main(["rules", "simulate", str(folder), "--against", str(many)])
    simulated = capsys.readouterr()
    both = decided.out + decided.err, simulated.out + simulated.err
    assert not [one for one in both if "Traceback" in one]
    return both


@pytest.mark.parametrize(
    ("text", "decided", "simulated"),
    [
        (json.dumps(CARD | {"канал": "почта", "текст": "Спасибо 😀"}), "Петров П. П.", "Прочитан 1 документ"),
        (json.dumps(CARD | {"канал": None}), "Ручной разбор", "Прочитан 1 документ"),
        ('{"вид": "письмо", ' + json.dumps(CARD)[1:], "ключ «вид» повторяется", "ключ «вид» повторяется"),
        (json.dumps(CARD | {"дата регистрации": "9999-12-31T23:30Z"}), "9999 год — не дата", "9999 год — не дата"),
        (json.dumps(CARD | {"дата регистрации": "2026-11-25T10:00"}), "нет часового пояса", "нет часового пояса"),
        (json.dumps(CARD | {"предел": "9999-12-31"}), "Ручной разбор", "Прочитан 1 документ"),
        ("[" * 3000, "это не JSON", "это не JSON"),
        ("[1]", "это не документ", "в строке не документ"),
        ('{"вид": NaN}', "это не JSON", "это не JSON"),
    ],
)
def test_json(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, decided: str, simulated: str) -> None:
    one, other = told(capsys, tmp_path, text, "json")
    assert decided in one and simulated in other, (one, other)


@pytest.mark.parametrize(
    ("changes", "decided"),
    [
        ({"attribute": "<attribute><name>текст</name><type>string</type><value>Прошу. <!-- правка -->Это<?p x?> жалоба на отказ.</value></attribute>"}, "Котова К. К."),
        ({"more": "<receivedAt>0001-01-01T00:00:00Z</receivedAt>"}, "Ручной разбор"),
        ({"registered": "2026-11-25T10:00:00"}, "Ручной разбор"),
        ({"registered": "9999-12-31T23:30:00Z"}, "невозможная дата"),
    ],
)  # fmt: skip
def test_xml(capsys: pytest.CaptureFixture[str], tmp_path: Path, changes: dict[str, str], decided: str) -> None:
    text = XML.format(**({"registered": "2026-11-25T10:00:00+05:00", "more": "", "attribute": ""} | changes))
    one, other = told(capsys, tmp_path, text, "xml")
    assert decided in one, one
    assert ("невозможная дата" if "дата" in decided else "Прочитан 1 документ") in other
