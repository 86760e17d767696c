"""The pack for the operative meeting and the report on results: on the screen and as DOCX."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from poruchik.cli.main import main
from poruchik.model.document import Document, SystemKind
from support.world import NOW, world

REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-10", "outcome": "решён"}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    with world(tmp_path) as here:
        facts = {"тип": "входящий", "вид": "обращение", "канал": "почта", "тема": "телевидение"}
        here.register(
            *(Document("sog", SystemKind.SOG, f"o-{n}", NOW, facts, reg_number=f"О-{n}") for n in range(1, 4))
        )
        here.live_until("2026-12-10T12:00")
        here.act("o-1", "reported", by="Лаптев О. Д.", report=REPORT)
        here.live_until("2026-12-29T12:00")
        here.act("o-2", "reported", by="Лаптев О. Д.", report=REPORT)
        here.live_until("2026-12-29T12:05")
        path = tmp_path / "poruchik.toml"
        system = '[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "http://127.0.0.1:1"\n'
        path.write_text(f'database = "{here.settings.database}"\n{system}', "utf-8")
        yield path


def told(path: Path) -> str:
    made = docx.Document(io.BytesIO(path.read_bytes()))
    cells = [" | ".join(cell.text for cell in row.cells) for table in made.tables for row in table.rows]
    return "\n".join([*(paragraph.text for paragraph in made.paragraphs), *cells])


def test_the_pack_for_a_meeting(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["orders", "meeting", "--as-of", "2026-12-29", "--config", str(config)]
    assert main(asked) == 0
    assert "Просрочено: 1" in capsys.readouterr().out  # what was reported since is no delay
    assert main([*asked, "--docx", str(tmp_path / "pack.docx")]) == 0
    text = told(tmp_path / "pack.docx")
    assert "К оперативному совещанию 29.12.2026" in text
    assert "О-3 | Лаптев О. Д. | 24.12.2026 | просрочено на 2 рабочих дня" in text
    assert "8 |  |  | " in text  # room for what is decided


def test_the_report_on_results(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["orders", "results", "--from", "2026-12-01", "--to", "2026-12-31", "--as-of", "2026-12-30"]
    assert main([*asked, "--config", str(config), "--docx", str(tmp_path / "results.docx")]) == 0
    text = told(tmp_path / "results.docx")
    assert "отдел телерадиовещания | 1 |  | 1 |  | 1 |  | 3 | 33 %" in text
    assert "59-ФЗ, ст. 12 ч. 1 | 1 |  | 1 |  | 1 |  | 3 | 33 %" in text
    assert main([*asked, "--config", str(config)]) == 0
    assert "Исполнено в срок: 33 %" in capsys.readouterr().out


@pytest.mark.parametrize(
    "asked",
    [
        ["results", "--from", "вчера", "--to", "2026-12-31"],
        ["results", "--from", "2026-12-31", "--to", "2026-12-01"],
        ["results", "--from", "2026-12-01", "--to", "2026-12-31", "--unit", "отдел снов"],
        ["meeting", "--as-of", "никогда"],
        ["meeting", "--docx", "/нет/такой/папки.docx"],
    ],
)
def test_bad_words_are_told(config: Path, asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orders", *asked, "--config", str(config)]) == 1
    assert "Ошибка: " in capsys.readouterr().err


def test_nothing_to_report(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orders", "results", "--from", "2020-01-01", "--to", "2020-12-31", "--config", str(config)]) == 0
    assert "Исполнено в срок: —" in capsys.readouterr().out
