"""The stand's own port: what people do in a СЭД (register, act on orders), and what tests ask."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal

from lxml import etree

from poruchik_stand.contract import DESK, EXCHANGE, ExchangeFault, Handler, add, element, page, place, text
from poruchik_stand.exchange import Exchange
from poruchik_stand.store import StandStore
from poruchik_stand.trouble import Trouble, Troubles


class Desk:
    """The operations of the desk."""

    def __init__(self, store: StandStore, exchange: Exchange, troubles: Troubles) -> None:
        self._store = store
        self._exchange = exchange
        self._troubles = troubles
        self.handlers: Mapping[str, Handler] = {
            "RegisterDocuments": self._register,
            "ActOnOrder": self._act,
            "GetNotices": self._notices,
            "GetJournal": self._journal,
            "SetTrouble": self._trouble,
        }

    def _register(self, _port: str, request: etree._Element) -> etree._Element:
        cards = []
        for given in request.findall(f"{{{DESK}}}document"):
            card = deepcopy(given)
            card.tag = f"{{{EXCHANGE}}}document"
            etree.cleanup_namespaces(card)
            cards.append((text(card, "id"), etree.tostring(card)))
        self._store.add_documents(text(request, "system", DESK), cards)
        return element(DESK, "RegisterDocumentsResponse", count=len(cards))

    def _act(self, _port: str, request: etree._Element) -> etree._Element:
        system, external_id = text(request, "system", DESK), text(request, "externalId", DESK)
        known = self._store.orders(system, external_ids=[external_id])
        if not known:
            raise ExchangeFault("notFound", f"поручения {external_id} нет")
        seq = self._exchange.record(
            system, known[0], text(request, "kind", DESK), request, by=text(request, "by", DESK)
        )
        return element(DESK, "ActOnOrderResponse", id=seq)

    def _notices(self, _port: str, request: etree._Element) -> etree._Element:
        cursor, limit = text(request, "cursor", DESK), int(text(request, "limit", DESK))
        items = []
        for seq, xml in self._store.page("notice", text(request, "system", DESK), place(cursor), limit + 1):
            notice = etree.fromstring(xml)
            notice.tag = f"{{{DESK}}}notice"
            items.append((seq, notice))
        return page(element(DESK, "GetNoticesResponse"), DESK, items, limit, cursor)

    def _journal(self, _port: str, request: etree._Element) -> etree._Element:
        cursor, limit = text(request, "cursor", DESK), int(text(request, "limit", DESK))
        system = text(request, "system", DESK) or None
        items = []
        for call in self._store.journal(system=system, after=place(cursor), limit=limit + 1):
            line = element(DESK, "call", system=call.system, operation=call.operation, at=call.at, outcome=call.outcome)
            for key in call.keys:
                add(line, DESK, "key", key)
            items.append((call.seq, line))
        return page(element(DESK, "GetJournalResponse"), DESK, items, limit, cursor)

    def _trouble(self, _port: str, request: etree._Element) -> etree._Element:
        self._troubles.set(
            text(request, "system", DESK),
            Trouble(
                kind=text(request, "kind", DESK),
                operation=text(request, "operation", DESK),
                times=int(text(request, "times", DESK)),
                seconds=float(Decimal(text(request, "seconds", DESK) or "0")),
            ),
        )
        return element(DESK, "SetTroubleResponse")
