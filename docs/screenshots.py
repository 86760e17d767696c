"""Make the pictures of the documentation: play the demo, open its pages in chromium, look.

make screenshots
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
PROGRAM = Path(sys.executable).with_name("poruchik")
PICTURES = {"today": ("контролёр", None), "card": ("контролёр", "О-"), "rules": ("автор правил", None)}
"""Name → role, and the beginning of the link to follow from its first page."""
WINDOW = {"width": 1280, "height": 860}


def main() -> None:
    """Play, serve, look."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = str(Path(name) / "demo")
        subprocess.run([PROGRAM, "demo", "--format", "json", "--folder", folder], check=True)
        serving = subprocess.Popen(
            [PROGRAM, "demo", "--pages", "--port", "0", "--folder", folder], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            _shoot(_links(serving))
        finally:
            serving.terminate()
            serving.wait(timeout=20)


def _links(serving: subprocess.Popen[str]) -> dict[str, str]:
    """Return the one-time link of each role from what the program prints."""
    assert serving.stdout is not None
    found: dict[str, str] = {}
    for line in serving.stdout:
        match = re.match(r"  ([^(]+) \(.*\): (http\S+)", line)
        if match:
            found[match[1]] = match[2]
        if len(found) == 5:
            break
    return found


def _shoot(links: dict[str, str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        entered: dict[str, object] = {}
        for name, (role, follow) in PICTURES.items():
            if role not in entered:
                page = browser.new_context(viewport=WINDOW, locale="ru-RU").new_page()
                page.goto(links[role])
                page.get_by_role("button", name="Войти").click()
                entered[role] = page
            page = entered[role]
            if follow:
                page.get_by_role("link", name=follow).first.click()
            page.screenshot(path=IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
