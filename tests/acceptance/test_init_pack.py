"""Another office starts from the shipped rules: its set is whole, works at once, and takes its own words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from poruchik.authoring.cases import run_cases
from poruchik.cli.main import main
from poruchik.plugins import Plugins
from poruchik.policy.load import load_policy
from poruchik.policy.problems import Problems
from poruchik.publishing.bundle import bundle, unpack
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder


@pytest.fixture
def office(tmp_path: Path) -> Path:
    assert main(["rules", "init-pack", str(tmp_path / "район"), "--title", 'Порядок "Лесного" района']) == 0
    return tmp_path / "район"


def test_the_start_works_as_it_is(office: Path) -> None:
    assert main(["rules", "check", str(office)]) == 0
    assert main(["rules", "test", str(office)]) == 0
    loaded = load_policy(office)
    assert loaded.policy is not None
    assert [pack.id for pack in loaded.policy.packs] == ["zakony", "poryadok"]
    assert loaded.policy.packs[1].title == 'Порядок "Лесного" района'
    decider = build_decider(office, Plugins(entry_points=False))
    results = run_cases(loaded.case_files(), decider, Problems())
    assert results.uncovered(loaded.policy) == []
    # What the example makes up is not copied: it would count as true.
    assert decider.calendar.is_working_day(date(2026, 12, 14))
    assert not decider.policy.organization.absences
    assert "отсутствия" not in (office / "organizaciya.yaml").read_text("utf-8")


@pytest.mark.parametrize("pack", ["poryadok", "zakony"])
def test_a_new_rule_in_each_pack_is_sound(office: Path, pack: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "new", str(office / pack), "новое"]) == 0
    assert main(["rules", "check", str(office)]) == 0
    assert main(["rules", "test", str(office)]) == 0, capsys.readouterr().out


def test_the_law_is_the_shipped_one(office: Path) -> None:
    for path in (rules_folder() / "zakony").iterdir():
        assert (office / "zakony" / path.name).read_bytes() == path.read_bytes()


def test_the_set_is_whole(office: Path) -> None:
    names = set(load_policy(office).set_files())
    assert {"zakony/sroki.yaml", "poryadok/marshruty.xlsx", "organizaciya.yaml", "kalendar/2026.yaml"} <= names
    assert bundle(load_policy(office)).content


def test_a_route_of_its_own(office: Path) -> None:
    table = office / "poryadok" / "marshruty.xlsx"
    book = openpyxl.load_workbook(table)
    sheet = book.active
    assert sheet is not None
    sheet.append(["маршрут-лес", "порядок, п. 5", "Рассмотреть обращение о лесе.", "по теме", "лес", "отдел жкх"])
    book.save(table)
    problems = [str(one) for one in load_policy(office).problems.errors]
    assert len(problems) == 1
    assert "marshruty.xlsx!Маршруты!E7" in problems[0]  # the topic must be in the dictionary first
    words = office / "atributy.yaml"
    words.write_text(words.read_text("utf-8").replace("      - дороги\n", "      - дороги\n      - лес\n"), "utf-8")
    assert load_policy(office).problems.errors == []


@pytest.mark.parametrize("there", ["file", "folder"])
def test_what_is_there_stays(tmp_path: Path, there: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "набор"
    if there == "file":
        place.write_text("моё", "utf-8")
    else:
        place.mkdir()
        (place / "моё.txt").write_text("моё", "utf-8")
    assert main(["rules", "init-pack", str(place)]) == 1
    assert "ничего не тронуто" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == (["набор"] if there == "file" else ["набор", "моё.txt"])


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    assert main(["rules", "init-pack", str(tmp_path)]) == 0
    assert main(["rules", "init-pack", str(tmp_path / "x"), "--title", " \n "]) == 1


def test_the_example_can_be_looked_at_in_its_place(tmp_path: Path) -> None:
    example = rules_folder() / "primery" / "administraciya"
    assert main(["rules", "test", str(example)]) == 0
    stored = bundle(load_policy(example))
    assert stored.entry == "primery/administraciya"
    again = load_policy(unpack(stored, tmp_path))
    assert again.policy is not None
    assert again.policy.version == stored.version


def test_the_shipped_rules_leave_the_example_out() -> None:
    loaded = load_policy(rules_folder())
    assert not any("primery" in str(path) for path in loaded.files)
