"""Where the shipped data is: policy packs and schemas. The only module that knows."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path


def rules_folder() -> Path:
    """Return the folder of the shipped policy packs."""
    return _folder("poruchik.rules")


def schemas_folder() -> Path:
    """Return the folder of the shipped WSDL, XSD and JSON Schema files."""
    return _folder("poruchik.schemas")


def _folder(package: str) -> Path:
    # The wheel is always unpacked (zip_safe does not exist any more), so the path stays valid.
    with as_file(files(package)) as path:
        return Path(path)
