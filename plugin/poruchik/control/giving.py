"""Giving an order: the command that makes it in the connected system, its reasons and the drafts of its letters."""

from __future__ import annotations

from typing import Any

from poruchik.model.document import Document
from poruchik.model.exchange import Command, Operation
from poruchik.model.order import Assignee, Order, citation
from poruchik.texts.render import MAX_TEXT, Texts
from poruchik.workcalendar.wording import day_text


def create_command(document: Document, order: Order, texts: Texts) -> Command:
    """Return the command that makes an order in the connected system."""
    payload: dict[str, Any] = {
        "document_id": document.external_id,
        "text": order.text,
        "explanation": _explanation(document, order, texts),
        "act": order.act,
        "clause": order.clause,
        "lead": _person(order.lead),
        "co_executors": [
            _person(one.assignee) | ({"due_at": one.deadline.due_at.isoformat()} if one.deadline else {})
            for one in order.co_executors
        ],
        "control_kind": order.control_kind,
        "checks": list(order.checks),
    }
    if order.controller and order.controller.person:
        payload["controller"] = _person(order.controller)
    if order.deadline:
        payload["due_at"] = order.deadline.due_at.isoformat()
        payload["due_on"] = order.deadline.due_on.isoformat()
    return Command(f"{order.key}:{Operation.CREATE}:1", Operation.CREATE, order.key, payload)


def _explanation(document: Document, order: Order, texts: Texts) -> str:
    """Return why this person and why this date, and the drafts of the letters that the order asks for."""
    told = [texts.explanation(_reasons(order))]
    told += [f"Проект: {letter}\n{texts.letter(letter, _of_letter(document, order))}" for letter in order.letters]
    return "\n\n".join(told)[:MAX_TEXT]


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
        "проверки": list(order.checks),
    }


def _person(assignee: Assignee) -> dict[str, Any]:
    return {"person": assignee.person, "unit": assignee.unit}
