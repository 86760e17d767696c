"""The tutorial is true: its files are written and its commands run, in the order of the page.

After a deliberate change: `PORUCHIK_GOLDEN=write pytest tests/unit/docs`, then read the difference.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from poruchik.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "uchebnik.md"
_STEP = re.compile(
    r"Файл `(?P<file>[^`]+)`:\n\n```\w+\n(?P<text>.*?)```"
    r"|Дополнение к `(?P<more>[^`]+)`:\n\n```yaml\n(?P<added>.*?)```"
    r"|Замена в `(?P<place>[^`]+)`: `(?P<old>[^`]+)` на `(?P<new>[^`]+)`"
    r"|Копия `(?P<source>[^`]+)` в `(?P<copy>[^`]+)`"
    r"|```console\n(?P<console>.*?)```",
    re.DOTALL,
)


def test_the_tutorial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "90")
    page = PAGE.read_text(encoding="utf-8")
    played = _STEP.sub(lambda step: play(step, capsys), page)
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        PAGE.write_text(played, encoding="utf-8")
    assert played == PAGE.read_text(encoding="utf-8")
    assert (tmp_path / "poryadok.docx").is_file()


def play(step: re.Match[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Do what one step of the page says; return it, with what the program answered."""
    if step["file"]:
        Path(step["file"]).parent.mkdir(exist_ok=True)
        Path(step["file"]).write_text(step["text"], encoding="utf-8")
    elif step["more"]:
        with Path(step["more"]).open("a", encoding="utf-8") as file:
            file.write(step["added"])
    elif step["place"]:
        text = Path(step["place"]).read_text(encoding="utf-8")
        assert step["old"] in text
        Path(step["place"]).write_text(text.replace(step["old"], step["new"]), encoding="utf-8")
    elif step["source"]:
        shutil.copytree(step["source"], step["copy"])
    else:
        commands = [line for line in step["console"].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{command}\n{answer(command, capsys)}" for command in commands) + "```"
    return step[0]


def answer(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command of the page prints."""
    main(shlex.split(command.removeprefix("$ poruchik ")))
    told = capsys.readouterr()
    return "".join(f"{line.rstrip()}\n" for line in (told.out + told.err).splitlines())
