"""Time passes and people act: reminders, escalations and answers arrive in the СЭД and the СОГ over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from poruchik.model.audit import AuditEntry
from poruchik.model.delivery import OutboxState
from poruchik.model.document import Document, SystemKind
from poruchik.model.inbox import InboxState
from poruchik.model.points import Fate
from poruchik.model.standing import OrderState, StoredOrder
from poruchik.store.database import Store
from poruchik_stand.trouble import Trouble
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

LEAD, HEAD, SPECIALIST, DEPUTY = "Лаптев О. Д.", "Титов Р. С.", "Орлова Т. Н.", "Соколова М. Г."
MINISTER, HER_HEAD = "Березин А. П.", "Кузьмина Е. В."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-10", "outcome": "разъяснено"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """An appeal about television of Monday 23 November, due on 23 December, registered in the СОГ."""
    with world(tmp_path) as made:
        made.register(appeal("О-1"))
        made.live_until("2026-11-24T10:00")
        yield made


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+05:00")


def order(here: World, number: str = "О-1") -> StoredOrder:
    with Store.open(here.settings.database) as store, store.reading() as reading:
        return reading.orders.find(number)[0]


def story(here: World) -> list[AuditEntry]:
    with Store.open(here.settings.database) as store, store.reading() as reading:
        return reading.audit.about(order(here).key)


def told(here: World) -> list[tuple[str, str, str]]:
    return [(moment, kind, name) for moment, kind, name, _ in here.notices()]


def test_a_reminder_and_an_escalation(here: World) -> None:
    here.live_until("2026-12-09T12:00")
    # The lead did not accept within two working days; then ten working days are left.
    assert told(here) == [("11-26 10:00", "escalation", HEAD), ("12-09 09:00", "reminder", LEAD)]


def test_the_whole_ladder(here: World) -> None:
    here.act("О-1", "accepted", LEAD)
    here.live_until("2027-01-20T12:00")
    assert [one for one in told(here) if one[2] != SPECIALIST] == [
        ("12-09 09:00", "reminder", LEAD),
        ("12-16 09:00", "reminder", LEAD),
        ("12-18 09:00", "reminder", LEAD),
        ("12-22 09:00", "reminder", LEAD),
        ("12-23 09:00", "reminder", LEAD),
        ("12-24 09:00", "escalation", HEAD),
        ("12-28 09:00", "escalation", DEPUTY),
        ("01-11 09:00", "escalation", MINISTER),
    ]
    mornings = ["12-24", "12-25", "12-28", "12-29", "12-30", *(f"01-{day}" for day in (11, 12, 13, 14, 15, 18, 19, 20))]
    daily = [one for one in told(here) if one[2] == SPECIALIST]  # she controls: each working day until it is done
    assert daily == [(f"{day} 09:00", "escalation", SPECIALIST) for day in mornings]


def test_acceptance_stops_only_its_own_point(here: World) -> None:
    here.act("О-1", "delivered", LEAD)
    here.act("О-1", "accepted", LEAD)
    here.live_until("2026-12-09T12:00")
    assert told(here) == [("12-09 09:00", "reminder", LEAD)]
    assert order(here).state == OrderState.ACCEPTED


def test_a_complete_report_stops_the_ladder_and_people_release(here: World) -> None:
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2027-01-15T12:00")
    assert {to for _, _, to in told(here)} == {SPECIALIST, HER_HEAD}  # who has to accept it: `test_reviews.py`
    assert order(here).state == OrderState.REPORTED
    assert order(here).reported_at is not None
    here.act("О-1", "released", SPECIALIST)
    here.live_until("2027-01-15T13:00")
    assert order(here).state == OrderState.RELEASED
    assert order(here).closed_at == at("2027-01-15T12:00")


def test_an_incomplete_report_is_returned_with_what_is_missing(here: World) -> None:
    here.act("О-1", "accepted", LEAD)
    here.act("О-1", "reported", LEAD, report={"answerChannel": "почта"})
    here.live_until("2026-12-09T12:00")
    assert here.calls("ChangeOrders") == ["ok"]
    assert order(here).state == OrderState.RETURNED
    assert ("отчёт неполон", "дата ответа, класс исхода") in [(one.what, one.details) for one in story(here)]
    assert told(here) == [("12-09 09:00", "reminder", LEAD)]  # the ladder goes on


def test_a_returned_report_resumes_with_what_was_missed_in_one_message(here: World) -> None:
    here.act("О-1", "accepted", LEAD)
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-12-21T11:00")
    here.act("О-1", "returned", SPECIALIST, comment="Нет ответа по существу.")
    here.live_until("2026-12-23T12:00")
    assert [one for one in told(here) if one[2] == LEAD] == [
        ("12-18 09:00", "reminder", LEAD),  # planned for then; two more are merged into it
        ("12-22 09:00", "reminder", LEAD),
        ("12-23 09:00", "reminder", LEAD),
    ]
    with Store.open(here.settings.database) as store, store.reading() as reading:
        fired = [one for one in reading.points.of_orders([order(here).key]) if one.person == LEAD]
    assert [(point.fate, point.late) for point in fired[:3]] == [
        (Fate.SENT, False),
        (Fate.MERGED, False),
        (Fate.MERGED, False),
    ]


def test_cancellation_ends_it(here: World) -> None:
    here.act("О-1", "cancelled", SPECIALIST)
    here.live_until("2027-01-20T12:00")
    assert told(here) == []
    assert order(here).state == OrderState.CANCELLED


def test_a_term_asked_is_put_to_the_person_who_decides(here: World) -> None:
    here.act("О-1", "accepted", LEAD)
    here.act("О-1", "termAsked", LEAD, dueAt=at("2027-01-22T18:00"), comment="Ждём ответа оператора.")
    here.live_until("2026-11-25T10:00")
    assert here.notices() == [("", "answer", DEPUTY, "О-1: просят продлить срок до 22 января 2027")]
    here.act("О-1", "extended", DEPUTY, dueAt=at("2027-01-22T18:00"))
    here.live_until("2026-11-25T12:00")
    assert here.notices()[1] == ("", "answer", LEAD, "О-1: срок продлён до 22 января 2027")
    assert (order(here).due_at, order(here).extensions) == (at("2027-01-22T18:00"), 1)
    here.live_until("2027-01-25T12:00")
    assert told(here)[2:] == [
        ("12-30 09:00", "reminder", LEAD),  # ten working days before, beyond the holidays
        ("01-15 09:00", "reminder", LEAD),
        ("01-19 09:00", "reminder", LEAD),
        ("01-21 09:00", "reminder", LEAD),
        ("01-22 09:00", "reminder", LEAD),
        ("01-25 09:00", "escalation", HEAD),
        ("01-25 09:00", "escalation", SPECIALIST),
    ]


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("2027-01-25T18:00", "не позднее 22 января 2027: 30 дней к первому сроку (59-ФЗ, ст. 12 ч. 2)"),
        ("2026-12-20T18:00", "просят не больше, чем есть"),
    ],
)
def test_a_term_past_the_cap_is_refused_with_the_reason(here: World, asked: str, why: str) -> None:
    here.act("О-1", "accepted", LEAD)
    here.act("О-1", "termAsked", LEAD, dueAt=at(asked))
    here.live_until("2026-11-25T10:00")
    assert here.notices() == [("", "answer", LEAD, "О-1: продлить срок нельзя")]
    assert why in here.texts()[0]


def test_a_second_extension_is_refused(here: World) -> None:
    here.act("О-1", "extended", DEPUTY, dueAt=at("2026-12-25T18:00"))
    here.act("О-1", "termAsked", LEAD, dueAt=at("2026-12-28T18:00"))
    here.live_until("2026-11-25T10:00")
    assert here.notices()[-1] == ("", "answer", LEAD, "О-1: продлить срок нельзя")


def test_not_mine_goes_to_whom_the_rule_names(here: World) -> None:
    here.act("О-1", "refused", LEAD, comment="Это вопрос связи.")
    here.live_until("2026-11-24T12:00")
    assert here.calls("ChangeOrders") == ["ok"]
    assert (order(here).lead, order(here).state) == (SPECIALIST, OrderState.NEW)
    here.live_until("2026-12-09T12:00")
    # Acceptance is counted anew for the new executor.
    assert told(here)[-1] == ("12-09 09:00", "reminder", SPECIALIST)
    assert told(here)[0][1:] == ("answer", SPECIALIST), "who has it now hears of it at once"
    assert told(here)[1][:2] == ("11-26 10:00", "escalation")


def test_people_may_give_it_to_somebody_else(here: World) -> None:
    here.act("О-1", "reassigned", HEAD, lead={"name": "Карпова Е. Е."})
    here.live_until("2026-12-09T12:00")
    assert order(here).lead == "Карпова Е. Е."
    assert told(here) == [
        ("", "answer", "Карпова Е. Е."),
        ("11-26 10:00", "escalation", LEAD),
        ("12-09 09:00", "reminder", "Карпова Е. Е."),
    ]


def test_refused_without_anybody_named_waits_for_a_person(here: World) -> None:
    here.register(appeal("О-2", вид="запрос"))
    here.live_until("2026-11-24T11:00")
    here.act("О-2", "refused", LEAD)
    here.live_until("2026-11-24T12:00")
    with Store.open(here.settings.database) as store, store.reading() as reading:
        (item,) = reading.inbox.listing(InboxState.MANUAL)
    assert "возвращает поручение «не моё»" in item.cause


def test_what_happens_after_the_end_changes_nothing(here: World) -> None:
    here.act("О-1", "released", SPECIALIST)
    here.act("О-1", "extended", DEPUTY, dueAt=at("2027-01-22T18:00"))
    here.live_until("2027-01-20T12:00")
    assert (order(here).state, order(here).extensions) == (OrderState.RELEASED, 0)
    assert "изменение пришло после закрытия" in [entry.what for entry in story(here)]


def test_a_digest_instead_of_several_messages(here: World) -> None:
    here.register(appeal("О-2"), appeal("О-3"))
    here.live_until("2026-12-09T12:00")
    reminders = [notice for notice in here.notices() if notice[2] == LEAD]
    assert reminders == [("12-09 09:00", "digest", LEAD, "Поручения на 9 декабря 2026: 3")]


def test_a_message_that_did_not_leave_is_withdrawn_when_the_order_is_done(here: World) -> None:
    here.register(appeal("О-2"))
    for number in ("О-1", "О-2"):
        here.live_until("2026-11-24T11:00")
        here.act(number, "accepted", LEAD)
    here.stand.troubles.set("sog", Trouble("down", "SendNotices"))
    here.live_until("2026-12-09T10:00")
    here.act("О-1", "released", SPECIALIST)
    here.live_until("2026-12-09T11:00")
    here.stand.troubles.clear()
    here.live_until("2026-12-09T12:00")
    # The digest lost the line about the order that is done.
    assert here.notices() == [("12-09 09:00", "digest", LEAD, "Поручения на 9 декабря 2026: 1")]
    assert "сообщение отозвано" in [entry.what for entry in story(here)]
    here.act("О-2", "released", SPECIALIST)
    here.live_until("2027-02-01T12:00")
    with Store.open(here.settings.database) as store, store.reading() as reading:
        assert reading.points.counts() == {Fate.WITHDRAWN: 1, Fate.MERGED: 1}
        assert reading.outbox.counts() == {OutboxState.SENT: 3}


def test_a_message_whose_outcome_is_unknown_is_not_repeated_for_an_order_that_is_done(here: World) -> None:
    here.act("О-1", "accepted", LEAD)
    here.stand.troubles.set("sog", Trouble("garbage", "SendNotices"))
    here.live_until("2026-12-09T09:00")
    here.act("О-1", "released", SPECIALIST)
    here.stand.troubles.clear()
    here.live_until("2026-12-09T11:00")
    assert told(here) == [("12-09 09:00", "reminder", LEAD)]
    assert here.calls("SendNotices") == ["garbage"]


def test_a_broken_change_holds_up_no_other(here: World) -> None:
    here.stand.store._db.execute(
        "INSERT INTO change (system, xml) VALUES ('sog', ?)",
        (b'<change xmlns="urn:poruchik:exchange:1"><id>1</id><externalId>x</externalId><kind>ate</kind></change>',),
    )
    here.act("О-1", "accepted", LEAD)
    here.live_until("2026-11-24T11:00")
    assert order(here).state == OrderState.ACCEPTED


def test_a_change_whose_answer_was_lost_is_looked_up_and_not_repeated(here: World) -> None:
    here.stand.troubles.set("sog", Trouble("garbage", "ChangeOrders"))
    here.act("О-1", "refused", LEAD)
    here.live_until("2026-11-24T10:05")
    here.stand.troubles.clear()
    here.live_until("2026-11-24T12:00")
    assert here.calls("ChangeOrders") == ["garbage"]
    assert order(here).lead == SPECIALIST
    assert "уже выполнено в системе, повторно не отправлено" in [entry.what for entry in story(here)]


def social(number: str, moment: str) -> Document:
    """Return an official appeal in a social network that two units answer: 24 hours, each of them 4 from receipt."""
    topics = ("мобильная связь", "электронные услуги")
    facts = {"тип": "входящий", "канал": "вконтакте", "исполнителей": 2, "тема": topics[0], "темы": topics}
    return appeal(number, at=f"{moment}:00+05:00", вид="официальное обращение", **facts)


def parts(here: World, number: str) -> dict[str, str]:
    with Store.open(here.settings.database) as store, store.reading() as reading:
        items = reading.items.of_orders([order(here, number).key])[order(here, number).key]
    zone = ZoneInfo("Asia/Yekaterinburg")
    return {item.name or item.kind: f"{item.plan.deadline.due_at.astimezone(zone):%m-%d %H:%M}" for item in items}


def test_each_co_executor_has_four_hours_from_his_own_receipt(here: World) -> None:
    here.register(social("С-1", "2026-11-24T10:00"))
    here.live_until("2026-11-24T10:05")
    assert parts(here, "С-1")["Иванов И. И."] == "11-24 14:00"  # provisional, from registration
    here.live_until("2026-11-24T11:30")
    here.act("С-1", "delivered", "Иванов И. И.", part="Иванов И. И.")
    here.live_until("2026-11-24T12:00")
    assert parts(here, "С-1")["Иванов И. И."] == "11-24 15:30"
    assert parts(here, "С-1")["Волков Д. Д."] == "11-24 14:00"


def test_the_lead_sees_which_co_executor_is_late(here: World) -> None:
    here.register(social("С-1", "2026-11-24T10:00"))
    here.live_until("2026-11-24T10:05")
    lead = order(here, "С-1").lead
    here.act("С-1", "reported", "Волков Д. Д.", part="Волков Д. Д.")
    here.act("С-1", "reported", "Волков Д. Д.", part="сведения для ответа")
    here.live_until("2026-11-24T14:05")
    late = [notice for notice in here.notices() if notice[1] == "escalation"]
    assert late == [("11-24 14:00", "escalation", lead, "С-1, Иванов И. И.: срок истёк")]
    assert "соисполнитель Иванов И. И." in here.texts()[-1]


def test_the_time_of_a_substitute_ends(here: World) -> None:
    """Волков stands in for Никитина until 29 November; what is escalated later goes to her."""
    here.register(appeal("О-5", тема="персональные данные"))
    here.live_until("2026-11-24T10:05")
    here.act("О-5", "reassigned", HEAD, lead={"name": "Антонов М. М.", "unit": "отдел электронных услуг"})
    here.live_until("2026-11-26T12:00")
    assert [one[2] for one in here.notices() if one[3].startswith("О-5")] == ["Антонов М. М.", "Волков Д. Д."]
    here.act("О-5", "accepted", "Антонов М. М.")
    here.live_until("2026-12-24T12:00")
    assert [one[2] for one in here.notices() if one[:2] == ("12-24 09:00", "escalation")] == [HEAD, "Никитина С. А."]


def test_one_system_takes_the_digest_of_who_has_orders_in_several(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.settings = replace(here.settings, digests_to="sed")
        here.register(appeal("О-1"), appeal("В-1", system=SystemKind.SED, вид="запрос"))
        here.live_until("2026-12-16T12:00")
        # Ten working days before only the appeal has a point; five before, both do.
        assert [one for one in here.notices("sog") if one[2] == LEAD] == [
            ("12-09 09:00", "reminder", LEAD, "О-1: осталось 10 рабочих дней")
        ]
        assert [one for one in here.notices("sed") if one[2] == LEAD] == [
            ("12-16 09:00", "digest", LEAD, "Поручения на 16 декабря 2026: 2")
        ]


def test_without_a_system_named_each_has_its_own(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("В-1", system=SystemKind.SED, вид="запрос"))
        here.live_until("2026-12-16T12:00")
        for system in ("sog", "sed"):
            assert [one[:3] for one in here.notices(system) if one[0] == "12-16 09:00"] == [
                ("12-16 09:00", "reminder", LEAD)
            ]


def test_on_the_first_day_what_is_long_late_goes_in_one_list_to_the_controller(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        systems = tuple(replace(one, under_control_since=at("2026-11-24T00:00")) for one in here.settings.systems)
        here.settings = replace(here.settings, systems=systems)
        late = [appeal(f"О-{number}", at=f"2026-09-0{number}T10:00:00+05:00") for number in (1, 2, 3)]
        here.register(*late, appeal("О-4"))
        here.live_until("2026-12-08T12:00")
        # Nobody is escalated for what happened before; the order that is not late goes its way.
        assert here.notices() == [
            ("11-25 09:00", "digest", SPECIALIST, "Поручения на 25 ноября 2026: 3"),
            ("11-26 10:00", "escalation", HEAD, f"О-4, {LEAD}: осталось 19 рабочих дней"),
        ]


def test_only_the_part_that_is_done_loses_its_message(here: World) -> None:
    """A co-executor reported while the notices could not leave: his is withdrawn, that of the other goes out."""
    here.register(social("С-1", "2026-11-24T10:00"))
    here.live_until("2026-11-24T10:05")
    here.act("С-1", "reported", "Волков Д. Д.", part="сведения для ответа")
    here.stand.troubles.set("sog", Trouble("down", "SendNotices"))
    here.live_until("2026-11-24T14:05")
    here.act("С-1", "accepted", "Яковлева Д. И.")
    here.act("С-1", "reported", "Волков Д. Д.", part="Волков Д. Д.")
    here.live_until("2026-11-24T14:06")
    here.stand.troubles.clear()
    here.live_until("2026-11-24T14:30")
    said = "\n".join(here.texts())
    assert "соисполнитель Иванов И. И." in said
    assert "соисполнитель Волков Д. Д." not in said
