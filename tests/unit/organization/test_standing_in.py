"""Who acts for whom on a day, and which units a person heads."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit

AWAY, BACK = date(2026, 12, 10), date(2026, 12, 20)
ORGANIZATION = Organization(
    [
        OrgUnit("руководство", "Первый", None),
        OrgUnit("отдел", "Второй", "руководство"),
        OrgUnit("сектор", "Третий", "отдел"),
    ],
    [Employee(name, "отдел") for name in ("Первый", "Второй", "Третий", "Четвёртый")],
    [],
    [
        Absence("Второй", date(2026, 12, 1), date(2026, 12, 15), "Третий"),
        Absence("Третий", date(2026, 12, 9), date(2026, 12, 11), "Четвёртый"),
    ],
    ZoneInfo("Asia/Yekaterinburg"),
)


def test_a_chain_of_substitutes_ends_with_who_is_there() -> None:
    assert ORGANIZATION.resolve(PersonRef(RefKind.PERSON, "Второй"), AWAY).person == "Четвёртый"
    assert ORGANIZATION.stands_in_for("Четвёртый", AWAY) == ["Второй", "Третий"]
    assert ORGANIZATION.stands_in_for("Третий", AWAY) == []
    assert ORGANIZATION.stands_in_for("Третий", date(2026, 12, 14)) == ["Второй"]
    assert ORGANIZATION.stands_in_for("Третий", BACK) == []


def test_the_units_of_a_head_and_of_a_substitute() -> None:
    assert ORGANIZATION.led_by("Первый", BACK) == ["руководство", "отдел", "сектор"]
    assert ORGANIZATION.led_by("Второй", BACK) == ["отдел", "сектор"]
    assert ORGANIZATION.led_by("Третий", BACK) == ["сектор"]
    assert ORGANIZATION.led_by("Третий", date(2026, 12, 14)) == ["отдел", "сектор"]
    assert ORGANIZATION.led_by("Четвёртый", BACK) == []
    assert ORGANIZATION.led_by("Четвёртый", AWAY) == ["отдел", "сектор"]
