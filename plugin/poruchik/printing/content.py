"""What a printed policy says, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from poruchik.model.order import citation
from poruchik.policy.inventory import TABLES, files_below
from poruchik.policy.load import Loaded
from poruchik.policy.model import Rule
from poruchik.policy.prose import condition_lines, effect_lines, joined
from poruchik.policy.table import sheets
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status


@dataclass(frozen=True, slots=True)
class PrintedRule:
    """A rule in sentences. `then` are pairs «slot, value»; `notes` what else is said of it."""

    name: str
    gist: str
    when: tuple[str, ...]
    then: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrintedClause:
    """A clause and the rules that carry it out."""

    citation: str
    gist: str
    rules: tuple[PrintedRule, ...]


@dataclass(frozen=True, slots=True)
class PrintedAct:
    """An act and its clauses."""

    name: str
    title: str
    clauses: tuple[PrintedClause, ...]


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table: a decision table as it is written, or the terms."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    """Of the columns, cm; without them they are alike."""


NO_TABLE = PrintedTable("", (), ())


@dataclass(frozen=True, slots=True)
class Printed:
    """A policy or a report. `facts` are pairs for its first page, `terms` its first table."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    acts: tuple[PrintedAct, ...] = ()
    terms: PrintedTable = NO_TABLE
    tables: tuple[PrintedTable, ...] = ()
    signatures: tuple[str, ...] = ()


def content(loaded: Loaded, policy: Policy, on: date) -> Printed:
    """Return what is printed of a policy; terms by parameters are told as of that day."""
    pack = policy.packs[-1]
    return Printed(
        title=pack.title,
        facts=(
            ("Пакеты", ", ".join(f"{one.title} ({one.id})" for one in policy.packs)),
            ("Действует", str(pack.period) or "без ограничения"),
            ("Правил", str(len(policy.rules))),
            ("Сроки показаны на", f"{on:%d.%m.%Y}"),
            ("Версия", policy.version.removeprefix("sha256:")[:12]),
        ),
        acts=tuple(_acts(loaded, policy, on)),
        terms=_terms(policy),
        tables=tuple(_tables(loaded.pack_folders)),
        signatures=("Разработал", "Согласовано, юридический отдел", "Утверждаю"),
    )


def _acts(loaded: Loaded, policy: Policy, on: date) -> Iterator[PrintedAct]:
    gists = {(one.act, one.clause): one.gist for one in loaded.clauses}
    for act in dict.fromkeys(rule.act for rule in policy.rules):
        own = [rule for rule in policy.rules if rule.act == act]
        order = list(
            dict.fromkeys([*(one.clause for one in loaded.clauses if one.act == act), *(r.clause for r in own)])
        )
        clauses = [
            PrintedClause(
                citation(act, clause),
                gists.get((act, clause), ""),
                tuple(_rule(rule, policy, on) for rule in own if rule.clause == clause),
            )
            for clause in order
        ]
        found = policy.acts.get(act)
        yield PrintedAct(act, found.title if found else act, tuple(one for one in clauses if one.rules))


def _rule(rule: Rule, policy: Policy, on: date) -> PrintedRule:
    notes = []
    if rule.instead:
        notes.append(f"Действует вместо: {joined(rule.instead)}.")
    if rule.disputed_with:
        notes.append(f"Спор с {joined(rule.disputed_with)} решает человек.")
    if rule.status is not Status.IN_FORCE:
        notes.append(f"Статус: {rule.status.value}.")
    if str(rule.period):
        notes.append(f"Действует {rule.period}.")
    then = tuple(effect_lines(rule.effects, policy.parameters, on))
    return PrintedRule(rule.id, rule.gist, tuple(condition_lines(rule.condition)), then, tuple(notes))


def _terms(policy: Policy) -> PrintedTable:
    rows = []
    for parameter in policy.parameters.values():
        if not parameter.values:
            rows.append((parameter.title, "", "не заполнено", parameter.to_fill, "решает человек"))
        for value in parameter.values:
            amount = str(value.duration) if value.duration else value.value
            event = f" от {value.event.value}" if value.event else ""
            source = citation(value.act, value.clause) if value.act else "не назван"
            verified = f"{value.verified:%d.%m.%Y}" if value.verified else "не сверено"
            sure = value.confidence.value if value.confidence else "не указана"
            rows.append((parameter.title, f"{value.since:%d.%m.%Y}", amount + event, source, f"{verified}, {sure}"))
    columns = ("Срок или величина", "С какого дня", "Сколько", "Источник", "Сверено, уверенность")
    return PrintedTable("Сроки и величины", columns, tuple(rows), widths=(5.6, 2.2, 3.2, 3.2, 2.8))


def _tables(folders: Sequence[Path]) -> Iterator[PrintedTable]:
    """Yield the decision tables, as their authors see them."""
    for folder in folders:
        for path in sorted(files_below(folder)):
            if path.suffix.lower() in TABLES:
                for name, (header, *rows) in sheets(path):
                    yield PrintedTable(f"Таблица «{name}» ({path.name})", header, tuple(rows))
