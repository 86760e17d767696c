"""Rendering the templates of `teksty/`: the first line is the headline, the rest the message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog
from jinja2 import meta

from poruchik.files import read_bounded
from poruchik.policy.inventory import TEXTS_NAME, folder_named
from poruchik.policy.problems import Position, Problem, suggest
from poruchik.resources import rules_folder
from poruchik.texts.bounded import LONGEST, LONGEST_TEMPLATE, BoundedEnvironment, NotAllowed
from poruchik.texts.facts import FACTS, LETTERS, ORDER

SUFFIX = ".txt"
_CAUSE = 300
MAX_SUBJECT = 1000
"""Characters that the exchange contract takes of a headline."""
_log = structlog.get_logger("poruchik.texts")


class Texts:
    """The templates of a folder of policies; one that the folder does not have is the shipped one."""

    def __init__(self, policies: Path) -> None:
        self.use(policies)

    def use(self, policies: Path) -> None:
        """Take the templates of another folder from now on."""
        shipped = rules_folder() / TEXTS_NAME
        self._places = [
            place for above in (policies, policies.parent) if (place := folder_named(above, TEXTS_NAME)) != shipped
        ]
        self._own = BoundedEnvironment([*self._places, shipped])
        self._shipped = BoundedEnvironment([shipped])
        self.failed: dict[str, str] = {}
        """Texts of these policies in whose place the shipped one went out, with the cause."""

    def render(self, name: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        """Return headline and text. Where an author's template fails, the shipped one speaks: no message is lost."""
        head, _, text = self._told(name, facts).partition("\n")
        return _cut(head.strip(), MAX_SUBJECT), _cut(text.strip(), LONGEST)

    def explanation(self, facts: Mapping[str, Any]) -> str:
        """Return the text that goes to the system with an order; it has no headline."""
        return _cut(self._told(ORDER, facts), LONGEST)

    def letter(self, letter: str, facts: Mapping[str, Any]) -> str:
        """Return the draft of a letter to the applicant, by the policy's name of it."""
        return _cut(self._told(LETTERS[letter], facts), LONGEST)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the author's templates: broken, with names that do not exist, or superfluous."""
        for place in self._places:
            for path in sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else ():
                yield from self._problems_of(path)

    def _told(self, name: str, facts: Mapping[str, Any]) -> str:
        try:
            return self._own.write(name + SUFFIX, facts).strip()
        except Exception as error:  # noqa: BLE001 — what an author wrote must not stop a message, whatever it does
            cause = f"{type(error).__name__}: {error}"[:_CAUSE]
            _log.error("a text of the policies failed, the shipped one is used", text=name, cause=cause)
            self.failed[name + SUFFIX] = cause
            return self._shipped.write(name + SUFFIX, facts).strip()

    def _problems_of(self, path: Path) -> Iterator[Problem]:
        name = path.name.removesuffix(SUFFIX)
        if name not in FACTS:
            yield _problem(path, "такого текста нет", suggest(name, FACTS))
            return
        try:
            source = read_bounded(path, 4 * LONGEST_TEMPLATE).decode("utf-8-sig")
            if len(source) > LONGEST_TEMPLATE:
                yield _problem(path, f"шаблон длиннее {LONGEST_TEMPLATE} знаков", "сократите")
                return
            self._own.check(source)
            used = meta.find_undeclared_variables(self._own.parse(source))
        except UnicodeDecodeError:
            yield _problem(path, "файл не в кодировке UTF-8", "сохраните его в UTF-8")
            return
        except OSError as error:
            yield _problem(path, f"файл не открывается: {error.strerror}", "проверьте имя и права")
            return
        except NotAllowed as error:
            yield _problem(path, str(error), "что можно: docs/teksty.md", error.lineno)
            return
        except Exception as error:  # noqa: BLE001 — also what Python makes of a template that is nested too deep
            line = getattr(error, "lineno", None) or 1
            yield _problem(path, f"шаблон не читается: {error}", "проверьте скобки {{ }} и {% %}", line)
            return
        for unknown in sorted(used - set(FACTS[name])):
            yield _problem(path, f"«{unknown}» в этом тексте неизвестно", suggest(unknown, FACTS[name]))


def _problem(path: Path, what: str, remedy: str, line: int = 1) -> Problem:
    return Problem(Position(str(path), line), "текст", what, remedy=remedy)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
