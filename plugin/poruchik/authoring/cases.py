"""Cases (`*.test.yaml`): example documents with the expected decision, run through the real decider."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poruchik.model.decision import Decision
from poruchik.model.document import Document
from poruchik.model.exchange import Report
from poruchik.model.order import Assignee, Order, citation
from poruchik.policy.attributes import read_facts
from poruchik.policy.check import Entry, check_record
from poruchik.policy.documents import document_from
from poruchik.policy.model import AllOf
from poruchik.policy.people import read_person
from poruchik.policy.problems import Position, Problems, suggest
from poruchik.policy.slot_table import SLOTS
from poruchik.policy.source import read_file
from poruchik.policy.vocabulary import CASES_FILE
from poruchik.policy.whole import Policy
from poruchik.policy.words import Status

if TYPE_CHECKING:
    from poruchik.engine.decide import Decider


@dataclass(frozen=True, slots=True)
class Case:
    """An example document and what is expected of the decision."""

    name: str
    position: Position
    document: Document
    as_of: date | None
    expected: Entry
    derived: Mapping[str, Any]
    """The derived attributes that are expected."""
    report: Entry | None = None
    """What is expected is what such a report gives."""
    only_law: bool = False
    """The pack names nobody, so that who does it, and whether a person must look, is for other packs to say."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose decision is not the expected one. `differences` and `because` are Russian phrases."""

    name: str
    position: Position
    differences: tuple[str, ...]
    because: tuple[str, ...]
    """Which rules decided, by which clauses; which were set aside."""

    def lines(self) -> Iterator[str]:
        """Yield the failure as a note to a lawyer: what was expected, what came, by which rule and clause."""
        yield f"{self.position}: проверка «{self.name}» не сошлась"
        yield from (f"    {line}" for line in self.differences)
        yield from (f"    {line}" for line in self.because)


@dataclass(slots=True)
class Results:
    """What running cases gave. `fired` and `silent` name, for each rule, the cases that say so of it."""

    passed: list[tuple[Position, str]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    fired: dict[str, list[str]] = field(default_factory=dict)
    silent: dict[str, list[str]] = field(default_factory=dict)

    def uncovered(self, policy: Policy) -> list[str]:
        """Return the rules that lack a case in which they fire, or, unless they always do, one in which they do not."""
        return [
            rule.id
            for rule in policy.rules
            if not self.fired.get(rule.id) or not (self.silent.get(rule.id) or rule.condition == AllOf(()))
        ]


def run_cases(files: Iterable[Path], decider: Decider, problems: Problems) -> Results:
    """Run every case of the files; what cannot be read is noted among the problems."""
    results = Results()
    for path in files:
        for case in read_cases(path, decider.policy, problems):
            decision = _decided(case, decider)
            failure = compare(case, decision, problems)
            if failure:
                results.failures.append(failure)
            else:
                _count(case, decision, results)
    return results


def _decided(case: Case, decider: Decider) -> Decision:
    if case.report is None:
        return decider.decide(case.document, as_of=case.as_of)
    told = case.report.value
    report = Report(
        answer_channel=told("answer_channel", ""),
        answered_on=told("answered_on"),
        outcome=told("outcome", ""),
        promised_on=told("promised_on"),
        deviation=told("deviation", ""),
    )
    at = told("at")
    moment = at if isinstance(at, datetime) else decider.calendar.day_end(at)
    return decider.on_report(case.document, report, moment, by=told("by"), as_of=case.as_of)


def read_cases(path: Path, policy: Policy, problems: Problems) -> Iterator[Case]:
    """Yield the cases of a file; what cannot be read is noted among the problems."""
    node = read_file(path, problems)
    entry = check_record(node, CASES_FILE, problems) if node else None
    only_law = _only_law(path, policy)
    for case in entry.fields.get("cases", ()) if entry else ():
        if not case.complete:
            continue
        before = problems.spoiled
        document = document_from(case.fields["document"], policy.attributes, policy.zone, problems)
        expected: Entry = case.fields["expect"]
        derived = {}
        if "derived" in expected.fields:
            derived = read_facts(expected.fields["derived"], policy.attributes, problems)
        _known_rules(expected, policy, problems)
        if document and expected.complete and problems.spoiled == before:
            yield Case(
                case.value("name"),
                case.position,
                document,
                case.value("as_of"),
                expected,
                derived,
                case.fields.get("report"),
                only_law,
            )


def _only_law(path: Path, policy: Policy) -> bool:
    """Tell whether the rules beside a file of cases name nobody: a pack of the law, which every office builds on."""
    beside = [rule for rule in policy.rules if Path(rule.position.file).parent == path.parent]
    return bool(beside) and not any(rule.effects.lead for rule in beside if rule.status is Status.IN_FORCE)


def compare(case: Case, decision: Decision, problems: Problems) -> Failure | None:
    """Return how a decision differs from what is expected, or None."""
    differences = tuple(_differences(case, decision, problems))
    return Failure(case.name, case.position, differences, tuple(_because(decision))) if differences else None


def _because(decision: Decision) -> Iterator[str]:
    """Yield what the decision rests on."""
    order = _main(decision)
    if order:
        yield f"поручено: {order.lead.person or 'никому'} — {_cited(order.rule, order.act, order.clause)}"
        due = order.deadline
        if due:
            yield f"срок: {due.due_on:%d.%m.%Y} ({due.term}) — {_cited(due.rule, due.act, due.clause)}"
    yield from (f"сработало: {_cited(one.rule, one.act, one.clause)}" for one in decision.fired)
    yield from (f"отменено: правило «{one.rule}», вместо него «{one.by}»" for one in decision.defeated)
    yield from (f"ручной разбор: {reason.text}" for reason in decision.manual)


def _cited(rule: str, act: str, clause: str) -> str:
    return f"правило «{rule}» ({citation(act, clause)})"


def _count(case: Case, decision: Decision, results: Results) -> None:
    results.passed.append((case.position, case.name))
    trial = {rule.rule for rule in decision.trial}
    for rule in {rule.rule for rule in decision.fired} | {one.rule for one in decision.defeated} | trial:
        results.fired.setdefault(rule, []).append(case.name)
    for rule in case.expected.values("silent"):
        results.silent.setdefault(rule, []).append(case.name)


def _known_rules(expected: Entry, policy: Policy, problems: Problems) -> None:
    known = {rule.id for rule in policy.rules}
    for key in ("fired", "silent", "defeated"):
        for name in expected.fields.get(key, ()):
            if name.value not in known:
                problems.error(
                    name.position,
                    "неизвестное-правило",
                    f"правила «{name.value}» нет",
                    remedy=suggest(name.value, known),
                )


def _differences(case: Case, decision: Decision, problems: Problems) -> Iterable[str]:
    expected = case.expected
    order = _main(decision)
    fired = {rule.rule for rule in decision.fired} | {rule.rule for rule in decision.trial}
    got: dict[str, Callable[[], Any]] = {
        "control_kind": lambda: order.control_kind if order else "",
        **{slot.en: partial(decision.slots.get, slot.en) for slot in SLOTS},
        "person": lambda: order.lead.person if order else None,
        "orders": lambda: len(decision.orders),
        "co_executors": lambda: len(order.co_executors) if order else 0,
        "manual": lambda: bool(decision.manual),
        "extension": lambda: bool(order and order.extension),
    }
    for key, read in got.items():
        if key in expected.fields and expected.value(key) != read():
            yield f"{_TITLES[key]}: ожидали {_shown(expected.value(key))}, получили {_shown(read())}"
    for key in ("lead", "controller", "overseer"):
        if key in expected.fields:
            yield from _person(_TITLES[key], expected.fields[key], getattr(order, key, None), problems)
    if "informed" in expected.fields:
        wanted = [str(read_person(node, problems)) for node in expected.fields["informed"]]
        yield from _all_of("уведомлены", wanted, [str(one.assignee.ref) for one in decision.notify])
    if "checks" in expected.fields:
        yield from _all_of("проверки", expected.values("checks"), order.checks if order else ())
    if "due" in expected.fields:
        yield from _due(expected.fields["due"].value, decision)
    if "clocks" in expected.fields:
        yield from _all_of("счётчики", expected.values("clocks"), [clock.name for clock in decision.clocks])
    for name in expected.values("fired"):
        if name not in fired:
            yield f"правило «{name}» не сработало (сработали: {_names(fired)})"
    for name in expected.values("silent"):
        if name in fired:
            yield f"правило «{name}» сработало"
    for name in expected.values("defeated"):
        if name not in {one.rule for one in decision.defeated}:
            yield f"правило «{name}» не отменено"
    for name, value in case.derived.items():
        if decision.derived.get(name) != value:
            yield f"признак «{name}»: ожидали {_shown(value)}, получили {_shown(decision.derived.get(name))}"
    if decision.manual and "manual" not in expected.fields and not case.only_law:
        yield "ушло на ручной разбор: " + "; ".join(reason.text for reason in decision.manual)


def _main(decision: Decision) -> Order | None:
    """Return the document's own order; what is given at once beside it is not that."""
    return next((order for order in decision.orders if not order.at_once), None)


def _all_of(title: str, wanted: Iterable[str], got: Iterable[str]) -> Iterable[str]:
    if set(wanted) != set(got):
        yield f"{title}: ожидали {_names(wanted)}, получили {_names(got)}"


def _person(title: str, node: Any, assignee: Assignee | None, problems: Problems) -> Iterable[str]:
    wanted = read_person(node, problems)
    got = assignee.ref if assignee else None
    if wanted != got:
        yield f"{title}: ожидали {wanted}, получили {got or 'никого'}"


def _due(wanted: date | None, decision: Decision) -> Iterable[str]:
    order = _main(decision) or decision.draft
    deadline = order.deadline if order else None
    if deadline is None:
        if wanted is not None:
            yield f"срок: ожидали {wanted}, срока нет"
        return
    got = deadline.due_at if isinstance(wanted, datetime) else deadline.due_on
    if wanted != got:
        yield f"срок: ожидали {wanted or 'нет'}, получили {got} ({'; '.join(deadline.steps)})"


_TITLES = {
    "control_kind": "вид контроля",
    **{slot.en: slot.ru for slot in SLOTS},
    "person": "исполнитель",
    "orders": "поручений",
    "co_executors": "соисполнителей",
    "manual": "ручной разбор",
    "extension": "продление",
    "lead": "ответственный",
    "controller": "контролёр",
    "overseer": "контролёр по существу",
}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    return "ничего" if value in (None, "") else f"«{value}»"


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "нет"
