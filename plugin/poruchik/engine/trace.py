"""A decision as data and as words: the public JSON, and the long explanation for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from poruchik.model.decision import Decision, FiredRule
from poruchik.model.document import Value
from poruchik.model.order import Assignee, Deadline, Order, PointKind, citation
from poruchik.policy.slot_table import PRIORITY, SLOTS
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.days import day_runs
from poruchik.workcalendar.duration import Duration


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return the public JSON of `poruchik rules decide`: fields are added, never renamed."""
    document = decision.document
    return {
        "document": {
            "system": document.system.value,
            "external_id": document.external_id,
            "reg_number": document.reg_number,
        },
        "policy_version": decision.policy_version,
        "as_of": decision.as_of.isoformat(),
        "orders": [_order(order) for order in decision.orders],
        "slots": dict(decision.slots),
        "clocks": [
            {
                "name": clock.name,
                "due_at": clock.deadline.due_at.isoformat(),
                "until": clock.until,
                "deadline": _deadline(clock.deadline),
            }
            for clock in decision.clocks
        ],
        "facts": {name: _plain(value) for name, value in decision.derived.items()},
        "classified": decision.classified,
        "notify": [_person(assignee) for assignee in decision.notify],
        "manual": [reason.text for reason in decision.manual],
        "manual_codes": [reason.code.value for reason in decision.manual],
        "fired": [_rule(rule) for rule in decision.fired],
        "defeated": [{"rule": one.rule, "by": one.by} for one in decision.defeated],
        "trial": [_rule(rule) for rule in decision.trial],
        "choices": [
            {"slot": one.slot, "value": one.value, "rule": one.rule, "others": list(one.others)}
            for one in decision.choices
        ],
        "conflicts": [
            {
                "slot": one.slot,
                "settled": one.settled,
                "sides": [
                    {"rule": side.rule, "act": side.act, "clause": side.clause, "value": side.value}
                    for side in one.sides
                ],
            }
            for one in decision.conflicts
        ],
        "known": {name: _plain(value) for name, value in decision.facts.items()},
    }


def _order(order: Order) -> dict[str, Any]:
    deadline = order.deadline
    told: dict[str, Any] = {
        "key": order.key,
        "rule": order.rule,
        "act": order.act,
        "clause": order.clause,
        "text": order.text,
        "due_at": deadline.due_at.isoformat() if deadline else None,
        "due_on": deadline.due_on.isoformat() if deadline else None,
        "deadline_rule": deadline.rule if deadline else None,
        "deadline": _deadline(deadline) if deadline else None,
        "lead_executor": _person(order.lead),
        "co_executors": [
            _person(one.assignee)
            | {
                "due_at": one.deadline.due_at.isoformat() if one.deadline else None,
                "deadline": _deadline(one.deadline) if one.deadline else None,
            }
            for one in order.co_executors
        ],
        "control": {
            "kind": order.control_kind,
            "controller": _person(order.controller) if order.controller else None,
        },
        "reminders": [_point(point) for point in order.points if point.kind is PointKind.REMINDER],
        "escalations": [_point(point) for point in order.points if point.kind is PointKind.ESCALATION],
        "checks": list(order.checks),
        "letters": list(order.letters),
    }
    if order.extension:
        told["extension"] = order.extension.told()
    if order.slots:
        told["slots"] = dict(order.slots)
    if order.begins_on:
        told["begins_on"] = order.begins_on.isoformat()
    if order.refusal_to:
        told["refusal_to"] = str(order.refusal_to)
    return told


def _deadline(deadline: Deadline) -> dict[str, Any]:
    return {
        "act": deadline.act,
        "clause": deadline.clause,
        "rule": deadline.rule,
        "term": deadline.term,
        "steps": list(deadline.steps),
        "hourly": deadline.hourly,
        "confirmed": deadline.confirmed,
        "provisional": deadline.provisional,
    }


def _person(assignee: Assignee) -> dict[str, Any]:
    told = {
        "ref": str(assignee.ref),
        "person": assignee.person,
        "unit": assignee.unit,
        "path": list(assignee.path),
    }
    return told | {"stands_in_for": assignee.stands_in_for} if assignee.stands_in_for else told


def _point(point: Any) -> dict[str, Any]:
    to = {"ref": str(point.to.ref), "person": point.to.person}
    return {"at": point.at.isoformat(), "to": to, "reason": point.reason}


def _rule(rule: FiredRule) -> dict[str, Any]:
    return {"rule": rule.rule, "act": rule.act, "clause": rule.clause, "gist": rule.gist}


def _plain(value: Value) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


# --- words ---------------------------------------------------------------------------------------


def story(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield the long explanation of a decision's JSON, line by line, for a terminal."""
    if told["manual"]:
        yield "Ручной разбор, ничего не отправлено:"
        yield from (f"  • {reason}" for reason in told["manual"])
    for order in told["orders"]:
        yield f"Поручение: {order['text']}"
        if "begins_on" in order:
            yield f"  Выдаётся: {date.fromisoformat(order['begins_on']):%d.%m.%Y}, когда начнётся период"
        lead = order["lead_executor"]
        yield f"  Ответственный: {lead['person'] or 'не найден'} — {_basis(order)}"
        yield from (f"    {step}" for step in lead["path"])
        if order["due_at"]:
            deadline = order["deadline"]
            yield f"  Срок: {_local(order['due_at'])} — {_basis(deadline)}"
            yield from (f"    {step}" for step in deadline["steps"])
            yield from (f"      {days}" for days in deadline.get("days", ()))
        else:
            yield "  Срок: не назначен, для сведения"
        for one in order["co_executors"]:
            until = f" до {_local(one['due_at'])}" if one["due_at"] else ""
            yield f"  Соисполнитель: {one['person'] or 'не найден'}{until}"
            yield from (f"    {step}" for step in one["path"])
            if deadline := one.get("deadline"):  # decisions of earlier versions do not tell it
                yield f"    {deadline['term']} — {_basis(deadline)}"
                yield from (f"      {step}" for step in deadline["steps"])
        control = order["control"]
        if control["kind"] or control["controller"]:
            person = f", контролёр {control['controller']['person']}" if control["controller"] else ""
            yield f"  Контроль: {control['kind'] or 'обычный'}{person}"
        for title, key in (("Напоминание", "reminders"), ("Эскалация", "escalations")):
            for point in order[key]:
                to = point["to"]["person"] or point["to"]["ref"]
                yield f"  {title} {_local(point['at'])}: {point['reason']} → {to}"
        for slot in SLOTS:
            if slot.en in order.get("slots", ()):
                yield f"  {slot.ru.capitalize()}: {order['slots'][slot.en]}"
        if order["checks"]:
            yield f"  До снятия нужно: {', '.join(order['checks'])}"
        if order.get("letters"):
            yield f"  С поручением уйдут проекты: {', '.join(order['letters'])}"
    for clock in told["clocks"]:
        yield f"Счётчик «{clock['name']}»: до {_local(clock['due_at'])}, пока не «{clock['until']}»"
    if told.get("classified"):
        yield f"Классификатор: {told['classified']}"
    for name, value in told["facts"].items():
        yield f"Признак «{name}»: {_word(value)}"
    for rule in told["fired"]:
        yield f"Сработало «{rule['rule']}» ({citation(rule['act'], rule['clause'])}): {rule['gist']}"
    for one in told["defeated"]:
        yield f"Отменено «{one['rule']}»: вместо него «{one['by']}»"
    for rule in told["trial"]:
        yield f"Пробное «{rule['rule']}» сработало бы: {rule['gist']}"
    yield from _choices(told)


def _choices(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield why each slot has its value; the lead and the deadline say so themselves, unless something lost."""
    cited = {rule["rule"]: citation(rule["act"], rule["clause"]) for rule in told["fired"]}
    for choice in told["choices"]:
        slot, value, rule = choice["slot"].capitalize(), choice["value"], choice["rule"]
        if choice["slot"] == "баллы":
            by_scale = all(one["slot"] != PRIORITY.ru for one in told["choices"]) and PRIORITY.en in told["slots"]
            priority = f" → {PRIORITY.ru} {told['slots'][PRIORITY.en]}" if by_scale else ""
            yield f"{slot}: {value} = {'; '.join(choice['others'])}{priority}"
        elif choice["others"]:
            yield f"{slot}: взято {value} («{rule}»), отклонено: {'; '.join(choice['others'])}"
        elif choice["slot"] not in ("ответственный", "срок"):
            yield f"{slot}: {value} — {cited.get(rule, '')}, правило «{rule}»"


def day_by_day(deadline: Deadline | None, calendar: WorkCalendar) -> list[str]:
    """Return the days of a term one run a line; nothing for a term in hours or one without its reckoning."""
    if deadline is None or deadline.counting is None or deadline.hourly:
        return []
    unit = Duration.parse(deadline.counting.duration).unit
    event = deadline.counting.start.astimezone(calendar.zone).date()
    return [str(run) for run in day_runs(calendar, event, deadline.due_on, unit)]


def _basis(told: Mapping[str, Any]) -> str:
    return f"{citation(told['act'], told['clause'])}, правило «{told['rule']}»"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d.%m.%Y %H:%M}"
