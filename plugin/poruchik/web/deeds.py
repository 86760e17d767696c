"""What people do with an order on the pages: a form, a preview of exactly what will be sent, then the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from poruchik.control.deed import DeedRefused, Ground, Wish, command_of, request_of, under_way, why_never
from poruchik.control.extension import limit_of
from poruchik.control.whom import decided_by_another, who_decides
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Cancel, Command, Extend, Notice, Operation, Reassign, Release, Return
from poruchik.model.order import Assignee
from poruchik.model.standing import Demands, OrderState, StoredOrder
from poruchik.organization.structure import Employee
from poruchik.store.database import Transaction
from poruchik.texts.labels import OPERATIONS
from poruchik.web.access import Right
from poruchik.web.gate import Refusal
from poruchik.web.page import Page, Redirect, Shown, Visit
from poruchik.web.preview import digest, preview
from poruchik.web.rows import due_words
from poruchik.workcalendar.wording import day_text


@dataclass(frozen=True, slots=True)
class DeedForm:
    """One thing to do: its address, the words on the page, what the comment is for."""

    operation: Operation
    path: str
    title: str
    button: str
    why: str
    right: Right


DEEDS = (
    DeedForm(Operation.EXTEND, "extend", "Продлить срок", "Продлить", "Почему продлеваете", Right.EXTEND),
    DeedForm(
        Operation.REASSIGN, "reassign", "Передать другому исполнителю", "Передать", "Почему передаёте", Right.REASSIGN
    ),
    DeedForm(Operation.RETURN, "return", "Вернуть отчёт", "Вернуть", "Чего не хватает в отчёте", Right.CONTROL),
    DeedForm(
        Operation.RELEASE,
        "release",
        "Снять с контроля",
        "Снять",
        "Почему снимаете (если отчёт неполон — обязательно)",
        Right.CONTROL,
    ),
    DeedForm(Operation.CANCEL, "cancel", "Аннулировать", "Аннулировать", "Почему аннулируете", Right.CONTROL),
)
_REASONS = {
    Operation.RETURN: (
        "Нет ответа по существу всех вопросов.",
        "Не приложена копия ответа.",
        "Не указано, когда и каким каналом отправлен ответ.",
    ),
    Operation.EXTEND: ("Запрошены сведения в другом органе.", "Нужна проверка на месте."),
    Operation.REASSIGN: ("Вопрос в ведении другого подразделения.", "Исполнитель отсутствует."),
    Operation.RELEASE: (),
    Operation.CANCEL: ("Поручено по ошибке.", "Заявитель отозвал обращение."),
}


def deeds_for(visit: Visit, order: StoredOrder) -> list[DeedForm]:
    """Return what the visitor may do with an order now; the form says why the rest of it cannot be."""
    if order.closed_at:
        return []
    forbidden = set() if order.state == OrderState.REPORTED else {Operation.RETURN}
    if why_never(order, visit.site.calendar, visit.now):
        forbidden.add(Operation.EXTEND)
    return [_as_for(deed, visit, order) for deed in DEEDS if visit.may(deed.right) and deed.operation not in forbidden]


def _decides(visit: Visit, order: StoredOrder) -> Assignee | None:
    """Return who decides of an extension in the visitor's place."""
    return decided_by_another(order, visit.who, visit.site.policy.organization, visit.now.date())


def _as_for(deed: DeedForm, visit: Visit, order: StoredOrder) -> DeedForm:
    """Return a deed as the visitor may do it: what another decides is prepared for him."""
    if deed.operation is not Operation.EXTEND or not _decides(visit, order):
        return deed
    return replace(deed, title="Подготовить продление", button="Отправить просьбу", why="Почему нужно продлить")


DONE = {
    "extend": "Новый срок отправлен в систему.",
    "ask": "Просьба отправлена тому, кто решает о продлении. Срок изменится, когда он решит.",
    "reassign": "Передача отправлена в систему.",
    "return": "Возврат отчёта отправлен в систему.",
    "release": "Снятие с контроля отправлено в систему.",
    "cancel": "Аннулирование отправлено в систему.",
    "retry": "Отправится ещё раз; если это уже было выполнено, программа увидит это и не повторит.",
    "change": "Изменение разобрано.",
    "assign": "Поручение отправлено в систему.",
    "stop": "Срок стоит. Исполнителю об этом написано.",
    "go-on": "Срок идёт дальше. Исполнителю об этом написано.",
}
"""What the card says after a deed, by the word in its address."""


# --- the form, the preview, the deed -------------------------------------------------------------


def form(deed: DeedForm, visit: Visit) -> Shown:
    """Show the form."""
    order = visit.order()
    return _form(_as_for(deed, visit, order), visit, order, {})


def act(deed: DeedForm, visit: Visit) -> Shown | Redirect:
    """Show what would be sent, or send what was shown."""
    order = visit.order()
    deed = _as_for(deed, visit, order)
    visit.require_caught_up(order.system, f"/orders/{order.id}")
    _check_revision(visit, order)
    with visit.site.store.reading() as reading:
        try:
            command = _command(deed, visit, order, reading)
        except DeedRefused as refused:
            return _form(deed, visit, order, visit.form, str(refused))
    if visit.form.get("seen") != digest([command]):
        return _preview(deed, visit, order, command)
    with visit.site.store.writing() as writing:
        now_there = writing.orders.lock([order.key])[order.key]
        _check_revision(visit, now_there)
        try:
            command = _command(deed, visit, now_there, writing)
        except DeedRefused as refused:
            return _form(deed, visit, now_there, visit.form, str(refused))
        now = visit.site.clock.now()
        writing.outbox.add([(order.system, command)], now)
        asks = deed.operation is Operation.EXTEND and isinstance(command, Notice)
        if asks:
            writing.orders.save([_asked(now_there, visit)], now)
        details = "; ".join(f"{name.lower()}: {value}" for name, value in _told(command)[:-1])
        entry = AuditEntry(
            now,
            f"на странице: {'просьба продлить срок' if asks else OPERATIONS[deed.operation]}",
            order.key,
            f"{details} — {visit.form.get('comment', '')}".strip(" —"),
            visit.who,
        )
        writing.audit.add([entry])
    return Redirect(f"/orders/{order.id}?done={'ask' if asks else deed.path}")


def _asked(order: StoredOrder, visit: Visit) -> StoredOrder:
    """Return an order with what the visitor asks for whoever decides of it."""
    day = read_day(visit.form.get("due", ""))
    assert day is not None  # or the command would have been refused
    until = visit.site.calendar.day_end(day)
    return replace(order, asked_due_at=until, asked_by=visit.who, asked_why=visit.form.get("comment", ""))


def _command(deed: DeedForm, visit: Visit, order: StoredOrder, reading: Transaction) -> Command:
    site = visit.site
    wish = Wish(
        operation=deed.operation,
        who=visit.who,
        comment=visit.form.get("comment", ""),
        due_on=read_day(visit.form.get("due", "")),
        lead=visit.form.get("lead", ""),
    )
    if deed.operation is Operation.REASSIGN and wish.lead and wish.lead not in [one.name for one in _people(visit)]:
        raise DeedRefused(f"передать {wish.lead} вы не можете", remedy="выберите из списка")
    connector = site.connectors.get(order.system)
    ground = Ground(
        organization=site.policy.organization,
        calendar=site.calendar,
        operations=connector.capabilities.operations if connector else (),
        now=site.clock.now(),
    )
    sent = reading.outbox.about([order.key])
    if deed.operation is Operation.EXTEND and _decides(visit, order):
        return request_of(order, wish, ground, sent, site.texts)
    return command_of(order, wish, ground, sent)


def _check_revision(visit: Visit, order: StoredOrder) -> None:
    if visit.form.get("revision") != str(order.revision):
        text = (
            f"Пока вы заполняли форму, поручение {order.title} изменилось. Ничего не отправлено. "
            "Откройте карточку и решите заново."
        )
        raise Refusal(409, "Карточка изменилась", text, back=f"/orders/{order.id}")


def _form(deed: DeedForm, visit: Visit, order: StoredOrder, filled: Mapping[str, str], refused: str = "") -> Shown:
    due = order.asked_due_at.astimezone(visit.site.calendar.zone).date() if order.asked_due_at else None
    extends = deed.operation is Operation.EXTEND
    decides = who_decides(order, visit.site.policy.organization, visit.now.date()) if extends else None
    prepares = extends and _decides(visit, order) is not None
    with visit.site.store.reading() as reading:
        waiting = under_way(order, reading.outbox.about([order.key]))
    return Shown(
        "deed.html",
        {
            "deed": deed,
            "order": order,
            "due_now": due_words(order, visit.site.calendar),
            "filled": {
                "due": filled.get("due", due.isoformat() if due else ""),
                "lead": filled.get("lead", ""),
                "comment": filled.get("comment", order.asked_why if extends else ""),
            },
            "decides": decides,
            "prepares": prepares,
            "refused": refused,
            "waiting": waiting,
            "people": _people(visit) if deed.operation is Operation.REASSIGN else [],
            "limit": _limit_words(visit, order) if extends else "",
            "reasons": _REASONS[deed.operation],
        },
        status=422 if refused else 200,
    )


def _preview(deed: DeedForm, visit: Visit, order: StoredOrder, command: Command) -> Shown:
    return preview(
        [command],
        button=deed.button,
        title=deed.title,
        about=order.title,
        text=order.text,
        system=order.system,
        back=f"/orders/{order.id}",
        action=f"/orders/{order.id}/{deed.path}",
        revision=str(order.revision),
        told=_told(command),
        filled={name: visit.form.get(name, "") for name in ("due", "lead", "comment")},
        warning=_warning(visit, order, command),
    )


def _told(command: Command) -> list[tuple[str, str]]:
    """Return what is sent, in words."""
    match command:
        case Extend(due_at=due_at, comment=comment):
            return [("Новый срок", f"{day_text(due_at)}, {due_at:%H:%M}"), ("Кто и почему", comment)]
        case Reassign(lead=lead, comment=comment):
            return [("Новый исполнитель", f"{lead.name}, {lead.unit}"), ("Кто и почему", comment)]
        case Return(comment=comment) | Release(comment=comment) | Cancel(comment=comment):
            return [("Кто и почему", comment)]
        case Notice(to=to, subject=subject, text=text):
            return [("Кому", to.name), ("О чём", subject), ("Текст", text)]
    return []


def _warning(visit: Visit, order: StoredOrder, command: Command) -> str:
    """Return what the visitor should know of the new executor before sending."""
    if not isinstance(command, Reassign):
        return ""
    if command.lead.name == order.controller:
        return f"{command.lead.name} контролирует это поручение, а себя не проверяют: назначьте другого контролёра."
    absence = visit.site.policy.organization.absence(command.lead.name, visit.now.date())
    if absence is None:
        return ""
    instead = f", замещает {absence.substitute}" if absence.substitute else ", замещающего нет"
    return f"{absence.person} отсутствует по {day_text(absence.until)}{instead}."


def _limit_words(visit: Visit, order: StoredOrder) -> str:
    allowed = Demands.read(order.demands).extension
    if not allowed or not order.first_due_at:
        return "Правило не предусматривает продления этого срока."
    limit = limit_of(allowed, order.first_due_at, visit.site.calendar)
    basis = f" ({allowed.basis})" if allowed.basis else ""
    return (
        f"Можно не позднее {day_text(limit)}: {allowed.limit} к первому сроку{basis}. "
        f"Разрешено раз: {allowed.times}, уже продлевали: {order.extensions}."
    )


def _people(visit: Visit) -> Sequence[Employee]:
    """Return to whom the visitor may give an order: everybody, or the people of one's own units."""
    units = visit.scope.units
    employees = visit.site.policy.organization.employees
    return sorted(
        (one for one in employees if units is None or one.unit in units), key=lambda one: (one.unit, one.name)
    )


def read_day(text: str) -> date | None:
    """Return the day of a form's field, None for what is not one."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 < day.year < 2100 else None


PAGES = tuple(
    Page(f"/orders/{{id:int}}/{deed.path}", deed.right, show=partial(form, deed), do=partial(act, deed))
    for deed in DEEDS
)
