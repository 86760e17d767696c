"""A new rule with its cases, made for the dictionary and the people that a pack has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from poruchik.errors import PoruchikError
from poruchik.model.decision import Decision, ManualCode
from poruchik.model.document import Document, SystemKind, Value
from poruchik.policy.inventory import CASES_SUFFIX, HEADER_NAME, companion
from poruchik.policy.lines import SOURCES, SYSTEM
from poruchik.policy.load import Loaded
from poruchik.policy.model import ValueType
from poruchik.policy.slots import told
from poruchik.policy.whole import Policy

if TYPE_CHECKING:
    from poruchik.engine.decide import Decider

_PLAIN = re.compile(r"[^\W_][\w .-]*(?<! )")
_NAME = re.compile(r"[\w-]{1,100}")
_RULE = """# Правило заведено по шаблону: впишите своё и уберите строку «статус».
правила:
  - правило: {name}
    основание: {{акт: {act}, пункт: {clause}}}
    суть: Одной фразой, что и к какому сроку сделать.
    статус: пробная
    если:
      {condition}
    то:
      ответственный: {person}
      срок: {{длительность: 30 дней, от: регистрации}}
      напоминания: [за 5 рабочих дней, в день срока]
      эскалация:
        - {{когда: просрочено, кому: начальник-исполнителя}}
"""
_CASES = """# Проверки правила: где оно срабатывает и где нет.
проверки:
  - проверка: {name}, срабатывает
    документ: {{{fires}, дата регистрации: "{moment}"}}
    ожидаем: {{ручной разбор: {fires_manual}, сработали: [{name}]}}
  - проверка: {name}, не срабатывает
    документ: {{{silent}, дата регистрации: "{moment}"}}
    ожидаем: {{ручной разбор: {silent_manual}, не сработали: [{name}]}}
"""


@dataclass(frozen=True, slots=True)
class _Example:
    """What a card says, as YAML has it, and whether it goes to a person by the rules that are there."""

    card: Mapping[str, str]
    manual: bool

    def __str__(self) -> str:
        """Return the card as a case has it."""
        return ", ".join(f"{name}: {value}" for name, value in self.card.items())


def new_rule(loaded: Loaded, decider: Decider, name: str, act: str, clause: str, today: date) -> list[Path]:
    """Write a rule and its cases into the pack; raise PoruchikError when it cannot be done.

    The rule is on trial, so it changes nothing; its cases pass as they are. Nothing is overwritten.
    """
    policy, folder = decider.policy, loaded.folder
    if not _NAME.fullmatch(name):
        raise PoruchikError(f"имя «{name}» не годится", remedy="буквы, цифры и дефис, например ответ-на-запрос")
    if companion(folder, HEADER_NAME) is None:
        raise PoruchikError("это не папка пакета", where=str(folder), remedy=f"назовите папку с файлом {HEADER_NAME}")
    if policy.rule(name):
        raise PoruchikError(f"правило «{name}» уже есть", remedy="назовите иначе")
    places = [folder / f"{name}.yaml", folder / f"{name}{CASES_SUFFIX}"]
    for place in places:
        if place.exists():
            raise PoruchikError("такой файл уже есть", where=str(place), remedy="назовите правило иначе")
    try:
        for place, text in zip(places, _texts(decider, folder, name, act, clause, today), strict=True):
            place.write_text(text, encoding="utf-8")
    except OSError as error:
        raise PoruchikError(f"файл не записался: {error.strerror}", where=str(folder)) from error
    return places


def _texts(decider: Decider, folder: Path, name: str, act: str, clause: str, today: date) -> tuple[str, str]:
    policy = decider.policy
    moment = datetime.combine(_day(policy, today), time(10), policy.zone)
    fires, silent = _examples(decider, moment)
    rule = _RULE.format(
        name=name,
        act=_quoted(act or _act(policy, folder)),
        clause=json.dumps(clause, ensure_ascii=False),
        condition="\n      ".join(f"{name}: {value}" for name, value in fires.card.items()),
        person=_person(policy),
    )
    cases = _CASES.format(
        name=name,
        moment=moment.isoformat(),
        fires=fires,
        fires_manual=told(fires.manual),
        silent=silent,
        silent_manual=told(silent.manual),
    )
    return rule, cases


def _act(policy: Policy, folder: Path) -> str:
    """Return the act that the pack carries out: that of its rules, else the last one declared."""
    own = [rule.act for rule in policy.rules if folder in Path(rule.position.file).parents]
    return next(iter([*own, *reversed(list(policy.acts))]), "акт")


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, in quotation marks where it is not plain words."""
    return text if _PLAIN.fullmatch(text) and text.lower() != "null" else json.dumps(text, ensure_ascii=False)


def _day(policy: Policy, today: date) -> date:
    """Return a day on which the pack is in force."""
    period = policy.packs[-1].period
    return today if period.covers(today) else period.since or period.until or today


def _examples(decider: Decider, moment: datetime) -> tuple[_Example, _Example]:
    """Return two cards that differ by the value of one attribute: the rule is written for the first of them."""
    for base in _bases(decider.policy):
        for name, values in _choices(decider.policy):
            tried = values if name not in base else ()
            found = [example for value in tried if (example := _example(decider, base | {name: value}, moment))]
            if len(found) > 1:
                return found[0], found[1]
    raise PoruchikError("в словаре нет атрибута, по которому различать документы", remedy="дополните atributy.yaml")


def _bases(policy: Policy) -> Iterator[dict[str, Value]]:
    """Yield what a card may have to say besides: nothing, or one more word where it is impossible without."""
    yield {}
    for name, values in _choices(policy):
        yield from ({name: value} for value in values if name != SYSTEM)


def _choices(policy: Policy) -> Iterator[tuple[str, tuple[Value, ...]]]:
    own = [one for one in policy.attributes.values() if not one.derived]
    own.sort(key=lambda one: one.name != "вид")
    for one in own:
        if one.type is ValueType.STRING and len(one.values) > 1 and one.name != SYSTEM:
            yield one.name, one.values
    for one in own:
        if one.type is ValueType.YES_NO:
            yield one.name, (True, False)
    yield SYSTEM, tuple(SystemKind)


def _example(decider: Decider, card: dict[str, Value], moment: datetime) -> _Example | None:
    system = SystemKind(str(card.get(SYSTEM, SystemKind.SED)))
    facts = {name: value for name, value in card.items() if name != SYSTEM}
    decision: Decision = decider.decide(Document(SOURCES[system], system, "пример", moment, facts))
    if any(reason.code is ManualCode.IMPOSSIBLE_CARD for reason in decision.manual):
        return None
    shown = {_quoted(name): _quoted(told(value)) for name, value in card.items()}
    return _Example(shown, bool(decision.manual))


def _person(policy: Policy) -> str:
    organization = policy.organization
    for kind, names in (
        ("роль", [role.name for role in organization.roles]),
        ("подразделение", [unit.name for unit in organization.units]),
        ("сотрудник", [person.name for person in organization.employees]),
    ):
        if names:
            return f"{{{kind}: {_quoted(names[0])}}}"
    raise PoruchikError("в организации никого нет", remedy="заполните organizaciya.yaml")
