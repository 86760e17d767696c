"""A decision as data, both ways: the public JSON, which people's own programs read, and the record in the database.

The record is the public JSON with the facts tagged by their types. What the JSON does not tell is not read back: the
rungs of the ladder before they have moments, what a deadline was counted from, the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from poruchik.model import record
from poruchik.model.decision import (
    Conflict,
    Decision,
    DefeatedRule,
    FiredRule,
    Informed,
    ManualCode,
    ManualReason,
    NamedClock,
    Side,
    SlotChoice,
)
from poruchik.model.document import Document, Facts, Value, tagged, untagged
from poruchik.model.order import Assignee, CoExecutor, ControlPoint, Deadline, Extension, Order, PointKind, Suspension
from poruchik.model.person_ref import PersonRef


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
                "due_on": clock.deadline.due_on.isoformat(),
                "until": clock.until,
                "deadline": _deadline(clock.deadline),
            }
            for clock in decision.clocks
        ],
        "facts": {name: _plain(value) for name, value in decision.derived.items()},
        "classified": decision.classified,
        "notify": [_person(one.assignee) | {"rules": [_rule(rule) for rule in one.rules]} for one in decision.notify],
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
                "due_on": one.deadline.due_on.isoformat() if one.deadline else None,
                "deadline": _deadline(one.deadline) if one.deadline else None,
            }
            for one in order.co_executors
        ],
        "control": {
            "kind": order.control_kind,
            "controller": _person(order.controller) if order.controller else None,
            "overseer": _person(order.overseer) if order.overseer else None,
        },
        "reminders": [_point(point) for point in order.points if point.kind is PointKind.REMINDER],
        "escalations": [_point(point) for point in order.points if point.kind is PointKind.ESCALATION],
        "checks": list(order.checks),
        "letters": list(order.letters),
    }
    if order.extension:
        told["extension"] = order.extension.told()
    if order.suspension:
        told["suspension"] = order.suspension.told()
    if order.slots:
        told["slots"] = dict(order.slots)
    if order.at_once:
        told["at_once"] = True
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


def _point(point: ControlPoint) -> dict[str, Any]:
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


# --- the record ----------------------------------------------------------------------------------


def stored(decision: Decision) -> str:
    """Return a decision as the record that `read` reads back."""
    typed = {
        "facts": {name: tagged(value) for name, value in decision.derived.items()},
        "known": {name: tagged(value) for name, value in decision.facts.items()},
    }
    return record.write(2, decision_json(decision) | typed)


def read(text: str, document: Document) -> Decision:
    """Read what `stored` wrote of a document; raise RecordUnreadable.

    Versions 0 and 1 are the public JSON of their day: moments and numbers among the facts are text in them.
    """
    version, told = record.read(text, 2)
    with record.reading("решение"):
        value: Callable[[Any], Value] = untagged if version > 1 else _untyped
        return Decision(
            document=document,
            policy_version=told["policy_version"],
            as_of=date.fromisoformat(told["as_of"]),
            orders=tuple(_read_order(one) for one in told["orders"]),
            slots=told["slots"],
            clocks=tuple(_read_clock(one) for one in told["clocks"]),
            facts=_read_facts(told.get("known", {}), value),
            derived=_read_facts(told["facts"], value),
            notify=tuple(
                Informed(_read_person(one), tuple(FiredRule(**rule) for rule in one.get("rules", ())))
                for one in told["notify"]
            ),
            manual=tuple(
                ManualReason(ManualCode(code), reason)
                for code, reason in zip(told["manual_codes"], told["manual"], strict=True)
            ),
            fired=tuple(FiredRule(**one) for one in told["fired"]),
            defeated=tuple(DefeatedRule(**one) for one in told["defeated"]),
            trial=tuple(FiredRule(**one) for one in told["trial"]),
            choices=tuple(SlotChoice(**one | {"others": tuple(one["others"])}) for one in told["choices"]),
            conflicts=tuple(
                Conflict(one["slot"], one["settled"], tuple(Side(**side) for side in one["sides"]))
                for one in told.get("conflicts", ())
            ),
            classified=told.get("classified", ""),
        )


def _untyped(raw: Any) -> Value:
    value: Value = tuple(raw) if isinstance(raw, list) else raw
    return value


def _read_facts(told: Mapping[str, Any], value: Callable[[Any], Value]) -> Facts:
    return {name: value(raw) for name, raw in told.items()}


def _read_order(told: Mapping[str, Any]) -> Order:
    controller, overseer = told["control"]["controller"], told["control"].get("overseer")
    return Order(
        key=told["key"],
        rule=told["rule"],
        act=told["act"],
        clause=told["clause"],
        text=told["text"],
        lead=_read_person(told["lead_executor"]),
        deadline=_read_deadline(told),
        co_executors=tuple(CoExecutor(_read_person(one), _read_deadline(one)) for one in told["co_executors"]),
        control_kind=told["control"]["kind"],
        controller=_read_person(controller) if controller else None,
        overseer=_read_person(overseer) if overseer else None,
        points=(
            *(_read_point(one, PointKind.REMINDER) for one in told["reminders"]),
            *(_read_point(one, PointKind.ESCALATION) for one in told["escalations"]),
        ),
        checks=tuple(told["checks"]),
        letters=tuple(told.get("letters", ())),
        extension=Extension.read(told["extension"]) if "extension" in told else None,
        suspension=Suspension.read(told["suspension"]) if "suspension" in told else None,
        refusal_to=PersonRef.parse(told["refusal_to"]) if "refusal_to" in told else None,
        slots=told.get("slots", {}),
        at_once=told.get("at_once", False),
        begins_on=date.fromisoformat(told["begins_on"]) if "begins_on" in told else None,
    )


def _read_deadline(told: Mapping[str, Any]) -> Deadline | None:
    """Read the deadline of an order, a part or a clock; the latter two had no day of their own, a part no reckoning."""
    if not told["due_at"]:
        return None
    due_at, reckoned = datetime.fromisoformat(told["due_at"]), told.get("deadline") or {}
    return Deadline(
        due_at=due_at,
        due_on=date.fromisoformat(told["due_on"]) if told.get("due_on") else due_at.date(),
        rule=reckoned.get("rule", ""),
        act=reckoned.get("act", ""),
        clause=reckoned.get("clause", ""),
        term=reckoned.get("term", ""),
        steps=tuple(reckoned.get("steps", ())),
        hourly=reckoned.get("hourly", False),
        confirmed=reckoned.get("confirmed", True),
        provisional=reckoned.get("provisional", False),
    )


def _read_clock(told: Mapping[str, Any]) -> NamedClock:
    deadline = _read_deadline(told)
    if deadline is None:
        raise ValueError(told["name"])
    return NamedClock(told["name"], deadline, told["until"])


def _read_person(told: Mapping[str, Any]) -> Assignee:
    return Assignee(
        PersonRef.parse(told["ref"]),
        told["person"],
        told.get("unit"),
        tuple(told.get("path", ())),
        told.get("stands_in_for", ""),
    )


def _read_point(told: Mapping[str, Any], kind: PointKind) -> ControlPoint:
    return ControlPoint(datetime.fromisoformat(told["at"]), kind, _read_person(told["to"]), told["reason"])
