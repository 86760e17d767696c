"""How long a template that means harm keeps the program, and how much memory it makes it take, each in a process."""

from __future__ import annotations

import logging
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from poruchik.resources import rules_folder
from poruchik.texts.render import Texts

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit" / "texts"))
from test_texts import POINT

BOMBS = {
    "'а' * 3000000000": "{{ 'а' * 3000000000 }}",
    "9 ** 9 ** 9": "{{ 9 ** 9 ** 9 }}",
    "width of a format": "{{ '%3000000000d' % 1 }}",
    "width of str.format": "{{ '{:>3000000000}'.format(1) }}",
    "join of join": "{{ поручение | join(поручение) | join(поручение) | join(поручение) }}",
    "doubling by set": "{% set а = номер ~ номер %}" + "{% set а = а ~ а %}" * 40 + "{{ а }}",
    "25 loops": "{% for а in пропущено %}" * 25 + "{% endfor %}" * 25,
    "7 loops over a text": "{% for а in поручение %}" * 7 + "{{ а }}" + "{% endfor %}" * 7,
    "filters in 3 loops": "{% for а in поручение %}{% for б in поручение %}{% for в in поручение %}"
    "{% if поручение|upper == б %}{% endif %}" + "{% endfor %}" * 3,
    "methods in a loop": "{% for а in пропущено %}"
    + "{% if поручение.upper() == а %}{% endif %}" * 20
    + "{% endfor %}",
    "compared in a loop": "{% for а in пропущено %}" + "{% if 'нет' in поручение %}{% endif %}" * 20 + "{% endfor %}",
    "12000 × not": "{{ " + "not " * 12_000 + "номер }}",
    "1000 joins of a long text": "{{ поручение | join('') }}" * 1000,
    "900 upper of a long text": "{% if поручение | upper %}{% endif %}" * 900,
    "a long text 3000 times": "{{ поручение }}" * 3000,
    "no bomb": "{{ номер }}: {{ поручение }}",
}
LONG = "слово " * 16_000
"""What a fact is at its longest: about 100,000 characters."""


def _run(text: str, answer: Any) -> None:
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "teksty"
        place.mkdir()
        (place / "napominanie.txt").write_text(text, encoding="utf-8")
        Texts(rules_folder()).render("napominanie", POINT)  # what the first text loads is not the bomb's
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        texts, began = Texts(Path(folder)), time.perf_counter()
        texts.render("napominanie", POINT | {"поручение": LONG, "пропущено": list(range(1000))})
        took = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.put((took, (after - before) / 1024, bool(texts.failed)))


def main() -> None:
    """Print seconds, MiB more at the height, and whether the shipped text went out."""
    spawning = multiprocessing.get_context("spawn")
    print(f"{'template':28}{'s':>8}{'MiB':>8}  sent")
    for name, text in BOMBS.items():
        answer: Any = spawning.Queue()
        child = spawning.Process(target=_run, args=(text, answer))
        child.start()
        took, grew, failed = answer.get(timeout=120)
        child.join()
        print(f"{name:28}{took:8.3f}{grew:8.1f}  {'the shipped one' if failed else 'its own'}")


if __name__ == "__main__":
    main()
