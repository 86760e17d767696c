"""Checking that the parts of an organisation fit together. Every problem is reported, not the first alone."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.parts import Absence, Employee, OrgProblem, OrgUnit, Role

_ADD_PERSON = "добавьте его в «сотрудники» или исправьте имя"
_ADD_UNIT = "добавьте его в «подразделения» или исправьте название"


def check_organization(
    units: Sequence[OrgUnit],
    employees: Sequence[Employee],
    roles: Sequence[Role],
    absences: Sequence[Absence],
) -> list[OrgProblem]:
    """Return unknown people and units, loops, roles nobody holds, repeats and impossible absences."""
    unit_map = {unit.name: unit for unit in reversed(units)}
    people = {employee.name for employee in employees}
    return [
        *_repeats("подразделение", [unit.name for unit in units]),
        *_repeats("сотрудник", [employee.name for employee in employees]),
        *_repeats("роль", [role.name for role in roles]),
        *_unit_problems(units, unit_map, people),
        *_unit_loops(units, unit_map),
        *(
            OrgProblem(
                "нет-подразделения",
                employee.name,
                f"{employee.name}: нет подразделения «{employee.unit}»",
                _ADD_UNIT,
                employee.unit,
            )
            for employee in employees
            if employee.unit not in unit_map
        ),
        *_role_problems(roles, unit_map, people),
        *_absence_problems(absences, people),
        *_substitution_loops(absences),
    ]


def _person_remedy(name: str, people: set[str]) -> str:
    """Return what to do about a name that nobody has: the one that was meant, where one is near."""
    near = difflib.get_close_matches(name, people, n=1, cutoff=0.75)
    return f"возможно, «{near[0]}»; если это другой, {_ADD_PERSON}" if near else _ADD_PERSON


def _repeats(what: str, names: Sequence[str]) -> Iterator[OrgProblem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield OrgProblem("повтор", name, f"{what} «{name}» описано {count} раза", "оставьте одну запись")


def _unit_problems(units: Sequence[OrgUnit], by_name: Mapping[str, OrgUnit], people: set[str]) -> Iterator[OrgProblem]:
    for unit in units:
        if unit.head is not None and unit.head not in people:
            text = f"подразделение «{unit.name}»: начальника «{unit.head}» нет среди сотрудников"
            yield OrgProblem("нет-сотрудника", unit.name, text, _person_remedy(unit.head, people), unit.head)
        if unit.curator is not None and unit.curator not in people:
            text = f"подразделение «{unit.name}»: куратора «{unit.curator}» нет среди сотрудников"
            yield OrgProblem("нет-сотрудника", unit.name, text, _person_remedy(unit.curator, people), unit.curator)
        if unit.parent is not None and unit.parent not in by_name:
            text = f"подразделение «{unit.name}»: нет вышестоящего «{unit.parent}»"
            yield OrgProblem("нет-подразделения", unit.name, text, _ADD_UNIT, unit.parent)


def _unit_loops(units: Sequence[OrgUnit], by_name: Mapping[str, OrgUnit]) -> Iterator[OrgProblem]:
    reported: set[str] = set()
    for name in (unit.name for unit in units):
        path = [name]
        while (unit := by_name.get(path[-1])) and unit.parent is not None and unit.parent not in path:
            path.append(unit.parent)
        if unit is not None and unit.parent == name and name not in reported:
            reported.update(path)
            text = f"подразделения подчинены по кругу: {' → '.join([*path, name])}"
            yield OrgProblem("петля-подразделений", name, text, "уберите «вышестоящее» у одного из них")


def _role_problems(roles: Sequence[Role], units: Mapping[str, OrgUnit], people: set[str]) -> Iterator[OrgProblem]:
    by_name = {role.name: role for role in reversed(roles)}
    for role in roles:
        why = _why_unheld(role.holder, by_name, units, people, (role.name,))
        if why:
            remedy = "укажите в «исполняет» сотрудника или подразделение с начальником"
            yield OrgProblem("роль-без-исполнителя", role.name, f"роль «{role.name}» никто не исполняет: {why}", remedy)
        yield from _shift_problems(role, by_name, units, people)


def _shift_problems(
    role: Role, roles: Mapping[str, Role], units: Mapping[str, OrgUnit], people: set[str]
) -> Iterator[OrgProblem]:
    for position, shift in enumerate(role.shifts):
        dates = f"{shift.since:%d.%m.%Y}–{shift.until:%d.%m.%Y}"
        why = _why_unheld(shift.holder, roles, units, people, (role.name,))
        if why:
            text = f"роль «{role.name}»: по графику {dates} никто не исполняет: {why}"
            remedy = "укажите сотрудника или подразделение с начальником"
            yield OrgProblem("роль-без-исполнителя", role.name, text, remedy, shift.holder.name)
        if shift.since > shift.until:
            text = f"роль «{role.name}»: в графике смена кончается раньше, чем начинается ({dates})"
            yield OrgProblem("даты-смены", role.name, text, "поменяйте «с» и «по» местами")
        for other in role.shifts[:position]:
            if other.since <= shift.until and shift.since <= other.until:
                text = f"роль «{role.name}»: в графике двое в одни дни ({dates})"
                yield OrgProblem("повтор", role.name, text, "разведите смены")


def _why_unheld(
    holder: PersonRef,
    roles: Mapping[str, Role],
    units: Mapping[str, OrgUnit],
    people: set[str],
    path: tuple[str, ...],
) -> str:
    """Return why a holder is nobody, or «» when it is somebody."""
    name, why = holder.name, ""
    if holder.kind is RefKind.ROLE and name in roles and name not in path:
        return _why_unheld(roles[name].holder, roles, units, people, (*path, name))
    if holder.kind is RefKind.ROLE:
        why = f"роли ссылаются по кругу ({' → '.join([*path, name])})" if name in path else f"роли «{name}» нет"
    elif holder.kind is RefKind.PERSON and name not in people:
        why = f"сотрудника «{name}» нет"
    elif holder.kind is RefKind.UNIT and name not in units:
        why = f"подразделения «{name}» нет"
    elif holder.kind is RefKind.UNIT and units[name].head is None:
        why = f"у подразделения «{name}» нет начальника"
    elif holder.kind.is_relative:
        why = f"«{holder}» зависит от поручения"
    return why


def _absence_problems(absences: Sequence[Absence], people: set[str]) -> Iterator[OrgProblem]:
    for position, absence in enumerate(absences):
        dates = f"{absence.since:%d.%m.%Y}–{absence.until:%d.%m.%Y}"
        for name in (absence.person, absence.substitute):
            if name is not None and name not in people:
                text = f"отсутствие {dates}: сотрудника «{name}» нет"
                yield OrgProblem("нет-сотрудника", absence.person, text, _person_remedy(name, people), name)
        if absence.since > absence.until:
            text = f"{absence.person}: отсутствие кончается раньше, чем начинается ({dates})"
            yield OrgProblem("даты-отсутствия", absence.person, text, "поменяйте «с» и «по» местами")
        for other in absences[:position]:
            if other.person == absence.person and _overlap(other, absence.since, absence.until):
                text = f"{absence.person}: два отсутствия в одни дни ({dates})"
                yield OrgProblem("повтор", absence.person, text, "оставьте одно или разведите даты")


def _substitution_loops(absences: Sequence[Absence]) -> Iterator[OrgProblem]:
    reported: set[frozenset[str]] = set()
    for absence in absences:
        loop = _loop_from(absence, absences, absence.since, absence.until, (absence.person,))
        if loop and frozenset(loop) not in reported:
            reported.add(frozenset(loop))
            text = f"замещение по кругу: {' → '.join([*loop, loop[0]])}"
            yield OrgProblem("петля-замещений", loop[0], text, "назначьте одному из них другого замещающего")


def _loop_from(
    absence: Absence, absences: Sequence[Absence], since: date, until: date, path: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the people of a loop that closes on days common to all its absences, or ()."""
    substitute = absence.substitute
    if substitute == path[0]:
        return path
    if substitute is None or substitute in path:
        return ()
    for following in absences:
        if following.person == substitute and _overlap(following, since, until):
            common = max(since, following.since), min(until, following.until)
            if loop := _loop_from(following, absences, *common, (*path, substitute)):
                return loop
    return ()


def _overlap(absence: Absence, since: date, until: date) -> bool:
    return absence.since <= until and since <= absence.until
