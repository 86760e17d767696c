"""`rules check|test|decide|explain`: what a rule author runs on a folder of policies."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from poruchik.analysis.report import examine
from poruchik.authoring.cases import run_cases
from poruchik.authoring.junit import junit_xml
from poruchik.authoring.sarif import problem_json, sarif
from poruchik.cli.output import FORMAT, Format, print_json
from poruchik.clock import SystemClock
from poruchik.engine.decide import Decider
from poruchik.engine.trace import day_by_day, story
from poruchik.engine.why_not import why_not
from poruchik.errors import PolicyError, PoruchikError
from poruchik.model.decision import Decision
from poruchik.model.document import Document
from poruchik.model.told import decision_json
from poruchik.plugins import Plugins
from poruchik.policy.documents import read_documents
from poruchik.policy.load import Loaded, load_policy
from poruchik.policy.office import load_calendar
from poruchik.policy.problems import Problems, by_cause, suggest
from poruchik.policy.shapes import Unreadable, read_date
from poruchik.policy.whole import Policy
from poruchik.resources import rules_folder
from poruchik.settings import config_places
from poruchik.texts.render import Texts

PATH = typer.Argument(None, metavar="[ПАПКА]", help="Папка политик; без неё — поставляемые.")
DOCUMENT = typer.Option(..., "--document", help="Файл документа: YAML, JSON или XML договора обмена.")
AS_OF = typer.Option(None, "--as-of", help="На какой день смотреть людей, ГГГГ-ММ-ДД; без него — день регистрации.")


class CheckFormat(StrEnum):
    """How problems are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def check(
    path: Path | None = PATH,
    strict: bool = typer.Option(False, "--strict", help="Предупреждения тоже считать ошибками."),
    as_of: str | None = typer.Option(
        None, "--as-of", help="На какой день смотреть сроки и календарь; без него — сегодня."
    ),
    output: CheckFormat = typer.Option(
        CheckFormat.TEXT, "--format", help="text — для людей и редакторов, json и sarif — для программ."
    ),
    everything: bool = typer.Option(False, "--all", help="Показать все предупреждения, а не по одному каждого вида."),
) -> None:
    """Print every problem, of alike warnings one; end with 1 when there is an error."""
    loaded = load(path)
    problems = loaded.problems
    look_through(loaded, day_of(as_of) or today())
    errors, warnings = len(problems.errors), len(problems.warnings)
    rules = len(loaded.policy.rules) if loaded.policy else 0
    if output is CheckFormat.SARIF:
        print_json(sarif(problems))
    elif output is CheckFormat.JSON:
        counted = {"rules": rules, "errors": errors, "warnings": warnings}
        print_json(counted | {"problems": [problem_json(problem) for problem in problems]})
    else:
        for line in map(str, problems) if everything else by_cause(problems):
            typer.echo(line)
        typer.echo(f"Правил: {rules}, ошибок: {errors}, предупреждений: {warnings}.")
        _tell_against_force(loaded)
    if errors or (strict and warnings):
        raise typer.Exit(1)


def _tell_against_force(loaded: Loaded) -> None:
    """Say what is new and what is gone, where an installation of this folder has a set in force."""
    if not any(place.is_file() for place in config_places()):
        return
    from poruchik.cli.in_force import against, set_in_force  # noqa: PLC0415 — the database takes longer than the check

    stored = set_in_force()
    if stored and loaded.policy and loaded.policy.version != stored.version:
        for line in against(stored, loaded).lines:
            typer.echo(line)


def test(
    path: Path | None = PATH,
    junit: Path | None = typer.Option(None, "--junit", metavar="ФАЙЛ", help="Записать и отчёт JUnit XML."),
) -> None:
    """Run the cases; end with 1 when one fails, or when a rule lacks its two cases."""
    loaded = load(path)
    decider = decider_of(loaded)
    problems = Problems()
    results = run_cases(loaded.case_files(), decider, problems)
    print_problems(problems)
    for failure in results.failures:
        for line in failure.lines():
            typer.echo(line)
    if junit:
        _write(junit, junit_xml(results, problems))
    bare = results.uncovered(decider.policy)
    if bare:
        typer.echo(f"Правила без двух проверок (сработало и не сработало): {', '.join(bare)}")
    typer.echo(f"Проверок: {len(results.passed) + len(results.failures)}, не сошлось: {len(results.failures)}.")
    if results.failures or problems.errors or bare:
        raise typer.Exit(1)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise PoruchikError(f"отчёт не записался: {error.strerror}", where=str(path)) from error


def decide(
    path: Path | None = PATH, document: Path = DOCUMENT, as_of: str | None = AS_OF, output: Format = FORMAT
) -> None:
    """Print the decision on each document of the file."""
    decider = decider_of(load(path))
    decisions = [decider.decide(one, as_of=day_of(as_of)) for one in _documents(document, decider.policy)]
    if output is Format.JSON:
        told = [decision_json(decision) for decision in decisions]
        print_json(told[0] if len(told) == 1 else told)
        return
    for decision in decisions:
        typer.echo(f"Документ {decision.document.title}")
        for order in decision.orders:
            due = f"до {order.deadline.due_at:%d.%m.%Y %H:%M}" if order.deadline else "без срока"
            typer.echo(f"  {order.lead.person or 'некому'}, {due}: {order.text}")
        for reason in decision.manual:
            typer.echo(f"  Ручной разбор: {reason.text}")


def explain(
    path: Path | None = PATH,
    document: Path = DOCUMENT,
    as_of: str | None = AS_OF,
    rule: str | None = typer.Option(None, "--why-not", metavar="ПРАВИЛО", help="Почему это правило не сработало."),
    output: Format = FORMAT,
) -> None:
    """Print the long explanation of each document's decision, or why one rule did not fire."""
    decider = decider_of(load(path))
    asked = decider.policy.rule(rule) if rule else None
    if rule is not None and asked is None:
        raise PoruchikError(f"правила «{rule}» нет", remedy=suggest(rule, [one.id for one in decider.policy.rules]))
    told = []
    for one in _documents(document, decider.policy):
        decision = decider.decide(one, as_of=day_of(as_of))
        answer = why_not(asked, decision) if asked else None
        if output is Format.JSON:
            told.append({"document": one.title, **(asdict(answer) if answer else _explained(decision, decider))})
            continue
        typer.echo(f"Документ {one.title}")
        lines = answer.lines() if answer else _explained(decision, decider)["story"]
        for line in lines:
            typer.echo(f"  {line}")
    if output is Format.JSON:
        print_json(told[0] if len(told) == 1 else told)


def _explained(decision: Decision, decider: Decider) -> dict[str, Any]:
    """Return the decision with the days of each order's term."""
    told = decision_json(decision)
    for order, written in zip(decision.orders, told["orders"], strict=True):
        if written["deadline"]:
            written["deadline"]["days"] = day_by_day(order.deadline, decider.calendar)
    return told | {"story": list(story(decision, decider.calendar))}


def load(path: Path | None) -> Loaded:
    """Read a folder of policies, or the shipped ones, with the operators of all plugins."""
    return load_policy(path or rules_folder(), Plugins().operators())


def look_through(loaded: Loaded, day: date) -> None:
    """Note everything that is wrong with a policy beyond its files: the analysis as of a day, and the texts."""
    problems = loaded.problems
    if loaded.policy and not problems.errors:
        examine(loaded.policy, load_calendar(loaded.folder, str(loaded.policy.zone)), day, problems)
    problems.add(Texts(loaded.folder).problems())


def require(loaded: Loaded) -> Policy:
    """Return the policy; raise PolicyError, after printing every problem, when it has errors."""
    if loaded.problems.errors or loaded.policy is None:
        print_problems(loaded.problems)
        raise PolicyError(
            f"политику нельзя использовать, ошибок: {len(loaded.problems.errors)}", where=str(loaded.folder)
        )
    return loaded.policy


def decider_of(loaded: Loaded) -> Decider:
    """Return the decider of a policy; raise PolicyError as `require` does."""
    policy = require(loaded)
    return Decider.build(policy, load_calendar(loaded.folder, str(policy.zone)))


def _documents(path: Path, policy: Policy) -> list[Document]:
    return read_documents(path, policy.attributes, policy.zone)


def day_of(text: str | None, option: str = "--as-of") -> date | None:
    """Read the day of an option."""
    try:
        return read_date(text) if text else None
    except Unreadable as error:
        raise PoruchikError(f"{option}: {error.what}", remedy=error.remedy) from None


def today() -> date:
    """Return the day on this machine."""
    return SystemClock().now().astimezone().date()


def print_problems(problems: Problems) -> None:
    """Print problems as editors parse them."""
    for problem in problems:
        typer.echo(str(problem))
