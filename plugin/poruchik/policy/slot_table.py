"""The plain slots of an order: one value each, carried from the rule to the connected system as it is.

A line here is a whole slot: the language, conflicts, orders, the explanation, cases, comparisons, pages, the store and
the contract are driven by this table (docs/arkhitektura.md, «A new slot»).
"""

from __future__ import annotations

from dataclasses import dataclass

from poruchik.policy.shapes import INTEGER, WORD, Leaf


@dataclass(frozen=True, slots=True)
class Slot:
    """A plain slot: the word of the language, the English name, what its value is, what it means."""

    ru: str
    en: str
    kind: Leaf
    gist: str


PRIORITY = Slot("приоритет", "priority", INTEGER, "приоритет, 1 — высший")
"""The one slot that lists are sorted by."""
SLOTS = (
    PRIORITY,
    Slot("канал ответа", "reply_channel", WORD, "каким каналом отвечать"),
    Slot("маршрут", "route", WORD, "маршрут движения документа"),
)
