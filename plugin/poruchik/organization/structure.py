"""The organisation: units, people, roles and absences, and who a reference means on a given day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, tzinfo

from poruchik.model.order import Assignee
from poruchik.model.person_ref import Choice, PersonRef, RefKind
from poruchik.organization.check import check_organization
from poruchik.organization.parts import Absence, Employee, OrgProblem, OrgUnit, Role, Shift

__all__ = ["Absence", "Employee", "OrgProblem", "OrgUnit", "Organization", "Role", "Shift"]


class Organization:
    """The organisation of one policy. Immutable; of several entries of one name the first counts."""

    def __init__(
        self,
        units: Iterable[OrgUnit],
        employees: Iterable[Employee],
        roles: Iterable[Role],
        absences: Iterable[Absence],
        zone: tzinfo,
    ) -> None:
        self.units = tuple(units)
        self.employees = tuple(employees)
        self.roles = tuple(roles)
        self.absences = tuple(absences)
        self.zone = zone
        self._units = {unit.name: unit for unit in reversed(self.units)}
        self._employees = {employee.name: employee for employee in reversed(self.employees)}
        self._roles = {role.name: role for role in reversed(self.roles)}
        shifts = [shift for role in self.roles for shift in role.shifts]
        holders = [*(role.holder for role in self.roles), *(shift.holder for shift in shifts)]
        self._balanced_role = any(holder.choice is Choice.LEAST_LOADED for holder in holders)
        self._absences: dict[str, list[Absence]] = {}
        for absence in self.absences:
            self._absences.setdefault(absence.person, []).append(absence)
        spans: list[Absence | Shift] = [*self.absences, *shifts]
        turns = {span.since for span in spans}
        turns |= {date.fromordinal(span.until.toordinal() + 1) for span in spans if span.until < date.max}
        self._turns = sorted(turns)

    def unit(self, name: str) -> OrgUnit | None:
        """Return the unit of the name."""
        return self._units.get(name)

    def employee(self, name: str) -> Employee | None:
        """Return the person of the name."""
        return self._employees.get(name)

    def role(self, name: str) -> Role | None:
        """Return the role of the name."""
        return self._roles.get(name)

    def absence(self, person: str, on: date) -> Absence | None:
        """Return the absence of a person on a day; one with a substitute before one without."""
        found = [absence for absence in self._absences.get(person, ()) if absence.covers(on)]
        return next((absence for absence in found if absence.substitute), found[0] if found else None)

    def era(self, on: date) -> int:
        """Return a number that is the same for days between which nobody comes or goes."""
        return bisect_right(self._turns, on)

    def balances(self, refs: Iterable[PersonRef]) -> bool:
        """Tell whether one of these may be found by who has the fewest orders."""
        return self._balanced_role or any(ref.choice is Choice.LEAST_LOADED for ref in refs)

    def stands_in_for(self, person: str, on: date) -> list[str]:
        """Return whom a person acts for on a day: those who are away and whose substitutes lead there."""
        away = {one.person for one in self.absences if one.covers(on)}
        return sorted(
            name
            for name in away
            if name != person and self.resolve(PersonRef(RefKind.PERSON, name), on).person == person
        )

    def led_by(self, person: str, on: date) -> list[str]:
        """Return the units over which a person is on a day, also for somebody who is away, and those below them."""
        heads = {person, *self.stands_in_for(person, on)}
        found = [unit.name for unit in self.units if unit.head in heads or unit.curator in heads]
        for name in found:  # grows while it is read
            found += [unit.name for unit in self.units if unit.parent == name and unit.name not in found]
        return found

    def problems(self) -> list[OrgProblem]:
        """Return what does not fit together: unknown names, loops, roles nobody holds, repeats."""
        return check_organization(self.units, self.employees, self.roles, self.absences)

    def resolve(
        self,
        ref: PersonRef,
        on: date,
        *,
        lead: Assignee | None = None,
        controller: Assignee | None = None,
        load: Mapping[str, int] | None = None,
        until: date | None = None,
    ) -> Assignee:
        """Return who a reference means on a day, with the path that led there.

        `lead` and `controller` are those of the order, for relative references; `load` the number of open
        orders a person has, for the least loaded, who is not away at the end of the term (`until`). Nobody found:
        `person` is None and the path says why.
        """
        search = _Search(self, on, load, until)
        if ref.kind in (RefKind.LEAD, RefKind.CONTROLLER):
            person, unit = search.of_order(ref.kind, lead if ref.kind is RefKind.LEAD else controller)
        elif ref.kind in (RefKind.HEAD_OF_LEAD, RefKind.SUPERIOR):
            person, unit = search.above(lead, _levels(ref))
        else:
            person, unit = search.named(ref)
            if person is None and unit is not None:
                person, unit = search.instead_of_nobody(unit)
        return Assignee(ref, person, unit, tuple(search.path), search.stands_in_for)

    def hears(
        self,
        ref: PersonRef,
        on: date,
        *,
        lead: Assignee | None,
        controller: Assignee | None = None,
        last: PersonRef | None = None,
    ) -> Assignee:
        """Return who hears of an order on a day: whoever is named, but never who does the work that day.

        Else the first head above the lead, else the controller, else `last`, the administrator. `person` None: nobody
        is left, and the path says why. One notion for deciding, control, and the proof that somebody hears.
        """
        busy = self._at_work(lead, on)
        found = self.resolve(ref, on, lead=lead, controller=controller)
        if found.person and found.person not in busy:
            return found
        search = _Search(self, on, None, None)
        search.path = [*found.path, *([f"{found.person} — сам исполнитель в этот день"] if found.person else [])]
        for person, unit in search.heads_above(lead):
            if person not in busy:
                return Assignee(ref, person, unit, tuple(search.path), search.stands_in_for)
        administrator = self.resolve(last, on) if last else None
        for other, why in ((controller, "остаётся контролёр"), (administrator, "остаётся администратор")):
            if other and other.person and other.person not in busy:
                search.path.append(f"{why} → {other.person}")
                return Assignee(ref, other.person, other.unit, tuple(search.path), other.stands_in_for)
        search.path.append("больше некому")
        return Assignee(ref, None, None, tuple(search.path))

    def _at_work(self, lead: Assignee | None, on: date) -> set[str]:
        """Return who does the work of a lead on a day: himself, or whoever stands in for him, while he is away both."""
        if lead is None or lead.person is None:
            return set()
        if lead.person not in self._employees:
            return {lead.person}
        present = self.resolve(PersonRef(RefKind.PERSON, lead.person), on)
        return {lead.person, present.person or lead.person}


_Found = tuple[str | None, str | None]
"""A person and the unit that answers; either may be missing."""


class _Search:
    """One look-up: collects the path as it goes."""

    def __init__(
        self, organization: Organization, on: date, load: Mapping[str, int] | None, until: date | None
    ) -> None:
        self._organization = organization
        self._on = on
        self._load = load
        self._until = until
        self.path: list[str] = []
        self.stands_in_for = ""
        self._missed: set[str] = set()
        """Who was looked for and is away without anybody in his place."""

    def of_order(self, kind: RefKind, assignee: Assignee | None) -> _Found:
        if assignee is None or (assignee.person is None and assignee.unit is None):
            self.path.append(f"{kind.value} у поручения не назначен")
            return None, None
        self.path.append(f"{kind.value} → {assignee.person or assignee.unit}")
        return assignee.person, assignee.unit

    def named(self, ref: PersonRef) -> _Found:
        seen: set[str] = set()
        while ref.kind is RefKind.ROLE:
            role = self._organization.role(ref.name)
            if role is None or ref.name in seen:
                why = "замкнулась сама на себя" if role else "в организации нет"
                self.path.append(f"роль «{ref.name}»: {why}")
                return None, None
            seen.add(ref.name)
            holder = role.on(self._on)
            by = "" if holder is role.holder else ", по графику"
            self.path.append(f"роль «{ref.name}» → {holder.name or holder}{by}")
            ref = holder
        if ref.kind is RefKind.UNIT:
            return self._of_unit(ref)
        if ref.kind is RefKind.PERSON:
            return self._of_person(ref.name)
        self.path.append(f"«{ref}» не называет человека сам по себе")
        return None, None

    def _of_person(self, name: str) -> _Found:
        employee = self._organization.employee(name)
        if employee is None:
            self.path.append(f"сотрудника «{name}» в организации нет")
            return None, None
        present = self._present(name)
        found = self._organization.employee(present) if present else employee
        return present, found.unit if found else None

    def _of_unit(self, ref: PersonRef) -> _Found:
        unit = self._organization.unit(ref.name)
        if unit is None:
            self.path.append(f"подразделения «{ref.name}» в организации нет")
            return None, None
        if ref.choice is Choice.LEAST_LOADED and self._load is not None:
            chosen = self._least_loaded(unit, self._load, ref.limit)
            if chosen:
                return chosen, unit.name
        return self._head(unit), unit.name

    def _head(self, unit: OrgUnit) -> str | None:
        if unit.head is None:
            self.path.append(f"у подразделения «{unit.name}» нет начальника")
            return None
        self.path.append(f"подразделение «{unit.name}» → начальник {unit.head}")
        return self._present(unit.head)

    def _curator(self, unit: OrgUnit) -> str | None:
        if unit.curator is None:
            return None
        self.path.append(f"подразделение «{unit.name}» → куратор {unit.curator}")
        return self._present(unit.curator)

    def _least_loaded(self, unit: OrgUnit, load: Mapping[str, int], limit: int | None) -> str | None:
        """Choose among the unit's people who are there; its head only where there is nobody else."""
        members = [employee.name for employee in self._organization.employees if employee.unit == unit.name]
        staff = [name for name in members if name != unit.head] or members
        there = [name for name in staff if self._organization.absence(name, self._on) is None]
        if self._until and (back := [name for name in there if self._organization.absence(name, self._until) is None]):
            there = back
        if not there:
            self.path.append(f"в подразделении «{unit.name}» распределять некому")
            return None
        ordered = sorted(there, key=lambda name: (load.get(name, 0), name))
        told = ", ".join(f"{name} ({load.get(name, 0)})" for name in ordered)
        if limit is not None and load.get(ordered[0], 0) >= limit:
            self.path.append(f"в подразделении «{unit.name}» у всех не меньше {limit} поручений: {told}")
            return None
        self.path.append(f"подразделение «{unit.name}» → наименьшая загрузка: {told}")
        return ordered[0]

    def _present(self, person: str) -> str | None:
        """Follow the substitutions from an absent person to one who is there."""
        seen, self.stands_in_for = [person], ""
        while absence := self._organization.absence(person, self._on):
            away = f"{person} отсутствует по {absence.until:%d.%m.%Y}"
            if absence.substitute is None:
                self._missed.update(seen)
                self.path.append(f"{away}, замещающий не назначен")
                self.stands_in_for = ""
                return None
            self.path.append(f"{away} → замещает {absence.substitute}")
            person = absence.substitute
            if person in seen:
                self.path.append(f"замещение замкнулось: {' → '.join([*seen, person])}")
                self.stands_in_for = ""
                return None
            if self._organization.employee(person) is None:
                self.path.append(f"сотрудника «{person}» в организации нет")
                self.stands_in_for = ""
                return None
            self.stands_in_for = seen[-1]
            seen.append(person)
        return person

    def instead_of_nobody(self, unit: str) -> _Found:
        """Go up from a vacancy, or from somebody away without a substitute, to the first head who is there."""
        seen = {unit}
        above = self._organization.unit(unit)
        if above and above.head and above.head not in self._missed:
            head = self._head(above)
            if head:
                return head, unit
        while above is not None:
            curator = self._curator(above)
            if curator:
                return curator, above.name
            if not above.parent or above.parent in seen:
                break
            seen.add(above.parent)
            above = self._organization.unit(above.parent)
            head = self._head(above) if above else None
            if above and head:
                return head, above.name
        self.path.append("выше никого нет")
        return None, unit

    def above(self, lead: Assignee | None, levels: int) -> _Found:
        """Climb so many superiors from the lead executor, stopping at the top one there is."""
        found: _Found = (None, None)
        for climbed, one in enumerate(self.heads_above(lead), start=1):
            found = one
            if climbed == levels:
                return found
        if self._unit_of(lead) is not None:
            self.path.append("выше начальников нет" if found[0] else "начальника над исполнителем нет")
        return found

    def heads_above(self, lead: Assignee | None) -> Iterator[tuple[str, str]]:
        """Yield the superiors of the lead who are there, the nearest first, each with the unit that answers."""
        unit = self._unit_of(lead)
        if unit is None:
            self.path.append("у ответственного исполнителя не известно подразделение")
        seen: set[str] = set()
        passed = {lead.person} if lead and lead.person else set()
        while unit is not None and unit.name not in seen:
            seen.add(unit.name)
            for look in (self._head, self._curator):
                head = look(unit)
                if head is not None and head in passed:
                    self.path.append(f"{head} — сам исполнитель или уже в цепочке, выше")
                elif head is not None:
                    passed.add(head)
                    yield head, unit.name
            unit = self._organization.unit(unit.parent) if unit.parent else None

    def _unit_of(self, lead: Assignee | None) -> OrgUnit | None:
        if lead is None:
            return None
        if lead.unit is not None and (unit := self._organization.unit(lead.unit)):
            return unit
        employee = self._organization.employee(lead.person) if lead.person else None
        return self._organization.unit(employee.unit) if employee else None


def _levels(ref: PersonRef) -> int:
    """Return the number of superiors to climb: «вышестоящий: 1» is the head of the lead executor."""
    return int(ref.name) if ref.kind is RefKind.SUPERIOR and ref.name.isdigit() else 1
