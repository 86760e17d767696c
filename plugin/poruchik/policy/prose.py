"""Rules in sentences: conditions and effects in the words of a lawyer, for approval, differences and explanations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from poruchik.model.order import AUTOMATICALLY
from poruchik.model.person_ref import Choice, PersonRef, RefKind
from poruchik.policy.model import (
    EQUAL,
    ONE_OF,
    PRESENT,
    AllOf,
    AnyOf,
    CoExecutorEffect,
    Condition,
    Effects,
    NotOf,
    Operand,
    Parameter,
    ParameterValue,
    Term,
    Test,
)
from poruchik.policy.shapes import Key, Record
from poruchik.policy.slots import told
from poruchik.policy.vocabulary import ALWAYS, CHOICE, FURTHER_ORDER, LIMIT
from poruchik.policy.vocabulary import EFFECTS as OF_RULE
from poruchik.workcalendar.duration import plural
from poruchik.workcalendar.wording import day_text

Parameters = Mapping[str, Parameter]


# --- conditions ----------------------------------------------------------------------------------


def condition_lines(condition: Condition) -> list[str]:
    """Return what must all hold, one sentence part each; a condition that always holds is «всегда»."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    return [condition_text(part) for part in parts] or [ALWAYS]


def condition_text(condition: Condition, *, negated: bool = False) -> str:
    """Return a condition, or its negation, in words."""
    match condition:
        case Test():
            return _test(condition, negated)
        case NotOf(part):
            return condition_text(part, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            every = isinstance(condition, AllOf) != negated
            if not parts:
                return ALWAYS if every else "никогда"
            texts = [condition_text(part, negated=negated) for part in parts]
            nested = [f"({text})" if _is_joined(part) else text for part, text in zip(parts, texts, strict=True)]
            return (" и " if every else " или ").join(nested)


def _is_joined(condition: Condition) -> bool:
    while isinstance(condition, NotOf):
        condition = condition.part
    return isinstance(condition, AllOf | AnyOf) and len(condition.parts) > 1


def _test(test: Test, negated: bool) -> str:
    name = f"«{test.attribute}»"
    if test.operator == PRESENT:
        return f"{name} не указано" if negated else f"{name} указано"
    not_ = "не " if negated else ""
    if test.operator in (EQUAL, ONE_OF):
        several = isinstance(test.operand, frozenset) and len(test.operand) > 1
        return (
            f"{name} — {_operand(test.operand, neither=True)}"
            if negated and several
            else f"{name} — {not_}{_operand(test.operand)}"
        )
    return f"{name} {not_}{test.operator} {_operand(test.operand)}"


def _operand(operand: Operand, *, neither: bool = False) -> str:
    """Return one word, or several joined by «или», or by «ни»."""
    if isinstance(operand, frozenset):
        words = sorted(_value(one) for one in operand)
    else:
        words = [_value(one) for one in operand] if isinstance(operand, tuple) else [_value(operand)]
    if neither:
        return ", ".join(f"ни {word}" for word in words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} или {words[-1]}"


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{day_text(value.date())}, {value:%H:%M}"
    return day_text(value) if isinstance(value, date) else told(value)


# --- effects -------------------------------------------------------------------------------------


def effect_lines(effects: Effects, parameters: Parameters, on: date) -> Iterator[tuple[str, str]]:
    """Yield what is set, «slot, value»; a term by a parameter has its amount on that day."""
    yield from _of_record(OF_RULE, effects, parameters, on)


def _of_record(record: Record, effects: Effects, parameters: Parameters, on: date) -> Iterator[tuple[str, str]]:
    for key in record.keys:
        value = effects.value(key.en)
        if value is not False and value not in (None, "", (), {}):
            yield key.ru, _told(key, value, parameters, on)


def _told(key: Key, value: Any, parameters: Parameters, on: date) -> str:
    if key.en == "term":
        return term_text(value, parameters, on)
    if key.en == "extension":
        term = Term(value.limit, value.parameter)
        decides = person_text(value.decides) if value.decides else AUTOMATICALLY
        times = f"{value.times} {plural(value.times, 'раза', 'раз', 'раз')}"
        return f"до {term_text(term, parameters, on)}, не больше {times}, решает {decides}"
    if key.en == "suspension":
        return f"{value} ({value.basis})"
    if isinstance(value, PersonRef):
        return person_text(value)
    if key.en == "derived":
        return ", ".join(f"{name} — {_value(one)}" for name, one in value.items())
    if key.en == "further":
        orders = ["; ".join(_pairs(_of_record(FURTHER_ORDER, one, parameters, on))) for one in value]
        return " | ".join(orders)
    readers: dict[str, Callable[[Any], str]] = {
        "clocks": lambda one: f"«{one.name}» {term_text(one.term, parameters, on)} до события «{one.until}»",
        "co_executors": lambda one: _co_executor(one, parameters, on),
        "escalations": lambda one: f"{one.when} → {person_text(one.to)}",
        "notify": person_text,
    }
    if isinstance(value, tuple):
        return ", ".join(readers.get(key.en, str)(one) for one in value)
    return "да" if value is True else str(value)


def _co_executor(one: CoExecutorEffect, parameters: Parameters, on: date) -> str:
    """Return a co-executor with what is said of the own part."""
    parts = [term_text(one.term, parameters, on)] if one.term else []
    parts += [f"напомнить {rung}" for rung in one.reminders]
    parts += [f"{step.when} → {person_text(step.to)}" for step in one.escalations]
    return f"{person_text(one.ref)} ({'; '.join(parts)})" if parts else person_text(one.ref)


def _pairs(lines: Iterator[tuple[str, str]]) -> Iterator[str]:
    yield from (f"{name}: {value}" for name, value in lines)


def term_text(term: Term, parameters: Parameters, on: date) -> str:
    """Return a term with what it amounts to on a day."""
    if term.none:
        return "без срока, для сведения"
    if term.date_attribute:
        return f"к дате «{term.date_attribute}» из карточки"
    parameter = parameters.get(term.parameter)
    value = parameter.on(on) if parameter else None
    duration = str(term.duration) if term.duration else str(value.duration) if value else "?"
    event = term.event or (value.event if value else None)
    roll = term.roll or (value.roll if value else None)
    parts = [f"{duration} от {event.value}" if event else duration]
    if term.parameter:
        parts.append(f"по параметру «{term.parameter}»{_source(value)}")
    if roll:
        parts.append(f"нерабочий последний день — {roll.value}")
    if term.cap_attribute:
        parts.append(f"не позднее «{term.cap_attribute}»")
    if term.until_midnight:
        parts.append("до 23:59")
    return ", ".join(parts)


def _source(value: ParameterValue | None) -> str:
    return f" ({value.act}, {value.clause})" if value and value.act else ""


def person_text(ref: PersonRef) -> str:
    """Return who a reference means, in words."""
    if ref.kind is RefKind.SUPERIOR and ref.name != "1":
        return f"вышестоящий на {ref.name} {plural(int(ref.name), 'уровень', 'уровня', 'уровней')}"
    words = {
        RefKind.LEAD: "ответственный",
        RefKind.CONTROLLER: "контролёр",
        RefKind.HEAD_OF_LEAD: "начальник исполнителя",
        RefKind.SUPERIOR: "начальник исполнителя",
    }
    if ref.kind in words:
        return words[ref.kind]
    text = f"роль «{ref.name}»" if ref.kind is RefKind.ROLE else ref.name
    how = [f"{CHOICE}: {ref.choice.value}"] if ref.choice is not Choice.HEAD else []
    how += [f"{LIMIT}: {ref.limit}"] if ref.limit is not None else []
    return f"{text} ({', '.join(how)})" if how else text


def parameter_line(value: ParameterValue) -> str:
    """Return one dated value of a parameter with its source."""
    amount = str(value.duration) if value.duration else value.value
    parts = [f"с {value.since:%d.%m.%Y} — {amount}{f' от {value.event.value}' if value.event else ''}"]
    parts += [f"нерабочий последний день — {value.roll.value}"] if value.roll else []
    parts.append(f"{value.act}, {value.clause}" if value.act else "без источника")
    parts += [f"сверено {value.verified:%d.%m.%Y}"] if value.verified else []
    parts += [f"уверенность {value.confidence.value}"] if value.confidence else []
    return ", ".join(parts)


def joined(names: Sequence[str]) -> str:
    """Return names in quotation marks, as a list."""
    return ", ".join(f"«{name}»" for name in names)
