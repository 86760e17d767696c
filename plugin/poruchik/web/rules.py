"""An author's page: every rule with its hits and misses, one rule, and any document's trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from poruchik.model.order import citation
from poruchik.policy.model import Rule
from poruchik.policy.table import written
from poruchik.publishing.wording import short_version, since_text, state_text
from poruchik.store.hits import RuleHits
from poruchik.store.publications import Publication, in_force_on
from poruchik.web.access import Right
from poruchik.web.page import Page, Redirect, Shown, Visit, missing

_LONGEST_NUMBER = 200


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the policy in force, with what it did under this version."""

    rule: Rule
    basis: str
    hits: RuleHits
    misses: int


class PublishedSet(NamedTuple):
    """A policy set and from when it counts, in words."""

    version: str
    since: str
    by: str
    state: str


def rules(visit: Visit) -> Shown:
    """Show all rules of the policy in force; a number of a document leads to its trace."""
    with visit.site.store.reading() as reading:
        decided, hits = reading.hits.of_version(visit.site.policy.version)
        published = reading.publications.all()
    found = [_counted(rule, decided, hits.get(rule.id, RuleHits())) for rule in visit.site.policy.rules]
    silent = visit.query.get("silent") == "1"
    shown = [one for one in found if not one.hits.fired and not one.hits.defeated] if silent else found
    return Shown(
        "rules.html",
        {
            "rules": shown,
            "total": len(found),
            "quiet": sum(1 for one in found if not one.hits.fired and not one.hits.defeated),
            "silent": silent,
            "decided": decided,
            "policy": visit.site.policy,
            "sets": _sets(published, visit),
            "unknown": visit.query.get("unknown", "")[:_LONGEST_NUMBER],
        },
    )


def rule(visit: Visit) -> Shown:
    """Show one rule as it is written, and what it did."""
    found = visit.site.policy.rule(visit.path["name"])
    if found is None:
        raise missing("Правила")
    with visit.site.store.reading() as reading:
        decided, hits = reading.hits.of_version(visit.site.policy.version)
    counted = _counted(found, decided, hits.get(found.id, RuleHits()))
    others = [one for one in visit.site.policy.rules if found.id in one.instead]
    place = f"{Path(found.position.file).name}, {found.position.within}"
    facts = {"one": counted, "others": others, "decided": decided, "place": place, "source": _source(found)}
    return Shown("rule.html", facts)


def trace(visit: Visit) -> Redirect:
    """Go to the document of a number."""
    number = visit.query.get("number", "").strip()[:_LONGEST_NUMBER]
    if not number:
        return Redirect("/rules")
    with visit.site.store.reading() as reading:
        found = reading.inbox.find(number) or reading.inbox.find(number.upper())
    return Redirect(f"/documents/{found[-1].id}" if found else f"/rules?{urlencode({'unknown': number})}")


def _sets(published: Sequence[Publication], visit: Visit) -> list[PublishedSet]:
    """Return the publications of policy sets, the newest first."""
    today = in_force_on(published, visit.now.date()).id if published else None
    zone = visit.site.calendar.zone
    return [
        PublishedSet(
            short_version(one.version), since_text(one), one.published_by or "при установке",
            state_text(one, zone, today=one.id == today),
        )
        for one in reversed(published)
    ]  # fmt: skip


def _counted(rule: Rule, decided: int, hits: RuleHits) -> RuleRow:
    return RuleRow(rule, citation(rule.act, rule.clause), hits, max(decided - hits.fired - hits.defeated, 0))


def _source(rule: Rule) -> str:
    """Return the lines of the policy file that the rule is written in, or its row of a table."""
    if rule.position.cell:
        return "\n".join(written(rule.position))
    try:
        lines = Path(rule.position.file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    first = rule.position.line - 1
    indent = len(lines[first]) - len(lines[first].lstrip()) if first < len(lines) else 0
    end = next(
        (
            number
            for number in range(first + 1, len(lines))
            if (lines[number].strip() and len(lines[number]) - len(lines[number].lstrip()) <= max(indent - 1, 0))
            or lines[number].lstrip().startswith("- правило")
        ),
        len(lines),
    )  # fmt: skip
    return "\n".join(lines[first:end]).rstrip()


PAGES = (
    Page("/rules", Right.RULES, show=rules, menu="Правила"),
    Page("/rules/{name:path}", Right.RULES, show=rule),
    Page("/trace", Right.RULES, show=trace),
)
