"""A set of rules for another office, made from the example and the statutory pack that are shipped."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from poruchik.errors import PoruchikError
from poruchik.policy.inventory import HEADER_NAME
from poruchik.policy.shapes import Unreadable, read_text
from poruchik.resources import rules_folder

LAW = "zakony"
EXAMPLE = Path("primery") / "administraciya"
OWN = "poryadok"
"""The pack of the office itself."""
_TITLE = re.compile(r"^название: .*$", re.MULTILINE)


_OF_THE_EXAMPLE = "vymyshlennoe.test.yaml"
_INVENTED = (("organizaciya.yaml", "отсутствия"), ("kalendar/2026.yaml", "нерабочие"))
"""What the example makes up to show something: in an office's own set it would count as true."""


def _without(text: str, key: str) -> str:
    """Return YAML without a key of its first level and what stands under it, the comment above it too."""
    return re.sub(rf"(?m)^(?:#[^\n]*\n)?{key}:[^\n]*\n(?:[ \t]+[^\n]*\n)*", "", text)


def init_pack(folder: Path, title: str = "") -> Path:
    """Write a set into a folder that is not there yet, or empty; return the header of the office's own pack."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PoruchikError("папка уже есть и не пуста", where=str(folder), remedy="назовите новую: ничего не тронуто")
    try:
        named = read_text(title) if title else ""
    except Unreadable as error:
        raise PoruchikError(f"--title: {error.what}", remedy=error.remedy) from None
    shipped = rules_folder()
    header = folder / OWN / HEADER_NAME
    try:
        shutil.copytree(shipped / EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_OF_THE_EXAMPLE))
        shutil.copytree(shipped / LAW, folder / LAW)
        for name, key in _INVENTED:
            place = folder / name
            place.write_text(_without(place.read_text(encoding="utf-8"), key), encoding="utf-8")
        if named:
            text = header.read_text(encoding="utf-8")
            quoted = named.replace("\\", "\\\\").replace('"', '\\"')
            header.write_text(_TITLE.sub(lambda _: f'название: "{quoted}"', text, count=1), encoding="utf-8")
    except OSError as error:
        raise PoruchikError(
            f"набор не записался: {error.strerror}", where=str(folder), remedy="проверьте путь, права и место на диске"
        ) from error
    return header
