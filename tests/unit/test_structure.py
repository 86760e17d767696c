"""The structure of the code holds: an import that runs up, or a second class of a name, is told by name."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("plugin", "integrations")


def twice(root: Path) -> dict[str, list[str]]:
    """Return the public classes that have one name, with the files that they stand in."""
    found = defaultdict(list)
    for path in sorted(path for folder in CODE for path in (root / folder).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path.relative_to(root).as_posix())
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def test_no_public_class_name_stands_twice() -> None:
    assert twice(ROOT) == {}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in CODE:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_second_outcome_is_told(copy: Path) -> None:
    with (copy / "plugin/poruchik/texts/words.py").open("a") as file:
        file.write("\n\nclass Outcome:\n    pass\n")
    assert twice(copy) == {"Outcome": ["plugin/poruchik/model/standing.py", "plugin/poruchik/texts/words.py"]}


@pytest.mark.parametrize(
    ("where", "text", "told"),
    [
        ("control/deed.py", "from poruchik.store.database import Store\n", "poruchik.control.deed -> poruchik.store.database"),
        ("model/order.py", "def late():\n    from poruchik.lanes import decide\n", "poruchik.model.order -> poruchik.lanes"),
        (
            "texts/words.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from poruchik.engine.decide import Decider\n",
            "poruchik.texts.words -> poruchik.engine.decide",
        ),
        ("simulation/replay.py", "from poruchik.engine.index import IndexMatcher\n", "poruchik.simulation.replay -> poruchik.engine.index"),
        ("policy/words.py", "import sqlalchemy\n", "poruchik.policy.words -> sqlalchemy"),
        ("upstairs.py", "", "upstairs"),
        ("../../integrations/poruchik_exchange/mapping.py", "from poruchik.store import tables\n", "poruchik_exchange.mapping -> poruchik.store"),
    ],
)  # fmt: skip
def test_a_planted_import_is_told(copy: Path, where: str, text: str, told: str) -> None:
    with (copy / "plugin/poruchik" / where).open("a") as file:
        file.write(f"\n\n{text}")
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(str(copy / folder) for folder in CODE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert told in " ".join(done.stdout.split()), done.stdout
