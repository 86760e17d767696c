"""A term that stands still where an act lets it: in the system, by the limit, with the ledger in the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from poruchik.control.item import ItemState
from poruchik.model.standing import OrderState, StoredOrder, stops_in
from support.pages import Browser, pages, text_of
from support.policies import write_policy
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
LEAD, HEAD = "Петров П. П.", "Котова К. К."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-12-10", "outcome": "разъяснено"}
RULES = """
правила:
  - правило: заявления
    основание: {акт: акт, пункт: п. 1}
    суть: решить по заявлению
    если: {вид: письмо}
    то:
      ответственный: {сотрудник: Петров П. П.}
      контролёр: {сотрудник: Котова К. К.}
      срок: {длительность: 30 дней, перенос: на предыдущий рабочий}
      напоминания: [в день срока]
      приостановка: {пока: не поступят документы заявителя, не дольше: 20 дней, основание: {акт: акт, пункт: п. 7}}
  - правило: запросы
    основание: {акт: акт, пункт: п. 2}
    суть: ответить на запрос
    если: {вид: запрос}
    то:
      ответственный: {сотрудник: Петров П. П.}
      срок: {длительность: 10 рабочих дней}
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """An application of Monday 23 November, due on Wednesday 23 December."""
    with world(tmp_path, policies=write_policy(tmp_path / "rules" / "pack", RULES)) as made:
        made.register(replace(appeal("З-1"), attributes={"вид": "письмо"}))
        made.register(replace(appeal("З-2"), attributes={"вид": "запрос"}))
        made.live_until("2026-11-24T10:00")
        made.act("З-1", "accepted", LEAD)
        yield made


def order(here: World, number: str = "З-1") -> StoredOrder:
    with here.running.store.reading() as reading:
        return reading.orders.find(number)[0]


def due(here: World) -> str:
    found = order(here).due_at
    assert found is not None
    return f"{found.astimezone(here.clock.now().tzinfo):%d.%m.%Y}"


def words(here: World) -> list[str]:
    with here.running.store.reading() as reading:
        return [f"{one.what} {one.details}".strip() for one in reading.audit.about(order(here).key)]


def told(here: World) -> list[str]:
    return [subject for *_, subject in here.notices()]


def test_the_term_stands_and_goes_on_by_what_was_left(here: World) -> None:
    here.live_until("2026-12-01T10:00")
    here.act("З-1", "suspended", HEAD, comment="Запрошены документы")
    here.live_until("2026-12-10T10:00")
    assert due(here) == "12.01.2027"  # the latest that it can be: twenty days later
    assert "З-1: срок приостановлен" in told(here)
    assert "Срок стоит, пока не поступят документы заявителя." in "".join(here.texts())
    assert {item.state for item in items(here)} == {ItemState.PAUSED}
    here.act("З-1", "resumed", HEAD, comment="Документы поступили")
    here.live_until("2026-12-25T10:00")
    assert due(here) == "30.12.2026"  # 23 December and nine days is a holiday, the day before it was moved too
    (stop,) = stops_in(order(here).stops)
    assert (stop.why, stop.by) == ("Запрошены документы", HEAD) and stop.until is not None
    assert order(here).extensions == 0 and order(here).first_due_at == order(here).due_at
    assert any("срок идёт дальше стоял с 1 декабря 2026 по 10 декабря 2026" in one for one in words(here))
    (item,) = items(here)
    assert any(
        step.startswith("срок стоял с 1 декабря 2026 по 10 декабря 2026, 9 дней") for step in item.plan.deadline.steps
    )
    late = [one for one in told(here) if one.startswith("З-1") and ("истёк" in one or "просрочено" in one)]
    assert late == []  # 23 December is not its day any more


def items(here: World) -> list:  # type: ignore[type-arg]
    with here.running.store.reading() as reading:
        return reading.items.of_orders([order(here).key])[order(here).key]


def test_it_goes_on_by_itself_when_it_has_stood_as_long_as_it_may(here: World) -> None:
    here.live_until("2026-12-01T10:00")
    here.act("З-1", "suspended", HEAD)
    here.live_until("2026-12-21T12:00")
    assert order(here).stopped_until is not None
    here.live_until("2027-01-13T12:00")
    assert order(here).stopped_until is None and due(here) == "12.01.2027"
    assert "срок пошёл дальше сам: дольше стоять не может" in words(here)
    assert [item.state for item in items(here)] == [ItemState.ACTIVE]
    assert any("срок истёк" in one for one in told(here))  # and somebody hears of its delay


def test_a_controller_does_it_on_the_page(here: World) -> None:
    here.live_until("2026-12-01T10:00")
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        number = order(here).id
        assert "Приостановить срок" in text_of(browser.get(f"/orders/{number}"))
        form = browser.get(f"/orders/{number}/stop")
        assert (
            "Можно, пока не поступят документы заявителя, и не дольше 20 дней: не позднее 21 декабря 2026"
            in text_of(form)
        )
        assert browser.submit(form, "Приостановить", comment="").status_code == 422
        card = text_of(browser.submit(form, "Приостановить", comment="Запрошены документы"))
        assert "Срок стоит." in card and "срок стоит, не позднее 21.12.2026 пойдёт дальше" in card
        assert browser.submit(form, "Приостановить", comment="Ещё раз то же").status_code == 409
        assert "Возобновить срок" in card and "Приостановить срок" not in card
        again = browser.submit(browser.get(f"/orders/{number}/go-on"), "Возобновить", comment="Документы поступили")
        assert "Срок стоял с 01.12.2026 10:00 по 01.12.2026 10:00" in text_of(again)
        browser.log_in("exec")
        assert browser.get(f"/orders/{number}/stop").status_code in (403, 404)


def test_where_no_act_lets_it_the_term_goes_on_and_that_is_told(here: World) -> None:
    here.act("З-2", "suspended", HEAD, comment="Подождём")
    here.live_until("2026-11-25T10:00")
    assert order(here, "З-2").stopped_until is None
    assert "З-2: срок не приостановлен" in told(here)
    assert "правило приостановки не предусматривает" in here.texts()[-1]


@pytest.mark.parametrize("kind", ["reported", "released", "cancelled"])
def test_what_ends_the_order_ends_the_stop(here: World, kind: str) -> None:
    here.live_until("2026-12-01T10:00")
    here.act("З-1", "suspended", HEAD)
    here.live_until("2026-12-03T10:00")
    here.act("З-1", kind, HEAD, **({"report": REPORT} if kind == "reported" else {}))
    here.live_until("2026-12-04T10:00")
    assert order(here).stopped_until is None and order(here).state == OrderState(kind)
    assert ItemState.ACTIVE not in {item.state for item in items(here)}
    (stop,) = stops_in(order(here).stops)
    assert stop.until == datetime.fromisoformat("2026-12-03T10:00+05:00")


def test_twice_and_without_a_stop_nothing_happens(here: World) -> None:
    here.act("З-1", "resumed", HEAD)
    here.act("З-1", "suspended", HEAD)
    here.live_until("2026-11-25T10:00")
    until = order(here).stopped_until
    here.act("З-1", "suspended", HEAD)
    here.live_until("2026-11-26T10:00")
    assert order(here).stopped_until == until and len(stops_in(order(here).stops)) == 1
    assert "срок не стоит изменение пропущено" in words(here) and "срок не остановлен срок уже стоит" in words(here)
