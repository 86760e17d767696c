"""The connector: one SOAP call a method, over the error seam of `poruchik.soap`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from lxml import etree

from poruchik.answer import read_body
from poruchik.card_xml import NAMESPACE, ContractBroken, child_text, read_card, tag
from poruchik.connector import Capabilities, SystemSettings
from poruchik.errors import AnswerTooLarge, BadAnswer, DocumentRefused, RequestRefused, SettingsError
from poruchik.model.commands import Command, Operation
from poruchik.model.document import Document
from poruchik.model.exchange import (
    ChangesPage,
    DocumentsPage,
    FoundOrder,
    OrderChange,
    OrdersPage,
    Receipt,
    RefusedCard,
    RefusedChange,
)
from poruchik.model.finding import Finding, Grade
from poruchik.resources import schemas_folder
from poruchik.soap import SoapClient
from poruchik.xml import BadXml
from poruchik_exchange import mapping

BINDINGS = {"1.1": f"{{{NAMESPACE}}}ExchangePortSoap11", "1.2": f"{{{NAMESPACE}}}ExchangePortSoap12"}
CALLED = frozenset(
    {
        *("GetDocuments", "GetDocument", "GetOrderChanges", "FindByExternalId"),
        *("CreateOrders", "ChangeOrders", "SendNotices"),
    }
)
"""The operations of the contract that this version calls."""
CALLS: Mapping[Operation, tuple[str, str]] = {
    Operation.CREATE: ("CreateOrders", "order"),
    Operation.EXTEND: ("ChangeOrders", "change"),
    Operation.REASSIGN: ("ChangeOrders", "change"),
    Operation.RETURN: ("ChangeOrders", "change"),
    Operation.RELEASE: ("ChangeOrders", "change"),
    Operation.CANCEL: ("ChangeOrders", "change"),
    Operation.NOTICE: ("SendNotices", "notice"),
}
"""Operation → the contract's operation and the name of its items."""
ITEMS = {"document": "id", "change": "externalId", "receipt": "messageId", "found": "externalId"}
"""The elements of answers that stand for themselves, each with the child that says which it is."""
_TOLERATED_SKEW = 60.0
"""Seconds: answers are stamped to the second, and a minute hurts no term."""


class ExchangeConnector:
    """A СЭД or СОГ that serves the exchange contract. Option `soap`: "1.2" (default) or "1.1"."""

    capabilities: ClassVar[Capabilities] = Capabilities(slots=True)

    def __init__(self, settings: SystemSettings) -> None:
        self.settings = settings
        version = str(settings.options.get("soap", "1.2"))
        if version not in BINDINGS:
            raise SettingsError(
                f"система «{settings.name}»: soap = «{version}»", remedy=f"допустимо: {', '.join(BINDINGS)}"
            )
        self._soap = SoapClient(
            settings,
            schemas_folder() / "exchange" / "exchange.wsdl",
            binding=BINDINGS[version],
            fault_tag=tag("ExchangeFault"),
            items=ITEMS,
        )

    def documents(self, cursor: str, limit: int) -> DocumentsPage:
        """Return the documents after the cursor; cards that break the contract stand apart."""
        try:
            answer = self._soap.read("GetDocuments", alone="document" if limit == 1 else "", cursor=cursor, limit=limit)
        except AnswerTooLarge as error:
            name, end = self._passed_over(error, "id", "GetDocuments")
            return DocumentsPage((), (RefusedCard(name, f"документ {name}: {error.what}", error.head),), *end)
        documents: list[Document] = []
        refused = [RefusedCard(one.id, f"документ {one.id or 'без id'}: {one.cause}", one.raw) for one in answer.lost]
        for card in answer.payload.iterchildren(tag("document")):
            try:
                documents.append(self._read(card))
            except DocumentRefused as error:
                refused.append(RefusedCard(error.external_id, error.what, etree.tostring(card, encoding="unicode")))
        end = self._page_end(answer.payload, "GetDocuments")
        return DocumentsPage(tuple(documents), tuple(refused), *end, noted=answer.noted)

    def document(self, external_id: str) -> Document:
        """Return one document as it is now."""
        answer = self._soap.read("GetDocument", id=external_id)
        card = answer.payload.find(tag("document"))
        if card is None and answer.lost:
            lost = answer.lost[0]
            raise DocumentRefused(f"документ {external_id}: {lost.cause}", external_id=external_id)
        if card is None:
            raise self._broken("GetDocument", "в ответе нет документа")
        return self._read(card)

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Send commands of one operation in one call."""
        name, element = CALLS[commands[0].operation]
        try:
            built = [self._fitted(mapping.item_of(command, slots=self.settings.slots)) for command in commands]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"содержимое команды не годится: {type(error).__name__}: {error}"
            raise RequestRefused(what, where=f"{self.settings.name}, {name}") from error
        answer = self._soap.command(name, **{element: built})
        try:
            return mapping.receipts_for(commands, answer.payload, answer.lost)
        except ContractBroken as error:
            raise self._broken(name, str(error)) from error

    def _fitted(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Cut the texts of an item to what the system keeps."""
        limit = self.settings.longest_text
        return {name: mapping.cut(text, limit) if name in mapping.TEXTS else text for name, text in fields.items()}

    def find(self, ids: Sequence[str]) -> Mapping[str, FoundOrder]:
        """Return the orders that the system has, by our external ids; one that cannot be read is there too."""
        answer = self._soap.read("FindByExternalId", externalId=list(ids))
        return mapping.found_among(ids, answer.payload, answer.lost, self.settings.zone)

    def order_changes(self, cursor: str, limit: int) -> ChangesPage:
        """Return what happened to orders after the cursor."""
        try:
            answer = self._soap.read(
                "GetOrderChanges", alone="change" if limit == 1 else "", cursor=cursor, limit=limit
            )
        except AnswerTooLarge as error:
            key, end = self._passed_over(error, "externalId", "GetOrderChanges")
            refused_one = RefusedChange(key, f"изменение: {error.what}", error.head, mapping.change_id(error.head))
            return ChangesPage((), (refused_one,), *end)
        changes: list[OrderChange] = []
        refused = [
            RefusedChange(one.id, f"изменение: {one.cause}", one.raw, mapping.change_id(one.raw)) for one in answer.lost
        ]
        for item in answer.payload.iterchildren(tag("change")):
            try:
                changes.append(mapping.read_change(item, self.settings.zone))
            except ContractBroken as error:
                refused.append(mapping.refused_change(item, str(error)))
        return ChangesPage(tuple(changes), tuple(refused), *self._page_end(answer.payload, "GetOrderChanges"))

    def list_orders(self, cursor: str, limit: int) -> OrdersPage:
        """Return the orders that were made after the cursor; of what breaks the contract only the ids."""
        answer = self._soap.read("GetOrders", cursor=cursor, limit=limit)
        listed = [mapping.listed(item, self.settings.zone) for item in answer.payload.iterchildren(tag("order"))]
        return OrdersPage(tuple(listed), *self._page_end(answer.payload, "GetOrders"))

    def order_change(self, raw: str) -> OrderChange:
        """Read a kept change again; of what was cut out of an answer the names of its namespaces are known."""
        try:
            body = read_body(mapping.whole_change(raw).encode(), items={"change": "externalId"})
            item = body.root.find(tag("change"))
            if item is None:
                raise ContractBroken(body.lost[0].cause if body.lost else "это не изменение поручения")
            return mapping.read_change(item, self.settings.zone)
        except (BadXml, ContractBroken) as error:
            raise self._broken("GetOrderChanges", str(error)) from error

    def check(self) -> Sequence[Finding]:
        """Ask for one document, and whether the system's own WSDL names the operations that we call."""
        try:
            page = self.documents("", 1)
        except RequestRefused as error:
            return [
                Finding(Grade.WARNING, f"отвечает отказом: {error.what}", error.remedy or "сообщите владельцу системы")
            ]
        empty = "" if page.documents or page.refused else ", документов пока нет"
        found = [Finding(Grade.GOOD, f"отвечает по договору{empty}")]
        served = self._soap.served_operations()
        lacking = sorted(CALLED - served) if served is not None else []
        if served is None:
            found.append(Finding(Grade.GOOD, "своё описание (?wsdl) не отдаёт"))
        elif lacking:
            text = f"в описании (?wsdl) нет операций {', '.join(lacking)}: расходится с договором"
            found.append(Finding(Grade.WARNING, text, "сообщите владельцу системы"))
        else:
            found.append(Finding(Grade.GOOD, "описание (?wsdl) с договором сходится"))
        skew = self._soap.clock_skew
        if skew is not None and abs(skew) > _TOLERATED_SKEW:
            text = f"часы расходятся с нашими на {skew:.0f} с"
            found.append(Finding(Grade.WARNING, text, "сверьте время на обоих серверах"))
        return found

    @property
    def clock_skew(self) -> float | None:
        """Return by how many seconds the system's clock was ahead of the computer's at its last answer."""
        return self._soap.clock_skew

    def close(self) -> None:
        """Release connections."""
        self._soap.close()

    def _read(self, card: etree._Element) -> Document:
        settings = self.settings
        return read_card(card, source=settings.name, kind=settings.kind, zone=settings.zone)

    def _page_end(self, answer: etree._Element, operation: str) -> tuple[str, bool]:
        cursor, has_more = answer.findtext(tag("cursor")), child_text(answer, "hasMore")
        if not has_more and answer.find("{*}hasMore") is not None:
            raise self._broken(operation, f"у ответа нет пространства имён {NAMESPACE}")
        if has_more not in ("true", "false", "1", "0"):
            raise self._broken(operation, "в ответе нет cursor или hasMore")
        return cursor or "", has_more in ("true", "1")

    def _passed_over(self, error: AnswerTooLarge, name: str, operation: str) -> tuple[str, tuple[str, bool]]:
        """Return which item is too large to be read, and how its page ends; raise where that is not known."""
        if error.items > 1:
            raise self._broken(operation, f"на просьбу об одном прислано {error.items}: система не соблюдает limit")
        found = re.search(rf"<(?:[\w.-]+:)?{name}(?:\s[^<>]*)?>([^<]*)<", error.head)
        ends = [re.search(rf"<(?:[\w.-]+:)?{one}>([^<]*)<", error.tail) for one in ("cursor", "hasMore")]
        cursor, more = (end[1].strip() if end else "" for end in ends)
        if error.items != 1 or not cursor or not found:
            raise error
        return found[1].strip()[:200], (cursor, more in ("true", "1"))

    def _broken(self, operation: str, what: str) -> BadAnswer:
        return BadAnswer(
            f"ответ не по договору: {what}",
            where=f"{self.settings.name}, {operation}",
            remedy="сообщите владельцу системы",
        )
