"""Files: reading those that others have made, bounded, or one clear reason why not; making those that are private."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PRIVATE = 0o600
_WHY = {
    errno.ENOENT: "его нет",
    errno.EACCES: "нет прав на чтение",
    errno.EISDIR: "это папка",
    errno.ENOTDIR: "в пути файл вместо папки",
    errno.ELOOP: "ссылки ведут по кругу",
    errno.ENAMETOOLONG: "имя слишком длинное",
    errno.ENXIO: "это не обычный файл",
}
"""What goes wrong with a path, in the words of messages; all else is said as the system says it."""


def read_bounded(path: Path, most: int) -> bytes:
    """Return what is in a file; raise OSError, the reason in Russian, for what is no file or is larger than `most`."""
    with _opened(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"он больше {most // 1000} КБ", str(path))
    return data


def require_file(path: Path) -> int:
    """Return the size of a file in bytes; raise OSError, with the reason in Russian, for what is none."""
    with _opened(path) as file:
        return os.fstat(file.fileno()).st_size


@contextmanager
def written_privately(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to write that nobody else may read: it holds what citizens wrote, or where that lies."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, PRIVATE), "w+b") as file:
        yield file
        file.flush()


def make_private(path: Path) -> None:
    """Make an empty file that nobody else may read, where there is none; one that is there stays as it is."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, PRIVATE))
    except OSError:
        return  # whoever opens it next says what is wrong with the place


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open an ordinary file. A pipe or a device is not waited for: whoever checks a folder would never come back."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.ENXIO, "")
            yield file
    except OSError as error:
        why = _WHY.get(error.errno or 0, error.strerror)
        raise type(error)(error.errno, why, str(path)) from None
