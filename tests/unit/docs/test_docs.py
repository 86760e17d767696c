"""The documentation says what the code says."""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path

import pytest

from poruchik import hookspecs
from poruchik.authoring.cases import run_cases
from poruchik.cli.main import build_app
from poruchik.plugins import Plugins
from poruchik.policy.problems import Problems
from support.policies import decider, load_rules
from support.reference import reference, texts_reference

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("integrations/*/README.md")])


def test_hooks_are_documented_with_their_arguments() -> None:
    text = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
    documented = re.findall(r"^## (poruchik_\w+\(.*\))$", text, re.MULTILINE)
    specified = [
        f"{name}({', '.join(inspect.signature(function).parameters)})"
        for name, function in vars(hookspecs).items()
        if name.startswith("poruchik_")
    ]
    assert documented == specified


def test_every_hook_has_a_caller() -> None:
    code = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "plugin").rglob("*.py") if path.name != "hookspecs.py"
    )
    names = [name for name in vars(hookspecs) if name.startswith("poruchik_")]
    assert [name for name in names if f'"{name}"' not in code] == []


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target.split("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text)]
    broken = [one for one in targets if one and "://" not in one and not (page.parent / one).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_named_paths_exist(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = re.findall(r"`((?:plugin|integrations|rules|schemas|tests|docs|benchmarks)/[\w./-]*)`", text)
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_every_command_is_in_the_readme() -> None:
    app = build_app(Plugins())
    names = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in names if f"poruchik {name}" not in text] == []


def test_the_glossary_binds_both_languages() -> None:
    rows = [
        line.split("|")[1:4]
        for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ][1:]
    assert len(rows) > 30
    english = [row[0].strip() for row in rows]
    assert len(set(english)) == len(english)


def test_the_reference_of_the_language_is_that_of_the_code() -> None:
    """After a deliberate change: `PORUCHIK_GOLDEN=write pytest tests/unit/docs`."""
    page = ROOT / "docs" / "yazyk.md"
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        page.write_text(reference(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == reference()


def test_the_reference_of_the_texts_is_that_of_the_code() -> None:
    """After a deliberate change: `PORUCHIK_GOLDEN=write pytest tests/unit/docs`."""
    page = ROOT / "docs" / "teksty.md"
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        page.write_text(texts_reference(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == texts_reference()


def test_the_examples_of_the_guide_are_policies(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "avtor-pravil.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    policies = [block for block in blocks if "правила:" in block]
    assert len(policies) == 5
    for number, block in enumerate(policies):
        loaded = load_rules(tmp_path / str(number), block)
        assert [str(problem) for problem in loaded.problems] == []
    (cases,) = [block for block in blocks if "проверки:\n" in block]
    folder = tmp_path / "3"
    (folder / "pravila.test.yaml").write_text(cases, encoding="utf-8")
    engine = decider(folder, policies[3])
    results = run_cases([folder / "pravila.test.yaml"], engine, Problems())
    assert [failure.differences for failure in results.failures] == []
    assert len(results.passed) == 1


def test_file_names_are_one_transliteration() -> None:
    """As CONTRIBUTING spells it; «uslovia» beside «organizaciya» was two."""
    english = {"glossary", "exchange", "hooks", "scaling", "screenshots", "README", "__init__", "adr", "images"}
    places = [*(ROOT / "docs").glob("*"), *(ROOT / "rules").rglob("*")]
    words = {word for place in places for word in re.split(r"[-.]", place.name.partition(".")[0])} - english
    assert [word for word in sorted(words) if re.search(r"i[aou]|j[aou]|ts|[xwq]", word)] == []
