"""Giving an order: the command that makes it in the connected system, its reasons and the drafts of its letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from poruchik.control.wording import due_text
from poruchik.model.commands import Contribution, Create, Notice, NoticeKind, Operation, Person
from poruchik.model.decision import Decision, Informed
from poruchik.model.document import Document
from poruchik.model.order import Assignee, Order, citation
from poruchik.policy.slot_table import SLOTS
from poruchik.texts.bounded import LONGEST
from poruchik.texts.facts import INFORMED
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text


def create_command(document: Document, order: Order, texts: Texts) -> Create:
    """Return the command that makes an order in the connected system."""
    return Create(
        f"{order.key}:{Operation.CREATE}:1",
        order.key,
        document_id=document.external_id,
        text=order.text,
        explanation=_explanation(document, order, texts),
        act=order.act,
        clause=order.clause,
        lead=person_of(order.lead),
        co_executors=tuple(
            Contribution(person_of(one.assignee), one.deadline.due_at if one.deadline else None)
            for one in order.co_executors
        ),
        controller=person_of(order.controller) if order.controller and order.controller.person else None,
        control_kind=order.control_kind,
        due_at=order.deadline.due_at if order.deadline else None,
        due_on=order.deadline.due_on if order.deadline else None,
        checks=order.checks,
        slots=slots_of(order),
    )


def informing(decision: Decision, texts: Texts, calendar: WorkCalendar) -> list[Notice]:
    """Return the messages to those who must know of a document (`уведомить`): one a person, whoever names him."""
    if not decision.orders:
        return []
    order = decision.orders[0]
    told: dict[str, list[Informed]] = {}
    for one in decision.notify:
        if one.assignee.person:
            told.setdefault(one.assignee.person, []).append(one)
    return [
        _informed(decision.document, order, number, of_one, texts, calendar)
        for number, of_one in enumerate(told.values())
    ]


def _informed(
    document: Document, order: Order, number: int, told: Sequence[Informed], texts: Texts, calendar: WorkCalendar
) -> Notice:
    rules = dict.fromkeys(rule for one in told for rule in one.rules)
    subject, text = texts.render(
        INFORMED,
        {
            "номер": document.title,
            "поручение": order.text,
            "исполнитель": order.lead.person or "",
            "срок": due_text(order.deadline, calendar) if order.deadline else "не назначен",
            "почему": [f"{rule.gist.rstrip('.')} ({citation(rule.act, rule.clause)})" for rule in rules],
            "замещает": told[0].assignee.stands_in_for,
        },
    )
    return Notice(
        f"{order.key}:{Operation.NOTICE}:informed-{number}",
        order.key,
        kind=NoticeKind.ANSWER,
        to=person_of(told[0].assignee),
        subject=subject,
        text=text,
        orders=(order.key,),
    )


def slots_of(order: Order) -> dict[str, str]:
    """Return the plain slots of an order in the policy's words, in the order of the table."""
    return {slot.ru: str(order.slots[slot.en]) for slot in SLOTS if slot.en in order.slots}


def person_of(assignee: Assignee) -> Person:
    """Return somebody as a connected system is told of him."""
    return Person(assignee.person or "", assignee.unit or "")


def _explanation(document: Document, order: Order, texts: Texts) -> str:
    """Return why this person and why this date, and the drafts of the letters that the order asks for."""
    told = [texts.explanation(_reasons(order))]
    if slots := slots_of(order):
        told.append("; ".join(f"{name.capitalize()}: {value}" for name, value in slots.items()) + ".")
    told += [f"Проект: {letter}\n{texts.letter(letter, _of_letter(document, order))}" for letter in order.letters]
    return "\n\n".join(told)[:LONGEST]


def _of_letter(document: Document, order: Order) -> dict[str, Any]:
    """Return what a letter to the applicant may use; the names are those of `texts/facts.py`."""
    facts, deadline = document.facts(), order.deadline
    zone = deadline.due_at.tzinfo if deadline else document.registered_at.tzinfo
    received = document.received_at
    return {
        "номер": document.title,
        "зарегистрировано": day_text(document.registered_at.astimezone(zone).date()),
        "поступило": day_text(received.astimezone(zone).date()) if received else "",
        "листов": facts.get("листов", ""),
        "срок": day_text(deadline.due_on) if deadline else "",
        "основание": citation(deadline.act, deadline.clause) if deadline else citation(order.act, order.clause),
        "исполнитель": order.lead.person or "",
        "контролёр": (order.controller.person or "") if order.controller else "",
        "суть_неясна": facts.get("суть неясна") is True,
    }


def _reasons(order: Order) -> dict[str, Any]:
    """Return what the text that goes with an order may use; the names are those of `texts/facts.py`."""
    deadline = order.deadline
    return {
        "основание": citation(order.act, order.clause),
        "правило": order.rule,
        "найден": list(order.lead.path),
        "срок": f"{deadline.due_at:%d.%m.%Y, %H:%M}" if deadline else "",
        "посчитан": deadline.term if deadline else "",
        "основание_срока": citation(deadline.act, deadline.clause) if deadline else "",
        "шаги": list(deadline.steps[1:]) if deadline else [],
        "предварительный": bool(deadline and deadline.provisional),
        "контролёр": (order.controller.person or "") if order.controller else "",
        "по_существу": (order.overseer.person or "") if order.overseer else "",
        "проверки": list(order.checks),
    }
