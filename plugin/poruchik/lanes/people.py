"""People: who a reference of a plan means at this moment, whoever is away; the same question is answered once."""

from __future__ import annotations

from datetime import date

from poruchik.control.item import ItemKind
from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import Demands
from poruchik.organization.structure import Organization
from poruchik.store.items import DueItem

_OF_NO_EXECUTOR = (ItemKind.DOCUMENT, ItemKind.REVIEW)


class People:
    """Who is meant at this moment; the same question is answered once."""

    def __init__(self, organization: Organization, day: date, last: PersonRef | None = None) -> None:
        """`last` is who hears where nobody else is left: the administrator."""
        self._organization = organization
        self._day = day
        self._last = last
        self._known: dict[tuple[PersonRef, str | None, str | None, PersonRef | None], Assignee] = {}

    def find(self, item: DueItem, ref: PersonRef, who: PersonRef) -> Assignee:
        """Return who a reference means for an item; `who` is whom its plan reminds: he does hear of his own work."""
        if item.kind not in _OF_NO_EXECUTOR:
            below = Assignee(_person(item.person), item.person or None, item.unit or None)
            if ref.kind is RefKind.LEAD:
                found = self._present(item.lead, item.lead_unit)
                # Away with nobody in his place: who hears of a part is found above whoever does it.
                return found if found.person or item.kind is ItemKind.LEAD else self._hears(ref, below, item)
            return self._present(item.person, item.unit) if ref == who else self._hears(ref, below, item)
        # Nobody executes it: whoever deals with it today is found as anybody is, but never the executor of the order.
        lead = Assignee(_person(item.lead), item.lead, item.lead_unit or None) if item.lead else None
        deals = self._hears(who, lead, item)
        return deals if ref == who else self._hears(ref, deals, item)

    def _hears(self, ref: PersonRef, below: Assignee | None, item: DueItem) -> Assignee:
        demanded = Demands.read(item.demands).controller
        key = (ref, below.person if below else "", below.unit if below else "", demanded)
        if key not in self._known:
            hears = self._organization.hears
            controller = hears(demanded, self._day, lead=below, last=self._last) if demanded else None
            if ref.kind is RefKind.CONTROLLER and demanded:
                ref = demanded
            self._known[key] = hears(ref, self._day, lead=below, controller=controller, last=self._last)
        return self._known[key]

    def _present(self, person: str, unit: str) -> Assignee:
        """Return a person of the order, or whoever stands in today; people unknown to the organisation stay."""
        ref = _person(person)
        if not person or self._organization.employee(person) is None:
            return Assignee(ref, person or None, unit or None)
        key = (ref, "", "", None)
        if key not in self._known:
            self._known[key] = self._organization.resolve(ref, self._day)
        return self._known[key]


def _person(name: str) -> PersonRef:
    return PersonRef(RefKind.PERSON, name)
