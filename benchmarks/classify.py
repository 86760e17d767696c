"""Appeals decided by the shipped policies with their topic given, and with the topic found in their text.

    .venv/bin/python benchmarks/classify.py [--documents 20000]

Prints one JSON line: documents a second, one core; `new` are texts none of which was seen before.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from poruchik.engine.decide import Decider
from poruchik.model.document import Document, SystemKind
from poruchik.plugins import Plugins
from poruchik.publishing.rulebook import build_decider
from poruchik.resources import rules_folder

APPEALS = Path(__file__).parents[1] / "tests" / "appeals" / "obrashcheniya.csv"
REGISTERED = datetime.fromisoformat("2026-11-02T10:00+05:00")


def main() -> None:
    """Decide the same number of cards three times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=20_000)
    count = parser.parse_args().documents
    with APPEALS.open(encoding="utf-8") as file:
        texts = [row["содержание"] for row in csv.DictReader(file, delimiter=";")]
    decider = build_decider(rules_folder(), Plugins())
    given = [card(number, {"тема": "телевидение"}) for number in range(count)]
    found = [card(number, {"содержание": texts[number % len(texts)]}) for number in range(count)]
    new = [card(number, {"содержание": f"{texts[number % len(texts)]} Дом {number}."}) for number in range(count)]
    per_second(decider, [*given[:2000], *found[:2000]])
    told = {"given": per_second(decider, given), "found": per_second(decider, found), "new": per_second(decider, new)}
    print(json.dumps({"documents": count, "rows": len(decider.policy.classifier.rows)} | told))  # type: ignore[union-attr]


def card(number: int, more: dict[str, str]) -> Document:
    """Return an appeal."""
    facts = {"тип": "входящий", "вид": "обращение", "канал": "почта", "заявитель.категория": "гражданин", **more}
    return Document("sog", SystemKind.SOG, str(number), REGISTERED, facts, received_at=REGISTERED)


def per_second(decider: Decider, documents: Sequence[Document]) -> int:
    """Return how many are decided in a second."""
    start = time.perf_counter()
    for document in documents:
        decider.decide(document)
    return round(len(documents) / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
