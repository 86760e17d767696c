"""Act → clause → rules → cases: what of an act the rules carry out, and what shows that they do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from poruchik.policy.whole import Clause, Policy, Subitem
from poruchik.policy.words import Status


@dataclass(frozen=True, slots=True)
class CoveredRule:
    """A rule and the cases in which it fires."""

    rule: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoveredClause:
    """A clause and what carries it. `listed`: it stands in `punkty.yaml`; `reason`: why a machine cannot carry it."""

    act: str
    clause: str
    gist: str
    rules: tuple[CoveredRule, ...]
    parameters: tuple[str, ...]
    reason: str
    listed: bool
    items: tuple[Subitem, ...] = ()
    """Its sub-items, as far as the list has them."""
    unproven: tuple[str, ...] = ()
    """Sub-items whose case is not there or fails, in words."""

    @property
    def faults(self) -> Iterator[str]:
        """Yield what is missing, in Russian."""
        carried = self.rules or self.parameters
        if not self.listed:
            yield "пункта нет в punkty.yaml"
        elif not carried and not self.reason:
            yield "ни правила, ни объяснения"
        elif carried and self.reason:
            yield "сказано «без правил», а правило есть"
        for rule in self.rules:
            if not rule.cases:
                yield f"правило «{rule.rule}» не срабатывает ни в одной проверке"
        yield from self.unproven


@dataclass(frozen=True, slots=True)
class Coverage:
    """One act. Without a list of clauses only those appear that some rule cites."""

    act: str
    title: str
    has_list: bool
    clauses: tuple[CoveredClause, ...]

    @property
    def faults(self) -> list[str]:
        """Return what is missing, with the clause."""
        return [
            f"п. {clause.clause}: {fault}"
            for clause in self.clauses
            for fault in clause.faults
            if self.has_list or clause.listed or "punkty" not in fault
        ]


def coverage(
    policy: Policy,
    clauses: Sequence[Clause],
    fired: Mapping[str, Sequence[str]],
    passed: Collection[str],
    acts: Iterable[str] = (),
) -> list[Coverage]:
    """Return the coverage of the acts named, or of all that the rules cite or that list their clauses.

    `fired` names for each rule the cases in which it fires, `passed` all cases that came out as expected.
    """
    cited = [rule.act for rule in policy.rules] + [one.act for one in clauses]
    return [_of_act(act, policy, clauses, fired, passed) for act in dict.fromkeys(acts or cited)]


def _unproven(items: Sequence[Subitem], passed: Collection[str]) -> Iterator[str]:
    for item in items:
        if not item.case and not item.reason:
            yield f"подпункт {item.clause}: ни проверки, ни объяснения"
        elif item.case and item.case not in passed:
            yield f"подпункт {item.clause}: проверки «{item.case}» нет или она не сошлась"


def _of_act(
    act: str,
    policy: Policy,
    clauses: Sequence[Clause],
    fired: Mapping[str, Sequence[str]],
    passed: Collection[str],
) -> Coverage:
    rules: dict[str, list[CoveredRule]] = {}
    for rule in policy.rules:
        if rule.act == act and rule.status is not Status.REPEALED:
            rules.setdefault(rule.clause, []).append(CoveredRule(rule.id, tuple(fired.get(rule.id, ()))))
    parameters: dict[str, list[str]] = {}
    for parameter in policy.parameters.values():
        for value in parameter.values:
            if value.act == act and parameter.id not in parameters.setdefault(value.clause, []):
                parameters[value.clause].append(parameter.id)
    listed = {one.clause: one for one in clauses if one.act == act}
    names = dict.fromkeys([*listed, *rules, *parameters])
    found = policy.acts.get(act)
    return Coverage(
        act=act,
        title=found.title if found else "",
        has_list=bool(listed),
        clauses=tuple(
            CoveredClause(
                act=act,
                clause=name,
                gist=listed[name].gist if name in listed else "",
                rules=tuple(rules.get(name, ())),
                parameters=tuple(parameters.get(name, ())),
                reason=listed[name].reason if name in listed else "",
                listed=name in listed,
                items=listed[name].items if name in listed else (),
                unproven=tuple(_unproven(listed[name].items, passed)) if name in listed else (),
            )
            for name in names
        ),
    )


def coverage_json(found: Coverage) -> dict[str, Any]:
    """Return the public JSON of `rules coverage`."""
    return {
        "act": found.act,
        "title": found.title,
        "has_list": found.has_list,
        "clauses": [
            {
                "clause": one.clause,
                "gist": one.gist,
                "rules": [{"rule": rule.rule, "cases": list(rule.cases)} for rule in one.rules],
                "parameters": list(one.parameters),
                "reason": one.reason,
                "items": [
                    {"clause": item.clause, "gist": item.gist, "case": item.case, "reason": item.reason}
                    for item in one.items
                ],
                "faults": list(one.faults) if found.has_list else [],
            }
            for one in found.clauses
        ],
        "faults": found.faults,
    }
