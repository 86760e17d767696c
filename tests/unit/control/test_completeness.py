"""What a report must bring is recognised by the names of its files."""

from __future__ import annotations

import pytest

from poruchik.control.completeness import missing_in
from poruchik.model.exchange import Report


@pytest.mark.parametrize(
    ("check", "file", "there"),
    [
        ("контрольный лист", "Лист ознакомления.pdf", True),
        ("контрольный лист", "контрольный_лист.pdf", True),
        ("контрольный лист", "Ответ специалиста.docx", False),
        ("согласие", "Согласие на устный ответ.pdf", True),
        ("согласие", "Лист согласования.pdf", False),
        ("согласование", "Лист согласования.pdf", True),
        ("копия направившему", "Копия ответа.pdf", True),
        ("расписка", "Расписка 12.pdf", True),
        ("расписка", "Ответ.pdf", False),
    ],
)
def test_files(check: str, file: str, there: bool) -> None:
    assert (missing_in(Report(attachments=(file,)), [check]) == []) is there


def test_an_interim_answer_is_no_outcome() -> None:
    assert missing_in(Report(outcome="Промежуточный ответ"), ["класс исхода"]) == ["класс исхода"]
    assert missing_in(Report(outcome="разъяснено"), ["класс исхода"]) == []
