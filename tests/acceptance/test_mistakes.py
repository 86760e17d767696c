"""Forty-eight mistakes of a lawyer, each replayed: told at the word, in Russian, once, with what to do.

`tests/mistakes/mistakes.yaml` has the mistakes, `tests/mistakes/set` the set in which they are made, `expected.txt`
what `rules check` and `rules test` then say. After a deliberate change of the words:
`PORUCHIK_GOLDEN=write pytest tests/acceptance/test_mistakes.py`, then read the difference.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from poruchik.cli import main

FOLDER = Path(__file__).parents[1] / "mistakes"
EXPECTED = FOLDER / "expected.txt"
_CHOICES = re.compile(
    r"(допустимых имён |одним из способов: |целое число и единицу: |назовите событие: |допустимо: )[^\n]*"
)
_FIELDS = {
    "номер": "number", "ошибка": "name", "файл": "file", "было": "old", "стало": "new", "имя": "renamed",
    "кодировка": "encoding",
}  # fmt: skip
_SUMMARY = re.compile(r"^Правил: \d+, ошибок: 0, предупреждений: 0.\n")
_MARKS = re.compile("[⟦⟧]")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: what stands in a file of the set, what is written instead, and the word that is wrong."""

    number: int
    name: str
    file: str
    old: str = ""
    new: str = ""
    renamed: str = ""
    encoding: str = "utf-8"

    def make(self, folder: Path) -> str:
        """Make the mistake in the folder; return `FILE:LINE:COLUMN` of the wrong word, empty where none is marked."""
        shutil.copytree(FOLDER / "set", folder)
        path = folder / self.file
        text = path.read_text(encoding="utf-8")
        assert not self.old or text.count(self.old) == 1, "the mistake is made in one place"
        start = text.index(self.old)
        path.write_text(text[:start] + _MARKS.sub("", self.new) + text[start + len(self.old) :], encoding=self.encoding)
        if self.renamed:
            path.rename(folder / self.renamed)
        if "⟦" not in self.new:
            return ""
        lines = (text[:start] + self.new[: self.new.index("⟦")]).split("\n")
        return f"{self.file}:{len(lines)}:{len(lines[-1]) + 1}"


_READ = yaml.safe_load((FOLDER / "mistakes.yaml").read_text(encoding="utf-8"))["ошибки"]
MISTAKES = [Mistake(**{_FIELDS[key]: value for key, value in one.items()}) for one in _READ]


def said(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what `rules check` says of the folder, and `rules test` when it is in order."""
    code = main(["rules", "check", str(folder)])
    lines = capsys.readouterr().out
    if code == 0:
        main(["rules", "test", str(folder)])
        lines += capsys.readouterr().out
    lines = re.sub(r"Правила без двух проверок[^\n]*\n", "", lines.replace(f"{folder}/", ""))
    return _CHOICES.sub(r"\1…", lines) + f"check: exit {code}\n"


def test_the_set_itself_is_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(FOLDER / "set", tmp_path / "set")
    assert said(tmp_path / "set", capsys).startswith(
        "Правил: 12, ошибок: 0, предупреждений: 0.\nПроверок: 2, не сошлось: 0"
    )


@pytest.mark.parametrize("mistake", MISTAKES, ids=[str(one.number) for one in MISTAKES])
def test_a_mistake_is_told_at_its_word(mistake: Mistake, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = mistake.make(tmp_path / "set")
    told = said(tmp_path / "set", capsys)
    if place:
        assert _SUMMARY.sub("", told, count=1).startswith(f"{place}: "), told
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        with EXPECTED.open("w" if mistake is MISTAKES[0] else "a", encoding="utf-8") as file:
            file.write(f"== {mistake.number}. {mistake.name}\n{told}")
    assert f"== {mistake.number}. {mistake.name}\n{told}" in EXPECTED.read_text(encoding="utf-8")
