"""`rules hears`: who hears of delay, for every kind of order, as a lawyer reads it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import typer

from poruchik.analysis.hearing import Kind, hears, kinds, ladder_of
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.cli.rules import AS_OF, PATH, day_of, load, require, today
from poruchik.errors import PoruchikError
from poruchik.policy.problems import suggest
from poruchik.policy.prose import person_text
from poruchik.policy.whole import Policy

RULE = typer.Option(None, "--rule", metavar="ПРАВИЛО", help="Только поручения этого правила.")


def show_hearing(
    path: Path | None = PATH, rule: str | None = RULE, as_of: str | None = AS_OF, output: Format = FORMAT
) -> None:
    """Print for each kind of order who leads it and who hears of delay, and when."""
    policy = require(load(path))
    known = {one.id for one in policy.rules}
    if rule is not None and rule not in known:
        raise PoruchikError(f"правила «{rule}» нет", remedy=suggest(rule, known))
    day = day_of(as_of) or today()
    told = [_told(policy, kind, day) for kind in kinds(policy) if rule in (None, kind.rule.id)]
    if output is Format.JSON:
        print_json(told)
        return
    elsewhere = [{"when": "—", "to": "ступени дают другие правила документа", "today": ""}]
    rows = [
        (": ".join(filter(None, (one["rule"], one["order"]))), one["lead"], step["when"], step["to"], step["today"])
        for one in told
        for step in one["ladder"] or elsewhere
    ]
    columns = [("поручение", 2), ("исполняет", 1), ("когда", 0), ("кому", 1), ("сегодня это", 0)]
    print_table("Кто узнаёт о просрочке", columns, rows)
    typer.echo("Ступени складываются со ступенями других правил, которые сработают на том же документе.")


def _told(policy: Policy, kind: Kind, day: date) -> dict[str, Any]:
    assert kind.effects.lead is not None  # or it would be no kind of order
    lead = policy.organization.resolve(kind.effects.lead, day)
    return {
        "rule": kind.rule.id,
        "order": kind.order,
        "lead": person_text(kind.effects.lead),
        "ladder": [
            {
                "when": str(step.when),
                "to": person_text(step.to),
                "today": hears(policy, step.to, day, lead, kind.effects.controller).person or "никто",
            }
            for step in ladder_of(policy, kind)
        ],
    }
