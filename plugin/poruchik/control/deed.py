"""What a person does with an order on the pages: the command to the connected system, or why it cannot be. Pure.

The order itself does not change here: it changes when the system shows the change, as with everything that people do
there. Until then the command waits; when it fails for good, nothing has to be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from poruchik.control.completeness import missing_in
from poruchik.control.extension import limit_of, why_not
from poruchik.control.giving import person_of
from poruchik.control.whom import decided_by_another
from poruchik.errors import PoruchikError
from poruchik.model.commands import (
    Cancel,
    Command,
    Extend,
    Notice,
    NoticeKind,
    Operation,
    Person,
    Reassign,
    Release,
    Return,
)
from poruchik.model.delivery import OutboxItem, OutboxState
from poruchik.model.exchange import Report
from poruchik.model.order import Assignee
from poruchik.model.standing import CLOSED, Demands, OrderState, StoredOrder
from poruchik.organization.structure import Organization
from poruchik.texts.facts import EXTENSION_ASKED
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.wording import day_text

DEEDS = (Operation.EXTEND, Operation.REASSIGN, Operation.RETURN, Operation.RELEASE, Operation.CANCEL)
SHORTEST_REASON = 5
"""Characters of a reason that is one."""
_UNDER_WAY = (OutboxState.WAITING, OutboxState.LEASED, OutboxState.SENT)


class DeedRefused(PoruchikError):
    """The order cannot be changed so; the text says why, with the clause where there is one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done. By operation: `due_on` of EXTEND, `lead` of REASSIGN; `comment` of all."""

    operation: Operation
    who: str
    comment: str
    due_on: date | None = None
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a wish is judged by: people, calendar, what the order's system can be asked for, the present moment."""

    organization: Organization
    calendar: WorkCalendar
    operations: Collection[Operation]
    now: datetime


def command_of(order: StoredOrder, wish: Wish, ground: Ground, sent: Iterable[OutboxItem]) -> Command:
    """Return the command that carries out a wish; raise DeedRefused. `sent` is what is known of the order's commands.

    The id of the command comes from the revision of the order: the same form sent twice is one command.
    """
    _check_order(order, wish.operation, ground, sent)
    if wish.operation is not Operation.RELEASE:
        _check_reason(wish)
    message_id, key = deed_id(order, wish.operation), order.key
    comment = f"{wish.who}: {wish.comment}" if wish.comment else wish.who
    match wish.operation:
        case Operation.EXTEND:
            if other := another_decides(order, wish.who, ground):
                raise DeedRefused(f"о продлении решает {other.person}", remedy="подготовьте просьбу")
            return Extend(message_id, key, *_new_term(order, wish, ground), comment, by=wish.who)
        case Operation.REASSIGN:
            return Reassign(message_id, key, _new_lead(order, wish, ground), comment, by=wish.who)
        case Operation.RETURN:
            if order.state != OrderState.REPORTED:
                raise DeedRefused("отчёта, который можно вернуть, нет")
            return Return(message_id, key, comment, by=wish.who)
        case Operation.RELEASE:
            _check_release(order, wish)
            return Release(message_id, key, comment, by=wish.who)
        case Operation.CANCEL:
            return Cancel(message_id, key, comment, by=wish.who)
    raise DeedRefused(f"так с поручением не поступают: {wish.operation}")


def request_of(order: StoredOrder, wish: Wish, ground: Ground, sent: Iterable[OutboxItem], texts: Texts) -> Notice:
    """Return the message that asks whoever decides of an extension for it; raise DeedRefused where it cannot be."""
    _check_order(order, Operation.NOTICE, ground, sent)
    _check_reason(wish)
    decides = another_decides(order, wish.who, ground)
    if decides is None:
        raise DeedRefused("о продлении решаете вы", remedy="откройте форму ещё раз")
    _, day = _new_term(order, wish, ground)
    allowed, first = Demands.read(order.demands).extension, order.first_due_at or order.due_at
    assert allowed and first and order.due_on  # or there would be no new term
    facts = {
        "номер": order.title,
        "поручение": order.text,
        "исполнитель": order.lead,
        "часть": "",
        "кто": wish.who,
        "пишет": wish.comment,
        "срок": day_text(order.due_on),
        "основание": order.basis,
        "просит": day_text(day),
        "предел": day_text(limit_of(allowed, first, ground.calendar)),
        "решает": decides.person,
    }
    subject, text = texts.render(EXTENSION_ASKED, facts)
    return Notice(
        deed_id(order, Operation.NOTICE),
        order.key,
        kind=NoticeKind.ANSWER,
        to=person_of(decides),
        subject=subject,
        text=text,
        orders=(order.key,),
    )


def another_decides(order: StoredOrder, who: str, ground: Ground) -> Assignee | None:
    """Return who decides of an extension when it is not this person."""
    return decided_by_another(order, who, ground.organization, ground.now.astimezone(ground.calendar.zone).date())


def deed_id(order: StoredOrder, operation: Operation) -> str:
    """Return the id of the command that a person's deed on this revision of an order has."""
    return f"{order.key}:{operation}:page-{order.revision}"


def outdated(order: StoredOrder, command: Command) -> bool:
    """Tell whether a command is a person's deed on an order that has changed since."""
    by_page = command.message_id.startswith(f"{order.key}:{command.operation}:page-")
    return by_page and command.message_id != deed_id(order, command.operation)


def under_way(order: StoredOrder, sent: Iterable[OutboxItem]) -> list[OutboxItem]:
    """Return the changes that the system has not shown yet: not sent, or sent and not come back."""
    return [
        one
        for one in sent
        if one.command.operation in DEEDS
        and one.state in _UNDER_WAY
        and (one.state is not OutboxState.SENT or one.message_id == deed_id(order, one.command.operation))
    ]


def _check_order(order: StoredOrder, operation: Operation, ground: Ground, sent: Iterable[OutboxItem]) -> None:
    if order.state in CLOSED:
        raise DeedRefused("поручение уже закрыто")
    if order.state == OrderState.WAITING:
        raise DeedRefused("поручение ещё не создано в системе", remedy="подождите доставки")
    if operation not in ground.operations:
        raise DeedRefused(f"система {order.system} этого не принимает", remedy="сделайте это в ней самой")
    if under_way(order, sent):
        raise DeedRefused("предыдущее изменение ещё ждёт ответа системы", remedy="дождитесь его")


def _check_reason(wish: Wish) -> None:
    if len(wish.comment) < SHORTEST_REASON:
        raise DeedRefused("не сказано, почему", remedy="напишите причину: её увидит исполнитель")


def why_never(order: StoredOrder, calendar: WorkCalendar, now: datetime) -> str:
    """Return why the term of an order cannot be moved to any day, with the clause; «» where it can."""
    if order.due_at is None:
        return "у поручения нет срока"
    allowed = Demands.read(order.demands).extension
    first = order.first_due_at or order.due_at
    furthest = calendar.day_end(limit_of(allowed, first, calendar)) if allowed else order.due_at
    return why_not(
        allowed,
        asked=furthest,
        at=now,
        due_at=order.due_at,
        late_at=order.late_at,
        first_due_at=first,
        extensions=order.extensions,
        calendar=calendar,
    )


def _new_term(order: StoredOrder, wish: Wish, ground: Ground) -> tuple[datetime, date]:
    if order.due_at is None:
        raise DeedRefused("у поручения нет срока, продлевать нечего")
    due_at = ground.calendar.day_end(wish.due_on) if wish.due_on else None
    why = why_not(
        Demands.read(order.demands).extension,
        asked=due_at,
        at=ground.now,
        due_at=order.due_at,
        late_at=order.late_at,
        first_due_at=order.first_due_at or order.due_at,
        extensions=order.extensions,
        calendar=ground.calendar,
    )
    if why or due_at is None or wish.due_on is None:
        raise DeedRefused(f"продлить нельзя: {why}")
    return due_at, wish.due_on


def _new_lead(order: StoredOrder, wish: Wish, ground: Ground) -> Person:
    known = ground.organization.employee(wish.lead)
    if known is None:
        raise DeedRefused(f"сотрудника «{wish.lead}» в организации нет" if wish.lead else "не выбран исполнитель")
    if known.name == order.lead and order.state != OrderState.REFUSED:
        raise DeedRefused(f"поручение и так у {known.name}")
    return Person(known.name, known.unit)


def _check_release(order: StoredOrder, wish: Wish) -> None:
    """Let an order go only when its execution is shown, or when somebody says why without."""
    if len(wish.comment) >= SHORTEST_REASON:
        return
    if order.reported_at is None:
        raise DeedRefused("отчёта нет", remedy="снять без него можно, если написать почему")
    demanded = Demands.read(order.demands).checks
    missing = missing_in(Report.read(order.report), demanded)
    if missing:
        raise DeedRefused(
            f"в отчёте не хватает: {', '.join(missing)}", remedy="верните его или напишите, почему снимаете без этого"
        )
