"""The calendar in the hand: show, due, check, import, and recounting when a year is confirmed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from poruchik.cli import main
from poruchik.lanes.recount import recount
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.overlay import DayKind, DayMark, Overlay, read_overlay
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

ZONE = "Asia/Yekaterinburg"
YEAR_2026 = """<?xml version="1.0" encoding="UTF-8"?>
<calendar year="2026" lang="ru" date="2025.10.01">
  <holidays><holiday id="1" title="Новогодние каникулы"/><holiday id="2" title="День России"/></holidays>
  <days>
    <day d="01.01" t="1" h="1"/><day d="01.02" t="1" h="1"/><day d="01.03" t="1"/><day d="01.09" t="1" f="01.03"/>
    <day d="04.30" t="2"/><day d="06.11" t="2"/><day d="06.12" t="1" h="2"/><day d="12.31" t="1" f="01.04"/>
    <day d="11.28" t="3"/>
  </days>
</calendar>
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["calendar", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_deadline_with_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("due", "--from", "2024-11-29T10:00+05:00", "--term", "30 дней", "--roll", "на предыдущий рабочий")
    _, out, _ = run(capsys, *asked, "--format", "json")
    told = json.loads(out)
    assert (told["due_at"], told["due_on"]) == ("2024-12-28T18:00:00+05:00", "2024-12-28")
    assert "29 декабря 2024 — выходной (воскресенье) → срок на 28 декабря 2024, суббота" in told["steps"]
    _, out, _ = run(capsys, *asked)
    assert out.startswith("Срок: 28 декабря 2024, суббота, 18:00\n")


def test_a_schedule_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    for schedule, expected in (
        ("09:00-13:00,14:00-18:00", "2026-11-25T11:00:00+05:00"),
        ("08:00-17:00", "2026-11-25T11:00:00+05:00"),
        ("10:00-14:00,15:00-20:00", "2026-11-24T20:00:00+05:00"),
    ):
        asked = ("due", "--from", "2026-11-24T16:00+05:00", "--term", "4 рабочих часа", "--schedule", schedule)
        assert json.loads(run(capsys, *asked, "--format", "json")[1])["due_at"] == expected


@pytest.mark.parametrize(
    ("year", "days", "hours"), [(2024, 248, 1979), (2025, 247, 1972), (2026, 247, 1972), (2027, 247, 1972)]
)
def test_the_norm_of_a_year(capsys: pytest.CaptureFixture[str], year: int, days: int, hours: int) -> None:
    told = json.loads(run(capsys, "show", str(year), "--format", "json")[1])
    assert (told["working_days"], told["hours"], told["confirmed"]) == (days, hours, True)


def test_what_is_confirmed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check")
    assert code == 0
    assert "2026: подтверждён" in out


@pytest.mark.parametrize(
    "wrong",
    [
        ("due", "--from", "вчера", "--term", "30 дней"),
        ("due", "--from", "2026-11-24", "--term", "тридцать"),
        ("due", "--from", "2026-11-24", "--term", "99999 дней"),
        ("due", "--from", "2026-11-24", "--term", "0 дней"),
        ("due", "--from", "2026-11-24", "--term", "3 дня", "--roll", "назад"),
        ("due", "--from", "2026-11-24", "--term", "3 дня", "--schedule", "18:00-09:00"),
        ("due", "--from", "2026-11-24", "--term", "3 дня", "--schedule", "09:00-13:00,14:00-18:00,19:00-20:00"),
        ("show", "1990"),
        ("import", "нет.xml"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(capsys: pytest.CaptureFixture[str], wrong: tuple[str, ...]) -> None:
    code, _, err = run(capsys, *wrong)
    assert code == 1
    assert err.startswith("Ошибка: ")
    assert err.count("\n") == 1


def test_a_year_imported_from_xmlcalendar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, made = tmp_path / "2026.xml", tmp_path / "2026.yaml"
    source.write_text(YEAR_2026, encoding="utf-8")
    assert run(capsys, "import", str(source), "--to", str(made), "--act", "акт 1")[0] == 0
    calendar = WorkCalendar([read_overlay(made)], zone=ZONE)
    assert calendar.is_confirmed(2026)
    assert calendar.describe(date(2026, 1, 9)) == "нерабочий день (перенос с 3 января)"
    assert calendar.is_short_day(date(2026, 4, 30))
    assert calendar.is_working_day(date(2026, 11, 28))
    assert run(capsys, "import", str(source), "--to", str(made))[0] == 1  # what is there is not overwritten


@pytest.mark.parametrize(
    "text",
    [
        "это не XML",
        "<другое/>",
        '<calendar year="2026"><days/></calendar>',
        '<calendar year="2026"><days><day d="13.45" t="1"/></days></calendar>',
        '<calendar year="2026"><days><day d="01.01" t="9"/></days></calendar>',
        '<calendar year="2026"><days><day d="01.09" t="1" f="99.99"/></days></calendar>',
        '<!DOCTYPE calendar [<!ENTITY a "b">]><calendar year="2026">&a;</calendar>',
    ],
)
def test_a_hostile_calendar_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    source = tmp_path / "2026.xml"
    source.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "import", str(source))
    assert code == 1
    assert err.startswith("Ошибка: ")


@pytest.fixture
def over_new_year(tmp_path: Path) -> Iterator[World]:
    """Two appeals of December 2026, whose terms reach into 2027: that year's decree is not known yet."""
    policies = shutil.copytree(rules_folder(), tmp_path / "rules")
    (policies / "kalendar" / "2027.yaml").unlink()
    with world(tmp_path, policies=policies) as here:
        here.clock.move_to(here.clock.now().replace(month=12, day=4))
        here.register(appeal("О-1", at="2026-12-04T10:00:00+05:00"), appeal("О-2", at="2026-12-05T10:00:00+05:00"))
        here.running.worker.run_until_idle()
        yield here


def draft() -> WorkCalendar:
    """Return the calendar without 2027, whose January is only guessed."""
    overlays = sorted((rules_folder() / "kalendar").glob("*.yaml"))
    return WorkCalendar([read_overlay(path) for path in overlays if path.name != "2027.yaml"], zone=ZONE)


def test_deadlines_are_recounted_when_the_year_is_confirmed(over_new_year: World) -> None:
    here = over_new_year
    with Store.open(here.settings.database) as store:
        with store.reading() as reading:
            assert [item.plan.deadline.confirmed for item in reading.items.unconfirmed()] == [False, False]
        assert recount(store, draft(), here.clock) == []  # still a draft
        confirmed = decreed()
        planned = recount(store, confirmed, here.clock, dry_run=True)
        assert len(planned) == 2
        moved = recount(store, confirmed, here.clock)
        assert moved == planned
        assert recount(store, confirmed, here.clock) == []  # once
        assert {one.title: (f"{one.before}", f"{one.after}") for one in moved} == {
            "О-1": ("2026-12-30", "2026-12-29"),
            "О-2": ("2026-12-30", "2026-12-29"),
        }
        with store.reading() as reading:
            (order,) = reading.orders.find("О-1")
            told = [entry.details for entry in reading.audit.about(order.key)]
        assert "срок 30 декабря 2026 → 29 декабря 2026" in told
        assert (order.due_on, order.extensions) == (date(2026, 12, 29), 0)
    here.running.worker.run_until_idle()
    dates = [etree.fromstring(one.xml).findtext("{*}dueOn") for one in here.stand.store.orders("sog")]
    assert dates == ["2026-12-29", "2026-12-29"]  # the СЭД knows


def decreed() -> WorkCalendar:
    """Return the calendar with 2027 confirmed, and a decree that made 30 December 2026 a day off as well."""
    overlays = [read_overlay(path) for path in sorted((rules_folder() / "kalendar").glob("*.yaml"))]
    extra = Overlay("указ", marks=(DayMark(date(2026, 12, 30), DayKind.OFF, "указ", "указ:1"),))
    return WorkCalendar([*overlays, extra], zone=ZONE)
