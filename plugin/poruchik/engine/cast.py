"""Who the people of an order are: found once for every span of days in which nobody comes or goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from poruchik.control.plan import Ladder
from poruchik.engine.outline import OrderOutline
from poruchik.model.decision import Informed
from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef
from poruchik.organization.structure import Organization
from poruchik.workcalendar.calendar import WorkCalendar

MAX_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Cast:
    """The people of one order. `told` are those whom the rungs of the ladder reach, in the same order."""

    lead: Assignee
    controller: Assignee | None
    overseer: Assignee | None
    helpers: tuple[Assignee, ...]
    notify: tuple[Informed, ...]
    ladder: Ladder
    told: tuple[Assignee, ...]


class Casting:
    """Finds the people of orders in one organisation."""

    def __init__(self, organization: Organization, calendar: WorkCalendar, last: PersonRef | None = None) -> None:
        """`last` is who hears where nobody else is left: the administrator."""
        self._organization = organization
        self._last = last
        self._calendar = calendar
        self._casts: dict[tuple[OrderOutline, int, str | None, str | None], Cast] = {}
        self._found: dict[tuple[PersonRef | int | str | None, ...], Assignee] = {}
        self._ladders: dict[tuple[tuple[Rung, ...], tuple[EscalationStep, ...]], Ladder] = {}

    def cast(
        self,
        outline: OrderOutline,
        on: date,
        load: Mapping[str, int] | None,
        main: Assignee | None = None,
        until: date | None = None,
    ) -> Cast:
        """Return the people of an order on a day; `main` leads the document's own order, where this is another one.

        `until` is the last day of its term: the least loaded is not away then.
        """
        if load is not None and self._organization.balances(outline.people):
            return self._find(outline, on, load, main, until)
        key = (outline, self._organization.era(on), *_who(main))
        found = self._casts.get(key)
        if found is None:
            if len(self._casts) >= MAX_REMEMBERED:
                self._casts.clear()
            found = self._casts[key] = self._find(outline, on, load, main, None)
        return found

    def _find(
        self,
        outline: OrderOutline,
        on: date,
        load: Mapping[str, int] | None,
        main: Assignee | None,
        until: date | None,
    ) -> Cast:
        effects, resolve, hears = outline.effects, self.find, self._organization.hears
        assert effects.lead is not None
        lead = resolve(effects.lead, on, lead=main, load=load, until=until)
        controller = hears(effects.controller, on, lead=lead, last=self._last) if effects.controller else None
        wanted = [*(helper.effect.ref for helper in outline.helpers), *outline.notify]
        found = [resolve(ref, on, lead=lead, controller=controller, load=load, until=until) for ref in wanted]
        first = len(outline.helpers)
        told = [hears(step.to, on, lead=lead, controller=controller, last=self._last) for step in effects.escalations]
        return Cast(
            lead=lead,
            controller=controller,
            overseer=self.find(effects.overseer, on, lead=lead, load=load) if effects.overseer else None,
            helpers=tuple(found[:first]),
            notify=tuple(
                Informed(who, rules) for who, rules in zip(found[first:], outline.notify.values(), strict=True)
            ),
            ladder=self._ladder(effects.reminders, effects.escalations),
            told=(*[lead] * len(effects.reminders), *told),
        )

    def find(
        self,
        ref: PersonRef,
        on: date,
        *,
        load: Mapping[str, int] | None = None,
        lead: Assignee | None = None,
        controller: Assignee | None = None,
        until: date | None = None,
    ) -> Assignee:
        """Return who a reference means on a day."""
        resolve = self._organization.resolve
        if load is not None:
            return resolve(ref, on, lead=lead, controller=controller, load=load, until=until)
        key = (ref, self._organization.era(on), *_who(lead), *_who(controller))
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= MAX_REMEMBERED:
                self._found.clear()
            found = self._found[key] = resolve(ref, on, lead=lead, controller=controller)
        return found

    def _ladder(self, reminders: tuple[Rung, ...], escalations: tuple[EscalationStep, ...]) -> Ladder:
        """Return one object for equal ladders, so that what is counted for one order serves all."""
        key = (reminders, escalations)
        if key not in self._ladders:
            self._ladders[key] = Ladder(reminders, [step.when for step in escalations], self._calendar)
        return self._ladders[key]


def _who(assignee: Assignee | None) -> tuple[str | None, str | None]:
    """Return what of an assignee those depend on who are named relative to it."""
    return (assignee.person, assignee.unit) if assignee else (None, None)
