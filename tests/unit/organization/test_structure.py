from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from poruchik.model.order import Assignee
from poruchik.model.person_ref import Choice, PersonRef, RefKind
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit, Role, Shift

ZONE = ZoneInfo("Asia/Yekaterinburg")
DAY = date(2026, 10, 5)
UNITS = (
    OrgUnit("руководство", "Минина М. М."),
    OrgUnit("департамент", "Деев Д. Д.", "руководство"),
    OrgUnit("отдел связи", "Котова К. К.", "департамент"),
    OrgUnit("архив", None, "департамент"),
)
EMPLOYEES = (
    Employee("Минина М. М.", "руководство", "министр"),
    Employee("Деев Д. Д.", "департамент", "директор"),
    Employee("Котова К. К.", "отдел связи", "начальник"),
    Employee("Петрова П. П.", "отдел связи", "специалист"),
    Employee("Иванов И. И.", "отдел связи", "специалист"),
    Employee("Сидоров С. С.", "архив", "архивист"),
)
ROLES = (
    Role("дежурный", PersonRef(RefKind.PERSON, "Петрова П. П.")),
    Role("приёмная", PersonRef(RefKind.UNIT, "отдел связи")),
    Role("первый", PersonRef(RefKind.ROLE, "дежурный")),
)


def organization(absences: Sequence[Absence] = ()) -> Organization:
    return Organization(UNITS, EMPLOYEES, ROLES, absences, ZONE)


def away(person: str, substitute: str | None = None, since: int = 1, until: int = 10) -> Absence:
    return Absence(person, date(2026, 10, since), date(2026, 10, until), substitute)


def ref(text: str) -> PersonRef:
    return PersonRef.parse(text)


def lead(person: str | None, unit: str | None) -> Assignee:
    return Assignee(ref("ответственный"), person, unit)


def test_person_is_found_with_the_unit() -> None:
    found = organization().resolve(ref("сотрудник: Иванов И. И."), DAY)
    assert (found.person, found.unit, found.path) == ("Иванов И. И.", "отдел связи", ())


def test_role_leads_to_its_holder() -> None:
    found = organization().resolve(ref("роль: первый"), DAY)
    assert found.person == "Петрова П. П."
    assert found.path == ("роль «первый» → дежурный", "роль «дежурный» → Петрова П. П.")


def test_role_held_by_a_unit_leads_to_its_head() -> None:
    found = organization().resolve(ref("роль: приёмная"), DAY)
    assert (found.person, found.unit) == ("Котова К. К.", "отдел связи")


def test_substitutions_are_followed_to_the_end() -> None:
    """Zammad #3694: the substitution A → B → C was lost."""
    chain = [away("Петрова П. П.", "Иванов И. И."), away("Иванов И. И.", "Сидоров С. С.")]
    found = organization(chain).resolve(ref("роль: дежурный"), DAY)
    assert (found.person, found.unit) == ("Сидоров С. С.", "архив")
    assert found.path == (
        "роль «дежурный» → Петрова П. П.",
        "Петрова П. П. отсутствует по 10.10.2026 → замещает Иванов И. И.",
        "Иванов И. И. отсутствует по 10.10.2026 → замещает Сидоров С. С.",
    )


@pytest.mark.parametrize(
    ("day", "person"),
    [
        (date(2026, 9, 30), "Петрова П. П."),
        (date(2026, 10, 1), "Иванов И. И."),
        (date(2026, 10, 10), "Иванов И. И."),
        (date(2026, 10, 11), "Петрова П. П."),
    ],
)
def test_expired_substitute_is_not_chosen(day: date, person: str) -> None:
    """Zammad #5566: an expired substitute was still shown."""
    found = organization([away("Петрова П. П.", "Иванов И. И.")]).resolve(ref("роль: дежурный"), day)
    assert found.person == person


def test_loop_of_substitutions_goes_up() -> None:
    loop = [away("Петрова П. П.", "Иванов И. И."), away("Иванов И. И.", "Петрова П. П.")]
    found = organization(loop).resolve(ref("роль: дежурный"), DAY)
    assert (found.person, found.unit) == ("Котова К. К.", "отдел связи")
    assert "замещение замкнулось: Петрова П. П. → Иванов И. И. → Петрова П. П." in found.path


@pytest.mark.parametrize(
    ("text", "absences", "last_step"),
    [
        ("роль: нет такой", [], "роль «нет такой»: в организации нет"),
        ("подразделение: нет", [], "подразделения «нет» в организации нет"),
        ("подразделение: архив", [], "у подразделения «архив» нет начальника"),
        ("сотрудник: Некто", [], "сотрудника «Некто» в организации нет"),
        ("ответственный", [], "ответственный у поручения не назначен"),
        ("начальник-исполнителя", [], "у ответственного исполнителя не известно подразделение"),
        (
            "сотрудник: Иванов И. И.",
            [away("Иванов И. И.")],
            "Иванов И. И. отсутствует по 10.10.2026, замещающий не назначен",
        ),
        ("сотрудник: Иванов И. И.", [away("Иванов И. И.", "Некто")], "сотрудника «Некто» в организации нет"),
    ],
)
def test_nobody_has_a_path_that_says_why(text: str, absences: list[Absence], last_step: str) -> None:
    found = organization(absences).resolve(ref(text), DAY)
    # Whoever is missing, his own head stands in, where there is one, else the head above.
    assert found.person in (None, "Котова К. К.", "Деев Д. Д.")
    assert last_step in found.path


def test_lead_and_controller_are_those_of_the_order() -> None:
    people = {"lead": lead("Иванов И. И.", "отдел связи"), "controller": lead("Деев Д. Д.", "департамент")}
    assert organization().resolve(ref("ответственный"), DAY, **people).person == "Иванов И. И."
    assert organization().resolve(ref("контролёр"), DAY, **people).person == "Деев Д. Д."


@pytest.mark.parametrize(
    ("person", "unit", "text", "expected"),
    [
        ("Иванов И. И.", "отдел связи", "начальник-исполнителя", "Котова К. К."),
        ("Котова К. К.", "отдел связи", "начальник-исполнителя", "Деев Д. Д."),
        (None, "отдел связи", "начальник-исполнителя", "Котова К. К."),
        ("Сидоров С. С.", None, "начальник-исполнителя", "Деев Д. Д."),
        ("Минина М. М.", "руководство", "начальник-исполнителя", None),
        ("Иванов И. И.", "отдел связи", "вышестоящий: 1", "Котова К. К."),
        ("Иванов И. И.", "отдел связи", "вышестоящий: 2", "Деев Д. Д."),
        ("Иванов И. И.", "отдел связи", "вышестоящий: 3", "Минина М. М."),
        ("Иванов И. И.", "отдел связи", "вышестоящий: 9", "Минина М. М."),
        ("Котова К. К.", "отдел связи", "вышестоящий: 2", "Минина М. М."),
    ],
)
def test_superiors(person: str | None, unit: str | None, text: str, expected: str | None) -> None:
    assert organization().resolve(ref(text), DAY, lead=lead(person, unit)).person == expected


def test_head_replaced_by_the_lead_does_not_hear_of_himself() -> None:
    absent_head = organization([away("Котова К. К.", "Иванов И. И.")])
    found = absent_head.resolve(ref("начальник-исполнителя"), DAY, lead=lead("Иванов И. И.", "отдел связи"))
    assert found.person == "Деев Д. Д."


def test_head_away_without_a_substitute_is_passed_over() -> None:
    found = organization([away("Котова К. К.")]).resolve(
        ref("начальник-исполнителя"), DAY, lead=lead("Иванов И. И.", "отдел связи")
    )
    assert found.person == "Деев Д. Д."
    assert "Котова К. К. отсутствует по 10.10.2026, замещающий не назначен" in found.path


def least_loaded(load: dict[str, int] | None, absences: Sequence[Absence] = ()) -> str | None:
    choice = PersonRef(RefKind.UNIT, "отдел связи", Choice.LEAST_LOADED)
    return organization(absences).resolve(choice, DAY, load=load).person


def test_work_goes_to_the_least_loaded() -> None:
    assert least_loaded({"Иванов И. И.": 3, "Петрова П. П.": 2}) == "Петрова П. П."
    assert least_loaded({"Иванов И. И.": 2, "Петрова П. П.": 2}) == "Иванов И. И."
    assert least_loaded({"Иванов И. И.": 1}) == "Петрова П. П."


def test_work_goes_to_the_head_only_when_nobody_else_is_there() -> None:
    both_away = [away("Иванов И. И."), away("Петрова П. П.")]
    assert least_loaded({}, both_away[:1]) == "Петрова П. П."
    assert least_loaded({}, both_away) == "Котова К. К."
    assert least_loaded(None) == "Котова К. К."


def test_loop_of_roles_ends_with_nobody() -> None:
    roles = [Role("а", ref("роль: б")), Role("б", ref("роль: а"))]
    found = Organization(UNITS, EMPLOYEES, roles, [], ZONE).resolve(ref("роль: а"), DAY)
    assert found.person is None
    assert found.path[-1] == "роль «а»: замкнулась сама на себя"


def test_loop_of_units_ends() -> None:
    units = [OrgUnit("а", None, "б"), OrgUnit("б", None, "а")]
    employees = [Employee("Иванов И. И.", "а")]
    found = Organization(units, employees, [], [], ZONE).resolve(
        ref("вышестоящий: 3"), DAY, lead=lead("Иванов И. И.", "а")
    )
    assert found.person is None


@pytest.mark.parametrize("kind", RefKind)
@pytest.mark.parametrize("choice", Choice)
def test_reference_reads_back(kind: RefKind, choice: Choice) -> None:
    named = not kind.is_relative
    reference = PersonRef(kind, "отдел связи" if named else "", choice if named else Choice.HEAD)
    assert PersonRef.parse(str(reference)) == reference


def test_a_rota_says_who_holds_a_role_on_which_days() -> None:
    week = Shift(date(2026, 10, 5), date(2026, 10, 11), PersonRef(RefKind.PERSON, "Иванов И. И."))
    duty = Role("дежурный", PersonRef(RefKind.PERSON, "Петрова П. П."), (week,))
    office = Organization(UNITS, EMPLOYEES, [duty], [away("Иванов И. И.", "Сидоров С. С.", 7, 7)], ZONE)

    def on(day: int) -> str | None:
        return office.resolve(ref("роль: дежурный"), date(2026, 10, day)).person

    people = {day: on(day) for day in (4, 5, 7, 11, 12)}
    assert people == {
        4: "Петрова П. П.",
        5: "Иванов И. И.",
        7: "Сидоров С. С.",
        11: "Иванов И. И.",
        12: "Петрова П. П.",
    }
    assert office.resolve(ref("роль: дежурный"), DAY).path == ("роль «дежурный» → Иванов И. И., по графику",)
    # Whoever remembers by the days on which nobody comes or goes must not remember over a change of the rota.
    assert len({office.era(date(2026, 10, day)) for day in (4, 5, 7, 8, 12)}) == 5


def test_a_curator_stands_over_the_head_of_a_unit() -> None:
    units = (
        *UNITS[:2],
        OrgUnit("отдел связи", "Котова К. К.", "руководство", "Деев Д. Д."),
        OrgUnit("архив", None, "руководство", "Деев Д. Д."),
    )
    office = Organization(units, EMPLOYEES, ROLES, (), ZONE)

    def above(person: str, levels: str) -> str | None:
        return office.resolve(ref(levels), DAY, lead=lead(person, "отдел связи")).person

    assert above("Иванов И. И.", "начальник-исполнителя") == "Котова К. К."
    assert above("Котова К. К.", "начальник-исполнителя") == "Деев Д. Д."
    assert [above("Иванов И. И.", f"вышестоящий: {level}") for level in (2, 3)] == ["Деев Д. Д.", "Минина М. М."]
    assert office.resolve(ref("подразделение: архив"), DAY).person == "Деев Д. Д."
    assert office.led_by("Деев Д. Д.", DAY) == ["департамент", "отдел связи", "архив"]


def test_who_hears_is_never_who_does_the_work() -> None:
    def told(
        what: str, absences: Sequence[Absence] = (), *, by: str = "Петрова П. П.", controller: str = "", last: str = ""
    ) -> str | None:
        office = organization(absences)
        whose = office.employee(by)
        below = lead(by, whose.unit if whose else None)
        watches = office.resolve(ref(controller), DAY) if controller else None
        last_one = ref(last) if last else None
        return office.hears(ref(what), DAY, lead=below, controller=watches, last=last_one).person

    assert told("роль: приёмная") == "Котова К. К."
    # The one named is the executor, or stands in for him today: the head above hears.
    assert told("сотрудник: Петрова П. П.") == "Котова К. К."
    assert told("начальник-исполнителя", [away("Петрова П. П.", "Котова К. К.")]) == "Деев Д. Д."
    assert told("роль: первый", by="Котова К. К.", controller="роль: приёмная") == "Петрова П. П."
    # The top head has nobody above: the controller, then the administrator; never himself.
    assert told("начальник-исполнителя", by="Минина М. М.", controller="сотрудник: Сидоров С. С.") == "Сидоров С. С."
    assert told("начальник-исполнителя", by="Минина М. М.", last="сотрудник: Сидоров С. С.") == "Сидоров С. С."
    assert told("начальник-исполнителя", by="Минина М. М.") is None
    assert told("контролёр", by="Минина М. М.", controller="сотрудник: Минина М. М.") is None
    # Somebody whom the organisation does not know.
    assert told("начальник-исполнителя", by="Чужой Ч. Ч.", controller="роль: приёмная") == "Котова К. К."


def test_the_least_loaded_is_there_at_the_end_of_the_term() -> None:
    office = organization([away("Петрова П. П.", since=10, until=31)])
    chosen = PersonRef(RefKind.UNIT, "отдел связи", Choice.LEAST_LOADED)
    load = {"Иванов И. И.": 5}

    def given(until: date | None) -> str | None:
        return office.resolve(chosen, DAY, load=load, until=until).person

    assert [given(None), given(date(2026, 10, 8)), given(date(2026, 10, 20))] == ["Петрова П. П."] * 2 + [
        "Иванов И. И."
    ]
    everybody = organization([away("Петрова П. П.", since=10, until=31), away("Иванов И. И.", since=10, until=31)])
    assert everybody.resolve(chosen, DAY, load=load, until=date(2026, 10, 20)).person == "Петрова П. П."
