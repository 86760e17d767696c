"""The core's own part in the hooks: what the language and the replies offer, registered the way a plugin's is.

Everything is imported when a hook is called, so that a command that needs none of it does not load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poruchik.marks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

    from poruchik.policy.model import Operator
    from poruchik.reply.draft import ReplyCheck


@hookimpl
def poruchik_register_conditions() -> Mapping[str, Operator]:
    """Offer the built-in operators."""
    from poruchik.policy.operators import BUILT_IN  # noqa: PLC0415 — see the module

    return BUILT_IN


@hookimpl
def poruchik_register_reply_checks() -> Mapping[str, ReplyCheck]:
    """Offer the shipped checks."""
    from poruchik.reply.checks import SHIPPED  # noqa: PLC0415 — see the module

    return SHIPPED
