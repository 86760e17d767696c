"""The connector: one SOAP call a method, over the error seam of `poruchik.soap`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from lxml import etree
from poruchik.connector import Capabilities, Repetition, SystemSettings
from poruchik.errors import BadAnswer, DocumentRefused, RequestRefused
from poruchik.model.document import Document
from poruchik.model.exchange import Command, DocumentsPage, FoundOrder, Operation, Receipt, RefusedCard
from poruchik.resources import schemas_folder
from poruchik.soap import SoapClient

from poruchik_exchange import mapping
from poruchik_exchange.mapping import NAMESPACE, ContractBroken, OrderCard, tag

BINDINGS = {"1.1": f"{{{NAMESPACE}}}ExchangePortSoap11", "1.2": f"{{{NAMESPACE}}}ExchangePortSoap12"}


class ExchangeConnector:
    """A СЭД or СОГ that serves the exchange contract. Option `soap`: "1.2" (default) or "1.1"."""

    capabilities: ClassVar[Capabilities] = Capabilities(find=True, repetition=Repetition.LOOK_UP)

    def __init__(self, settings: SystemSettings) -> None:
        self.settings = settings
        self._soap = SoapClient(
            settings,
            schemas_folder() / "exchange" / "exchange.wsdl",
            binding=BINDINGS.get(str(settings.options.get("soap", "1.2")), BINDINGS["1.2"]),
            fault_tag=tag("ExchangeFault"),
        )

    def documents(self, cursor: str, limit: int) -> DocumentsPage:
        """Return the documents after the cursor; cards that break the contract stand apart."""
        answer = self._soap.read("GetDocuments", cursor=cursor, limit=limit)
        documents: list[Document] = []
        refused: list[RefusedCard] = []
        for card in answer.iterchildren(tag("document")):
            try:
                documents.append(mapping.read_document(card, self.settings))
            except DocumentRefused as error:
                refused.append(RefusedCard(error.external_id, error.what, etree.tostring(card, encoding="unicode")))
        return DocumentsPage(tuple(documents), tuple(refused), *self._page_end(answer, "GetDocuments"))

    def document(self, external_id: str) -> Document:
        """Return one document as it is now."""
        answer = self._soap.read("GetDocument", id=external_id)
        card = answer.find(tag("document"))
        if card is None:
            raise self._broken("GetDocument", "в ответе нет документа")
        return mapping.read_document(card, self.settings)

    def submit(self, commands: Sequence[Command]) -> list[Receipt]:
        """Create orders in one call."""
        orders = [mapping.new_order(command) for command in commands if command.operation is Operation.CREATE]
        answer = self._soap.command("CreateOrders", order=orders)
        try:
            return mapping.receipts_for(commands, answer)
        except ContractBroken as error:
            raise self._broken("CreateOrders", str(error)) from error

    def find(self, ids: Sequence[str]) -> Mapping[str, FoundOrder]:
        """Return the orders that the system has, by our external ids."""
        answer = self._soap.read("FindByExternalId", externalId=list(ids))
        try:
            found = [mapping.read_found(item) for item in answer.iterchildren(tag("found"))]
        except ContractBroken as error:
            raise self._broken("FindByExternalId", str(error)) from error
        return {order.external_id: order for order in found}

    def orders(self, limit: int = 200) -> list[OrderCard]:
        """Return all orders of the system, page by page: for reconciliation and counts."""
        cards: list[OrderCard] = []
        cursor, has_more = "", True
        while has_more:
            answer = self._soap.read("GetOrders", cursor=cursor, limit=limit)
            try:
                cards += [mapping.read_order(item) for item in answer.iterchildren(tag("order"))]
            except ContractBroken as error:
                raise self._broken("GetOrders", str(error)) from error
            cursor, has_more = self._page_end(answer, "GetOrders")
        return cards

    def check(self) -> str:
        """Ask for one document."""
        try:
            page = self.documents("", 1)
        except RequestRefused as error:
            return f"отвечает отказом: {error.what}"
        return "отвечает по договору" + ("" if page.documents or page.refused else ", документов пока нет")

    def close(self) -> None:
        """Release connections."""
        self._soap.close()

    def _page_end(self, answer: etree._Element, operation: str) -> tuple[str, bool]:
        cursor, has_more = answer.findtext(tag("cursor")), answer.findtext(tag("hasMore"))
        if has_more not in ("true", "false", "1", "0"):
            raise self._broken(operation, "в ответе нет cursor или hasMore")
        return cursor or "", has_more in ("true", "1")

    def _broken(self, operation: str, what: str) -> BadAnswer:
        return BadAnswer(
            f"ответ не по договору: {what}",
            where=f"{self.settings.name}, {operation}",
            remedy="сообщите владельцу системы",
        )
