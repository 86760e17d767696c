from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from poruchik.model.person_ref import PersonRef
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit, Role

ANNA, BORIS, VERA = "Анна", "Борис", "Вера"
PEOPLE = [Employee(name, "отдел") for name in (ANNA, BORIS, VERA)]
UNIT = OrgUnit("отдел", ANNA)


def problems(
    *,
    units: Sequence[OrgUnit] = (UNIT,),
    employees: Sequence[Employee] = PEOPLE,
    roles: Sequence[Role] = (),
    absences: Sequence[Absence] = (),
) -> list[tuple[str, str]]:
    organization = Organization(units, employees, roles, absences, ZoneInfo("Asia/Yekaterinburg"))
    found = organization.problems()
    assert all(problem.text and problem.remedy for problem in found)
    return [(problem.code, problem.subject) for problem in found]


def away(person: str, since: int, until: int, substitute: str | None = None) -> Absence:
    return Absence(person, date(2026, 10, since), date(2026, 10, until), substitute)


def role(name: str, holder: str) -> Role:
    return Role(name, PersonRef.parse(holder))


def test_sound_organization_has_no_problems() -> None:
    roles = [
        role("дежурный", "сотрудник: Борис"),
        role("приёмная", "подразделение: отдел"),
        role("а", "роль: дежурный"),
    ]
    assert problems(roles=roles, absences=[away(ANNA, 1, 5, BORIS), away(BORIS, 6, 9, ANNA)]) == []


def test_unknown_people_and_units() -> None:
    assert problems(units=[UNIT, OrgUnit("архив", "Некто", "нет")]) == [
        ("нет-сотрудника", "архив"),
        ("нет-подразделения", "архив"),
    ]
    assert problems(employees=[*PEOPLE, Employee("Глеб", "нет")]) == [("нет-подразделения", "Глеб")]
    assert problems(absences=[away(ANNA, 1, 5, "Некто")]) == [("нет-сотрудника", ANNA)]
    assert problems(absences=[away("Некто", 1, 5)]) == [("нет-сотрудника", "Некто")]


def test_repeats() -> None:
    assert problems(units=[UNIT, UNIT]) == [("повтор", "отдел")]
    assert problems(employees=[*PEOPLE, PEOPLE[0]]) == [("повтор", ANNA)]
    assert problems(roles=[role("а", "сотрудник: Анна")] * 2) == [("повтор", "а")]
    assert problems(absences=[away(ANNA, 1, 5), away(ANNA, 5, 9)]) == [("повтор", ANNA)]


def test_units_under_each_other() -> None:
    units = [
        UNIT,
        OrgUnit("а", None, "б"),
        OrgUnit("б", None, "в"),
        OrgUnit("в", None, "а"),
        OrgUnit("г", None, "а"),
    ]
    assert problems(units=units) == [("петля-подразделений", "а")]


def test_roles_nobody_holds() -> None:
    empty = OrgUnit("архив")
    roles = [
        role("а", "сотрудник: Некто"),
        role("б", "подразделение: нет"),
        role("в", "подразделение: архив"),
        role("г", "роль: д"),
        role("д", "роль: г"),
        role("е", "роль: нет"),
        role("ж", "начальник-исполнителя"),
        role("з", "роль: а"),
    ]
    assert problems(units=[UNIT, empty], roles=roles) == [("роль-без-исполнителя", one.name) for one in roles]


def test_absence_that_ends_before_it_begins() -> None:
    assert problems(absences=[away(ANNA, 9, 5)]) == [("даты-отсутствия", ANNA)]


def test_substitutes_in_a_circle_are_found_on_common_days_only() -> None:
    circle = [away(ANNA, 1, 9, BORIS), away(BORIS, 5, 20, VERA), away(VERA, 8, 9, ANNA)]
    assert problems(absences=circle) == [("петля-замещений", ANNA)]
    assert problems(absences=[*circle[:2], away(VERA, 10, 12, ANNA)]) == []
    assert problems(absences=[away(ANNA, 1, 9, ANNA)]) == [("петля-замещений", ANNA)]
