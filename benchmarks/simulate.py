"""A replay of an archive against two versions of a 500-rule policy, on all cores.

    .venv/bin/python benchmarks/simulate.py [--documents 1000000] [--workers 2]

The second version moves one rule in ten to another unit or term. Prints one JSON line: seconds, documents a second, the
largest resident memory of the main process and of a worker.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
import time
from pathlib import Path

from decide import documents, write_policy

from poruchik.simulation.archive import open_archive
from poruchik.simulation.replay import replay


def main() -> None:
    """Write policies and archive, replay."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / "old", Path(name) / "new"]
        for folder in folders:
            folder.mkdir()
            write_policy(folder, 500)
        change(folders[1] / "pravila.yaml")
        archive = Path(name) / "archive.jsonl"
        write_archive(archive, options.documents)
        began = time.perf_counter()
        tally = replay(open_archive(archive), folders, workers=options.workers)
        spent = time.perf_counter() - began
        told = {
            "documents": tally.documents, "archive_mb": archive.stat().st_size >> 20, "workers": options.workers,
            "seconds": round(spent, 1), "documents_per_s": round(tally.documents / spent),
            "changed": tally.changed, "by_aspect": dict(tally.by_aspect),
            "main_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "worker_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        }  # fmt: skip
    print(json.dumps(told, ensure_ascii=False))


def change(path: Path) -> None:
    """Move every tenth rule: its unit, its term."""
    lines = path.read_text("utf-8").splitlines()
    for number in range(1, len(lines), 10):
        lines[number] = re.sub(r"длительность: \d+ дней", "длительность: 15 дней", lines[number])
        lines[number] = lines[number].replace("подразделение: отдел связи", "подразделение: отдел кадров")
    path.write_text("\n".join(lines), "utf-8")


def write_archive(path: Path, count: int) -> None:
    """Write so many documents, batch after batch."""
    with path.open("w", encoding="utf-8") as file:
        for batch, _ in enumerate(range(0, count, 50_000)):
            for document in documents(min(50_000, count - batch * 50_000), seed=batch):
                card = dict(document.attributes) | {
                    "система": document.system.value, "номер": f"{batch}-{document.reg_number}",
                    "дата регистрации": document.registered_at.isoformat(),
                    "дата поступления": document.registered_at.isoformat(),
                }  # fmt: skip
                file.write(json.dumps(card, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
