"""Terms from events of the card, to a date of the card, by a parameter that nobody has filled; points; periods."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from poruchik.engine.period import periods
from poruchik.engine.trace import story
from poruchik.model.decision import ManualCode
from poruchik.policy.words import Every
from support.policies import DICTIONARY, HEADER, decider, document, load_rules

DATES = DICTIONARY.replace(
    "не бывает:",
    """  - {атрибут: дата вынесения, тип: дата}
  - {атрибут: дата предъявления, тип: дата-время}
не бывает:""",
)
RULE = """
правила:
  - правило: п
    основание: {акт: акт, пункт: "1"}
    суть: Исполнить.
    если: {вид: запрос}
    то: {ответственный: {подразделение: отдел}, срок: СРОК}
"""


def due_of(folder: Path, term: str, **facts: object) -> str:
    made = decider(folder, RULE.replace("СРОК", term), atributy=DATES)
    decision = made.decide(document(вид="запрос", **facts))  # type: ignore[arg-type]
    order = decision.orders[0]
    return order.deadline.due_at.isoformat()[:16] if order.deadline else decision.manual[0].text


def test_from_a_day_of_the_card(tmp_path: Path) -> None:
    term = "{длительность: 1 месяц, от: вынесения}"
    assert due_of(tmp_path, term, **{"дата вынесения": date(2026, 10, 20)}) == "2026-11-20T18:00"
    assert due_of(tmp_path, term) == "срок правила «п»: в карточке нет «дата вынесения»"


def test_from_a_moment_of_the_card(tmp_path: Path) -> None:
    moment = datetime.fromisoformat("2026-10-30T15:00:00+05:00")
    term = "{длительность: 24 часа, от: предъявления}"
    assert due_of(tmp_path, term, **{"дата предъявления": moment}) == "2026-10-31T15:00"


def test_to_a_date_of_the_card(tmp_path: Path) -> None:
    assert due_of(tmp_path, "{дата: предел}", предел=date(2026, 11, 20)) == "2026-11-20T18:00"
    assert due_of(tmp_path, "{дата: предел}", предел=date(2026, 11, 22)) == "2026-11-20T18:00"  # a Sunday
    assert due_of(tmp_path, "{дата: предел}") == "срок правила «п»: в карточке нет «предел»"


def test_a_date_that_no_calendar_knows_is_for_a_person(tmp_path: Path) -> None:
    for term in ("{дата: предел}", "{длительность: 3 дня, не позднее: {атрибут: предел}}"):
        assert "на 1900 год производственного календаря нет" in due_of(tmp_path, term, предел=date(1900, 1, 1))


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("{дата: предел, длительность: 3 дня}", "одно из двух"),
        ("{от: регистрации}", "одно из двух"),
        ("{дата: вид}", "не дата"),
        ("{дата: придел}", "«предел»"),
        ("{длительность: 3 дня, от: внесения}", "дата внесения"),
        ("{длительность: 3 дня, от: конца периода}", "не повторяется"),
    ],
)
def test_faults(tmp_path: Path, term: str, told: str) -> None:
    found = load_rules(tmp_path, RULE.replace("СРОК", term), atributy=DATES).problems.errors
    assert len(found) == 1
    assert told in str(found[0])


UNFILLED = """
параметры:
  - {параметр: неизвестный, название: Срок, заполнить: найдите статью закона}
"""


def test_a_term_that_nobody_knows_is_no_silent_default(tmp_path: Path) -> None:
    rules = UNFILLED + RULE.replace("СРОК", "{длительность: {параметр: неизвестный}}")
    loaded = load_rules(tmp_path, rules, atributy=DATES)
    assert [one.code for one in loaded.problems] == ["заполнить"]
    assert not loaded.problems.errors
    decision = decider(tmp_path, rules, atributy=DATES).decide(document(вид="запрос"))
    assert [one.code for one in decision.manual] == [ManualCode.BAD_TERM]
    assert "ещё не заполнен: найдите статью закона" in decision.manual[0].text


SCORES = """
правила:
  - {правило: а, основание: {акт: акт, пункт: "1"}, суть: Толстое., если: {листов: {больше: 10}}, то: {баллы: 30}}
  - {правило: б, основание: {акт: акт, пункт: "1"}, суть: Срочное., если: {срочно: да}, то: {баллы: 40}}
  - {правило: в, основание: {акт: акт, пункт: "1"}, суть: С сайта., если: {канал: сайт}, то: {приоритет: 5}}
"""
SCALE = HEADER + "приоритет по баллам: [{баллов: 30, приоритет: 2}, {баллов: 60, приоритет: 1}]\n"


@pytest.mark.parametrize(
    ("facts", "slots"),
    [
        ({"листов": 11}, {"score": 30, "priority": 2}),
        ({"листов": 11, "срочно": True}, {"score": 70, "priority": 1}),
        ({"листов": 11, "канал": "сайт"}, {"score": 30, "priority": 5}),  # a rule's own word is stronger than the scale
        ({"листов": 9}, {}),
    ],
)
def test_points_add_up(tmp_path: Path, facts: dict[str, int | bool | str], slots: dict[str, int]) -> None:
    decision = decider(tmp_path, SCORES, politika=SCALE).decide(document(**facts))
    assert decision.slots == slots
    if slots.get("score") == 70:
        assert "Баллы: 70 = +30 Толстое; +40 Срочное → приоритет 1" in list(story(decision))


PLAN = """
правила:
  - правило: план
    основание: {акт: акт, пункт: "1"}
    суть: Вести план.
    если: {вид: письмо}
    то:
      ответственный: {подразделение: отдел}
      срок: нет
      поручения:
        - {текст: "Доложить за {период}.", повторять: КАК, ответственный: {роль: контроль}, срок: {длительность: 10 дней, от: конца периода}}
"""


@pytest.mark.parametrize(
    ("how", "at", "told"),
    [
        ("ежеквартально", "2026-11-02", [("4 квартал 2026 года", date(2026, 10, 1), date(2027, 1, 11))]),
        ("раз в полугодие", "2026-07-01", [("2 полугодие 2026 года", date(2026, 7, 1), date(2027, 1, 11))]),
        ("ежегодно", "2026-01-12", [("2026 год", date(2026, 1, 1), date(2027, 1, 11))]),
        (
            "ежемесячно",
            "2026-11-30",
            [
                ("ноябрь 2026 года", date(2026, 11, 1), date(2026, 12, 10)),
                ("декабрь 2026 года", date(2026, 12, 1), date(2027, 1, 11)),
            ],
        ),
    ],
)
def test_an_order_for_each_period_that_is_left(
    tmp_path: Path, how: str, at: str, told: list[tuple[str, date, date]]
) -> None:
    decision = decider(tmp_path, PLAN.replace("КАК", how)).decide(document(f"{at}T10:00:00+05:00", вид="письмо"))
    found = [(one.text, one.begins_on, one.deadline and one.deadline.due_on) for one in decision.orders[1:]]
    assert found == [(f"Доложить за {name}.", begins, due) for name, begins, due in told]


def test_the_year_of_the_plan(tmp_path: Path) -> None:
    made = decider(tmp_path, PLAN.replace("КАК", "ежемесячно"))
    decision = made.decide(document("2026-12-15T10:00:00+05:00", вид="письмо", **{"год плана": 2027}))
    assert len(decision.orders) == 13
    assert decision.orders[1].begins_on == date(2027, 1, 1)
    assert len({order.key for order in decision.orders}) == 13


@pytest.mark.parametrize("year", [0, -5, 99999, Decimal("2026.5")])
def test_a_year_that_is_none_is_for_a_person(tmp_path: Path, year: int | Decimal) -> None:
    decision = decider(tmp_path, PLAN.replace("КАК", "ежегодно")).decide(document(вид="письмо", **{"год плана": year}))
    assert f"«год плана»: {year} — не год" in decision.manual[0].text
    assert len(decision.orders) == 1


def test_the_periods_of_a_year_touch() -> None:
    for every, count in ((Every.MONTH, 12), (Every.QUARTER, 4), (Every.HALF, 2), (Every.YEAR, 1)):
        found = list(periods(every, 2028, date(2027, 1, 1)))
        assert len(found) == count
        assert found[0].first == date(2028, 1, 1)
        assert found[-1].last == date(2028, 12, 31)
        assert all((later.first - one.last).days == 1 for one, later in pairwise(found))
