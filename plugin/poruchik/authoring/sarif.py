"""Problems of a policy as programs read them: JSON, and SARIF 2.1.0 for code hosting."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from poruchik import __version__
from poruchik.policy.problems import Problem, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return one problem."""
    place = problem.position
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "cell": place.cell,
        "code": problem.code,
        "severity": _LEVELS[problem.severity],
        "what": problem.what,
        "why": problem.why,
        "remedy": problem.remedy,
    }


def sarif(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return a SARIF log with one run."""
    found = list(problems)
    codes = list(dict.fromkeys(problem.code for problem in found))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "poruchik rules check",
                        "version": __version__,
                        "language": "ru",
                        "rules": [{"id": code} for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem, codes) for problem in found],
            }
        ],
    }


def _result(problem: Problem, codes: list[str]) -> dict[str, Any]:
    place = problem.position
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(Path(place.file).as_posix())},
            "region": {"startLine": place.line, "startColumn": place.column},
        }
    }
    if place.cell:
        location["logicalLocations"] = [{"name": place.cell, "kind": "element"}]
    return {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": _LEVELS[problem.severity],
        "message": {"text": " — ".join(part for part in (problem.what, problem.why, problem.remedy) if part)},
        "locations": [location],
    }
