"""Whatever people, calendars and faults do to an order, somebody hears of every part of it, until all of it is over.

By hand: `PORUCHIK_HEARS=5000 pytest tests/unit/control/test_somebody_hears.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from poruchik.control.item import ItemState, next_moment
from poruchik.control.lifecycle import ChangeContext, OrderWithItems, apply
from poruchik.control.opening import Item, Opening
from poruchik.control.recount import by_calendar
from poruchik.control.review import Matter, Reviews
from poruchik.engine.decide import Decider
from poruchik.errors import PoruchikError
from poruchik.lanes.people import People
from poruchik.model.commands import Operation
from poruchik.model.exchange import ChangeKind, OrderChange, Report
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit, Role
from poruchik.resources import rules_folder
from poruchik.store.items import DueItem
from poruchik.store.orders import orders_of
from poruchik.texts.render import Texts
from poruchik.workcalendar.calendar import WorkCalendar
from poruchik.workcalendar.overlay import DayKind, DayMark, Overlay
from support.policies import document, load_rules

EXAMPLES = int(os.environ.get("PORUCHIK_HEARS", "200"))
CALENDAR = WorkCalendar()
MINISTER, HEAD, LEAD, OTHER, ADMINISTRATOR = (
    "Минина М. М.",
    "Котова К. К.",
    "Петров П. П.",
    "Сидоров С. С.",
    "Носова А. Р.",
)
STAFF = (MINISTER, HEAD, LEAD, OTHER)
TEXTS = Texts(rules_folder())
START = datetime.fromisoformat("2026-11-02T10:00:00+05:00")
REPORT = Report("почта", date(2026, 12, 1), "разъяснено", ("ответ.pdf",))
HEADER = """
политика: проба
название: Проба
часовой пояс: Asia/Yekaterinburg
акты: [{акт: акт, название: Акт}]
эскалация по умолчанию: [{когда: "просрочено, каждый рабочий день", кому: контролёр}]
ждёт человека: {кому: {роль: контроль}, администратор: {сотрудник: Носова А. Р.}}
"""
PEOPLE = """
подразделения:
  - {подразделение: руководство, начальник: Минина М. М.}
  - {подразделение: отдел, начальник: Котова К. К., вышестоящее: руководство}
сотрудники:
  - {сотрудник: Минина М. М., подразделение: руководство, должность: министр}
  - {сотрудник: Котова К. К., подразделение: отдел, должность: начальник}
  - {сотрудник: Петров П. П., подразделение: отдел, должность: специалист}
  - {сотрудник: Сидоров С. С., подразделение: отдел, должность: специалист}
  - {сотрудник: Носова А. Р., подразделение: руководство, должность: администратор}
роли:
  - {роль: контроль, исполняет: Минина М. М.}
  - {роль: помощь, исполняет: Сидоров С. С.}
"""
RULES = """
правила:
  - правило: п
    основание: {акт: акт, пункт: п. 1}
    суть: ответить
    если: {вид: письмо}
    то:
      ответственный: {роль: контроль}
      срок: {длительность: 30 дней, перенос: на предыдущий рабочий}
"""
LADDERS = (
    "",
    "эскалация: [{когда: просрочено, кому: начальник-исполнителя}]",
    'эскалация: [{когда: "просрочено, каждый рабочий день", кому: {вышестоящий: 2}}]',
    "эскалация: [{когда: не принято через 1 рабочий день, кому: контролёр}]",
)
PARTS = (
    "",
    "соисполнители: [{роль: помощь}]",
    "соисполнители: [{роль: помощь, срок: {длительность: 5 дней}, эскалация: {когда: просрочено, кому: начальник-исполнителя}}]",
)
CONTROLS = ("", "контролёр: {роль: контроль}", "контролёр: начальник-исполнителя")
MORE = (
    "",
    "счётчики: [{счётчик: уведомить, срок: {длительность: 3 рабочих дня}, до: уведомления}]",
    "приостановка: {пока: ждём, не дольше: 10 дней, основание: {акт: акт, пункт: п. 3}}",
    "продление: {до: 30 дней, решает: {роль: контроль}}",
)


@cache
def policy(lead: str, ladder: str, parts: str, control: str, more: str) -> Any:
    """Return a policy of one rule; what it is made of stands in the tuples above."""
    lines = [f"ответственный: {{сотрудник: {lead}}}", *filter(None, (ladder, parts, control, more))]
    effects = "".join(f"      {line}\n" for line in lines)
    rules = RULES.replace("      ответственный: {роль: контроль}\n", effects)
    loaded = load_rules(Path(mkdtemp()), rules, politika=HEADER, organizaciya=PEOPLE)
    assert not loaded.problems.errors, "\n".join(map(str, loaded.problems))
    return loaded.policy


@st.composite
def offices(draw: st.DrawFn) -> Organization:
    """Return the office with anybody away at any time, the controller and the helper being anybody."""
    absences = []
    for person in draw(st.lists(st.sampled_from(STAFF), max_size=4, unique=True)):
        since = START.date() + timedelta(days=draw(st.integers(0, 90)))
        until = since + timedelta(days=draw(st.integers(0, 60)))
        substitute = draw(st.sampled_from([None, *(one for one in STAFF if one != person)]))
        absences.append(Absence(person, since, until, substitute))
    units = [
        OrgUnit("руководство", MINISTER),
        OrgUnit("отдел", draw(st.sampled_from((HEAD, LEAD, MINISTER))), "руководство"),
    ]
    staff = [Employee(MINISTER, "руководство"), *(Employee(one, "отдел") for one in (HEAD, LEAD, OTHER))]
    staff.append(Employee(ADMINISTRATOR, "руководство"))
    roles = [Role(name, PersonRef(RefKind.PERSON, draw(st.sampled_from(STAFF)))) for name in ("контроль", "помощь")]
    try:
        return Organization(units, staff, roles, absences, START.tzinfo)  # type: ignore[arg-type]
    except PoruchikError:
        assume(False)
        raise


KINDS = st.sampled_from([*ChangeKind, "calendar", "unread", "read"])
EVENTS = st.lists(
    st.tuples(st.integers(0, 12), KINDS, st.integers(-3, 45), st.sampled_from((*STAFF, "Чужой Ч. Ч.")), st.booleans()),
    max_size=8,
)


@dataclass
class Life:
    """An order while things happen to it."""

    order: StoredOrder
    items: list[Item]
    organization: Organization
    calendar: WorkCalendar
    now: datetime
    policy: Any
    held: bool = False
    happened: list[str] = field(default_factory=list)
    people: dict[date, People] = field(default_factory=dict)

    def happens(
        self, kind: ChangeKind | str, days: int, who: str, *, of_part: bool, operations: set[Operation]
    ) -> None:
        self.happened.append(f"{self.now:%d.%m} {kind} {days} {who} {of_part}")
        if kind == "calendar":
            off = (self.now + timedelta(days=abs(days) + 1)).date()
            self.calendar = WorkCalendar([Overlay("указ", marks=(DayMark(off, DayKind.OFF, "", "указ:1"),))])
            lead = next((one for one in self.items if not one.name), None)
            self.items = [self._moved(one, lead) for one in self.items]
        elif kind in ("unread", "read"):
            self.held = kind == "unread"
        else:
            self._change(ChangeKind(kind), days, who, of_part=of_part, operations=operations)

    def _moved(self, item: Item, lead: Item | None) -> Item:
        plan = by_calendar(item, lead, self.calendar)
        following = next_moment(plan, item.progress, accepted=item.accepted, calendar=self.calendar)
        return replace(item, plan=plan, snapshot="", next_at=following if item.state is ItemState.ACTIVE else None)

    def _change(self, kind: ChangeKind, days: int, who: str, *, of_part: bool, operations: set[Operation]) -> None:
        parts = [item.name for item in self.items if item.name]
        due = datetime.combine((self.now + timedelta(days=days)).date(), time(18), self.calendar.zone)
        change = OrderChange(
            f"{len(self.happened)}",
            self.order.key,
            kind,
            self.now,
            who,
            part=parts[0] if of_part and parts else "",
            lead=who if kind is ChangeKind.REASSIGNED else "",
            due_at=due if kind in (ChangeKind.EXTENDED, ChangeKind.TERM_ASKED, ChangeKind.RETURNED) else None,
            report=REPORT if days % 2 else Report(),
        )
        subject = OrderWithItems(self.order, list(self.items))
        context = ChangeContext(self.organization, self.calendar, TEXTS, self.now, operations, lambda _draft: [])
        apply(subject, change, context)
        self.order, self.items = subject.order, subject.items

    def until(self, day: datetime) -> None:
        """Let time pass: what stood still long enough goes on, as the program itself does."""
        self.now = day
        if self.order.stopped_until and self.order.stopped_until <= day:
            self._change(ChangeKind.RESUMED, 0, "", of_part=False, operations=set(Operation))

    def reviews(self) -> list[Item]:
        """Return the clocks that the program keeps for it now."""
        waits = [Matter.REPORT] if self.order.state == OrderState.REPORTED else []
        waits += [Matter.TIME] if self.order.asked_due_at else []
        waits += [Matter.CHANGE] if self.held else []
        triage = self.policy.triage
        make = Reviews(self.policy.review, triage.administrator, self.organization, self.calendar, self.now)
        return [make.item(self.order, matter) for matter in waits]

    def silent(self) -> list[str]:
        """Return the parts of whose delay nobody would hear on some working day of the month after their term."""
        if self.order.closed_at is not None:
            return []
        if self.order.stopped_until is not None:
            return []  # it goes on by itself, and then this is asked again
        reviews = self.reviews()
        silent = [f"ждёт: {one.name}" for one in reviews if self._nobody(one)]
        for item in self.items:
            waits = self.held or item.state is ItemState.PAUSED
            if item.state is ItemState.ACTIVE and not self.held and self._nobody(item):
                silent.append(item.name or "поручение")
            if waits and not reviews:
                silent.append(f"{item.name or 'поручение'}: стоит, и ничего не ждёт")
        return silent

    def _nobody(self, item: Item) -> bool:
        again = [point for point in item.plan.points if point.recurs]
        if not again or item.next_at is None:
            return True
        first = max(item.plan.deadline.due_at, self.now).astimezone(self.calendar.zone).date()
        # Who hears changes only where somebody comes or goes: those days stand for all of the month.
        turns = {day for gone in self.organization.absences for day in (gone.since, gone.until + timedelta(days=1))}
        month = [first + timedelta(days=1), *(day for day in turns if first < day <= first + timedelta(days=30))]
        return any(not self._heard(item, again, day) for day in month)

    def _heard(self, item: Item, points: Sequence[Any], day: date) -> bool:
        if day not in self.people:
            self.people[day] = People(self.organization, day, self.policy.triage.administrator)
        people, order = self.people[day], self.order
        due = DueItem(
            item.id, item.key, item.order_key, item.kind, item.name, item.person, item.unit, item.accepted, "", "",
            order.system, order.title, order.text, order.lead, order.unit, order.controller, order.demands, order.state,
        )  # fmt: skip
        return any(people.find(due, point.to, item.plan.who).person for point in points)


@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    office=offices(),
    lead=st.sampled_from(STAFF),
    shape=st.tuples(*map(st.sampled_from, (LADDERS, PARTS, CONTROLS, MORE))),
    events=EVENTS,
    operations=st.sets(st.sampled_from(sorted(Operation))),
)
def test_somebody_hears_whatever_happens(
    office: Organization, lead: str, shape: tuple[str, str, str, str], events: list[Any], operations: set[Operation]
) -> None:
    rules = replace(policy(lead, *shape), organization=office)
    decision = Decider.build(rules, CALENDAR).decide(document("2026-11-02T10:00:00+05:00", вид="письмо"))
    assume(decision.orders)
    order = replace(orders_of(decision, 1, CALENDAR)[0], state=OrderState.NEW, internal_id="1")
    items = list(Opening(CALENDAR, START).items(decision))
    life = Life(order, items, office, CALENDAR, START, rules)
    assert life.silent() == []
    for days, kind, amount, who, of_part in events:
        life.until(life.now + timedelta(days=days))
        life.happens(kind, amount, who, of_part=of_part, operations=operations)
        assert life.silent() == [], life.happened
