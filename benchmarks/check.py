"""Conflicts, idle rules and gaps of a large policy: 500 and 5,000 rules, one core.

    .venv/bin/python benchmarks/check.py [--rules 500 5000]

The policy is of the kind that people write: a lead for each type and kind, exceptions by topic, classes derived from
topics, and wide rules (without type or kind) for priority, answer channel and route. Ten conflicts are planted.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import date
from itertools import islice, product
from pathlib import Path

from poruchik.analysis.findings import ConflictSearch, gaps, idle_rules
from poruchik.analysis.prover import Prover
from poruchik.engine.compile import compile_policy
from poruchik.policy.load import require_policy
from poruchik.policy.problems import Problems
from poruchik.resources import rules_folder
from poruchik.workcalendar.calendar import WorkCalendar

TYPES = [f"тип {number}" for number in range(8)]
KINDS = [f"вид {number}" for number in range(25)]
TOPICS = [f"тема {number}" for number in range(40)]
CLASSES = [f"класс {number}" for number in range(10)]
CHANNELS = ["почта", "email", "сайт", "пос", "лично", "телефон"]
DISTRICTS = [f"район {number}" for number in range(60)]
PLANTED = 10


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, nargs="+", default=[500, 5000])
    options = parser.parse_args()
    for count in options.rules:
        with tempfile.TemporaryDirectory() as name:
            write_policy(Path(name), count)
            print(json.dumps(measure(Path(name)), ensure_ascii=False))


def measure(folder: Path) -> dict[str, object]:
    """Return seconds of each part, and what was found."""
    began = time.perf_counter()
    policy = require_policy(folder)
    compiled = compile_policy(policy, Problems())
    assert compiled is not None
    read = time.perf_counter()
    prover = Prover(compiled, WorkCalendar(), date(2026, 11, 25))
    pictured = time.perf_counter()
    conflicts = list(ConflictSearch(prover).conflicts())
    searched = time.perf_counter()
    idle = list(idle_rules(prover))
    looked = time.perf_counter()
    found_gaps = list(gaps(prover))
    ended = time.perf_counter()
    assert len(conflicts) == PLANTED, len(conflicts)
    return {
        "rules": len(policy.rules), "read_s": round(read - began, 2), "picture_s": round(pictured - read, 2),
        "conflicts_s": round(searched - pictured, 2), "idle_s": round(looked - searched, 2),
        "gaps_s": round(ended - looked, 2), "analysis_s": round(ended - read, 2), "conflicts": len(conflicts),
        "idle": len(idle), "gaps": len(found_gaps), "solved": prover.solved,
    }  # fmt: skip


def write_policy(folder: Path, count: int) -> None:
    """Write a policy of about so many rules."""
    dictionary = {"тип": TYPES, "вид": KINDS, "тема": TOPICS, "канал": CHANNELS, "район": DISTRICTS}
    lines = ["атрибуты:"]
    lines += [
        f"  - {{атрибут: {name}, тип: строка, значения: [{', '.join(values)}]}}" for name, values in dictionary.items()
    ]
    lines += [
        f"  - {{атрибут: класс, тип: строка, значения: [{', '.join(CLASSES)}], вычисляемый: да}}",
        "  - {атрибут: листов, тип: число}",
        "  - {атрибут: срочно, тип: да-нет}",
        "не бывает:",
        "  - {условие: {тип: тип 0, вид: [вид 1, вид 2]}, почему: так не пишут}",
        "  - {условие: {тип: тип 1, срочно: да, канал: лично}, почему: так не пишут}",
    ]
    (folder / "atributy.yaml").write_text("\n".join(lines), encoding="utf-8")
    (folder / "politika.yaml").write_text("политика: замер\nназвание: Замер\n", encoding="utf-8")
    (folder / "organizaciya.yaml").write_text((rules_folder() / "organizaciya.yaml").read_text("utf-8"), "utf-8")
    rules = ["правила:", *leads(count // 2), *classes(), *wide(count - count // 2 - len(TOPICS))]
    (folder / "pravila.yaml").write_text("\n".join(rules), encoding="utf-8")


def rule(name: str, condition: str, effects: str, instead: str = "") -> str:
    """Return one rule as a line of YAML."""
    tail = f", вместо: [{instead}]" if instead else ""
    basis = 'основание: {акт: акт, пункт: "1"}, суть: Суть.'
    return f"  - {{правило: {name}, {basis}, если: {{{condition}}}, то: {{{effects}}}{tail}}}"


def leads(count: int) -> list[str]:
    """Return a lead for each type and kind, then exceptions by topic; every so many exceptions one forgets «вместо»."""
    cells = list(product(range(len(TYPES)), range(len(KINDS))))
    person = "ответственный: {{подразделение: {}}}"
    made = [
        rule(f"общее-{one}-{other}", f"тип: тип {one}, вид: вид {other}", person.format("отдел связи"))
        for one, other in islice(cells, count)
    ]
    left = count - len(made)
    for number, (topic, (one, other)) in enumerate(islice(product(range(len(TOPICS)), cells), left)):
        condition = f"тип: тип {one}, вид: вид {other}, тема: тема {topic}"
        if number % 5 == 0:
            condition += ", листов: {больше: 10}"
        planted = number % max(1, left // PLANTED) == 0 and number // max(1, left // PLANTED) < PLANTED
        instead = "" if planted else f"общее-{one}-{other}"
        made.append(rule(f"особое-{number}", condition, person.format("отдел кадров"), instead))
    return made


def classes() -> list[str]:
    """Return the rules that derive a class from a topic."""
    return [
        rule(f"класс-{number}", f"тема: {topic}", f"признаки: {{класс: {CLASSES[number % len(CLASSES)]}}}")
        for number, topic in enumerate(TOPICS)
    ]


def wide(count: int) -> list[str]:
    """Return rules without type or kind: by class and district, with exceptions and exceptions of these."""
    made: list[str] = []
    for channel, district in product(CHANNELS, DISTRICTS):
        where = f"канал: {channel}, район: {district}"
        name = f"{channel}-{district}".replace(" ", "-")
        made.append(rule(f"маршрут-{name}", where, f"маршрут: {district}"))
        made.append(rule(f"срочный-{name}", f"{where}, срочно: да", "маршрут: срочный", f"маршрут-{name}"))
        made.append(
            rule(
                f"толстый-{name}",
                f"{where}, листов: {{больше: 100}}",
                "маршрут: толстый",
                f"маршрут-{name}, срочный-{name}",
            )
        )
        made += [
            rule(f"канал-{name}-{number}", f"{where}, класс: {one}", f"канал ответа: ответ {number % 3}")
            for number, one in enumerate(CLASSES[:4])
        ]
    return made[:count]


if __name__ == "__main__":
    main()
