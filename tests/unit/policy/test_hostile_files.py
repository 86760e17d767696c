"""Files that a policy folder may hold by accident or malice: one Russian message, in time, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from poruchik.policy.load import load_policy
from support.policies import load_rules, write_policy

RULE = """правила:
  - правило: {name}
    основание: {{акт: акт, пункт: "1"}}
    суть: с
    если: всегда
    то: {{{effects}}}
"""
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{one}: &{one} [{','.join('*' + other for _ in range(9))}]\n"
    for other, one in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "разворачиваются без конца"),
        ("правила: &a [*a]\n", "разворачиваются без конца"),
        ("правила: " + "[" * 100_000 + "]" * 100_000, "вложенность"),
        ('правила: "\x00"\n', "управляющие знаки"),
        ("правила: []\n---\nправила: []\n", "два документа"),
        ("правила: !!binary aGVsbG8=\n", "тег"),
        ("x" * 2_100_000, "больше 2000 КБ"),
        (RULE.format(name="я" * 201, effects="приоритет: 1"), "длиннее 200 знаков"),
        (RULE.format(name="п", effects="приоритет: " + "9" * 5000), "не целое число"),
        (RULE.format(name="п", effects="срок: {длительность: 0 дней}"), "ничего не значит"),
        (RULE.format(name="п", effects="срок: {длительность: 99999999 дней}"), "не срок"),
    ],
)
def test_one_message(tmp_path: Path, text: str, words: str) -> None:
    problems = [str(problem) for problem in load_rules(tmp_path, text).problems]
    assert any(words in problem for problem in problems), problems
    assert max(len(problem) for problem in problems) < 1000


@pytest.mark.parametrize(
    ("data", "words"), [(b"\xff\xfe\x00\x00", "UTF-8"), ("правила: []".encode("cp1251"), "UTF-8"), (b"", "ничего нет")]
)
def test_bytes(tmp_path: Path, data: bytes, words: str) -> None:
    folder = write_policy(tmp_path, "")
    (folder / "pravila.yaml").write_bytes(data)
    assert any(words in str(problem) for problem in load_policy(folder).problems)


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    folder = write_policy(tmp_path, "")
    (folder / "pravila.yaml").write_bytes(b"\xef\xbb\xbf" + RULE.format(name="п", effects="приоритет: 1").encode())
    assert list(load_policy(folder).problems) == []


def test_packs_that_build_on_each_other_in_a_circle(tmp_path: Path) -> None:
    for one, other in (("а", "б"), ("б", "а")):
        write_policy(
            tmp_path / one, "правила: []\n", politika=f"политика: {one}\nназвание: {one}\nопирается на: [{other}]\n"
        )
    assert any("опирается сам на себя" in str(problem) for problem in load_policy(tmp_path / "а").problems)


def test_three_thousand_rules_load(tmp_path: Path) -> None:
    rules = "правила:\n" + "".join(
        f'  - {{правило: п{number}, основание: {{акт: акт, пункт: "1"}}, суть: с, если: всегда, то: {{приоритет: 1}}}}\n'
        for number in range(3000)
    )
    loaded = load_rules(tmp_path, rules)
    assert list(loaded.problems) == []
    assert loaded.policy is not None
    assert len(loaded.policy.rules) == 3000
