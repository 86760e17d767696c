"""An order that a person makes of a document from the manual queue, on what the rules had to say of it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from itertools import count

from poruchik.control.deed import SHORTEST_REASON
from poruchik.control.giving import person_of
from poruchik.control.part import half_of, not_after
from poruchik.errors import PoruchikError
from poruchik.model.commands import Notice, NoticeKind, Operation
from poruchik.model.decision import Decision
from poruchik.model.ladder import Anchor, EscalationStep, Recurrence, Rung
from poruchik.model.order import Assignee, CoExecutor, Deadline, Order, citation, order_key
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Organization
from poruchik.policy.slot_table import SLOTS
from poruchik.texts.facts import TERM_BEYOND
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text

BY_A_PERSON = "решение человека"
"""Stands for the rule where no rule of the policy was taken."""
_RESOLUTION = ("резолюция", "решение по документу")
"""Act and clause of an order for which no rule was taken."""
_REMINDERS = (Rung.parse("за 3 рабочих дня"), Rung.parse("за 1 рабочий день"), Rung(Anchor.DUE_DAY))
_ESCALATIONS = (
    EscalationStep(Rung(Anchor.OVERDUE), PersonRef(RefKind.HEAD_OF_LEAD)),
    EscalationStep(Rung(Anchor.OVERDUE, every=Recurrence.WORKING_DAY), PersonRef(RefKind.CONTROLLER)),
)
"""The ladder of a document that no rule says anything of."""
_LONGEST_TEXT = 2000
_CHOSEN = (
    *("key", "rule", "act", "clause", "text", "lead", "deadline", "controller", "reminders", "escalations", "slots"),
)
"""What of an order the person decides, or stands in for; all else is as the rules drafted it."""


class ChoiceRefused(PoruchikError):
    """What was chosen makes no order; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class ChoiceByHand:
    """What a person decided: `rule` is the proposal taken, «» for none; `controller` may be «»."""

    who: str
    lead: str
    text: str
    comment: str
    due_on: date | None
    controller: str = ""
    rule: str = ""


def decided_by_hand(
    decision: Decision,
    choice: ChoiceByHand,
    organization: Organization,
    calendar: WorkCalendar,
    *,
    taken: Collection[str] = (),
) -> Decision:
    """Return the decision with the order that a person made in place of the doubts; raise ChoiceRefused.

    `taken` are ids that the system has for other orders of the document.

    Ladder, checks, letters, co-executors, slots and what may be asked for come from the rules that fired; lead,
    controller, text and term from the person.
    """
    document, draft = decision.document, decision.draft
    act, clause = _basis(decision, choice)
    lead = _assignee(choice.lead, "исполнитель", choice, organization)
    controller = _assignee(choice.controller, "контролёр", choice, organization) if choice.controller else None
    if controller and controller.person == lead.person:
        raise ChoiceRefused(f"{lead.person} не может контролировать себя", remedy="выберите другого контролёра")
    if not choice.text:
        raise ChoiceRefused("не сказано, что сделать")
    deadline = _deadline(decision, choice, (act, clause), calendar)
    further = [one for one in decision.orders if one != draft]
    rule, taken = choice.rule or BY_A_PERSON, {*taken, *(one.key for one in further)}
    keys = (order_key(document.key, rule, number) for number in count())
    order = Order(
        key=next(key for key in keys if key not in taken),
        rule=rule,
        act=act,
        clause=clause,
        text=choice.text[:_LONGEST_TEXT],
        lead=lead,
        deadline=deadline,
        controller=controller,
        reminders=draft.reminders if draft and draft.reminders else _REMINDERS,
        escalations=draft.escalations if draft and draft.escalations else _ESCALATIONS,
        slots={slot.en: decision.slots[slot.en] for slot in SLOTS if slot.en in decision.slots},
    )
    if draft:
        chosen = {name: getattr(order, name) for name in _CHOSEN}
        parts = [one for one in draft.co_executors if one.assignee.person and one.assignee.person != lead.person]
        helpers = tuple(_part(one, deadline, decision, calendar) for one in parts)
        # The forecast was made for another lead and term; who is told is found when a point fires.
        order = replace(draft, **chosen, co_executors=helpers, points=())
    return replace(decision, orders=(order, *further), manual=(), draft=None)


def law_of(decision: Decision) -> Deadline | None:
    """Return the term that the rules compute for what a person decides; None where they do not."""
    return decision.draft.deadline if decision.draft else None


def told_above(
    decision: Decision, made: Decision, choice: ChoiceByHand, organization: Organization, texts: Texts
) -> Notice | None:
    """Return the message to the controller's head about a term beyond that of the law; None where it is within it.

    Without a controller it is the head of whoever decided. Its `to` is empty where nobody is above.
    """
    order, law = made.orders[0], law_of(decision)
    if law is None or order.deadline is None or order.deadline.due_on <= law.due_on:
        return None
    answers = order.controller.person if order.controller and order.controller.person else choice.who
    known = organization.employee(answers)
    whose = Assignee(PersonRef(RefKind.PERSON, answers), answers, known.unit if known else None)
    head = organization.resolve(PersonRef(RefKind.HEAD_OF_LEAD), decision.as_of, lead=whose)
    facts = {
        "номер": decision.document.title,
        "поручение": order.text,
        "исполнитель": order.lead.person or "",
        "часть": "",
        "кто": choice.who,
        "пишет": choice.comment,
        "срок": day_text(law.due_on),
        "основание": citation(law.act, law.clause),
        "до": day_text(order.deadline.due_on),
    }
    subject, text = texts.render(TERM_BEYOND, facts)
    return Notice(
        f"{order.key}:{Operation.NOTICE}:beyond-the-law",
        order.key,
        kind=NoticeKind.ANSWER,
        to=person_of(head),
        subject=subject,
        text=text,
        orders=(order.key,),
    )


def _part(one: CoExecutor, whole: Deadline, decision: Decision, calendar: WorkCalendar) -> CoExecutor:
    """Return a co-executor under the term that a person chose: half of it, or his own, but not after it."""
    if one.by_half or one.deadline is None:
        begins = max(decision.document.registered_at, calendar.day_start(decision.as_of))
        return replace(one, deadline=half_of(whole, begins.astimezone(calendar.zone), calendar))
    return replace(one, deadline=not_after(one.deadline, whole))


def _basis(decision: Decision, choice: ChoiceByHand) -> tuple[str, str]:
    taken = next((one for one in decision.fired if one.rule == choice.rule), None)
    if choice.rule and taken is None:
        raise ChoiceRefused(f"правило «{choice.rule}» этого документа не касается", remedy="выберите заново")
    return (taken.act, taken.clause) if taken else _RESOLUTION


def _assignee(name: str, what: str, choice: ChoiceByHand, organization: Organization) -> Assignee:
    known = organization.employee(name)
    if known is None:
        raise ChoiceRefused(f"{what} не выбран" if not name else f"сотрудника «{name}» в организации нет")
    path = (f"выбрал(а) {choice.who}" + (f": {choice.comment}" if choice.comment else ""),)
    return Assignee(PersonRef(RefKind.PERSON, known.name), known.name, known.unit, path)


def _deadline(decision: Decision, choice: ChoiceByHand, basis: tuple[str, str], calendar: WorkCalendar) -> Deadline:
    if choice.due_on is None:
        raise ChoiceRefused("не назван срок", remedy="выберите день")
    law = law_of(decision)
    if law and law.due_on == choice.due_on:
        return law  # the term of the law is that also when it is over
    if choice.due_on < decision.as_of:
        raise ChoiceRefused(f"{day_text(choice.due_on)} уже прошло", remedy="выберите день не раньше сегодняшнего")
    if law and choice.due_on > law.due_on and len(choice.comment) < SHORTEST_REASON:
        raise ChoiceRefused(
            f"позже срока по закону: {day_text(law.due_on)} ({citation(law.act, law.clause)})",
            remedy="напишите, почему так: это узнает начальник контролёра",
        )
    return Deadline(
        due_at=calendar.day_end(choice.due_on),
        due_on=choice.due_on,
        rule=choice.rule or BY_A_PERSON,
        act=basis[0],
        clause=basis[1],
        term=f"срок назначил(а) {choice.who}",
        steps=(f"срок назначил(а) {choice.who}", f"{day_text(choice.due_on)}, до конца рабочего дня"),
        confirmed=calendar.is_confirmed(choice.due_on.year),
    )
