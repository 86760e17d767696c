"""An order of a small office with its items, as tests of control begin with it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from poruchik.control.item import ItemKind, Plan, Progress, next_moment
from poruchik.control.opening import Item
from poruchik.model.ladder import EscalationStep, Rung
from poruchik.model.order import Deadline
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.organization.parts import Employee, OrgUnit, Role
from poruchik.organization.structure import Organization
from poruchik.workcalendar.calendar import WorkCalendar

ZONE = ZoneInfo("Asia/Yekaterinburg")
KEY = "sog:О-1/ответ/0"
MINISTER, HEAD, LEAD, OTHER, CONTROLLER = (
    "Минина М. М.",
    "Котова К. К.",
    "Петров П. П.",
    "Сидоров С. С.",
    "Орлова О. О.",
)
ORGANIZATION = Organization(
    [OrgUnit("руководство", MINISTER), OrgUnit("отдел", HEAD, "руководство"), OrgUnit("канцелярия", CONTROLLER, "руководство")],
    [
        Employee(MINISTER, "руководство"),
        Employee(HEAD, "отдел"),
        Employee(LEAD, "отдел"),
        Employee(OTHER, "отдел"),
        Employee(CONTROLLER, "канцелярия"),
    ],
    [Role("контроль", PersonRef(RefKind.PERSON, CONTROLLER))],
    [],
    ZONE,
)  # fmt: skip
EXTENSION = {"limit": "до 30 дней", "times": 1, "decides": "роль: контроль", "act": "59-ФЗ", "clause": "ст. 12 ч. 2"}
DUE = "2026-10-19T18:00"


def at(text: str) -> datetime:
    """Return a moment in the office's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def order(*, state: str = OrderState.NEW, demands: dict[str, Any] | None = None, **more: Any) -> StoredOrder:
    """Return the order: due on 19 October 2026 at 18:00, with the executor since the 5th."""
    made = StoredOrder(
        key=KEY,
        inbox_id=1,
        system="sog",
        document_key="sog:О-1",
        document_id="О-1",
        reg_number="О-1",
        rule="ответ",
        act="приказ-269",
        clause="8.4",
        deadline_act="59-ФЗ",
        deadline_clause="ст. 12 ч. 1",
        text="Подготовить ответ.",
        unit="отдел",
        lead=LEAD,
        controller=CONTROLLER,
        kind="обращение",
        channel="почта",
        topic="",
        registered_on=date(2026, 10, 5),
        due_at=at(DUE),
        due_on=at(DUE).date(),
        first_due_at=at(DUE),
        late_at=at(DUE).replace(hour=0) + timedelta(days=1),
        furthest_on=at(DUE).date(),
        state=state,
        internal_id="17",
        demands=json.dumps({"lead": LEAD, **(demands or {})}, ensure_ascii=False),
        id=3,
    )
    return replace(made, **more)


def item(
    calendar: WorkCalendar, kind: ItemKind = ItemKind.LEAD, name: str = "", *, person: str = LEAD, **more: Any
) -> Item:
    """Return an item of the order: reminders three days before and on the day, the head on the day after."""
    plan = Plan.make(
        start=at("2026-10-05T11:00"),
        issued_at=at("2026-10-05T11:00"),
        deadline=Deadline(at(DUE), at(DUE).date(), "ответ", "59-ФЗ", "ст. 12 ч. 1", "14 дней", steps=("событие",)),
        who=PersonRef(RefKind.LEAD),
        reminders=[Rung.parse("за 3 рабочих дня"), Rung.parse("в день срока")],
        escalations=[
            EscalationStep(Rung.parse("не принято через 2 рабочих дня"), PersonRef(RefKind.HEAD_OF_LEAD)),
            EscalationStep(Rung.parse("просрочено"), PersonRef(RefKind.HEAD_OF_LEAD)),
        ],
        calendar=calendar,
    )
    progress = Progress.beginning(plan)
    made = Item(
        key=f"{KEY}:{kind}:{name}",
        order_key=KEY,
        kind=kind,
        name=name,
        person=person,
        unit="отдел",
        plan=plan,
        progress=progress,
        next_at=next_moment(plan, progress, accepted=False, calendar=calendar),
    )
    return replace(made, **more)
