"""A real browser over the pages: Debian's chromium, and axe-core to look for what keeps people out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".browser" / "node_modules" / "axe-core" / "axe.min.js"
"""Where `.ci/run` puts it: `npm install --prefix .browser axe-core`."""
SHOTS = ROOT / "build" / "screenshots"
ROWS_SEEN = "tbody tr:nth-child(n+20)"
"""What need not be looked at again where the same rows stand on another page whole: three hundred take seconds."""
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 390)}
"""Name → colour scheme and width of the window, pixels."""
_SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
)


def chromium_path() -> str:
    """Return where chromium is, or skip the test."""
    found = os.environ.get("PORUCHIK_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("there is no chromium: apt-get install chromium")
    return found


def axe_source() -> str:
    """Return axe-core's script, or skip the test."""
    if not AXE.is_file():
        pytest.skip(f"there is no axe-core: npm install --prefix {AXE.parents[2].name} axe-core")
    return AXE.read_text(encoding="utf-8")


@contextmanager
def browsing() -> Iterator[Any]:
    """Start chromium without a window; yield what opens contexts."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = chromium_path()
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=list(_SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


def faults(page: Any, source: str, *, rows_seen: bool = False) -> list[str]:
    """Return what axe finds wrong with a page as it is shown; it must have found something right.

    With `rows_seen` the rows of a long table were looked at on another page already, all of them.
    """
    context = f"{{exclude: [['{ROWS_SEEN}']]}}" if rows_seen else "document"
    page.evaluate(source)
    result = page.evaluate(f"axe.run({context}, {{resultTypes: ['violations', 'passes']}})")
    assert len(result["passes"]) > 10, "axe did not look"
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for one in result["violations"]
        for node in one["nodes"]
    ]
