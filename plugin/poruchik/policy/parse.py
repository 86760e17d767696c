"""Turning checked entries into rules and parameters. What depends on other declarations is read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from poruchik.model.ladder import EscalationStep
from poruchik.model.order import AUTOMATICALLY, Suspension
from poruchik.model.person_ref import PersonRef
from poruchik.policy.attributes import OF_REPORT, REPORTED, read_facts
from poruchik.policy.check import Entry, check_record, describe
from poruchik.policy.conditions import ConditionReader
from poruchik.policy.model import (
    EQUAL,
    AllOf,
    Attribute,
    ClockEffect,
    CoExecutorEffect,
    Effects,
    ExtensionEffect,
    Parameter,
    ParameterValue,
    Period,
    Rule,
    Term,
    Test,
    ValueType,
    tests_of,
)
from poruchik.policy.people import read_person
from poruchik.policy.problems import Position, Problems, suggest
from poruchik.policy.shapes import Unreadable
from poruchik.policy.slot_table import SLOTS
from poruchik.policy.source import MapNode, Node, Scalar
from poruchik.policy.vocabulary import BY_PARAMETER, CO_EXECUTOR, DURATION, NO_TERM, TERM
from poruchik.policy.whole import Pack
from poruchik.policy.words import Status
from poruchik.workcalendar.duration import Duration

_OF_A_PART = tuple(key.ru for key in CO_EXECUTOR.keys)


@dataclass(frozen=True, slots=True)
class RuleParser:
    """Parses rules over one dictionary, one set of parameters and operators."""

    conditions: ConditionReader
    attributes: Mapping[str, Attribute]
    parameters: Mapping[str, Parameter]
    problems: Problems
    _places: dict[str, Position] = field(default_factory=dict)
    """Where the rule that is read names people."""

    def parse(self, entries: Iterable[tuple[Pack, Entry]]) -> list[Rule]:
        """Return the rules that could be read, in the order of the files; the problems of the others are noted."""
        rules: dict[str, Rule] = {}
        for pack, entry in entries:
            rule = self._rule(pack, entry)
            if rule is None:
                self.problems.unread.add(entry.value("id", ""))
                continue
            if rule.id in rules:
                self.problems.error(
                    entry.at("id"),
                    "повтор-правила",
                    f"правило «{rule.id}» уже есть",
                    why=f"в {rules[rule.id].position.file}, {rules[rule.id].position.within}",
                    remedy="переименуйте одно из них",
                )
                continue
            rules[rule.id] = rule
        return list(rules.values())

    def _rule(self, pack: Pack, entry: Entry) -> Rule | None:
        self._places.clear()
        condition_node, effects_entry = entry.fields.get("condition"), entry.fields.get("effects")
        condition = self.conditions.read(condition_node) if condition_node else None
        effects = self._effects(effects_entry) if effects_entry else None
        if not entry.complete or condition is None or effects is None:
            return None
        basis = entry.fields["basis"]
        on_report = any(test.attribute in OF_REPORT for test in tests_of(condition))
        if on_report:
            self._only_orders(entry, effects)
            condition = AllOf((Test(REPORTED, EQUAL, True), condition))  # not before a report has come
        return Rule(
            id=entry.value("id"),
            act=basis.value("act"),
            clause=basis.value("clause"),
            gist=entry.value("gist"),
            condition=condition,
            effects=effects,
            instead=entry.values("instead"),
            disputed_with=entry.values("disputed"),
            period=parse_period(entry.fields["period"], self.problems) if "period" in entry.fields else pack.period,
            default_roll=pack.roll,
            status=_weaker(pack.status, entry.value("status", Status.IN_FORCE)),
            on_report=on_report,
            position=entry.at("id"),
            places={
                **self._places,
                basis.value("act"): basis.at("act"),
                **{one.value: one.position for key in ("instead", "disputed") for one in entry.fields.get(key, ())},
            },
        )

    def _only_orders(self, entry: Entry, effects: Effects) -> None:
        """Note what a rule about a report sets besides orders: the document's own is given long before one comes."""
        if effects == replace(Effects(), further=effects.further) and effects.further:
            return
        self.problems.error(
            entry.fields["effects"].position,
            "отчёт",
            "правило, которое спрашивает об отчёте, даёт только «поручения»",
            why="когда отчёт пришёл, поручение по документу давно выдано",
            remedy="перенесите исполнителя и срок внутрь «поручения»",
        )

    def _effects(self, entry: Entry) -> Effects:
        control, refusal = entry.fields.get("control"), entry.fields.get("refusal_to")
        return Effects(
            text=entry.value("text", ""),
            derived=self._derived(entry.fields.get("derived")),
            lead=self._person(entry.fields.get("lead")),
            controller=self._person(entry.fields.get("controller") or (control and control.fields.get("controller"))),
            overseer=self._person(entry.fields.get("overseer")),
            slots={slot.en: entry.value(slot.en) for slot in SLOTS if entry.value(slot.en) is not None},
            score=entry.value("score"),
            control_kind=entry.value("control_kind") or (control.value("kind", "") if control else ""),
            term=self._term_or_none(entry.fields.get("term")),
            clocks=tuple(self._clocks(entry.fields.get("clocks", ()))),
            co_executors=tuple(self._co_executors(entry.fields.get("co_executors", ()))),
            reminders=entry.values("reminders"),
            escalations=tuple(self._escalations(entry.fields.get("escalations", ()))),
            checks=entry.values("checks"),
            letters=entry.values("letters"),
            notify=self._people(entry.fields.get("notify", ())),
            extension=self._extension(entry.fields.get("extension")),
            suspension=self._suspension(entry.fields.get("suspension")),
            refusal_to=self._person(refusal.fields.get("to")) if refusal else None,
            further=tuple(self._effects(order) for order in entry.fields.get("further", ())),
            manual=entry.value("manual", ""),
            at_once=entry.value("at_once", False),
            each=self._each(entry),
            every=entry.value("every"),
        )

    def _each(self, entry: Entry) -> str:
        """Read `на каждый`: the name of a list attribute."""
        name = str(entry.value("each", ""))
        lists = [one.name for one in self.attributes.values() if one.type is ValueType.LIST]
        if name and name not in lists:
            self.problems.error(
                entry.at("each"),
                "на-каждый",
                f"«на каждый»: списка «{name}» нет в словаре",
                remedy=suggest(name, lists) or "объявите его: {атрибут: пункт, тип: список}",
            )
        return name

    def _derived(self, node: Node | None) -> dict[str, Any]:
        if node is None:
            return {}
        if isinstance(node, MapNode):
            for name, _ in node.entries:
                attribute = self.attributes.get(name.text)
                if attribute and not attribute.derived:
                    self.problems.error(
                        name.position,
                        "признак",
                        f"«{name.text}» — атрибут карточки, правило его не задаёт",
                        remedy="пометьте его в словаре «вычисляемый: да» или задайте другой признак",
                    )
        return read_facts(node, self.attributes, self.problems)

    def _person(self, node: Node | None, *, beside: tuple[str, ...] = ()) -> PersonRef | None:
        ref = read_person(node, self.problems, beside=beside) if node is not None else None
        if ref and node is not None:
            name = next((value for _, value in node.entries if _says(value, ref)), node) if _is_map(node) else node
            self._places.setdefault(str(ref), name.position)
        return ref

    def _people(self, nodes: Iterable[Node]) -> tuple[PersonRef, ...]:
        read = (self._person(node) for node in nodes)
        return tuple(ref for ref in read if ref)

    def _escalations(self, entries: Iterable[Entry]) -> Iterable[EscalationStep]:
        for entry in entries:
            ref = self._person(entry.fields.get("to"))
            if entry.complete and ref:
                yield EscalationStep(entry.value("when"), ref)

    def _clocks(self, entries: Iterable[Entry]) -> Iterable[ClockEffect]:
        for entry in entries:
            term = self._term(entry.fields.get("term"))
            if entry.complete and term:
                yield ClockEffect(entry.value("name"), term, entry.value("until"))

    def _co_executors(self, nodes: Iterable[Node]) -> Iterable[CoExecutorEffect]:
        for node in nodes:
            ref = self._person(node, beside=_OF_A_PART)
            own = [(key, value) for key, value in node.entries if key.text in _OF_A_PART] if _is_map(node) else []
            entry = check_record(MapNode(tuple(own), node.position), CO_EXECUTOR, self.problems)
            if ref and entry:
                yield CoExecutorEffect(
                    ref,
                    self._term(entry.fields.get("term")),
                    entry.values("reminders"),
                    tuple(self._escalations(entry.fields.get("escalations", ()))),
                )

    def _extension(self, entry: Entry | None) -> ExtensionEffect | None:
        if entry is None:
            return None
        limit, parameter = self._span(entry.fields["limit"], "до") if "limit" in entry.fields else (None, "")
        if not entry.complete:
            return None
        decides = entry.fields["decides"]
        automatic = isinstance(decides, Scalar) and decides.text == AUTOMATICALLY
        ref = None if automatic else self._person(decides)
        return ExtensionEffect(limit, entry.value("times", 1), ref, parameter) if automatic or ref else None

    def _suspension(self, entry: Entry | None) -> Suspension | None:
        if entry is None or not entry.complete or not entry.fields["basis"].complete:
            return None
        basis = entry.fields["basis"]
        return Suspension(entry.value("reason"), entry.value("longest"), basis.value("act"), basis.value("clause"))

    def _term_or_none(self, node: Node | None) -> Term | None:
        """Read `срок: {…}` or `срок: нет`."""
        if isinstance(node, Scalar) and node.text == NO_TERM:
            return Term(none=True, position=node.position)
        entry = check_record(node, TERM, self.problems) if node is not None else None
        return self._term(entry) if entry and entry.complete else None

    def _term(self, entry: Entry | None) -> Term | None:
        if entry is None:
            return None
        cap = entry.fields.get("cap")
        span = entry.fields.get("span")
        if (span is None) == ("date" not in entry.fields):
            self.problems.error(
                entry.position,
                "срок",
                "у срока нужно одно из двух: «длительность» или «дата»",
                remedy="например {длительность: 30 дней} или {дата: срок-вышестоящего}",
            )
            return None
        duration, parameter = self._span(span, "длительность") if span else (None, "")
        return Term(
            duration=duration,
            parameter=parameter,
            event=entry.value("event"),
            roll=entry.value("roll"),
            cap_attribute=self._date_attribute(cap, "attribute") if cap else "",
            date_attribute=self._date_attribute(entry, "date") if span is None else "",
            until_midnight=entry.value("until_midnight", False),
            position=entry.position,
        )

    def _span(self, node: Node, key: str) -> tuple[Duration | None, str]:
        if isinstance(node, MapNode):
            name = node.get(BY_PARAMETER)
            if isinstance(name, Scalar) and len(node.entries) == 1:
                unread = self.problems.blind or name.text in self.problems.unread
                if name.text not in self.parameters and not unread:
                    self.problems.error(
                        name.position,
                        "неизвестный-параметр",
                        f"параметра «{name.text}» нет",
                        remedy=suggest(name.text, self.parameters) or "назовите пакет с ним в «опирается на»",
                    )
                return None, name.text
        if not isinstance(node, Scalar):
            self.problems.error(
                node.position,
                "значение",
                f"«{key}»: здесь нужен срок или {{параметр: имя}}",
                why=f"найдено: {describe(node)}",
                remedy="например «30 дней»",
            )
            return None, ""
        try:
            return DURATION.read(node.text), ""
        except Unreadable as error:
            self.problems.error(node.position, "значение", f"«{key}»: {error.what}", remedy=error.remedy)
            return None, ""

    def _date_attribute(self, entry: Entry, key: str) -> str:
        name = str(entry.value(key, ""))
        attribute = self.attributes.get(name)
        if attribute is None:
            self.problems.error(
                entry.at(key),
                "неизвестный-атрибут",
                f"атрибута «{name}» нет в словаре",
                remedy=suggest(name, self.attributes),
            )
        elif attribute.type not in (ValueType.DATE, ValueType.MOMENT):
            self.problems.error(entry.at(key), "тип", f"«{name}» — не дата", remedy="назовите атрибут с датой")
        return name


def _says(value: Node, ref: PersonRef) -> bool:
    return isinstance(value, Scalar) and " ".join(value.text.split()) == ref.name


def _is_map(node: Node) -> TypeGuard[MapNode]:
    return isinstance(node, MapNode)


def _weaker(pack: Status, rule: Status) -> Status:
    """Return the less mature of two: a trial pack has only trial rules."""
    order = list(Status)
    return max(pack, rule, key=order.index)


def parse_period(entry: Entry | None, problems: Problems) -> Period:
    """Return the days on which something is in force; note one that ends before it begins."""
    period = Period(entry.value("since"), entry.value("until")) if entry else Period()
    if entry and period.since and period.until and period.until < period.since:
        problems.error(
            entry.at("until"),
            "период",
            f"«действует» кончается {period.until:%d.%m.%Y}, раньше, чем начинается: {period.since:%d.%m.%Y}",
            remedy="поменяйте дни местами",
        )
    return period


def parse_parameters(entries: Iterable[Entry], problems: Problems) -> dict[str, Parameter]:
    """Return the dated parameters, values from the oldest to the newest."""
    parameters: dict[str, Parameter] = {}
    for entry in entries:
        if not entry.complete:
            problems.unread.add(entry.value("id", ""))
            continue
        name = entry.value("id")
        if name in parameters:
            problems.error(
                entry.at("id"),
                "повтор-параметра",
                f"параметр «{name}» уже есть",
                remedy="допишите значение к нему",
            )
            continue
        values = [
            ParameterValue(**{key: value.value(key) for key in _PARAMETER_FIELDS if value.value(key) is not None})
            for value in entry.fields.get("values", ())
            if value.complete
        ]
        values.sort(key=lambda value: value.since)
        parameters[name] = Parameter(
            name, entry.value("title"), tuple(values), entry.value("to_fill", ""), entry.at("id")
        )
    return parameters


_PARAMETER_FIELDS = ("since", "duration", "value", "event", "roll", "act", "clause", "verified", "confidence")
