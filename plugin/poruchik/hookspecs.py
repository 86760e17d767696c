"""What a plugin may do. Each hook is a contract; `docs/hooks.md` has a page section for each.

Order of a run: `poruchik_register_*` once at start, then for every document `poruchik_enrich_document`,
`poruchik_document_registered`, `poruchik_decision_made`, and as control goes on `poruchik_render_notice`,
`poruchik_point_fired`, `poruchik_order_changed`, `poruchik_command_failed`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pluggy

from poruchik.connector import Connector, SystemSettings
from poruchik.model import Command, ControlPoint, Decision, Document, Facts, OrderChange, Value

if TYPE_CHECKING:
    import typer

    from poruchik.control.notices import Notice, OrderSummary

NAMESPACE = "poruchik"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)

ConnectorFactory = Callable[[SystemSettings], Connector]
Condition = Callable[[Value, Value], bool]
"""An operator of `если`: (value of the document, operand of the rule) → holds. Pure and fast."""


@hookspec
def poruchik_register_connector() -> Mapping[str, ConnectorFactory]:  # type: ignore[empty-body]
    """Offer connectors: name in the configuration file → factory. Called once at start."""


@hookspec
def poruchik_register_conditions() -> Mapping[str, Condition]:  # type: ignore[empty-body]
    """Offer operators of `если` beside the built-in ones: Russian word → function. Called once at start."""


@hookspec
def poruchik_register_commands(app: typer.Typer) -> None:
    """Add commands to the command line. Called once, before the command line is read."""


@hookspec
def poruchik_enrich_document(document: Document) -> Facts:  # type: ignore[empty-body]
    """Add attributes to a document before it is decided, for instance a topic found in its text.

    Called once a document and revision. Attributes that the card already has are kept.
    """


@hookspec
def poruchik_document_registered(document: Document) -> None:
    """Hear of a document that was taken into the inbox. Called after the row is stored."""


@hookspec
def poruchik_decision_made(decision: Decision) -> None:
    """Hear of a decision. Called after its orders and commands are stored."""


@hookspec
def poruchik_order_changed(change: OrderChange) -> None:
    """Hear of a change of an order made in the connected system. Called after it is stored."""


@hookspec
def poruchik_point_fired(order_key: str, point: ControlPoint) -> None:
    """Hear of a reminder or escalation that was put into the outbox."""


@hookspec
def poruchik_command_failed(command: Command, cause: str) -> None:
    """Hear of a command that ended in the dead letters."""


@hookspec(firstresult=True)
def poruchik_render_notice(order: OrderSummary, point: ControlPoint, late: bool) -> Notice | None:
    """Write the text of a reminder or an escalation. The first plugin that returns one is heard.

    `late` is True when the point was missed through an outage of the plugin or of the connected system.
    """
