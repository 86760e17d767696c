"""What a person does with a document of the manual queue: give an order, have it decided again, close it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from poruchik.control.by_hand import ChoiceByHand, ChoiceRefused, decided_by_hand, law_of, told_above
from poruchik.control.deed import SHORTEST_REASON
from poruchik.control.giving import create_command, informing
from poruchik.control.opening import Opening
from poruchik.control.recognition import is_over, taken_over
from poruchik.control.recognition import told as told_of
from poruchik.control.wording import left_text
from poruchik.errors import PoruchikError
from poruchik.lanes.decide import STRAY
from poruchik.model.audit import AuditEntry
from poruchik.model.commands import Command, Create, Notice
from poruchik.model.decision import Decision
from poruchik.model.document import Document, Facts
from poruchik.model.exchange import ListedOrder
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxItem, InboxState, Settlement
from poruchik.model.order import Assignee, Order, citation
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.policy.model import Rule
from poruchik.settling import Settled, settle, tell, with_orders
from poruchik.store.corrections import Correction, facts
from poruchik.store.database import Transaction
from poruchik.store.orders import orders_of
from poruchik.web.access import Right
from poruchik.web.deeds import read_day
from poruchik.web.document import facts_of, find, fingerprint, note_view
from poruchik.web.gate import Refusal
from poruchik.web.page import Page, Redirect, Shown, Visit, missing
from poruchik.web.preview import digest, preview
from poruchik.web.topics import topic_now, topic_of, topics_of
from poruchik.workcalendar.wording import day_text, moment_text

_FIELDS = ("lead", "due", "text", "controller", "comment", "take", "stray")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one rule proposes, as the form can take it."""

    rule: str
    basis: str
    gist: str
    lead: str
    value: str


# --- an order by a person ------------------------------------------------------------------------


def form(visit: Visit) -> Shown:
    """Show the form, filled in by what the rules propose."""
    item = _waiting(visit)
    listed = _listed(visit, item, visit.query.get("stray", ""))
    decision = _decide(visit, item, beside=listed is not None)
    return _form(visit, item, decision, _proposed(visit, decision, listed))


def personal(visit: Visit) -> Shown:
    """Show the form as it is filled in, with what the citizen wrote, and write down who looked."""
    item = _waiting(visit)
    note_view(visit, item)
    filled = {name: visit.form.get(name, "") for name in _FIELDS}
    beside = _listed(visit, item, filled["stray"]) is not None
    return _form(visit, item, _decide(visit, item, beside=beside), filled, personal=True)


def act(visit: Visit) -> Shown | Redirect:
    """Show the order that would be made, or make the one that was shown."""
    item = _waiting(visit)
    _check_unchanged(visit, item)
    filled = {name: visit.form.get(name, "") for name in _FIELDS}
    listed = _listed(visit, item, filled["stray"])
    decision = _decide(visit, item, beside=listed is not None)
    choice = ChoiceByHand(
        who=visit.who,
        lead=filled["lead"],
        text=filled["text"],
        comment=filled["comment"],
        due_on=read_day(filled["due"]),
        controller=filled["controller"],
        rule=filled["take"],
    )
    try:
        with visit.site.store.reading() as reading:
            taken = reading.strays.ids(item.document_key)
        made = decided_by_hand(decision, choice, visit.site.policy.organization, visit.site.calendar, taken=taken)
    except ChoiceRefused as refused:
        return _form(visit, item, decision, filled, str(refused))
    rest = made.orders[1:] if listed else ()
    if listed:
        made = replace(made, orders=(replace(made.orders[0], key=listed.external_id),))
    commands: list[Command] = [create_command(made.document, order, visit.site.texts) for order in made.orders]
    if not listed:
        commands += informing(made, visit.site.texts, visit.site.calendar)
    told = told_above(decision, made, choice, visit.site.policy.organization, visit.site.texts)
    if told and told.to.name:
        commands.append(told)
    if visit.form.get("seen") != digest(commands):
        return _preview(visit, item, made, commands, filled, told, listed, rest)
    with visit.site.store.writing() as writing:
        locked = writing.inbox.lock(item.id)
        if locked is None:
            raise missing("Документа")
        _check_unchanged(visit, locked)
        settled = _settled(visit, locked, made, commands, listed)
        settle(writing, [settled], visit.site.clock.now())
        if not listed:
            writing.strays.settle(item.document_key, "поручено заново", visit.site.clock.now())
        if told:
            law = law_of(decision)
            details = f"по закону {day_text(law.due_on)}: {choice.comment}" if law else choice.comment
            what = "срок назначен позже срока по закону" + ("" if told.to.name else ", сообщить об этом некому")
            entry = AuditEntry(visit.site.clock.now(), what, made.orders[0].key, details, visit.who)
            writing.audit.add([entry])
        order_id = writing.orders.find(made.orders[0].key)[0].id
    tell(visit.site.plugins, [settled])
    return Redirect(f"/orders/{order_id}?done=assign")


def _settled(
    visit: Visit, item: InboxItem, made: Decision, commands: list[Command], listed: ListedOrder | None
) -> Settled:
    """Return what is to be written; an order that the system has already is taken over, and nothing of it sent."""
    site, order = visit.site, made.orders[0]
    connector = site.connectors.get(item.source)
    since = connector.settings.under_control_since if connector else None
    settled = with_orders(
        item,
        made,
        orders_of(made, item.id, site.calendar),
        commands,
        Opening(site.calendar, site.clock.now(), since),
        deed="на странице: принято под контроль" if listed else "на странице: поручено",
        details=f"{order.lead.person}: {order.text}",
        who=visit.who,
        recognised=[listed.external_id] if listed else [],
    )
    if listed is None:
        return settled
    taken, items = taken_over(settled.orders[0], settled.items, listed)
    others = [one for one in _strays(visit, item) if one != listed]
    after = Settlement(item.id, InboxState.MANUAL, STRAY, told_of(others, site.calendar)) if others else None
    sent = [command for command in commands if not isinstance(command, Create)]
    return replace(settled, orders=[taken], items=items, commands=sent, settlement=after or settled.settlement)


def _strays(visit: Visit, item: InboxItem) -> list[ListedOrder]:
    """Return the orders that the system has for a document and this database has not."""
    with visit.site.store.reading() as reading:
        return reading.strays.of_documents([item.document_key]).get(item.document_key, [])


def _listed(visit: Visit, item: InboxItem, external_id: str) -> ListedOrder | None:
    """Return the order of the system that is to be taken over; None where none is named."""
    if not external_id:
        return None
    found = next((one for one in _strays(visit, item) if one.external_id == external_id and not is_over(one)), None)
    if found is None:
        text = "Его уже приняли, или оно закрыто. Посмотрите документ."
        raise Refusal(409, "Такого поручения системы нет", text, back=f"/documents/{item.id}")
    return found


def _decide(visit: Visit, item: InboxItem, tried: Facts | None = None, *, beside: bool = False) -> Decision:
    """Decide the document as rules, organisation and what people said of it are now; `tried` is said for once.

    Only `beside` an order that the system has already may there be orders of it.
    """
    site = visit.site
    if item.state is InboxState.REFUSED:
        raise Refusal(
            409,
            "Карточка не читается",
            "Поручение по ней не создать. Исправьте карточку в системе; программа прочтёт её снова.",
            back=f"/documents/{item.id}",
        )
    key = item.document_key
    with site.store.reading() as reading:
        known = {order.key for order in reading.orders.of_documents([key]).get(key, ())}
        load = reading.orders.load()
        said = facts(reading.corrections.of_documents([key]).get(key, ()))
    try:
        document = Document.read(item.card).corrected({**said, **(tried or {})})
        added = site.plugins.enrich(document)
        decision = site.decider.decide(document, as_of=visit.now.date(), added=added, load=load)
    except PoruchikError as error:
        raise Refusal(409, "Правила не отвечают", str(error), back=f"/documents/{item.id}") from error
    if not beside and known - {order.key for order in decision.orders if order.at_once}:
        raise Refusal(
            409,
            "У документа уже есть поручения",
            "Второе по нему не создаётся. Измените то, что есть: продлите, передайте или снимите.",
            back=f"/documents/{item.id}",
        )
    if not beside:  # what went out at once is not given again
        decision = replace(decision, orders=tuple(order for order in decision.orders if order.key not in known))
    # Where the rules have no doubts, the order that is there already stands for the first that they give.
    return replace(decision, draft=decision.draft or next(iter(decision.orders), None)) if beside else decision


def proposals_of(visit: Visit, decision: Decision) -> list[Proposal]:
    """Return both sides, or all, of a conflict about the executor, else of the first one there is."""
    chosen = next((one for one in decision.conflicts if one.slot == "ответственный"), None)
    conflict = chosen or next(iter(decision.conflicts), None)
    if conflict is None:
        return []
    found = []
    for side in conflict.sides:
        rule = visit.site.policy.rule(side.rule)
        lead = _lead(visit, rule) if rule else ""
        found.append(Proposal(side.rule, citation(side.act, side.clause), rule.gist if rule else "", lead, side.value))
    return found


def _lead(visit: Visit, rule: Rule) -> str:
    """Return the person whom a rule's executor means today."""
    ref: PersonRef | None = rule.effects.lead
    if ref is None:
        return ""
    return visit.site.policy.organization.resolve(ref, visit.now.date()).person or ""


def _proposed(visit: Visit, decision: Decision, listed: ListedOrder | None) -> dict[str, str]:
    """Return what the form begins with: the draft of the rules, the proposal taken, or what the system has already."""
    draft, taken = decision.draft, visit.query.get("take", "")
    filled = dict.fromkeys(_FIELDS, "")
    if draft:
        filled |= {"lead": draft.lead.person or "", "text": draft.text}
        filled["controller"] = (draft.controller.person or "") if draft.controller else ""
        if draft.deadline:
            filled["due"] = draft.deadline.due_on.isoformat()
    proposal = next((one for one in proposals_of(visit, decision) if one.rule == taken), None)
    if proposal:
        rule = visit.site.policy.rule(taken)
        text = (rule.effects.text or rule.gist) if rule else filled["text"]
        filled |= {"lead": proposal.lead or filled["lead"], "text": text, "take": taken}
    if draft and draft.controller and filled["lead"] == filled["controller"]:
        filled["controller"] = _another(visit, draft.controller.ref, filled["lead"])  # nobody controls himself
    if listed:
        due = listed.due_at.astimezone(visit.site.calendar.zone).date().isoformat() if listed.due_at else filled["due"]
        filled |= {"lead": listed.lead, "due": due, "stray": listed.external_id}
    return filled


def _another(visit: Visit, controller: PersonRef, lead: str) -> str:
    """Return who controls an order of somebody whom the rules name for both."""
    organization, known = visit.site.policy.organization, visit.site.policy.organization.employee(lead)
    whose = Assignee(PersonRef(RefKind.PERSON, lead), lead, known.unit if known else None)
    last = visit.site.policy.triage.administrator
    return organization.hears(controller, visit.now.date(), lead=whose, last=last).person or ""


def _form(
    visit: Visit,
    item: InboxItem,
    decision: Decision,
    filled: dict[str, str],
    refused: str = "",
    *,
    personal: bool = False,
) -> Shown:
    employees = sorted(visit.site.policy.organization.employees, key=lambda one: (one.unit, one.name))
    return Shown(
        "assign.html",
        {
            "item": item,
            "cause": item.cause,
            "proposals": proposals_of(visit, decision),
            "filled": filled,
            "people": employees,
            "fingerprint": fingerprint(item),
            "refused": refused,
            "law": law_of(decision),
            "left": _left(visit, decision),
            "topics": topics_of(visit.site.policy, decision, lambda tried: _decide(visit, item, tried)),
            "facts": facts_of(item, visit.site.policy.attributes, personal=personal),
            "personal": personal,
        },
        status=422 if refused else 200,
    )


def _left(visit: Visit, decision: Decision) -> str:
    """Return what is left of the term of the law, in words."""
    law = law_of(decision)
    return left_text(law.due_at, visit.now, visit.site.calendar, hourly=law.hourly) if law else ""


def _preview(
    visit: Visit,
    item: InboxItem,
    made: Decision,
    commands: Sequence[Command],
    filled: dict[str, str],
    told: Notice | None,
    listed: ListedOrder | None,
    rest: Sequence[Order],
) -> Shown:
    order, *further = made.orders
    assert order.deadline is not None and isinstance(commands[0], Create)
    lines = [
        ("Исполнитель", f"{order.lead.person}, {order.lead.unit}"),
        ("Срок", moment_text(order.deadline.due_at.astimezone(visit.site.calendar.zone))),
        ("Контролёр", (order.controller.person or "") if order.controller else "не назначен"),
        ("Основание", citation(order.act, order.clause)),
        ("Пояснение исполнителю", commands[0].explanation),
    ]
    for one in further:
        until = f", до {day_text(one.deadline.due_on)}" if one.deadline else ""
        lines.append(("И ещё поручение", f"{one.text} — {one.lead.person}{until}"))
    if told and told.to.name:
        lines.append(("Узнает о сроке", f"{told.to.name}: {told.subject}"))
    if listed:
        lines.append(("В системе", f"уже есть, № {listed.id}; второе не создаётся"))
    lines += [("По правилам было бы ещё", f"{one.text} — {one.lead.person}; не создаётся") for one in rest]
    deed = "Принять под контроль" if listed else "Поручить"
    return preview(
        [one for one in commands if not (listed and isinstance(one, Create))],
        button=deed,
        title=deed,
        seen=digest(commands),
        about=item.title,
        text=order.text,
        system=item.source,
        back=f"/documents/{item.id}",
        action=f"/documents/{item.id}/assign",
        revision=fingerprint(item),
        told=lines,
        filled=filled,
    )


# --- what it is about ----------------------------------------------------------------------------


def topic(visit: Visit) -> Redirect:
    """Keep the topic that a person names, in place of the card's, and have the rules decide again."""
    item = _waiting(visit)
    _check_unchanged(visit, item)
    chosen, key = visit.form.get("topic", ""), item.document_key
    decision = _decide(visit, item)
    attribute = topic_of(visit.site.policy, decision)
    if attribute is None or (chosen and chosen not in attribute.values):
        raise Refusal(422, "Такой темы нет", "Выберите тему из списка.", back=f"/documents/{item.id}/assign")
    now = visit.site.clock.now()
    with visit.site.store.writing() as writing:
        _lock_waiting(visit, writing, item)
        if chosen:
            writing.corrections.put(key, Correction(attribute.name, chosen, visit.who, now))
        else:
            writing.corrections.withdraw(key, attribute.name)
        writing.inbox.settle([Settlement(item.id, InboxState.NEW)], now)
        was = topic_now(attribute, decision) or "не определена"
        details = f"{attribute.name}: {chosen or 'как в карточке'} (было: {was})"
        writing.audit.add(
            [AuditEntry(now, "на странице: тема названа, правила решают заново", key, details, visit.who)]
        )
    return Redirect(f"/documents/{item.id}?done=topic")


# --- again, or no order at all -------------------------------------------------------------------


def again(visit: Visit) -> Redirect:
    """Have the document decided again: after a change of rules or organisation."""
    return _settle(visit, InboxState.NEW, "на странице: отправлено на повторное решение")


def close(visit: Visit) -> Redirect:
    """Take the document out of the queue without an order; somebody says why."""
    if len(visit.form.get("comment", "")) < SHORTEST_REASON:
        text = "Документ останется без поручения: нужно написать, почему."
        raise Refusal(422, "Не сказано, почему", text, back=f"/documents/{visit.path['id']}")
    return _settle(visit, InboxState.CLOSED, "на странице: закрыто без поручения")


def _settle(visit: Visit, state: InboxState, what: str) -> Redirect:
    item, why = _waiting(visit), visit.form.get("comment", "")
    if item.state is InboxState.REFUSED and state is InboxState.NEW:
        raise Refusal(409, "Карточка не читается", "Исправьте её в системе.", back=f"/documents/{item.id}")
    now = visit.site.clock.now()
    with visit.site.store.writing() as writing:
        _lock_waiting(visit, writing, item)
        writing.inbox.settle([Settlement(item.id, state, "", why)], now)
        beside = "решено заново: поручения правил создаются рядом"
        writing.strays.settle(item.document_key, why if state is InboxState.CLOSED else beside, now)
        writing.audit.add([AuditEntry(now, what, item.document_key, why, visit.who)])
    return Redirect("/manual")


def _waiting(visit: Visit) -> InboxItem:
    item = find(visit)
    if item.state not in WAITS_FOR_A_PERSON:
        raise Refusal(
            409, "Документ уже разобран", "С ним решили без вас. Посмотрите, что вышло.", back=f"/documents/{item.id}"
        )
    return item


def _lock_waiting(visit: Visit, writing: Transaction, item: InboxItem) -> None:
    """Lock a document that still waits, as the form has seen it."""
    locked = writing.inbox.lock(item.id)
    if locked is None or locked.state not in WAITS_FOR_A_PERSON:
        raise missing("Этого документа в ручном разборе")
    _check_unchanged(visit, locked)


def _check_unchanged(visit: Visit, item: InboxItem) -> None:
    visit.require_caught_up(item.source, f"/documents/{item.id}")
    if visit.form.get("revision") != fingerprint(item):
        text = f"Пока вы решали, с документом {item.title} что-то сделали. Ничего не отправлено."
        raise Refusal(409, "Документ изменился", text, back=f"/documents/{item.id}")


PAGES = (
    Page("/documents/{id:int}/assign", Right.CONTROL, show=form, do=act),
    Page("/documents/{id:int}/assign/personal", Right.PERSONAL, do=personal),
    Page("/documents/{id:int}/topic", Right.CONTROL, do=topic),
    Page("/documents/{id:int}/again", Right.CONTROL, do=again),
    Page("/documents/{id:int}/close", Right.CONTROL, do=close),
)
