"""What is different between two policies, in plain Russian: rules, parameters, people, the dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from poruchik.model.order import citation
from poruchik.organization.parts import Absence
from poruchik.policy.model import Attribute, Rule
from poruchik.policy.prose import condition_lines, effect_lines, joined, parameter_line
from poruchik.policy.slots import told
from poruchik.policy.whole import Policy

Named = TypeVar("Named")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was added, removed or changed. `details` say how, one line each."""

    what: str
    kind: str
    name: str
    details: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield it for a terminal."""
        yield f"{_MARKS[self.kind]} {self.what} «{self.name}»: {self.kind}"
        yield from (f"    {line}" for line in self.details)


ADDED, REMOVED, CHANGED = "добавлено", "убрано", "изменено"
_MARKS = {ADDED: "+", REMOVED: "−", CHANGED: "~"}


def differences(old: Policy, new: Policy, on: date) -> Iterator[Change]:
    """Yield every change from one policy to another; terms by parameters are told as of that day."""
    yield from _named(
        "правило", _by_id(old.rules), _by_id(new.rules), lambda one, other: _rule(one, other, old, new, on)
    )
    yield from _named("параметр", old.parameters, new.parameters, _values)
    yield from _named("атрибут", old.attributes, new.attributes, _attribute)
    organization, other = old.organization, new.organization
    yield from _named("роль", _by_name(organization.roles), _by_name(other.roles), _roles)
    yield from _named("подразделение", _by_name(organization.units), _by_name(other.units), _unit)
    yield from _named("сотрудник", _by_name(organization.employees), _by_name(other.employees), _employee)
    yield from _named("отсутствие", _absences(old), _absences(new), _absence)
    yield from _impossible(old, new)
    yield from _named("слово лексикона", _lexicon(old), _lexicon(new), lambda one, other: _was_is("баллы", one, other))
    yield from _named("код вопроса", _codes(old), _codes(new), lambda one, other: _was_is("тема", one, other))
    yield from _settings(old, new)


def _lexicon(policy: Policy) -> dict[str, str]:
    rows = policy.classifier.rows if policy.classifier else ()
    return {f"{row.words} → {row.value}": f"{row.points:+d}" for row in rows}


def _codes(policy: Policy) -> dict[str, str]:
    return dict(policy.classifier.codes) if policy.classifier else {}


def _settings(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield what else decides: when a topic is certain, which points are which priority."""
    lines = (
        *_was_is("порог и отрыв", _certainty(old), _certainty(new)),
        *_was_is("приоритет по баллам", _scale(old), _scale(new)),
    )
    if lines:
        yield Change("настройка", CHANGED, "пакет", lines)


def _certainty(policy: Policy) -> str:
    found = policy.classifier
    return f"{found.threshold} и {found.margin}" if found else "нет"


def _scale(policy: Policy) -> str:
    return ", ".join(f"от {step.points} — {step.priority}" for step in policy.priorities) or "нет"


def _by_id(rules: Iterable[Rule]) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


def _by_name(found: Iterable[Any]) -> dict[str, Any]:
    return {one.name: one for one in found}


def _named(
    what: str,
    old: Mapping[str, Named],
    new: Mapping[str, Named],
    details: Callable[[Named, Named], Iterable[str]],
) -> Iterator[Change]:
    for name, one in old.items():
        if name not in new:
            yield Change(what, REMOVED, name)
        elif one != new[name]:
            yield Change(what, CHANGED, name, tuple(details(one, new[name])))
    for name in new:
        if name not in old:
            yield Change(what, ADDED, name)


def _rule(one: Rule, other: Rule, old: Policy, new: Policy, on: date) -> Iterator[str]:
    yield from _was_is("основание", citation(one.act, one.clause), citation(other.act, other.clause))
    yield from _was_is("суть", one.gist, other.gist)
    yield from _was_is("статус", one.status.value, other.status.value)
    yield from _was_is("действует", str(one.period) or "всегда", str(other.period) or "всегда")
    yield from _was_is("перенос по умолчанию", one.default_roll.value, other.default_roll.value)
    before, after = condition_lines(one.condition), condition_lines(other.condition)
    yield from (f"если: больше не нужно {line}" for line in before if line not in after)
    yield from (f"если: теперь нужно {line}" for line in after if line not in before)
    yield from _was_is("вместо", joined(one.instead), joined(other.instead))
    yield from _was_is("спорно с", joined(one.disputed_with), joined(other.disputed_with))
    was = dict(effect_lines(one.effects, old.parameters, on))
    now = dict(effect_lines(other.effects, new.parameters, on))
    for slot in dict.fromkeys([*was, *now]):
        yield from _was_is(f"то: {slot}", was.get(slot, ""), now.get(slot, ""))


def _values(one: Any, other: Any) -> Iterator[str]:
    yield from _was_is("название", one.title, other.title)
    before, after = [parameter_line(value) for value in one.values], [parameter_line(value) for value in other.values]
    yield from (f"убрано: {line}" for line in before if line not in after)
    yield from (f"добавлено: {line}" for line in after if line not in before)


def _attribute(one: Attribute, other: Attribute) -> Iterator[str]:
    yield from _was_is("тип", one.type.value, other.type.value)
    yield from _was_is("смысл", one.gist, other.gist)
    yield from _was_is("вычисляемый", told(one.derived), told(other.derived))
    added = [value for value in other.values if value not in one.values]
    removed = [value for value in one.values if value not in other.values]
    if added:
        yield f"новые значения: {', '.join(added)}"
    if removed:
        yield f"убраны значения: {', '.join(removed)}"


def _roles(one: Any, other: Any) -> Iterator[str]:
    yield from _was_is("исполняет", str(one.holder), str(other.holder))
    yield from _was_is("график", _rota(one), _rota(other))


def _rota(role: Any) -> str:
    return "; ".join(f"{shift.since:%d.%m.%Y}–{shift.until:%d.%m.%Y} {shift.holder}" for shift in role.shifts)


def _unit(one: Any, other: Any) -> Iterator[str]:
    yield from _was_is("начальник", one.head or "", other.head or "")
    yield from _was_is("вышестоящее", one.parent or "", other.parent or "")
    yield from _was_is("куратор", one.curator or "", other.curator or "")


def _employee(one: Any, other: Any) -> Iterator[str]:
    yield from _was_is("подразделение", one.unit, other.unit)
    yield from _was_is("должность", one.position, other.position)


def _absences(policy: Policy) -> dict[str, Absence]:
    return {f"{one.person} с {one.since:%d.%m.%Y}": one for one in policy.organization.absences}


def _absence(one: Absence, other: Absence) -> Iterator[str]:
    yield from _was_is("по", f"{one.until:%d.%m.%Y}", f"{other.until:%d.%m.%Y}")
    yield from _was_is("замещает", one.substitute or "", other.substitute or "")


def _impossible(old: Policy, new: Policy) -> Iterator[Change]:
    before = {" и ".join(condition_lines(card.condition)): card for card in old.impossible}
    after = {" и ".join(condition_lines(card.condition)): card for card in new.impossible}
    for text in before:
        if text not in after:
            yield Change("не бывает", REMOVED, text)
    for text in after:
        if text not in before:
            yield Change("не бывает", ADDED, text)


def _was_is(name: str, before: str, after: str) -> Iterator[str]:
    if before != after:
        yield f"{name}: было {before or 'пусто'}, стало {after or 'пусто'}"
