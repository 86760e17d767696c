"""The way of every plain slot of the table, from a rule to the connected system and back onto a page.

As a program of its own it adds a slot to the table first: `python -m support.slot_walk FOLDER` prints what arrived.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

from poruchik.policy import slot_table
from poruchik.policy.slot_table import Slot

ADDED = Slot("гриф", "stamp", slot_table.WORD, "гриф ограничения доступа")


def value_of(slot: Slot, number: int = 0) -> str:
    """Return a value of a slot, another for each number."""
    return str(2 + number) if slot.kind is slot_table.INTEGER else f"слово {'абв'[number]}"


def policy_text(number: int = 0) -> str:
    """Return rules that set every slot, and for each one more rule that sets it differently for urgent documents."""
    values = ", ".join(f"{slot.ru}: {value_of(slot, number)}" for slot in slot_table.SLOTS)
    other = "\n".join(
        f'  - {{правило: иначе-{place}, основание: {{акт: акт, пункт: "2.{place}"}}, суть: Иначе., если: {{срочно: да}}, '
        f"то: {{{slot.ru}: {value_of(slot, 2)}}}}}"
        for place, slot in enumerate(slot_table.SLOTS)
    )
    return f"""
правила:
  - правило: рассмотреть
    основание: {{акт: акт, пункт: "1"}}
    суть: Рассмотреть.
    если: {{вид: обращение}}
    то: {{ответственный: {{сотрудник: Петров П. П.}}, срок: {{длительность: 10 дней}}, {values}}}
{other}
"""


def walk(folder: Path) -> dict[str, str]:
    """Walk every slot; return the slots of the order as a client of the connected system reads them."""
    from support import policies
    from support.pages import Browser, pages, text_of
    from support.world import appeal, world

    text = policy_text()
    decider = policies.decider(folder / "правила", text)
    _decided(decider, policies)
    _checked(folder, text)
    _compared(folder, decider, policies)
    dictionary = policies.DICTIONARY.replace("атрибуты:", "атрибуты:\n  - {атрибут: тема, тип: строка, суть: тема}")
    rules = policies.write_policy(folder / "мир", text, atributy=dictionary)
    with world(folder, policies=rules) as played:
        played.settings = replace(
            played.settings, systems=tuple(replace(one, slots=one.name == "sog") for one in played.settings.systems)
        )
        played.register(appeal("О-1"))
        played.running.worker.run_until_idle()
        (made,) = played.stand_client.GetOrders(cursor="", limit=10).order
        with played.running.store.reading() as reading:
            (order,) = reading.orders.every()
        with pages(played) as server:
            browser = Browser(server.url)
            browser.log_in("ctl")
            card = text_of(browser.get(f"/orders/{order.id}"))
    for slot in slot_table.SLOTS:
        assert f"{slot.ru.capitalize()}: {value_of(slot)}" in made.explanation, (slot, made.explanation)
        assert f"{slot.ru} {value_of(slot)}" in " ".join(card.split()), (slot, card)
    assert json.loads(order.slots) == {"v": 1} | _values()
    return {one.name: one._value_1 for one in made.slot}


def _values() -> dict[str, str | int]:
    return {
        slot.en: int(value_of(slot)) if slot.kind is slot_table.INTEGER else value_of(slot) for slot in slot_table.SLOTS
    }


def _decided(decider: Any, policies: Any) -> None:
    """Read, told, in conflict, kept by hand."""
    from poruchik.control.by_hand import ChoiceByHand, decided_by_hand
    from poruchik.engine.trace import story

    decision = decider.decide(policies.document(вид="обращение"))
    (order,) = decision.orders
    assert order.slots == _values()
    told = list(story(decision))
    for slot in slot_table.SLOTS:
        assert f"  {slot.ru.capitalize()}: {value_of(slot)}" in told
    disputed = decider.decide(policies.document(вид="обращение", срочно=True))
    assert {one.slot for one in disputed.conflicts} == {slot.ru for slot in slot_table.SLOTS}
    undecided = replace(decision, orders=(), draft=order)
    choice = ChoiceByHand("Котова К. К.", "Котова К. К.", "Разобраться.", "Так вышло.", date(2026, 11, 20))
    organization, calendar = decider.policy.organization, policies.CALENDAR
    assert decided_by_hand(undecided, choice, organization, calendar).orders[0].slots == _values()


def _checked(folder: Path, text: str) -> None:
    """Found by `rules check` as a conflict, offered by the schema, described by the reference, asked for by a case."""
    from poruchik.authoring.schema import schema
    from poruchik.cli import main
    from poruchik.policy.vocabulary import EFFECTS, EXPECTATION
    from support import policies

    rules = policies.write_policy(folder / "проверка", text)
    printed = StringIO()
    with redirect_stdout(printed):
        main(["rules", "check", str(rules)])
    offered = json.dumps(schema("pravila"), ensure_ascii=False)
    for slot in slot_table.SLOTS:
        assert slot.ru in printed.getvalue(), (slot, printed.getvalue())
        assert f'"{slot.ru}"' in offered
        assert slot.ru in {key.ru for key in EFFECTS.keys} & {key.ru for key in EXPECTATION.keys}
    expected = ", ".join(f"{slot.ru}: {value_of(slot)}" for slot in slot_table.SLOTS)
    card = "{вид: обращение, дата регистрации: '2026-11-02T10:00:00+05:00'}"
    case = "проверки:\n  - {проверка: п, документ: КАРТОЧКА, ожидаем: {ОЖИДАЕМ}}\n".replace("КАРТОЧКА", card)
    for number, good in ((0, True), (1, False)):
        wanted = expected if good else ", ".join(f"{slot.ru}: {value_of(slot, 1)}" for slot in slot_table.SLOTS)
        (rules / "п.test.yaml").write_text(case.replace("ОЖИДАЕМ", wanted), encoding="utf-8")
        printed = StringIO()
        with redirect_stdout(printed):
            main(["rules", "test", str(rules)])
        assert f"Проверок: 1, не сошлось: {number}." in printed.getvalue(), printed.getvalue()
        assert good or all(f"{slot.ru}: ожидали" in printed.getvalue() for slot in slot_table.SLOTS)


def _compared(folder: Path, decider: Any, policies: Any) -> None:
    """Different under two policies: what `rules simulate` counts."""
    from poruchik.simulation.tally import differences, outcome_of

    other = policies.decider(folder / "другие", policy_text(1))
    card = policies.document(вид="обращение")
    found = differences(outcome_of(decider.decide(card)), outcome_of(other.decide(card)))
    assert list(found) == [(slot.ru, value_of(slot), value_of(slot, 1)) for slot in slot_table.SLOTS]


def main(arguments: Mapping[int, str]) -> None:
    """Add a slot, walk, and print what arrived."""
    slot_table.SLOTS = (*slot_table.SLOTS, ADDED)
    print(json.dumps(walk(Path(arguments[1])), ensure_ascii=False))


if __name__ == "__main__":
    main(dict(enumerate(sys.argv)))
