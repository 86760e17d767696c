"""A policy folder as one file, and back: the same files always make the same file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from poruchik.errors import PolicyError
from poruchik.store.publications import StoredSet

if TYPE_CHECKING:
    from poruchik.policy.load import Loaded

_FOLDER = "set"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def bundle(loaded: Loaded) -> StoredSet:
    """Return the files of a policy as a set."""
    policy = loaded.policy
    assert policy is not None
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, path in loaded.set_files().items():
            entry = zipfile.ZipInfo(name, date_time=_LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    inside = loaded.folder.relative_to(loaded.set_root()).as_posix()
    entry_folder = "" if inside == "." else inside
    return StoredSet(policy.version, entry_folder, len(policy.rules), data.getvalue())


def unpack(stored: StoredSet, to: Path) -> Path:
    """Write the files of a set into a new folder below `to`; return the policy folder."""
    root = to / stored.version.removeprefix("sha256:")[:32] / _FOLDER
    try:
        with zipfile.ZipFile(io.BytesIO(stored.content)) as packed:
            for entry in packed.infolist():
                name = PurePosixPath(entry.filename)
                if name.is_absolute() or ".." in name.parts:
                    raise PolicyError(f"в наборе правил чужой путь «{entry.filename}»", where=stored.version)
                place = root / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(packed.read(entry))
    except (zipfile.BadZipFile, OSError) as error:
        raise PolicyError(f"набор правил не распаковался: {error}", where=stored.version) from error
    return root / stored.entry if stored.entry else root
