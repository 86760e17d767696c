"""Reading people: references in rules, and the organisation they are looked up in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from poruchik.model.person_ref import Choice, PersonRef, RefKind
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit, Role, Shift
from poruchik.policy.check import Entry, Located, describe
from poruchik.policy.problems import Position, Problems, suggest
from poruchik.policy.source import MapNode, Node, Scalar
from poruchik.policy.vocabulary import CHOICE, LIMIT

_RELATIVE = [kind.value for kind in RefKind if kind.is_relative and kind is not RefKind.SUPERIOR]
_NAMED = [RefKind.ROLE.value, RefKind.UNIT.value, RefKind.PERSON.value, RefKind.SUPERIOR.value]


def read_person(node: Node, problems: Problems, *, beside: tuple[str, ...] = ()) -> PersonRef | None:
    """Read `{роль: …}`, `{подразделение: …}`, `{сотрудник: …}`, `{вышестоящий: 2}` or a relative word.

    `beside` names keys of the same mapping that belong to somebody else (a co-executor's `срок`).
    """
    if isinstance(node, Scalar) and node.text in _RELATIVE:
        return PersonRef(RefKind(node.text))
    if not isinstance(node, MapNode):
        remedy = suggest(node.text, _RELATIVE) if isinstance(node, Scalar) else ""
        problems.error(
            node.position,
            "человек",
            f"непонятно, кто это: {describe(node)}",
            remedy=remedy or "напишите {роль: …}, {подразделение: …} или {сотрудник: …}",
        )
        return None
    named = [(key, value) for key, value in node.entries if key.text in _NAMED]
    for key, _ in node.entries:
        if key.text not in (*_NAMED, CHOICE, LIMIT, *beside):
            problems.error(
                key.position,
                "неизвестный-ключ",
                f"ключа «{key.text}» у человека нет",
                remedy=suggest(key.text, [*_NAMED, CHOICE, LIMIT, *beside]),
            )
            return None
    key, value = named[0] if named else (Scalar("", node.position), node)
    if len(named) != 1 or not isinstance(value, Scalar) or value.null:
        problems.error(
            node.position,
            "человек",
            "человек называется одним ключом" if named else "не сказано, кто это",
            remedy=("оставьте один из: " if named else "добавьте один из ключей: ") + ", ".join(_NAMED),
        )
        return None
    kind, name = RefKind(key.text), " ".join(value.text.split())
    if kind is RefKind.SUPERIOR and not (name.isdigit() and 1 <= int(name) <= 9):
        problems.error(
            value.position, "человек", "«вышестоящий»: здесь нужно число уровней", remedy="напишите от 1 до 9"
        )
        return None
    choice = _read_choice(node, problems)
    limit = _read_limit(node, choice, problems)
    return PersonRef(kind, name, choice, limit or None) if choice and limit is not None else None


def _read_choice(node: MapNode, problems: Problems) -> Choice | None:
    choice = node.get(CHOICE)
    if choice is None:
        return Choice.HEAD
    known = [word.value for word in Choice]
    if isinstance(choice, Scalar) and choice.text in known:
        return Choice(choice.text)
    problems.error(choice.position, "значение", "«выбор»: неизвестный способ", remedy=suggest("", known))
    return None


def _read_limit(node: MapNode, choice: Choice | None, problems: Problems) -> int | None:
    """Return the most open orders that one may have, 0 for no limit, None after an error."""
    limit = node.get(LIMIT)
    if limit is None:
        return 0
    if choice is not Choice.LEAST_LOADED:
        problems.error(
            limit.position,
            "значение",
            f"«{LIMIT}» ограничивает загрузку, а выбирают здесь не по ней",
            remedy=f"добавьте «{CHOICE}: {Choice.LEAST_LOADED.value}» или уберите «{LIMIT}»",
        )
        return None
    if isinstance(limit, Scalar) and limit.text.isdigit() and 1 <= int(limit.text) <= 9999:
        return int(limit.text)
    problems.error(
        limit.position, "значение", f"«{LIMIT}»: здесь нужно число поручений", remedy="напишите от 1 до 9999"
    )
    return None


def parse_organization(entry: Entry, zone: tzinfo, problems: Problems) -> Organization:
    """Return the organisation of a checked file, after noting what does not fit together in it."""
    roles = []
    for role in entry.fields.get("roles", ()):
        holder = role.fields.get("holder")
        if not role.complete or holder is None:
            continue
        ref = _read_holder(holder, problems)
        if ref:
            roles.append(Role(role.value("name"), ref, tuple(_shifts(role, problems))))
    organization = Organization(
        units=[
            OrgUnit(unit.value("name"), unit.value("head"), unit.value("parent"), unit.value("curator"))
            for unit in entry.fields.get("units", ())
            if unit.complete
        ],
        employees=[
            Employee(person.value("name"), person.value("unit"), person.value("position", ""))
            for person in entry.fields.get("employees", ())
            if person.complete
        ],
        roles=roles,
        absences=[
            Absence(away.value("person"), away.value("since"), away.value("until"), away.value("substitute"))
            for away in entry.fields.get("absences", ())
            if away.complete
        ],
        zone=zone,
    )
    places = _places(entry)
    for problem in organization.problems():
        place = places.get((problem.subject, problem.word)) or places.get((problem.subject, problem.subject))
        problems.error(place or entry.position, problem.code, problem.text, remedy=problem.remedy)
    return organization


def _read_holder(node: Node, problems: Problems) -> PersonRef | None:
    """Read who holds a role: most often a person, so a bare name is one."""
    return PersonRef(RefKind.PERSON, node.text) if isinstance(node, Scalar) else read_person(node, problems)


def _shifts(role: Entry, problems: Problems) -> Iterator[Shift]:
    for shift in role.fields.get("shifts", ()):
        holder = shift.fields.get("holder")
        ref = _read_holder(holder, problems) if shift.complete and holder is not None else None
        if ref:
            yield Shift(shift.value("since"), shift.value("until"), ref)


def _places(entry: Entry) -> dict[tuple[str, str], Position]:
    """Return where each name stands in the record of a unit, person or role; its own name where it is declared.

    An absence is a record of its person.
    """
    places: dict[tuple[str, str], Position] = {}
    for group, own in (("absences", "person"), ("units", "name"), ("employees", "name"), ("roles", "name")):
        for item in entry.fields.get(group, ()):
            for field, found in item.fields.items():
                if isinstance(found, Located) and isinstance(found.value, str):
                    places[item.value(own), found.value] = item.at(field)
    return places
