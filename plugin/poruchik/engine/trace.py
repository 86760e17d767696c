"""A decision as words: the long explanation for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from poruchik.model.decision import Decision
from poruchik.model.document import Value
from poruchik.model.order import CoExecutor, Deadline, Order, PointKind, citation
from poruchik.policy.slot_table import PRIORITY, SLOTS
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.days import day_runs
from poruchik.workcalendar.duration import Duration

_POINTS = {PointKind.REMINDER: "Напоминание", PointKind.ESCALATION: "Эскалация"}


def story(decision: Decision, calendar: WorkCalendar | None = None) -> Iterator[str]:
    """Yield the long explanation, line by line, for a terminal; with a calendar each term is told day by day."""
    if decision.manual:
        at_once = any(order.at_once for order in decision.orders)
        yield f"Ручной разбор, {'отправлено только то, что не ждёт' if at_once else 'ничего не отправлено'}:"
        yield from (f"  • {reason.text}" for reason in decision.manual)
    for order in decision.orders:
        yield from _of_order(order, calendar)
    for told in decision.notify:
        yield f"Узнает: {told.assignee.person or told.assignee.ref} — {'; '.join(rule.gist for rule in told.rules)}"
    for clock in decision.clocks:
        yield f"Счётчик «{clock.name}»: до {_local(clock.deadline.due_at)}, пока не «{clock.until}»"
    if decision.classified:
        yield f"Классификатор: {decision.classified}"
    for name, value in decision.derived.items():
        yield f"Признак «{name}»: {value_text(value)}"
    for rule in decision.fired:
        yield f"Сработало «{rule.rule}» ({citation(rule.act, rule.clause)}): {rule.gist}"
    for one in decision.defeated:
        yield f"Отменено «{one.rule}»: вместо него «{one.by}»"
    for rule in decision.trial:
        yield f"Пробное «{rule.rule}» сработало бы: {rule.gist}"
    yield from _choices(decision)


def _of_order(order: Order, calendar: WorkCalendar | None) -> Iterator[str]:
    yield f"Поручение: {order.text}"
    if order.begins_on:
        yield f"  Выдаётся: {order.begins_on:%d.%m.%Y}, когда начнётся период"
    yield f"  Ответственный: {order.lead.person or 'не найден'} — {_basis(order)}"
    yield from (f"    {step}" for step in order.lead.path)
    if order.deadline:
        yield f"  Срок: {_local(order.deadline.due_at)} — {_basis(order.deadline)}"
        yield from (f"    {step}" for step in order.deadline.steps)
        yield from (f"      {days}" for days in (day_by_day(order.deadline, calendar) if calendar else ()))
    else:
        yield "  Срок: не назначен, для сведения"
    for one in order.co_executors:
        yield from _of_co_executor(one)
    if order.control_kind or order.controller:
        person = f", контролёр {order.controller.person}" if order.controller else ""
        yield f"  Контроль: {order.control_kind or 'обычный'}{person}"
    if order.overseer:
        yield f"  По существу контролирует: {order.overseer.person or order.overseer.ref}"
    for kind, title in _POINTS.items():
        for point in order.points:
            if point.kind is kind:
                yield f"  {title} {_local(point.at)}: {point.reason} → {point.to.person or point.to.ref}"
    for slot in SLOTS:
        if slot.en in order.slots:
            yield f"  {slot.ru.capitalize()}: {order.slots[slot.en]}"
    if order.checks:
        yield f"  До снятия нужно: {', '.join(order.checks)}"
    if order.letters:
        yield f"  С поручением уйдут проекты: {', '.join(order.letters)}"


def _of_co_executor(one: CoExecutor) -> Iterator[str]:
    until = f" до {_local(one.deadline.due_at)}" if one.deadline else ""
    yield f"  Соисполнитель: {one.assignee.person or 'не найден'}{until}"
    yield from (f"    {step}" for step in one.assignee.path)
    if one.deadline and one.deadline.rule:  # decisions of earlier versions do not tell it
        yield f"    {one.deadline.term} — {_basis(one.deadline)}"
        yield from (f"      {step}" for step in one.deadline.steps)


def _choices(decision: Decision) -> Iterator[str]:
    """Yield why each slot has its value; the lead and the deadline say so themselves, unless something lost."""
    cited = {rule.rule: citation(rule.act, rule.clause) for rule in decision.fired}
    by_scale = all(choice.slot != PRIORITY.ru for choice in decision.choices) and PRIORITY.en in decision.slots
    for choice in decision.choices:
        slot = choice.slot.capitalize()
        if choice.slot == "баллы":
            priority = f" → {PRIORITY.ru} {decision.slots[PRIORITY.en]}" if by_scale else ""
            yield f"{slot}: {choice.value} = {'; '.join(choice.others)}{priority}"
        elif choice.others:
            yield f"{slot}: взято {choice.value} («{choice.rule}»), отклонено: {'; '.join(choice.others)}"
        elif choice.slot not in ("ответственный", "срок"):
            yield f"{slot}: {choice.value} — {cited.get(choice.rule, '')}, правило «{choice.rule}»"


def day_by_day(deadline: Deadline | None, calendar: WorkCalendar) -> list[str]:
    """Return the days of a term one run a line; nothing for a term in hours or one without its reckoning."""
    if deadline is None or deadline.counting is None or not deadline.counting.duration or deadline.hourly:
        return []
    unit = Duration.parse(deadline.counting.duration).unit
    event = deadline.counting.start.astimezone(calendar.zone).date()
    return [str(run) for run in day_runs(calendar, event, deadline.due_on, unit)]


def value_text(value: Value) -> str:
    """Return a fact as people read it: «да», «01.12.2026», «связь, дороги»."""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, datetime):
        return _local(value)
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _basis(told: Order | Deadline) -> str:
    return f"{citation(told.act, told.clause)}, правило «{told.rule}»"


def _local(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y %H:%M}"
