"""What a set of rules consists of, by name: so that nobody publishes one in which something is gone without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from poruchik.authoring.cases import read_cases
from poruchik.policy.load import Loaded
from poruchik.policy.model import ParameterValue
from poruchik.policy.problems import Problems

_NAMED = 12
"""Names in one line; of more, how many more."""
Contents = Mapping[str, list[str]]
"""Kind, in the plural → the names, each once."""


def contents_of(loaded: Loaded) -> Contents:
    """Return the names of the rules, parameters, cases and people of a policy that could be read."""
    policy = loaded.policy
    if policy is None:
        return {}
    cases = [case.name for path in loaded.case_files() for case in read_cases(path, policy, Problems())]
    return {
        "правила": [rule.id for rule in policy.rules],
        "параметры": list(policy.parameters),
        "проверки": cases,
        "люди": [one.name for one in policy.organization.employees],
    }


def gone(before: Contents, after: Contents) -> Contents:
    """Return what was there before and is not after, by kind."""
    lost = {kind: [name for name in names if name not in set(after.get(kind, ()))] for kind, names in before.items()}
    return {kind: names for kind, names in lost.items() if names}


def compared(before: Contents, after: Contents) -> Iterator[str]:
    """Yield a line for each kind: how many there are and were, what is new, what is gone."""
    lost, new = gone(before, after), gone(after, before)
    for kind, names in after.items():
        told = f"{kind}: {len(names)}, в действующем наборе {len(before.get(kind, ()))}"
        if kind in new:
            told += f"; новые: {named(new[kind])}"
        if kind in lost:
            told += f"; нет: {named(lost[kind])}"
        yield told


def rewritten(before: Loaded, after: Loaded, today: date) -> Iterator[str]:
    """Yield which values of parameters that counted already are other ones now: law is added to, not overwritten."""
    if before.policy is None or after.policy is None:
        return
    for name, parameter in before.policy.parameters.items():
        other = after.policy.parameters.get(name)
        for value in parameter.values if other else ():
            now = next((one for one in other.values if one.since == value.since), None) if other else None
            if value.since <= today and (now is None or _said(now) != _said(value)):
                stands = f"стоит «{_said(now)}»" if now else "его нет"
                was = f"с {value.since:%d.%m.%Y} было «{_said(value)}»"
                yield f"переписано прошлое: параметр «{name}», {was}, теперь {stands}"


def _said(value: ParameterValue) -> str:
    """Return what a value is, without its source: that may well be put right."""
    event = f" от {value.event.value}" if value.event else ""
    return f"{value.duration or value.value}{event}"


def named(names: list[str]) -> str:
    """Return names in one line."""
    more = f" и ещё {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return ", ".join(f"«{name}»" for name in names[:_NAMED]) + more
