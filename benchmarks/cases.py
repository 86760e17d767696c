"""A thousand cases: by `rules test` and by pytest, each as a person runs it, the start of Python included.

    .venv/bin/python benchmarks/cases.py [--cases 1000]

The shipped policies with the shipped cases repeated under other names. Prints one JSON line: seconds, best of 3.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from poruchik.resources import rules_folder


def main() -> None:
    """Write the cases, run both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(rules_folder(), Path(name) / "rules")
        count = repeat(folder, options.cases)
        program = Path(sys.executable).parent
        told = {
            "cases": count,
            "rules_test_s": best([str(program / "poruchik"), "rules", "test", str(folder)]),
            "pytest_s": best([str(program / "pytest"), "-q", "-p", "no:cacheprovider", str(folder)]),
        }
    print(json.dumps(told))


def repeat(folder: Path, wanted: int) -> int:
    """Copy the files of cases until there are so many; return how many there are."""
    files = sorted(folder.rglob("*.test.yaml"))
    texts = {path: path.read_text("utf-8") for path in files}
    in_file = {path: len(re.findall(r"^  - проверка:", text, re.MULTILINE)) for path, text in texts.items()}
    count, copy = sum(in_file.values()), 0
    while count < wanted:
        copy += 1
        for path in files:
            if count >= wanted:
                break
            again = texts[path].replace("- проверка: ", f"- проверка: {copy}, ")
            path.with_name(f"{copy}-{path.name}").write_text(again, "utf-8")
            count += in_file[path]
    return count


def best(command: list[str]) -> float:
    """Return the least of three times, seconds; the command must pass."""
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        spent.append(time.perf_counter() - began)
    return round(min(spent), 2)


if __name__ == "__main__":
    main()
