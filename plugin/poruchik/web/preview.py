"""«Проверьте, что уйдёт»: a command as it will stand in the outbox, shown before it does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from poruchik.model.commands import Command
from poruchik.web.page import Shown


def digest(command: Command) -> str:
    """Return what a preview is known by: a form that gives another command is shown anew, not sent."""
    whole = f"{command.message_id}\n{command.stored()}"
    return hashlib.sha256(whole.encode()).hexdigest()


def preview(
    command: Command,
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
) -> Shown:
    """Show a command in words (`told`) and whole; its form sends the same fields (`filled`) again, and is then done."""
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
            "payload": json.dumps({"id": command.message_id, **command.told()}, ensure_ascii=False, indent=2),
            "seen": digest(command),
        },
    )
