"""People: who a reference of a plan means at this moment, whoever is away; the same question is answered once."""

from __future__ import annotations

from datetime import date

from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import Demands
from poruchik.organization.structure import Organization
from poruchik.store.items import DueItem


class People:
    """Who is meant at this moment; the same question is answered once."""

    def __init__(self, organization: Organization, day: date, last: PersonRef | None = None) -> None:
        """`last` is who hears where nobody else is left: the administrator."""
        self._organization = organization
        self._day = day
        self._last = last
        self._known: dict[tuple[PersonRef, str, str, PersonRef | None], Assignee] = {}

    def find(self, item: DueItem, ref: PersonRef) -> Assignee:
        """Return who a reference means for an item."""
        demanded = Demands.read(item.demands).controller
        if ref.kind is RefKind.LEAD:
            return self._present(item.lead, item.lead_unit)
        if ref.kind is RefKind.PERSON and ref.name == item.name:
            return self._present(item.person, item.unit)
        key = (ref, item.person, item.unit, demanded)
        if key not in self._known:
            self._known[key] = self._resolve(ref, item, demanded)
        return self._known[key]

    def _resolve(self, ref: PersonRef, item: DueItem, demanded: PersonRef | None) -> Assignee:
        below = Assignee(PersonRef(RefKind.PERSON, item.person), item.person or None, item.unit or None)
        hears = self._organization.hears
        controller = hears(demanded, self._day, lead=below, last=self._last) if demanded else None
        if ref.kind is RefKind.CONTROLLER and demanded:
            ref = demanded
        return hears(ref, self._day, lead=below, controller=controller, last=self._last)

    def _present(self, person: str, unit: str) -> Assignee:
        """Return a person of the order, or whoever stands in today; people unknown to the organisation stay."""
        ref = PersonRef(RefKind.PERSON, person)
        if not person or self._organization.employee(person) is None:
            return Assignee(ref, person or None, unit or None)
        key = (ref, "", "", None)
        if key not in self._known:
            self._known[key] = self._organization.resolve(ref, self._day)
        return self._known[key]
