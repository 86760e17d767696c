"""A stand, a plugin's application over it, and a clock that both run on: what acceptance tests play with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import zeep
from lxml import etree

from poruchik.app import Application
from poruchik.clock import SimulatedClock
from poruchik.connector import SystemSettings
from poruchik.model.document import Document, SystemKind
from poruchik.resources import rules_folder
from poruchik.settings import Settings
from poruchik_stand.cards import card_of, seed
from poruchik_stand.server import Stand
from support.databases import fresh_url

NOW = datetime.fromisoformat("2026-11-24T10:00:00+05:00")
E = "{urn:poruchik:exchange:1}"


def appeal(
    number: str, *, system: SystemKind = SystemKind.SOG, at: str = "2026-11-23T10:00:00+05:00", **more: object
) -> Document:
    """Return an appeal by post that the shipped rules decide without a person."""
    facts = {"тип": "входящий", "вид": "обращение", "канал": "почта", "тема": "телевидение"} | {
        name.replace("_", " "): value for name, value in more.items()
    }
    moment = datetime.fromisoformat(at)
    return Document(
        source="sog" if system is SystemKind.SOG else "sed",
        system=system,
        external_id=number,
        reg_number=number,
        registered_at=moment,
        received_at=moment,
        attributes=facts,  # type: ignore[arg-type]
    )


@dataclass
class World:
    """One stand and one plugin."""

    stand: Stand
    clock: SimulatedClock
    settings: Settings
    closing: ExitStack

    def application(self) -> Application:
        """Open the plugin, as a process that starts would."""
        return Application(self.settings, clock=self.clock)

    @cached_property
    def running(self) -> Application:
        """The plugin that stays open while the world lasts."""
        return self.closing.enter_context(self.application())

    @cached_property
    def desk(self) -> Any:
        """A SOAP client of the stand's desk."""
        return zeep.Client(self.stand.url("desk") + "?wsdl").service

    @cached_property
    def stand_client(self) -> Any:
        """A SOAP client of the stand's СОГ, as another program would have."""
        return zeep.Client(self.stand.url("sog") + "?wsdl").bind("Exchange", "ExchangePortSoap12")

    @cached_property
    def sed_client(self) -> Any:
        """The same of the stand's СЭД."""
        return zeep.Client(self.stand.url("sed") + "?wsdl").bind("Exchange", "ExchangePortSoap12")

    def live_until(self, text: str) -> None:
        """Let the plugin work up to a moment (local, «2026-12-09T09:00»), the clock jumping to what is due next."""
        until, worker = datetime.fromisoformat(text + ":00+05:00"), self.running.worker
        worker.run_until_idle()
        while (following := worker.next_moment()) is not None and following <= until:
            self.clock.move_to(max(following, self.clock.now()))
            worker.run_until_idle()
        self.clock.move_to(until)
        worker.run_until_idle()

    def act(self, document: str, kind: str, by: str = "Иванов И. И.", *, system: str = "sog", **more: object) -> None:
        """Do something with the order of a document, as people do in the system, over SOAP."""
        (order,) = [one for one in self.stand.store.orders(system) if one.document_id == document]
        self.desk.ActOnOrder(system=system, externalId=order.external_id, kind=kind, by=by, **more)

    def notices(self, system: str = "sog") -> list[tuple[str, str, str, str]]:
        """Return the messages that people have received: when planned, what sort, to whom, the headline."""
        page = self.desk.GetNotices(system=system, cursor="", limit=1000)
        return [
            (f"{one.pointAt:%m-%d %H:%M}" if one.pointAt else "", one.kind, one.to.name, one.subject)
            for one in page.notice
        ]

    def texts(self, system: str = "sog") -> list[str]:
        """Return what the messages say."""
        return [one.text for one in self.desk.GetNotices(system=system, cursor="", limit=1000).notice]

    def register(self, *documents: Document) -> None:
        """Register documents in the stand."""
        seed(self.stand.store, documents)

    def register_xml(self, system: str, card_id: str, xml: bytes) -> None:
        """Put a card into the stand as it is, good or bad."""
        self.stand.store.add_documents(system, [(card_id, xml)])

    def orders_by_external_id(self) -> Counter[str]:
        """Return how many orders the stand has for each of our ids: more than one is an order made twice."""
        found: Counter[str] = Counter()
        for system in ("sed", "sog"):
            found.update(order.external_id for order in self.stand.store.orders(system, limit=100_000))
        return found

    def calls(self, operation: str) -> list[str]:
        """Return the outcomes of the calls of one operation, from the stand's journal."""
        return [call.outcome for call in self.stand.store.journal() if call.operation == operation]


def raw_card(document: Document, **changes: str | None) -> bytes:
    """Return a card with children replaced, or left out when None."""
    card = etree.fromstring(card_of(document))
    for name, value in changes.items():
        child = card.find(E + name)
        if value is None and child is not None:
            card.remove(child)
        elif child is not None:
            child.text = value
    return etree.tostring(card)


@contextmanager
def world(
    folder: Path,
    *,
    deduplicates: bool = True,
    timeout: float = 5.0,
    policies: Path | None = None,
    start: datetime = NOW,
) -> Iterator[World]:
    """Start a stand and the settings of a plugin over it."""
    clock = SimulatedClock(start)
    with Stand(clock=clock, deduplicates=deduplicates) as stand, ExitStack() as closing:
        systems = tuple(
            SystemSettings(name=name, kind=kind, connector="exchange", url=stand.url(name), timeout=timeout, attempts=1)
            for name, kind in (("sed", SystemKind.SED), ("sog", SystemKind.SOG))
        )
        settings = Settings(
            path=folder / "poruchik.toml",
            database=fresh_url(folder),
            policies=policies or rules_folder(),
            systems=systems,
        )
        yield World(stand, clock, settings, closing)
