"""Full decisions a second: 500 rules, 20,000 documents, one core, with the whole trace.

    .venv/bin/python benchmarks/decide.py [--rules 500] [--documents 20000]

Prints one JSON line a matcher: reading and compiling the policy, then decisions a second of a first pass (cold: nothing
remembered), of a second one (warm) and of as many other documents after them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from poruchik.collector import collect_rarely
from poruchik.engine.compile import compile_policy
from poruchik.engine.decide import Decider
from poruchik.engine.index import IndexMatcher
from poruchik.engine.match import Matcher, why_no_durable
from poruchik.model.document import Document, SystemKind, Value
from poruchik.model.told import decision_json
from poruchik.policy.load import require_policy
from poruchik.policy.office import load_calendar
from poruchik.policy.problems import Problems
from poruchik.resources import rules_folder

TYPES = ["входящий", "исходящий", "внутренний", "договор", "правовой акт"]
KINDS = ["обращение", "запрос", "письмо", "поручение"]
CHANNELS = ["почта", "email", "сайт", "пос", "лично", "телефон"]
TOPICS = [f"тема {number}" for number in range(20)]


def write_policy(folder: Path, rules: int) -> None:
    """Write a policy: for each type and kind one rule that names lead and term, the others add to it."""
    random = Random(1)
    dictionary = {"тип": TYPES, "вид": KINDS, "канал": CHANNELS, "тема": TOPICS}
    lines = ["атрибуты:"]
    lines += [
        f"  - {{атрибут: {name}, тип: строка, значения: {values}, суть: x}}" for name, values in dictionary.items()
    ]
    lines += ["  - {атрибут: листов, тип: число, суть: x}", "  - {атрибут: повторное, тип: да-нет, суть: x}"]
    (folder / "atributy.yaml").write_text("\n".join(lines).replace("'", ""), encoding="utf-8")
    (folder / "politika.yaml").write_text(
        "политика: замер\nназвание: Замер\nакты: [{акт: акт, название: Акт}]\n", encoding="utf-8"
    )
    (folder / "organizaciya.yaml").write_text((rules_folder() / "organizaciya.yaml").read_text("utf-8"), "utf-8")
    written = ["правила:"]
    cells = [(one, other) for one in TYPES for other in KINDS]
    for number in range(rules):
        one, other = cells[number % len(cells)]
        condition = [f"тип: {one}", f"вид: {other}"]
        if number < len(cells):
            effects = (
                "{ответственный: {подразделение: отдел связи}, срок: {длительность: 30 дней}, контроль: {вид: обычный, "
                "контролёр: {роль: ответственный-специалист}}, напоминания: [за 5 рабочих дней, за 1 рабочий день, "
                "в день срока], эскалация: [{когда: просрочено, кому: начальник-исполнителя}]}"
            )
        else:
            condition += random.sample(
                [f"канал: {random.choice(CHANNELS)}", f"тема: [{random.choice(TOPICS)}, {random.choice(TOPICS)}]",
                 f"листов: {{больше: {random.randint(1, 40)}}}", "повторное: да",
                 f"тема: {{не: {random.choice(TOPICS)}}}"],
                random.randint(1, 3),
            )  # fmt: skip
            condition = list({entry.split(":")[0]: entry for entry in condition}.values())
            effects = random.choice(
                ["{проверки: [расписка]}", "{срок: {длительность: 20 дней}}", "{уведомить: [{роль: министр}]}",
                 f"{{счётчики: [{{счётчик: ц{number}, срок: {{длительность: 7 дней}}, до: готово}}]}}"]
            )  # fmt: skip
        written.append(
            f'  - {{правило: п{number}, основание: {{акт: акт, пункт: "{number}"}}, суть: Суть., '
            f"если: {{{', '.join(condition)}}}, то: {effects}}}"
        )
    (folder / "pravila.yaml").write_text("\n".join(written), encoding="utf-8")


def documents(count: int, seed: int = 2) -> list[Document]:
    """Return documents registered over a year."""
    random = Random(seed)
    start = datetime.fromisoformat("2026-01-12T10:00:00+05:00")
    made = []
    for number in range(count):
        facts: dict[str, Value] = {"тип": random.choice(TYPES), "вид": random.choice(KINDS)}
        choices: Iterable[tuple[str, Iterable[Value]]] = (
            ("канал", CHANNELS),
            ("тема", TOPICS),
            ("листов", range(1, 60)),
            ("повторное", (True, False)),
        )
        for name, values in choices:
            if random.random() < 0.85:
                facts[name] = random.choice(list(values))
        at = start + timedelta(days=random.randrange(330), minutes=random.randrange(480))
        made.append(Document("sed", SystemKind.SED, str(number), at, facts, reg_number=str(number), received_at=at))
    return made


def main() -> None:
    """Measure both matchers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--documents", type=int, default=20_000)
    options = parser.parse_args()
    cards = documents(options.documents)
    others = documents(options.documents, seed=3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_policy(folder, options.rules)
        began = time.perf_counter()
        policy = require_policy(folder)
        read = time.perf_counter() - began
    calendar = load_calendar(rules_folder(), "Asia/Yekaterinburg")
    kinds = ["index"] if why_no_durable() else ["durable", "index"]
    for kind in kinds:
        began = time.perf_counter()
        compiled = compile_policy(policy, Problems())
        assert compiled is not None
        decider = Decider(policy, calendar, compiled, matcher(kind, compiled))
        built = time.perf_counter() - began
        collect_rarely()  # as the service does
        passes = []
        for batch in (cards, cards, others):
            began = time.perf_counter()
            fired = sum(len(decider.decide(card).fired) for card in batch)
            passes.append(len(batch) / (time.perf_counter() - began))
        began = time.perf_counter()
        for card in cards[:2000]:
            decision_json(decider.decide(card))
        with_json = 2000 / (time.perf_counter() - began)
        told = {
            "matcher": kind, "rules": options.rules, "documents": len(cards), "read_s": round(read, 2),
            "compile_s": round(built, 2), "cold_per_s": round(passes[0]), "warm_per_s": round(passes[1]),
            "others_per_s": round(passes[2]),
            "with_json_per_s": round(with_json), "fired_per_document": round(fired / len(cards), 1),
            "taken_over": decider.matcher.taken_over,
        }  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
        decider.close()
        del decider


def matcher(kind: str, compiled: object) -> Matcher:
    """Return the matcher of that name."""
    if kind == "index":
        return IndexMatcher(compiled)  # type: ignore[arg-type]
    from poruchik.engine.durable import DurableMatcher  # noqa: PLC0415

    return DurableMatcher(compiled)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
