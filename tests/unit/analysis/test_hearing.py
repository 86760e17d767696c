"""Somebody always hears of delay: packs that are silent give their witness, the shipped ones have none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poruchik.analysis.hearing import Silence, hears, kinds, silences, turns
from poruchik.analysis.prover import Prover
from poruchik.analysis.report import examine
from poruchik.engine.compile import compile_policy
from poruchik.model.order import Assignee
from poruchik.model.person_ref import PersonRef, RefKind
from poruchik.organization.structure import Absence, Employee, Organization, OrgUnit, Role
from poruchik.policy.load import load_policy
from poruchik.policy.problems import Problems
from poruchik.policy.whole import Policy
from poruchik.resources import rules_folder
from support.policies import CALENDAR, HEADER, ORGANIZATION, load_rules

TODAY = date(2026, 11, 27)
SILENT_HEADER = "\n".join(line for line in HEADER.splitlines() if not line.startswith("эскалация по умолчанию"))
RULES = """правила:
  - правило: ответ
    основание: {акт: акт, пункт: "1"}
    суть: Ответить.
    если: {вид: запрос}
    то: {ответственный: {подразделение: отдел}, срок: {длительность: 10 дней}%s}
"""


def found(folder: Path, rules: str, **files: str) -> list[Silence]:
    loaded = load_rules(folder, rules, **files)
    assert loaded.policy and not loaded.problems.errors, [str(one) for one in loaded.problems]
    return list(silences(prover(loaded.policy), TODAY))


def prover(policy: Policy) -> Prover:
    compiled = compile_policy(policy, Problems())
    assert compiled
    return Prover(compiled, CALENDAR, TODAY)


def test_no_escalation_gives_a_card(tmp_path: Path) -> None:
    (silent,) = found(tmp_path, RULES % "", politika=SILENT_HEADER)
    assert (silent.rule.id, silent.day) == ("ответ", None)
    assert silent.card and silent.card["вид"] == "запрос"
    once = ", эскалация: [{когда: просрочено, кому: начальник-исполнителя}]"
    assert len(found(tmp_path / "b", RULES % once, politika=SILENT_HEADER)) == 1, "one message, then silence"
    daily = ', эскалация: [{когда: "просрочено, каждый рабочий день", кому: начальник-исполнителя}]'
    assert found(tmp_path / "c", RULES % daily, politika=SILENT_HEADER) == []


def test_a_ladder_of_another_rule_counts_where_it_always_fires(tmp_path: Path) -> None:
    ladder = """  - правило: лестница
    основание: {{акт: акт, пункт: "2"}}
    суть: Лестница.
    если: {{{}}}
    то: {{эскалация: [{{когда: "просрочено, каждый рабочий день", кому: начальник-исполнителя}}]}}
"""
    always = RULES % "" + ladder.format("вид: [запрос, обращение]")
    assert found(tmp_path / "a", always, politika=SILENT_HEADER) == []
    (silent,) = found(tmp_path / "b", RULES % "" + ladder.format("вид: запрос, срочно: да"), politika=SILENT_HEADER)
    assert silent.card is not None
    assert silent.card.get("срочно") is not True


def test_what_is_for_information_is_nobodys_delay(tmp_path: Path) -> None:
    rules = (RULES % "").replace("{длительность: 10 дней}", "нет")
    assert found(tmp_path, rules, politika=SILENT_HEADER) == []


def test_a_further_order_has_a_ladder_of_its_own(tmp_path: Path) -> None:
    further = ', эскалация: [{когда: "просрочено, каждый рабочий день", кому: начальник-исполнителя}]'
    further += (
        ", поручения: [{текст: Сообщить., ответственный: {сотрудник: Петров П. П.}, срок: {длительность: 3 дня}}]"
    )
    (silent,) = found(tmp_path, RULES % further, politika=SILENT_HEADER)
    assert silent.order == "Сообщить."


def test_everybody_away_in_one_week_gives_the_day(tmp_path: Path) -> None:
    away = """отсутствия:
  - {сотрудник: Минина М. М., с: 2026-12-14, по: 2026-12-18}
  - {сотрудник: Петров П. П., с: 2026-12-14, по: 2026-12-18}
"""
    (silent,) = found(tmp_path, RULES % "", organizaciya=ORGANIZATION + away)
    assert (silent.rule.id, silent.day) == ("ответ", date(2026, 12, 14))
    assert silent.path[-1] == "больше некому"


def test_the_controller_who_is_the_lead_and_the_top_head(tmp_path: Path) -> None:
    rules = (RULES % ", контролёр: {роль: контроль}").replace("{подразделение: отдел}", "{роль: контроль}")
    header = SILENT_HEADER + '\nэскалация по умолчанию: [{когда: "просрочено, каждый рабочий день", кому: контролёр}]\n'
    (silent,) = found(tmp_path / "a", rules, politika=header)
    assert silent.day == TODAY
    administrator = (
        header + "ждёт человека: {кому: {сотрудник: Петров П. П.}, администратор: {сотрудник: Петров П. П.}}\n"
    )
    assert found(tmp_path / "b", rules, politika=administrator) == []


def test_the_message_says_what_to_do(tmp_path: Path) -> None:
    loaded = load_rules(tmp_path, RULES % "", politika=SILENT_HEADER)
    assert loaded.policy
    examine(loaded.policy, CALENDAR, TODAY, loaded.problems)
    (told,) = (str(one) for one in loaded.problems.errors)
    assert "тишина: правило «ответ»: о просрочке через месяц не услышит никто — на карточке {вид: запрос," in told
    assert told.endswith("{когда: 'просрочено, каждый рабочий день', кому: контролёр}")


@pytest.fixture(scope="module")
def shipped() -> Policy:
    policy = load_policy(rules_folder()).policy
    assert policy
    return policy


def test_the_shipped_rules_are_never_silent(shipped: Policy) -> None:
    assert list(silences(prover(shipped), TODAY)) == []
    bare = replace(shipped, default_escalations=())
    silent = {(one.rule.id, one.order) for one in silences(prover(bare), TODAY)}
    assert len(silent) > 50, "without «эскалация по умолчанию» most kinds of orders would be silent"


def test_the_shipped_rules_reach_somebody_on_every_day(shipped: Policy) -> None:
    for kind in kinds(shipped):
        assert kind.effects.lead is not None
        for day in turns(shipped, TODAY):
            lead = shipped.organization.resolve(kind.effects.lead, day)
            for step in shipped.default_escalations:
                told = hears(shipped, step.to, day, lead, kind.effects.controller)
                assert told.person is not None, (kind.rule.id, day, told.path)
                assert told.person != lead.person


_NAMES = ["А", "Б", "В", "Г", "Д"]
_PEOPLE = st.sampled_from(_NAMES)
_DAYS = st.integers(1, 28).map(lambda day: date(2026, 11, day))


@settings(max_examples=200, deadline=None)
@given(
    heads=st.lists(st.none() | _PEOPLE, min_size=3, max_size=3),
    homes=st.lists(st.sampled_from(["верх", "середина", "низ"]), min_size=5, max_size=5),
    curator=st.none() | _PEOPLE,
    away=st.lists(st.tuples(_PEOPLE, _DAYS, _DAYS, st.none() | _PEOPLE), max_size=6),
    lead=_PEOPLE,
    named=_PEOPLE,
    controller=st.none() | _PEOPLE,
    last=st.none() | _PEOPLE,
    day=_DAYS,
)
def test_whoever_hears_does_not_do_the_work_and_nobody_is_passed_over(
    heads: list[str | None],
    homes: list[str],
    curator: str | None,
    away: list[tuple[str, date, date, str | None]],
    lead: str,
    named: str,
    controller: str | None,
    last: str | None,
    day: date,
) -> None:
    units = [
        OrgUnit("верх", heads[0]),
        OrgUnit("середина", heads[1], "верх", curator),
        OrgUnit("низ", heads[2], "середина"),
    ]
    people = [Employee(name, home) for name, home in zip(_NAMES, homes, strict=True)]
    absences = [Absence(who, min(since, until), max(since, until), other) for who, since, until, other in away]
    roles = [Role("роль", PersonRef(RefKind.PERSON, named))]
    office = Organization(units, people, roles, absences, ZoneInfo("Asia/Yekaterinburg"))

    def person(name: str) -> PersonRef:
        return PersonRef(RefKind.PERSON, name)

    def present(name: str) -> str | None:
        return office.resolve(person(name), day).person

    below = Assignee(person(lead), lead, dict(zip(_NAMES, homes, strict=True))[lead])
    watches = office.resolve(person(controller), day) if controller else None
    administrator = person(last) if last else None
    told = office.hears(PersonRef(RefKind.ROLE, "роль"), day, lead=below, controller=watches, last=administrator)
    busy = {lead, present(lead) or lead}
    assert told.person not in busy
    if told.person is None:
        assert told.path[-1] == "больше некому"
        others = [present(named), watches.person if watches else None, present(last) if last else None]
        assert all(one is None or one in busy for one in others)
