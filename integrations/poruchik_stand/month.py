"""A month and a half of the office in the stand: documents come in, people act through the desk, the clock jumps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import zeep

from poruchik.app import Application
from poruchik.clock import SimulatedClock
from poruchik.model.document import Document
from poruchik.model.exchange import ChangeKind
from poruchik.policy.documents import read_documents
from poruchik.policy.whole import Policy
from poruchik.testing.people import Deed, deeds
from poruchik_stand.cards import seed
from poruchik_stand.server import SYSTEMS, Stand

DOCUMENTS = Path(__file__).parent / "data" / "documents.yaml"
FIRST = date(2026, 11, 2)
"""The first day; absences in the shipped organisation lie around it."""
DAYS = 45
START = datetime.fromisoformat(f"{FIRST}T08:00:00+05:00")
END = START + timedelta(days=DAYS)
_SEED = 5
_CONTROLLER = "Орлова Т. Н."
_CLOSED = ("released", "cancelled")
_PROMISED = ("sog:О-1004/", "sog:О-1002/", "О-1004/", "О-1002/")
"""Orders whose answers promise something: the promise comes under control by itself (приказ № 269, п. 13)."""


@dataclass(order=True, slots=True)
class Planned:
    """A deed to come, with the order that it is about."""

    at: datetime
    number: int
    system: str = field(compare=False)
    key: str = field(compare=False)
    deed: Deed = field(compare=False)


class Month:
    """Plays the month over one stand; everything that people do goes through the desk, over SOAP."""

    def __init__(self, stand: Stand, clock: SimulatedClock, policy: Policy) -> None:
        self._stand = stand
        self._clock = clock
        documents = read_documents(DOCUMENTS, policy.attributes, policy.zone, first=FIRST)
        # What was registered before the first day waits for the plugin when it is installed.
        self._documents = sorted(documents, key=lambda one: max(one.registered_at, START))
        self._registered = {document.external_id: document.registered_at for document in documents}
        self._plans: list[Planned] = []
        self._known: dict[str, str] = dict.fromkeys(SYSTEMS, "")
        self._desk = zeep.Client(f"{stand.url('desk')}?wsdl").service
        self._systems = {
            name: zeep.Client(f"{stand.url(name)}?wsdl").bind("Exchange", "ExchangePortSoap12") for name in SYSTEMS
        }

    def play(self, application: Application, passed: Callable[[date], None]) -> None:
        """Live through all the days; call `passed` with the day that has begun."""
        while (moment := self._next(application)) is not None and moment <= END:
            self._clock.move_to(max(moment, self._clock.now()))
            passed(self._clock.now().astimezone(START.tzinfo).date())
            self._register()
            self._act()
            application.worker.run_until_idle()
            self._learn()
        self._clock.move_to(END)

    def read_all(self, system: str, operation: str, item: str) -> list[Any]:
        """Read all pages of an operation with a client made from the WSDL that the stand serves."""
        return [one for page in self._pages(self._systems[system], operation, "") for one in getattr(page, item)]

    def notices(self) -> list[Any]:
        """Return every message that people have received."""
        return [
            one
            for name in SYSTEMS
            for page in self._pages(self._desk, "GetNotices", "", system=name)
            for one in page.notice
        ]

    # --- what comes next --------------------------------------------------------------------------

    def _next(self, application: Application) -> datetime | None:
        moments = [application.worker.next_moment()]
        moments += [max(one.registered_at, START) for one in self._documents[:1]]
        moments += [one.at for one in self._plans[:1]]
        return min((moment for moment in moments if moment is not None), default=None)

    def _register(self) -> None:
        due: list[Document] = []
        while self._documents and max(self._documents[0].registered_at, START) <= self._clock.now():
            due.append(self._documents.pop(0))
        seed(self._stand.store, due)

    def _learn(self) -> None:
        """Look which orders are new in the systems, and decide what people will do with them."""
        for name, service in self._systems.items():
            for page in self._pages(service, "GetOrders", self._known[name]):
                self._known[name] = page.cursor or ""
                for order in page.order:
                    registered = max(self._registered[order.documentId], START)
                    for deed in deeds(_SEED, order.externalId, registered, order.dueAt):
                        plan = Planned(max(deed.at, self._clock.now()), len(self._plans), name, order.externalId, deed)
                        heappush(self._plans, plan)

    def _act(self) -> None:
        while self._plans and self._plans[0].at <= self._clock.now():
            planned = heappop(self._plans)
            (found,) = self._systems[planned.system].FindByExternalId([planned.key])
            if found.state not in _CLOSED:
                self._do(planned, found.lead.name)

    def _do(self, planned: Planned, lead: str) -> None:
        deed = planned.deed
        by = {"": lead, "контролёр": _CONTROLLER}.get(deed.by, deed.by)
        more: dict[str, Any] = {"comment": deed.comment} if deed.comment else {}
        if deed.kind is ChangeKind.REASSIGNED:
            more["lead"] = {"name": deed.lead}
        if deed.due_at:
            more["dueAt"] = deed.due_at
        if deed.report:
            report = deed.report
            told = {"answerChannel": report.answer_channel, "answeredOn": report.answered_on, "outcome": report.outcome}
            told |= {"promisedOn": report.promised_on, "deviation": report.deviation}
            if report.answered_on and planned.key.startswith(_PROMISED):
                told |= {"outcome": "будет решён в срок", "promisedOn": report.answered_on + timedelta(days=21)}
            more["report"] = {key: value for key, value in told.items() if value}
            more["report"]["attachment"] = list(report.attachments)
        self._desk.ActOnOrder(system=planned.system, externalId=planned.key, kind=deed.kind.value, by=by, **more)

    def _pages(self, service: Any, operation: str, cursor: str, **more: str) -> Iterator[Any]:
        has_more = True
        while has_more:
            page = getattr(service, operation)(cursor=cursor, limit=100, **more)
            yield page
            cursor, has_more = page.cursor, page.hasMore


def directory(policy: Policy) -> Sequence[tuple[str, str, str]]:
    """Return the people of a policy's organisation as the stand's directory: name, unit, position."""
    return [(person.name, person.unit, person.position) for person in policy.organization.employees]
