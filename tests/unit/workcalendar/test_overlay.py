from datetime import date, time
from pathlib import Path

import pytest

from poruchik.errors import CalendarError
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.overlay import read_overlay


def load(folder: Path, **files: str) -> WorkCalendar:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return WorkCalendar.load(folder)


def test_local_holiday_and_one_off_working_day(tmp_path: Path) -> None:
    calendar = load(
        tmp_path,
        mestnye="""
нерабочие:
  - {дата: 2026-10-05, почему: день региона, акт: закон области}
рабочие:
  - 2026-10-10
сокращённые:
  - {дата: 2026-10-06, почему: учения}
""",
    )
    assert not calendar.is_working_day(date(2026, 10, 5))
    assert calendar.describe(date(2026, 10, 5)) == "нерабочий день (день региона, закон области)"
    assert calendar.is_working_day(date(2026, 10, 10))
    assert calendar.is_short_day(date(2026, 10, 6))
    assert calendar.is_short_day(date(2026, 11, 3)), "a file without a year adds to the short days"


def test_short_days_of_a_year_file_are_the_whole_list(tmp_path: Path) -> None:
    calendar = load(tmp_path, y2026="год: 2026\nсокращённые: [2026-10-06]\n")
    assert calendar.is_short_day(date(2026, 10, 6))
    assert not calendar.is_short_day(date(2026, 11, 3))


def test_decree_of_a_new_year_is_one_file(tmp_path: Path) -> None:
    calendar = load(
        tmp_path,
        y2028="""
год: 2028
подтверждение: {акт: постановление о переносе, проверено: 2027-09-30}
переносы:
  - {с: 2028-01-01, на: 2028-05-02}
  - {с: 2028-04-29, на: 2028-05-03}
""",
    )
    assert calendar.is_confirmed(2028)
    assert calendar.describe(date(2028, 5, 2)) == "выходной (перенос с 1 января)"
    assert not calendar.is_working_day(date(2028, 1, 1)), "a holiday stays off when its weekend is moved"
    assert calendar.is_working_day(date(2028, 4, 29))


def test_extraordinary_days_by_decree_are_an_overlay(tmp_path: Path) -> None:
    days = ", ".join(f"2021-05-0{n}" for n in range(4, 8))
    calendar = load(tmp_path, ukaz=f"нерабочие: [{days}]\n")
    assert calendar.next_working_day(date(2021, 4, 30)) == date(2021, 5, 11)


def test_hours_by_weekday(tmp_path: Path) -> None:
    calendar = load(
        tmp_path,
        hours="""
рабочее время:
  - {с: "08:30", до: "17:30", обед: {с: "12:30", до: "13:18"}}
  - {дни: [пятница], с: 08:30, до: 16:30}
""",
    )
    assert calendar.day_end(date(2026, 10, 1)).time() == time(17, 30)
    assert calendar.day_end(date(2026, 10, 2)).time() == time(16, 30)
    assert calendar.working_intervals(date(2026, 10, 1))[1][0].time() == time(13, 18)
    assert len(calendar.working_intervals(date(2026, 10, 2))) == 1


def test_an_office_may_work_on_saturdays(tmp_path: Path) -> None:
    calendar = load(tmp_path, hours='рабочее время: [{дни: [суббота], с: "09:00", до: "14:00"}]\n')
    saturday = date(2026, 10, 3)
    assert calendar.is_working_day(saturday) and calendar.day_end(saturday).time() == time(14)
    assert calendar.describe(saturday) == "рабочий день (по графику)"
    assert calendar.next_working_day(date(2026, 10, 2)) == saturday and not calendar.is_working_day(date(2026, 10, 4))
    assert not calendar.is_working_day(date(2022, 1, 1))  # a holiday stays one


def test_the_version_follows_the_days(tmp_path: Path) -> None:
    def version(**files: str) -> str:
        return load(tmp_path, **files).version

    first = version(a="нерабочие: [2026-11-27]\n")
    assert first == version(a="нерабочие: [{дата: 2026-11-27, почему: указ}]\n")
    assert len({first, version(a="рабочие: [2026-11-28]\n"), version(a="нерабочие: [2026-11-26]\n")}) == 3


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("нерабочие: [2026-13-01]", "1:13", "«2026-13-01» — не дата"),
        ("год: 2026\nсокращённые:\n  - {дата: 2025-03-07}", "3:12", "7 марта 2025 — не в 2026 году"),
        ("год: 26", "1:6", "«26» — не год"),
        ("подтверждение: {акт: а, проверено: 2026-01-01}", "1:16", "подтверждение без года"),
        ("год: 2026\nподтверждение: {акт: а}", "2:16", "нет ключа «проверено»"),
        ("выходные: []", "1:1", "ключа «выходные» в календаре нет"),
        ("год: 2026\nгод: 2027", "2:1", "ключ «год» стоит дважды"),
        ("нерабочие: 2026-10-01", "1:12", "здесь нужен список"),
        ("- 2026-10-01", "1:1", "здесь нужны ключи"),
        ('рабочее время: [{с: "18:00", до: "09:00"}]', "1:17", "время с 18:00 до 09:00 идёт назад"),
        ("рабочее время: [{с: 9, до: 18}]", "1:21", "«9» — не время"),
        (
            "рабочее время: [{с: 09:00, до: 18:00, обед: {с: 18:00, до: 19:00}}]",
            "1:45",
            "обед вне рабочего времени",
        ),
        ("рабочее время: [{дни: [среда, сриеда], с: 09:00, до: 18:00}]", "1:31", "«сриеда» — не день недели"),
        ("переносы: [{с: 2026-10-01, на: 2026-10-01}]", "1:12", "день перенесён сам на себя"),
        ("нерабочие: [2026-10-01\n", "2:1", "файл не читается как YAML"),
    ],
)
def test_bad_file_is_named_with_its_place(tmp_path: Path, text: str, place: str, what: str) -> None:
    path = tmp_path / "plohoy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CalendarError) as caught:
        WorkCalendar.load(tmp_path)
    assert caught.value.what == what
    assert caught.value.where == f"{path}:{place}"
    assert caught.value.remedy


def test_two_files_that_disagree_are_both_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarError) as caught:
        load(tmp_path, a="нерабочие: [2026-10-01]", b="рабочие: [2026-10-01]")
    assert "a.yaml:1:13" in caught.value.what
    assert caught.value.where.endswith("b.yaml:1:11")


@pytest.mark.parametrize(
    "text",
    ["год: 2026\nподтверждение: {акт: а, проверено: 2026-01-01}", "рабочее время: [{с: 09:00, до: 18:00}]"],
)
def test_what_may_be_said_once_is_said_in_one_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(CalendarError, match=r"a\.yaml"):
        load(tmp_path, a=text, b=text)


def test_not_utf8_and_not_yaml_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "plohoy.yaml"
    for data in ("год: 2026".encode("cp1251"), b"\x00\x01", b"a: &a [*a", b"[" * 5000):
        path.write_bytes(data)
        with pytest.raises(CalendarError, match=r"plohoy\.yaml"):
            read_overlay(path)


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match="папки календаря нет"):
        WorkCalendar.load(tmp_path / "net")


def test_empty_file_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, pusto="# ничего\n").is_working_day(date(2026, 10, 1))


def test_shipped_files_are_read() -> None:
    names = {path.name for path in (rules_folder() / "kalendar").glob("*.yaml")}
    assert {"2024.yaml", "2025.yaml", "2026.yaml", "2027.yaml"} <= names
