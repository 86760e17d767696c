"""What the stand's ports share: the schema held against every request, and small helpers for its XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from lxml import etree

from poruchik.resources import schemas_folder

EXCHANGE = "urn:poruchik:exchange:1"
DESK = "urn:poruchik:desk:1"
# Built at import: two threads that build schemas at once confuse libxml2.
SCHEMA = etree.XMLSchema(etree.parse(str(schemas_folder() / "desk" / "desk.xsd")))  # imports the exchange's

Handler = Callable[[str, etree._Element], etree._Element]
"""(system, request) → answer."""


class ExchangeFault(Exception):
    """A typed fault of the contract."""

    def __init__(self, code: str, text: str, *, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retry_after = retry_after

    @property
    def sender(self) -> bool:
        """Tell whether the caller is to blame."""
        return self.code in ("invalid", "denied", "notFound")

    def detail(self) -> etree._Element:
        """Return the `ExchangeFault` element."""
        detail = element(EXCHANGE, "ExchangeFault", code=self.code, text=self.text)
        if self.retry_after is not None:
            add(detail, EXCHANGE, "retryAfter", str(self.retry_after))
        return detail


def validate(request: etree._Element) -> None:
    """Raise the fault `invalid` with line and cause when a request breaks the schema."""
    # A payload still inside its envelope would be validated with it.
    alone = etree.fromstring(etree.tostring(request))
    if not SCHEMA.validate(alone):
        first = SCHEMA.error_log[0]
        raise ExchangeFault("invalid", f"строка {first.line}: {first.message}")


def element(namespace: str, tag: str, /, **children: Any) -> etree._Element:
    """Return an element with simple children in the order given; None is left out."""
    made = etree.Element(f"{{{namespace}}}{tag}", nsmap={None: namespace})
    for child, value in children.items():
        if value is not None:
            add(made, namespace, child, value)
    return made


def add(parent: etree._Element, namespace: str, name: str, value: Any) -> etree._Element:
    """Append a simple child; booleans and moments are written as the schema wants them."""
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if isinstance(value, bool):
        child.text = "true" if value else "false"
    elif isinstance(value, datetime):
        child.text = value.isoformat()
    else:
        child.text = str(value)
    return child


def text(parent: etree._Element, name: str, namespace: str = EXCHANGE) -> str:
    """Return the text of a child, or «»."""
    return (parent.findtext(f"{{{namespace}}}{name}") or "").strip()


_LONGEST_CURSOR = 18
"""Digits: a place is an integer of the database."""


def place(cursor: str) -> int:
    """Return the place that a cursor of ours stands for."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _LONGEST_CURSOR):
        raise ExchangeFault("notFound", f"такого курсора нет: {cursor}")
    return int(cursor or 0)


def page(
    answer: etree._Element, namespace: str, items: list[tuple[int, etree._Element]], limit: int, cursor: str
) -> etree._Element:
    """Fill an answer with one page; `items` holds one more than the limit when there is a next page."""
    shown, has_more = items[:limit], len(items) > limit
    for _, item in shown:
        answer.append(item)
    add(answer, namespace, "cursor", shown[-1][0] if shown else cursor)
    add(answer, namespace, "hasMore", has_more)
    return answer


def dispatch(handlers: Mapping[str, Handler], system: str, request: etree._Element) -> etree._Element:
    """Validate a request and hand it to the handler of its operation."""
    name = etree.QName(request).localname
    handler = handlers.get(name)
    if handler is None:
        raise ExchangeFault("invalid", f"операции {name} здесь нет")
    validate(request)
    return handler(system, request)
