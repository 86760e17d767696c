"""The calendar in the hand: show, due, check, import, and recounting when a year is confirmed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from poruchik.cli import main
from poruchik.lanes.recount import Recount
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.overlay import DayKind, DayMark, Overlay, read_overlay
from poruchik_stand.trouble import Trouble
from support.policies import write_policy
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
            assert [item.plan.deadline.confirmed for item in reading.items.every_open()] == [False, False]
        assert counting(here, draft(), store).run() == []  # still a draft
        planned = counting(here, decreed(), store).what_if()
        assert len(planned) == 2
        moved = counting(here, decreed(), store).run()
        assert moved == planned
        assert counting(here, decreed(), store).run() == []  # once
        assert {one.title: (f"{one.before}", f"{one.after}") for one in moved} == {
            "О-1": ("2026-12-30", "2026-12-29"),
            "О-2": ("2026-12-30", "2026-12-29"),
        }
        with store.reading() as reading:
            (order,) = reading.orders.find("О-1")
            told = [entry.details for entry in reading.audit.about(order.key) if entry.what == "календарь изменён"]
        assert told == ["срок 30 декабря 2026 → 29 декабря 2026"]
        assert (order.due_on, order.extensions) == (date(2026, 12, 29), 0)
    here.running.worker.run_until_idle()
    dates = [etree.fromstring(one.xml).findtext("{*}dueOn") for one in here.stand.store.orders("sog")]
    assert dates == ["2026-12-29", "2026-12-29"]  # the СЭД knows


def decreed(*days: date, confirmed: bool = True) -> WorkCalendar:
    """Return the calendar with 2027 confirmed, and a decree that made 30 December 2026, or other days, days off."""
    overlays = [read_overlay(path) for path in sorted((rules_folder() / "kalendar").glob("*.yaml"))]
    off = [DayMark(day, DayKind.OFF, "указ", "указ:1") for day in days or (date(2026, 12, 30),)]
    return WorkCalendar([*overlays, Overlay("указ", marks=tuple(off))], zone=ZONE)


def counting(here: World, calendar: WorkCalendar, store: Store) -> Recount:
    return Recount(store, calendar, here.running.rulebook.policy.organization, here.running.rulebook.texts, here.clock)


@pytest.fixture
def in_november(tmp_path: Path) -> Iterator[World]:
    """Two appeals of 23 November, due on 23 December; the year is confirmed."""
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"))
        here.live_until("2026-11-24T10:00")
        for number in ("О-1", "О-2"):
            here.act(number, "accepted", "Лаптев О. Д.")
        here.live_until("2026-11-28T10:00")
        yield here


def test_a_day_off_that_comes_late_moves_what_is_open_in_a_confirmed_year(in_november: World) -> None:
    """Row 6: 23 December becomes a day off; due stayed, the last day was told to nobody, and an outage was blamed."""
    here = in_november
    store = here.running.store
    counting(here, decreed(date(2026, 12, 23)), store).run()
    assert counting(here, decreed(date(2026, 12, 23)), store).run() == []
    here.running.worker.run_until_idle()
    with store.reading() as reading:
        (order,) = reading.orders.find("О-1")
        points = [point for item in reading.items.of_orders([order.key])[order.key] for point in item.plan.points]
    assert (order.due_on, order.first_due_at, order.furthest_on) == (
        date(2026, 12, 22),
        order.due_at,
        date(2026, 12, 22),
    )
    assert [
        point.at.astimezone(here.clock.now().tzinfo).strftime("%m-%d")
        for point in points
        if point.rung == "в день срока"
    ] == ["12-22"]
    assert [etree.fromstring(one.xml).findtext("{*}dueOn") for one in here.stand.store.orders("sog")] == [
        "2026-12-22"
    ] * 2
    (subject,) = [subject for _, _, _, subject in here.notices() if "Календарь" in subject]  # one for both orders
    assert subject == "Календарь изменён: сдвинулось сроков — 2"
    assert "О-2: 23 декабря 2026 → 22 декабря 2026." in here.texts()[-1]


def test_working_days_that_become_days_off_move_what_is_counted_in_them(tmp_path: Path) -> None:
    """Row 7."""
    rules = """
    правила:
      - правило: письма
        основание: {акт: акт, пункт: п. 1}
        суть: ответить
        если: {вид: письмо}
        то:
          ответственный: {сотрудник: Петров П. П.}
          срок: {длительность: 15 рабочих дней}
          соисполнители: [{сотрудник: Котова К. К., срок: {длительность: 14 рабочих дней}}]
    """
    policies = write_policy(tmp_path / "rules" / "pack", rules)
    with world(tmp_path, policies=policies) as here:
        here.register(replace(appeal("О-1"), attributes={"вид": "письмо"}))
        here.live_until("2026-11-24T10:00")
        off = decreed(*(date(2026, 12, day) for day in (7, 8, 9)))
        told = counting(here, off, here.running.store).run()
        assert {(one.part, f"{one.before:%d.%m}", f"{one.after:%d.%m}") for one in told} == {
            ("", "14.12", "17.12"),
            ("Котова К. К.", "11.12", "16.12"),
        }


def test_an_order_that_has_not_left_leaves_with_the_new_term(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"))
        here.stand.troubles.set("sog", Trouble("down", "CreateOrders"))
        here.running.worker.round()
        store = here.running.store
        assert not here.stand.store.orders("sog")
        counting(here, decreed(date(2026, 12, 23)), store).run()
        here.stand.troubles.clear()
        here.live_until("2026-11-24T16:00")
        (made,) = here.stand.store.orders("sog")
        card = etree.fromstring(made.xml)
        assert card.findtext("{*}dueOn") == "2026-12-22"
        assert "Календарь изменён, срок пересчитан: 22 декабря 2026." in (card.findtext("{*}explanation") or "")
        assert here.calls("ChangeOrders") == []


def test_what_a_calendar_would_do_is_shown_before_it_is_made(
    in_november: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = in_november
    systems = f'[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "{here.stand.url("sog")}"\n'
    (tmp_path / "poruchik.toml").write_text(f'database = "{here.settings.database}"\n{systems}', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "ukaz.yaml"
    file.write_text("нерабочие: [2026-12-22, 2026-12-23]\n", "utf-8")
    code, out, _ = run(capsys, "what-if", str(file))
    assert code == 0 and "Лаптев О. Д." in out and "21.12.2026" in out and "сдвинулось: 2" in out
    code, out, _ = run(capsys, "what-if", str(file), "--format", "json")
    assert {(one["person"], one["after"], one["late"]) for one in json.loads(out)} == {
        ("Лаптев О. Д.", "2026-12-21", False)
    }
    with here.running.store.reading() as reading:
        assert {order.due_on for order in reading.orders.every()} == {date(2026, 12, 23)}
    assert run(capsys, "what-if", str(tmp_path / "нет.yaml"))[0] == 1
