"""All checks over one draft."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import docx
import structlog

from poruchik.errors import PoruchikError
from poruchik.files import read_bounded
from poruchik.reply.checks import MAX_HINTS, SHIPPED
from poruchik.reply.draft import Draft, Hint, ReplyCheck

MAX_BYTES = 5_000_000
MAX_UNPACKED = 100_000_000
MAX_TEXT = 100_000
_log = structlog.get_logger("poruchik.reply")


def review(draft: Draft, checks: Mapping[str, ReplyCheck] | None = None) -> list[Hint]:
    """Return the hints of all checks, in the order of the text. A check that fails is noted and passed over."""
    found: list[Hint] = []
    for name, check in (SHIPPED if checks is None else checks).items():
        try:
            found += islice(check(draft), MAX_HINTS)
        except Exception as error:  # noqa: BLE001 — a plugin's check must not hold up the executor
            _log.error("a check of replies failed", check=name, error=repr(error))
    return sorted(found, key=lambda hint: (hint.line, hint.column))


def read_draft(path: Path, channel: str = "") -> Draft:
    """Read a draft from a text or a DOCX file; raise PoruchikError."""
    try:
        data = read_bounded(path, MAX_BYTES)
    except OSError as error:
        raise PoruchikError(f"файл не открывается: {error.strerror}", where=str(path), remedy="проверьте имя") from None
    text = _docx_text(data, path) if path.suffix.lower() == ".docx" else _plain_text(data, path)
    if not text.strip():
        raise PoruchikError("в файле нет текста", where=str(path), remedy="скан сначала распознайте")
    return Draft(text[:MAX_TEXT], channel)


def _plain_text(data: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text.replace("\r\n", "\n")
    raise PoruchikError("это не текст", where=str(path), remedy="дайте .txt или .docx")


def _docx_text(data: bytes, path: Path) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise PoruchikError("файл слишком велик после распаковки", where=str(path), remedy="сохраните заново")
        return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    except PoruchikError:
        raise
    except Exception:  # noqa: BLE001 — whatever the reading of a spoiled file ends with
        raise PoruchikError("это не документ DOCX", where=str(path), remedy="сохраните его заново") from None
