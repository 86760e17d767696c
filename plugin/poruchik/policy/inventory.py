"""The inventory of a folder of policies: what each file in it is for. None is left out in silence.

A file is read, or told as no part of the policy, or refused by name. Names are compared as people see them: capitals,
and the way in which a system writes «й», do not tell two files apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from poruchik.policy.problems import Position, Problems

HEADER_NAME = "politika.yaml"
DICTIONARY_NAME = "atributy.yaml"
ORGANIZATION_NAME = "organizaciya.yaml"
CLAUSES_NAME = "punkty.yaml"
CLASSIFIER_NAME = "klassifikator.yaml"
CALENDAR_NAME = "kalendar"
TEXTS_NAME = "teksty"
CASES_SUFFIX = ".test.yaml"
COMPANIONS = (HEADER_NAME, DICTIONARY_NAME, ORGANIZATION_NAME, CLAUSES_NAME, CLASSIFIER_NAME)
_YAML = (".yaml", ".yml")
TABLES = (".csv", ".xlsx")
REFUSED_TABLES = (".xls", ".xlsm", ".xlsb", ".ods")
_OF_PEOPLE = (".md", ".docx", ".doc", ".pdf", ".rtf", ".odt", ".html", ".png", ".jpg", ".jsonl")
"""Endings of what lies beside a policy and is none: explanations, letters, archives."""
_OF_SYSTEMS = ("thumbs.db", "desktop.ini", "__init__.py", "__pycache__")
UNREAD = "не-прочитан"
TEXT_SUFFIX = ".txt"


def plain(name: str) -> str:
    """Return a name as it is compared."""
    return unicodedata.normalize("NFC", name).casefold()


def is_named(path: Path, name: str) -> bool:
    """Tell whether a file is the companion of that name: «Politika.yml» is «politika.yaml»."""
    stem = name.removesuffix(".yaml")
    return plain(path.name) in {f"{stem}{ending}" for ending in _YAML}


def companion(folder: Path, name: str) -> Path | None:
    """Return the file of a folder that is the companion of that name; None where there is none."""
    exact = folder / name
    if exact.is_file():
        return exact
    return next((path for path in entries(folder) if is_named(path, name) and not path.is_dir()), None)


def folder_named(folder: Path, name: str) -> Path:
    """Return the folder of that name in a folder, however its capitals are; where there is none, where it would be."""
    exact = folder / name
    if exact.is_dir():
        return exact
    return next((path for path in entries(folder) if plain(path.name) == name and path.is_dir()), exact)


def entries(folder: Path) -> list[Path]:
    """Return what lies in a folder, in the order of the names, without what systems and editors leave there."""
    try:
        return sorted(path for path in folder.iterdir() if not _passed_over(path.name))
    except OSError:
        return []


def files_below(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder; links to folders are not followed."""
    for path in entries(folder):
        if path.is_dir() and not path.is_symlink():
            yield from files_below(path)
        else:
            yield path


def files_of_pack(folder: Path) -> Iterator[Path]:
    """Yield every file below a pack that is none of its calendar or its texts."""
    for path in entries(folder):
        if path.is_dir() and not path.is_symlink():
            if plain(path.name) not in (CALENDAR_NAME, TEXTS_NAME):
                yield from files_below(path)
        else:
            yield path


def is_rules(path: Path) -> bool:
    """Tell whether a file is one of rules in YAML."""
    yaml = plain(path.suffix) in _YAML
    return yaml and not is_cases(path) and not any(is_named(path, one) for one in COMPANIONS)


def is_cases(path: Path) -> bool:
    """Tell whether a file is one of cases."""
    return plain(path.name).endswith(tuple(f".test{ending}" for ending in _YAML))


def is_table(path: Path) -> bool:
    """Tell whether a file is a spreadsheet, of a kind that is read or not."""
    return path.suffix.lower() in (*TABLES, *REFUSED_TABLES)


def is_calendar(path: Path) -> bool:
    """Tell whether a file of the calendar's folder is an overlay."""
    return plain(path.suffix) in _YAML


def _passed_over(name: str) -> bool:
    return name.startswith((".", "~$")) or plain(name) in _OF_SYSTEMS


# --- what is left ---------------------------------------------------------------------------------


class Inventory:
    """Goes through the folders of a policy once all that is read of them is known."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._told: list[Path] = []

    def collection(self, folder: Path, packs: list[Path]) -> None:
        """Look through a folder of packs. One without a header that has packs deeper down is another set."""
        self._once(folder, (DICTIONARY_NAME, ORGANIZATION_NAME))
        for path in entries(folder):
            if path.is_dir() and not path.is_symlink():
                if plain(path.name) in (CALENDAR_NAME, TEXTS_NAME):
                    self._beside(path)
                elif path not in packs and not _has_packs(path):
                    for one in files_below(path):
                        self._unread(one, f"в папке «{path.name}» нет {HEADER_NAME}: это не пакет", "")
            elif not any(is_named(path, one) for one in (DICTIONARY_NAME, ORGANIZATION_NAME)):
                self._other(path, "файл лежит вне пакетов", "перенесите его в папку пакета")
        self._tell(folder)

    def pack(self, folder: Path, *, own: bool) -> None:
        """Look through a pack; `own`: its calendar and texts belong to the policy too."""
        self._once(folder, COMPANIONS)
        for path in entries(folder):
            if path.is_dir() and plain(path.name) in (CALENDAR_NAME, TEXTS_NAME):
                if own:
                    self._beside(path)
                else:  # another policy is built on it: it has its own
                    self._told += files_below(path)
            elif path.is_dir() and not path.is_symlink():
                self._inside(path)
            else:
                self._of_pack(path)
        self._tell(folder)

    def _inside(self, folder: Path) -> None:
        """Look through a folder of a pack: rules may be sorted into such, and nothing else."""
        if plain(folder.suffix) in (*_YAML, *TABLES):
            self._unread(folder, f"«{folder.name}» — папка, а названа как файл", "переименуйте её")
        for path in files_below(folder):
            named = next((one for one in COMPANIONS if is_named(path, one)), None)
            if named == HEADER_NAME:
                self._unread(path, "пакет внутри пакета", "перенесите его рядом и назовите в «опирается на»")
            elif named:
                self._unread(path, f"{named} читается только в папке пакета", f"перенесите его к {HEADER_NAME}")
            else:
                self._of_pack(path)

    def _of_pack(self, path: Path) -> None:
        known = is_rules(path) or is_cases(path) or is_table(path) or any(is_named(path, one) for one in COMPANIONS)
        if path.is_symlink() and path.is_dir():
            self._unread(path, "ссылка на папку не читается", "положите в пакет саму папку")
        elif not known:
            self._other(path, "политику читают из .yaml, .yml, .csv и .xlsx", "")

    def _beside(self, folder: Path) -> None:
        """Look through the calendar or the texts of a policy."""
        calendar = plain(folder.name) == CALENDAR_NAME
        for path in files_below(folder):
            good = path.parent == folder and (is_calendar(path) if calendar else path.suffix == TEXT_SUFFIX)
            if not good:
                wanted = "год.yaml" if calendar else "имя.txt"
                self._other(path, f"в папке «{folder.name}» читаются файлы «{wanted}»", "")

    def _once(self, folder: Path, names: tuple[str, ...]) -> None:
        for name in names:
            same = [path for path in entries(folder) if is_named(path, name)]
            for path in same[1:]:
                self._unread(path, f"это второй {name}: первый «{same[0].name}»", "оставьте один")

    def second(self, path: Path, first: Path) -> None:
        """Note a dictionary or an organisation that another one stands before."""
        self._unread(path, f"читается другой такой файл: {first}", "оставьте один, он общий для пакетов папки")

    def _other(self, path: Path, why: str, remedy: str) -> None:
        if plain(path.suffix) in _OF_PEOPLE:
            self._told.append(path)
        else:
            self._unread(path, why, remedy or _rename(path))

    def _unread(self, path: Path, what: str, remedy: str) -> None:
        remedy = remedy or f"назовите её пакетом: добавьте {HEADER_NAME}, или уберите её отсюда"
        self._problems.error(Position(str(path)), UNREAD, f"файл не прочитан: {what}", remedy=remedy)

    def _tell(self, folder: Path) -> None:
        """Say in one line which files beside the policy are none."""
        if self._told:
            names = ", ".join(path.relative_to(folder).as_posix() for path in self._told)
            self._problems.note(Position(str(folder)), "не-политика", f"не читаются, это не политика: {names}")
            self._told = []


def _rename(path: Path) -> str:
    """Return the remedy for a file whose ending is not read."""
    stem = path.name
    while True:
        shorter = stem.rpartition(".")[0]
        if not shorter:
            break
        stem = shorter
        if plain(stem).endswith((*_YAML, *TABLES)):
            return f"переименуйте в «{stem}» или уберите из папки"
    return f"это правила — переименуйте в «{path.name.partition('.')[0]}.yaml»; нет — уберите из папки"


def _has_packs(folder: Path) -> bool:
    return any(is_named(path, HEADER_NAME) for path in files_below(folder))
