"""Whom a reference of the policy means for an order that exists already. Pure."""

from __future__ import annotations

from datetime import date

from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import Demands, StoredOrder
from poruchik.organization.structure import Organization


def lead_of(order: StoredOrder) -> Assignee:
    """Return the lead executor as the system names him, whether the organisation knows him or not."""
    return Assignee(PersonRef(RefKind.PERSON, order.lead), order.lead, order.unit or None)


def find(ref: PersonRef, order: StoredOrder, organization: Organization, on: date) -> Assignee:
    """Return who is meant on a day: relative references are counted from the present lead executor."""
    controller = Demands.read(order.demands).controller
    if ref.kind is RefKind.CONTROLLER and controller:
        ref = controller
    return organization.resolve(ref, on, lead=lead_of(order))


def who_decides(order: StoredOrder, organization: Organization, on: date) -> Assignee | None:
    """Return who decides of an extension (`решает`); None where the program does, or the rule has no `продление`."""
    demands = Demands.read(order.demands)
    if not demands.extension or not demands.extension.decides:
        return None
    decides, lead = demands.extension.decides, lead_of(order)
    controller = organization.resolve(demands.controller, on, lead=lead) if demands.controller else None
    if decides.kind is RefKind.CONTROLLER and demands.controller:
        decides = demands.controller
    return organization.hears(decides, on, lead=lead, controller=controller)  # nobody decides his own request


def decided_by_another(order: StoredOrder, who: str, organization: Organization, on: date) -> Assignee | None:
    """Return who decides of an extension when it is not this person; None where this person may.

    Where nobody is found (a role that nobody holds), whoever controls may: the order must not stand still.
    """
    decides = who_decides(order, organization, on)
    if decides is None or decides.person is None or who in (decides.person, decides.stands_in_for):
        return None
    return decides
