"""Rendering the templates of `teksty/`: the first line is the headline, the rest the message."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from poruchik.errors import PolicyError
from poruchik.resources import rules_folder

FOLDER = "teksty"
REMINDER, ESCALATION, DIGEST = "napominanie", "eskalaciya", "svodka"
REPORT_INCOMPLETE, PART_REFUSED = "otchet-nepolon", "soispolnitel-vernul"
EXTENSION_ASKED, EXTENSION_REFUSED, EXTENSION_NOTICE = "prosba-prodlit", "otkaz-v-prodlenii", "prodleno"
MAX_SUBJECT, MAX_TEXT = 1000, 100_000
"""Characters that the exchange contract takes."""


class Texts:
    """The templates of a folder of policies; one that the folder does not have is the shipped one."""

    def __init__(self, policies: Path) -> None:
        places = dict.fromkeys([policies / FOLDER, policies.parent / FOLDER, rules_folder() / FOLDER])
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader([FileSystemLoader(place) for place in places]),
            undefined=StrictUndefined,
            autoescape=False,  # plain text: the SOAP client puts it into XML
        )

    def render(self, name: str, facts: Mapping[str, Any]) -> tuple[str, str]:
        """Return headline and text; raise PolicyError when a template is wrong."""
        try:
            told = self._environment.get_template(f"{name}.txt").render(facts)
        except TemplateNotFound as error:
            raise PolicyError(
                f"нет текста {error.name}", where=FOLDER, remedy="верните файл или удалите свой"
            ) from None
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            line = getattr(error, "lineno", None)
            where = f"{FOLDER}/{name}.txt" + (f":{line}" if line else "")
            raise PolicyError(f"текст не складывается: {error}", where=where, remedy="исправьте шаблон") from error
        head, _, text = told.strip().partition("\n")
        return _cut(head.strip(), MAX_SUBJECT), _cut(text.strip(), MAX_TEXT)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
