"""«Проверьте, что уйдёт»: commands as they will stand in the outbox, shown before they do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from poruchik.model.commands import Command
from poruchik.web.page import Shown


def digest(commands: Sequence[Command]) -> str:
    """Return what a preview is known by: a form that gives other commands is shown anew, not sent."""
    whole = "\n".join(f"{command.message_id}\n{command.stored()}" for command in commands)
    return hashlib.sha256(whole.encode()).hexdigest()


def preview(
    commands: Sequence[Command],
    *,
    button: str,
    title: str,
    about: str,
    text: str,
    system: str,
    back: str,
    action: str,
    revision: str,
    told: Sequence[tuple[str, str]],
    filled: Mapping[str, str],
    warning: str = "",
    seen: str = "",
) -> Shown:
    """Show commands in words (`told`) and whole; the form sends the same fields (`filled`) again, and is then done.

    `seen` is what the preview is known by where not all that is to be seen is sent.
    """
    return Shown(
        "preview.html",
        {
            "button": button,
            "title": title,
            "about": about,
            "text": text,
            "system": system,
            "back": back,
            "action": action,
            "revision": revision,
            "told": told,
            "filled": filled,
            "warning": warning,
            "payload": "\n".join(_whole(command) for command in commands),
            "seen": seen or digest(commands),
        },
    )


def _whole(command: Command) -> str:
    return json.dumps({"id": command.message_id, **command.told()}, ensure_ascii=False, indent=2)
