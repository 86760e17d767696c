"""What a plugin may do. Each hook is a contract; `docs/hooks.md` has a section for each.

Order of a run: `poruchik_register_*` once at start, then for every document `poruchik_document_registered`,
`poruchik_enrich_document`, `poruchik_decision_made`; later `poruchik_order_changed` for what people do
with an order, `poruchik_point_fired` for every reminder and escalation, `poruchik_command_failed` for a command given
up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from poruchik.marks import hookimpl, hookspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    import typer

    from poruchik.connector import ConnectorFactory
    from poruchik.model.commands import Command
    from poruchik.model.decision import Decision
    from poruchik.model.document import Document, Facts
    from poruchik.model.exchange import OrderChange
    from poruchik.model.points import FiredPoint
    from poruchik.model.standing import StoredOrder
    from poruchik.policy.model import Operator
    from poruchik.reply.draft import ReplyCheck

__all__ = ["ConnectorFactory", "hookimpl"]  # the paths that plugins knew before `marks` and `connector` had them


def __getattr__(name: str) -> object:
    if name == "ConnectorFactory":
        from poruchik.connector import ConnectorFactory  # noqa: PLC0415 — specs import types only for checking

        return ConnectorFactory
    raise AttributeError(name)


@hookspec
def poruchik_register_connector() -> Mapping[str, ConnectorFactory]:  # type: ignore[empty-body]
    """Offer connectors: name in the configuration file → class. Called once at start."""


@hookspec
def poruchik_register_conditions() -> Mapping[str, Operator]:  # type: ignore[empty-body]
    """Offer operators of `если`: Russian word → function. Called once at start.

    The function takes the document's value and the rule's operand, which has the attribute's type (a tuple of
    such values where the rule gives a list), and tells whether the test holds. It is pure and fast.
    """


@hookspec
def poruchik_register_reply_checks() -> Mapping[str, ReplyCheck]:  # type: ignore[empty-body]
    """Offer checks of the drafts of replies: Russian name → function. Called when a draft is checked.

    The function takes a draft and yields hints, each with its place and clause. It is pure and fast; a hint is advice.
    """


@hookspec
def poruchik_register_pages() -> Sequence[Any]:  # type: ignore[empty-body]
    """Add pages (`poruchik.web.page.Page`), each with its address, right and word in the menu. Called once, when the
    pages are opened.
    """


@hookspec
def poruchik_register_reports() -> Mapping[str, Callable[[Sequence[StoredOrder], datetime], Any]]:  # type: ignore[empty-body]
    """Offer reports: Russian name → function. Called by `poruchik orders report`.

    The function takes the orders whose term ends in a period and the moment that is looked at, and returns what is
    printed (`poruchik.printing.content.Printed`).
    """


@hookspec
def poruchik_register_commands(app: typer.Typer) -> None:
    """Add commands to the command line. Called once, before the command line is read."""


@hookspec
def poruchik_document_registered(document: Document) -> None:
    """Hear of a document that was taken into the inbox. Called after the row is stored."""


@hookspec
def poruchik_enrich_document(document: Document) -> Facts:  # type: ignore[empty-body]
    """Add attributes to a document before it is decided, for instance a topic found in its text.

    Called each time the document is decided. Attributes that the card already has are kept.
    """


@hookspec
def poruchik_decision_made(decision: Decision) -> None:
    """Hear of a decision. Called after its orders and commands are stored."""


@hookspec
def poruchik_order_changed(change: OrderChange) -> None:
    """Hear of something that people did with an order. Called after its effects are stored."""


@hookspec
def poruchik_point_fired(point: FiredPoint) -> None:
    """Hear of a reminder or an escalation. Called after its message is stored."""


@hookspec
def poruchik_command_failed(command: Command, cause: str) -> None:
    """Hear of a command that ended in the dead letters. Called after that is stored."""
