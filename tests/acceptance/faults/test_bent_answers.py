"""One bent card, receipt or answer costs itself alone: the rest goes on, and a person is told which it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from poruchik import soap
from poruchik.errors import RowRefused
from poruchik.model.changes import ChangeState
from poruchik.model.delivery import OutboxState
from poruchik.model.exchange import OrderChange
from poruchik.model.inbox import WAITS_FOR_A_PERSON, InboxState
from poruchik.store.changes import Changes
from support.bending import ENVELOPE, Bending, Passing, bending, change, key_of, tell
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

NUMBERS = ["О-1", "О-2", "О-3"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Bending]]:
    with world(tmp_path, deduplicates=False, timeout=3) as played, bending(played) as proxy:
        played.register(*(appeal(number, содержание=f"Письмо {number}") for number in NUMBERS))
        yield played, proxy


def states(played: World) -> dict[str, InboxState]:
    with played.running.store.reading() as reading:
        rows = [row for state in InboxState for row in reading.inbox.listing(state)]
    return {row.reg_number or row.external_id: row.state for row in rows}


def test_a_card_that_cannot_be_read_waits_for_a_person_and_is_read_when_it_is_mended(
    here: tuple[World, Bending],
) -> None:
    played, proxy = here
    proxy.bend = lambda answer: answer.changed("Письмо О-2", "Рога & копыта")
    played.running.worker.run_until_idle()
    assert states(played) == {"О-1": InboxState.DECIDED, "О-2": InboxState.REFUSED, "О-3": InboxState.DECIDED}
    with played.running.store.reading() as reading:
        (row,) = reading.inbox.listing(*WAITS_FOR_A_PERSON)
        assert "документ О-2" in row.cause and "XML не читается" in row.cause
        assert "Рога & копыта" in row.card
    assert len(played.orders_by_external_id()) == 2
    proxy.bend = lambda answer: answer
    document = played.running.connectors[1].document("О-2")
    with played.running.store.writing() as writing:
        writing.inbox.add([(document, ())], played.clock.now())
        writing.inbox.close_refused("sog", [document], played.clock.now())
    played.running.worker.run_until_idle()
    assert len(played.orders_by_external_id()) == 3


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        ("раз&#11;два", "управляющий знак стал концом строки"),
        ("раз\x01два", "управляющий знак убран"),
        ("&#55357;&#56832;", "две половины одного знака соединены"),
    ],
)
def test_what_was_mended_in_a_card_stands_in_the_journal(here: tuple[World, Bending], text: str, noted: str) -> None:
    played, proxy = here
    proxy.bend = lambda answer: answer.changed("Письмо О-2", text)
    played.running.worker.run_until_idle()
    assert set(states(played).values()) == {InboxState.DECIDED}
    with played.running.store.reading() as reading:
        told = {
            number: [
                one.details
                for one in reading.audit.about(f"sog:{number}")
                if one.what == "карточка прочитана с поправкой"
            ]
            for number in NUMBERS
        }
    assert told == {"О-1": [], "О-2": [noted], "О-3": []}


@pytest.mark.parametrize("bent", ["<status>perhaps", "<status><&>accepted"])
def test_an_order_whose_receipt_cannot_be_read_is_asked_about_and_made_once(
    here: tuple[World, Bending], bent: str
) -> None:
    played, proxy = here

    def one_receipt(answer: Passing) -> Passing:
        if answer.operation != "CreateOrders":
            return answer
        proxy.bend = lambda other: other
        head, mark, rest = answer.body.partition(b"<status>accepted")
        assert mark
        return replace(answer, body=head + bent.encode() + rest)

    proxy.bend = one_receipt
    played.running.worker.run_until_idle()
    with played.running.store.reading() as reading:
        counts = reading.outbox.counts()
        (doubtful,) = reading.outbox.listing(OutboxState.WAITING)
        state = reading.systems.every()["sog"]
    assert counts == {OutboxState.SENT: 2, OutboxState.WAITING: 1}
    assert doubtful.outcome_unknown and "квитанция не читается" in doubtful.cause
    assert state.failures == 0, "the system itself is well"
    all_later(played)
    with played.running.store.reading() as reading:
        assert reading.outbox.counts() == {OutboxState.SENT: 3}
    assert set(played.orders_by_external_id().values()) == {1}
    assert "FindByExternalId" in proxy.asked


def all_later(played: World, rounds: int = 12) -> None:
    for _ in range(rounds):
        played.clock.move_to(played.clock.now() + timedelta(minutes=10))
        played.running.worker.run_until_idle()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda item: item.replace(b"</externalId>", b"</externalId><&>"),
        lambda item: re.sub(rb"<id>.*?</id>", b"", item),
        lambda item: re.sub(rb"<externalId>.*?</externalId>", b"", item),
        lambda item: re.sub(rb"<externalId>.*?</externalId>", b"\xff", item),
    ],
    ids=["not XML", "no id", "no externalId", "another charset"],
)
def test_an_order_of_which_the_system_speaks_unreadably_is_not_made_again(
    here: tuple[World, Bending], spoil: Callable[[bytes], bytes]
) -> None:
    played, proxy = here

    def bend(answer: Passing) -> Passing:
        if answer.operation == "CreateOrders":
            return replace(answer, status=500, body=b"lost")
        if answer.operation == "FindByExternalId":
            whole = re.search(rb"<found>.*?</found>", answer.body, re.DOTALL)
            return (
                replace(answer, body=answer.body.replace(whole[0], spoil(whole[0])))
                if "О-1".encode() in answer.body and whole
                else answer
            )
        return answer

    proxy.bend = bend
    played.running.worker.run_until_idle()
    all_later(played)
    assert set(played.orders_by_external_id().values()) == {1}
    with played.running.store.reading() as reading:
        dead = reading.outbox.listing(OutboxState.DEAD)
        assert reading.outbox.counts() == {OutboxState.SENT: 2, OutboxState.DEAD: 1}
    assert "ответ о поручении не читается" in dead[0].cause and dead[0].outcome_unknown
    proxy.bend = lambda answer: answer
    with played.running.store.writing() as writing:
        writing.outbox.retry([one.id for one in dead], played.clock.now())
    all_later(played, 2)
    with played.running.store.reading() as reading:
        assert reading.outbox.counts() == {OutboxState.SENT: 3}
    assert set(played.orders_by_external_id().values()) == {1}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Passing("", 302, {"Location": "https://sed.example.ru/ws"}, b""), "https://sed.example.ru/ws"),
        (Passing("", 415, {}, b""), "HTTP 415"),
        (Passing("", 401, {"WWW-Authenticate": "Negotiate"}, b""), "просит Negotiate"),
    ],
)
def test_a_service_that_is_not_reached_buries_no_command(
    here: tuple[World, Bending], answer: Passing, words: str
) -> None:
    played, proxy = here
    proxy.instead = {"CreateOrders": answer}
    for _ in range(6):
        played.running.worker.run_until_idle()
        played.clock.move_to(played.clock.now() + timedelta(minutes=10))
    with played.running.store.reading() as reading:
        waiting = reading.outbox.listing(OutboxState.WAITING)
        assert reading.outbox.counts() == {OutboxState.WAITING: 3}
    assert {one.tries for one in waiting} == {0}
    assert words in waiting[0].cause
    proxy.instead = {}
    for _ in range(6):
        played.clock.move_to(played.clock.now() + timedelta(minutes=10))
        played.running.worker.run_until_idle()
    with played.running.store.reading() as reading:
        assert reading.outbox.counts() == {OutboxState.SENT: 3}
    assert set(played.orders_by_external_id().values()) == {1}


def test_documents_that_cannot_be_read_do_not_stop_the_changes(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.running.worker.run_until_idle()
    played.act("О-1", "accepted", "Лаптев О. Д.")
    proxy.instead = {"GetDocuments": Passing("", 200, {"Content-Type": "text/html"}, b"<html><title>Stop</title>")}
    (first, *_) = played.running.worker.run_until_idle()
    assert first.tracked == 1
    assert "GetDocuments" in first.troubles["sog"] and "Stop" in first.troubles["sog"]
    proxy.instead = {"GetOrderChanges": Passing("", 200, {"Content-Type": "text/html"}, b"<html><title>Stop</title>")}
    played.register(appeal("О-4"))
    (first, *_) = played.running.worker.run_until_idle()
    assert first.taken == 1
    assert "GetOrderChanges" in first.troubles["sog"]


@pytest.mark.parametrize("operation", ["GetDocuments", "GetOrderChanges"])
def test_a_cursor_that_leads_in_a_circle_is_told(here: tuple[World, Bending], operation: str) -> None:
    played, proxy = here
    places = ["а", "б", "в"]

    def in_a_circle(answer: Passing) -> Passing:
        if answer.operation != operation:
            return answer
        places.append(places.pop(0))
        end = f"<cursor>{places[0]}</cursor><hasMore>true</hasMore>"
        empty = f'<{operation}Response xmlns="urn:poruchik:exchange:1">{end}</{operation}Response>'
        return replace(answer, status=200, body=ENVELOPE.format(empty).encode())

    proxy.bend = in_a_circle
    rounds = played.running.worker.round()
    assert "курсор ведёт туда, где уже были" in rounds.troubles["sog"]
    assert proxy.asked.count(operation) <= 5


def test_a_refused_card_that_comes_again_and_again_is_told_once(here: tuple[World, Bending]) -> None:
    played, proxy = here

    def same_page(answer: Passing) -> Passing:
        if answer.operation != "GetDocuments":
            return answer
        card = "<document><id>О-9</id><value>&</value></document><cursor>9</cursor><hasMore>false</hasMore>"
        page = f'<GetDocumentsResponse xmlns="urn:poruchik:exchange:1">{card}</GetDocumentsResponse>'
        return replace(answer, status=200, body=ENVELOPE.format(page).encode())

    proxy.bend = same_page
    for _ in range(3):
        played.running.worker.round()
    with played.running.store.reading() as reading:
        told = [one.what for one in reading.audit.about("sog:О-9")]
    assert told == ["карточка отклонена"]


SMALL = 256 * 1024
"""Bytes of an answer in these tests, in place of 16 MiB."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap, "MAX_BYTES", SMALL)
    monkeypatch.setattr(soap, "_KEPT", 16 * 1024)


@pytest.mark.usefixtures("small")
def test_pages_that_are_too_large_are_asked_for_in_halves_and_a_card_alone_is_passed_over(
    here: tuple[World, Bending],
) -> None:
    played, proxy = here
    played.register(*(appeal(f"Т-{number:02}", содержание="ы" * 10_000) for number in range(30)))
    played.register(appeal("Б-1", содержание="ы" * 2 * SMALL), appeal("Я-1"))
    for _ in range(3):
        played.running.worker.run_until_idle()
    found = states(played)
    assert found.pop("Б-1") is InboxState.REFUSED
    assert (len(found), set(found.values())) == (34, {InboxState.DECIDED})
    with played.running.store.reading() as reading:
        (row,) = reading.inbox.listing(InboxState.REFUSED)
    assert "документ Б-1: ответ больше 256 КБ" in row.cause
    assert "<id>Б-1</id>" in row.card.replace("ns0:", "").replace("e:", "")
    assert len(proxy.asked) < 150


@pytest.mark.usefixtures("small")
def test_a_system_that_gives_more_than_it_is_asked_for_is_told_and_nothing_is_skipped(
    here: tuple[World, Bending],
) -> None:
    played, proxy = here
    large = "".join(
        f"<document><id>Т-{number}</id><revision>1</revision><value>{'ы' * 100_000}</value></document>"
        for number in range(3)
    )

    def everything(answer: Passing) -> Passing:
        if answer.operation != "GetDocuments":
            return answer
        page = f'<GetDocumentsResponse xmlns="urn:poruchik:exchange:1">{large}<cursor>9</cursor><hasMore>false</hasMore></GetDocumentsResponse>'
        return replace(answer, status=200, body=ENVELOPE.format(page).encode())

    proxy.bend = everything
    told = played.running.worker.round().troubles["sog"]
    assert "на просьбу об одном прислано 3: система не соблюдает limit" in told
    assert states(played) == {}
    proxy.bend = lambda answer: answer
    played.running.worker.run_until_idle()
    assert len(states(played)) == 3


def state_of(played: World, number: str) -> str:
    with played.running.store.reading() as reading:
        return reading.orders.find(number)[0].state


def test_a_change_that_is_told_again_and_again_is_applied_once(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.running.worker.run_until_idle()
    one, other = key_of(played, "О-1"), key_of(played, "О-2")
    returned = change(one, "returned", "5")
    tell(proxy, returned, change(one, "released", "6"), change(other, "accepted", "5"), returned)
    assert not played.running.worker.round().troubles
    assert (state_of(played, "О-1"), state_of(played, "О-2")) == ("released", "accepted"), (
        "numbers count within an order"
    )
    tell(proxy, returned.replace("<by>", "<by>"), change(other, "reported", "6"))
    for _ in range(2):
        assert not played.running.worker.round().troubles
    assert state_of(played, "О-1") == "released", "an old return does not open it again"


def test_a_change_without_an_id_is_known_by_what_it_says(here: tuple[World, Bending]) -> None:
    played, proxy = here
    played.running.worker.run_until_idle()
    asked = change(key_of(played, "О-1"), "termAsked", "", "<dueAt>2026-12-30T18:00:00+05:00</dueAt>")
    for _ in range(3):
        tell(proxy, asked)
        assert not played.running.worker.round().troubles
    with played.running.store.reading() as reading:
        story = [one.what for one in reading.audit.about(key_of(played, "О-1"))]
    assert story.count("в системе: просят продлить срок") == 1


@pytest.mark.parametrize(
    "bent",
    [
        "<change><id>9</id><externalId>{key}</externalId><kind>inProgress</kind><at>2026-11-24T10:00:00+05:00</at></change>",
        "<change><id>9</id><externalId>{key}</externalId><kind>reported</kind><at>2026-11-24T10:00:00+05:00</at>"
        "<report><answeredOn>27.11.2026</answeredOn></report></change>",
        "<change><id>9</id><externalId>{key}</externalId><kind>accepted</kind><comment>Рога & копыта</comment></change>",
    ],
)
def test_a_change_that_cannot_be_read_waits_for_a_person_and_the_rest_goes_on(
    here: tuple[World, Bending], bent: str
) -> None:
    played, proxy = here
    played.running.worker.run_until_idle()
    for _ in range(2):
        tell(proxy, bent.format(key=key_of(played, "О-2")), change(key_of(played, "О-1"), "accepted"))
        assert not played.running.worker.round().troubles
    assert state_of(played, "О-1") == "accepted"
    with played.running.store.reading() as reading:
        (kept,) = reading.changes.listing(ChangeState.REFUSED)
        told = [one.what for one in reading.audit.about(key_of(played, "О-2"))]
    assert (kept.system, kept.order_key) == ("sog", key_of(played, "О-2"))
    assert "<id>9</id>" in kept.raw
    assert told.count("изменение не прочитано") == 1


def test_a_change_that_the_database_refuses_costs_itself_alone(
    here: tuple[World, Bending], monkeypatch: pytest.MonkeyPatch
) -> None:
    played, proxy = here
    played.running.worker.run_until_idle()
    applied = Changes.applied

    def choosy(self: Changes, system: str, done: Sequence[OrderChange], now: datetime) -> None:
        if any(one.id == "bad" for one in done):
            raise RowRefused("база данных не принимает запись: так вышло")
        applied(self, system, done, now)

    monkeypatch.setattr(Changes, "applied", choosy)
    tell(proxy, change(key_of(played, "О-1"), "accepted"), change(key_of(played, "О-2"), "accepted", "bad"),
         change(key_of(played, "О-3"), "released", "3"))  # fmt: skip
    assert not played.running.worker.round().troubles
    assert [state_of(played, number) for number in NUMBERS] == ["accepted", "new", "released"]
    with played.running.store.reading() as reading:
        (kept,) = reading.changes.listing(ChangeState.REFUSED)
    assert "изменение bad" in kept.cause
    assert not played.running.worker.round().tracked, "the cursor has moved"


@pytest.mark.parametrize("knows", [True, False])
def test_a_message_that_may_have_arrived_is_sent_again_only_where_the_system_would_know_it(
    here: tuple[World, Bending], knows: bool
) -> None:
    played, proxy = here
    systems = tuple(replace(one, knows_message_ids=knows) for one in played.settings.systems)
    played.settings = replace(played.settings, systems=systems)
    played.running.worker.run_until_idle()

    def first_one(answer: Passing) -> Passing:
        if answer.operation != "SendNotices":
            return answer
        proxy.bend = lambda other: other
        return replace(answer, status=500, body=b"")

    proxy.bend = first_one
    played.live_until("2026-12-18T11:00")
    all_later(played, 3)
    with played.running.store.reading() as reading:
        counts, dead = reading.outbox.counts(), reading.outbox.listing(OutboxState.DEAD)
    assert OutboxState.WAITING not in counts
    assert len(dead) == (0 if knows else 1)
    assert all("проверьте в ней сами, дошло ли" in one.cause for one in dead)
    told = played.notices()
    assert len(told) - len(set(told)) == knows, "this stand knows no ids: nobody is told twice where that is said of it"


LONG = "ы" * 300_000
CARD_PARTS = ["id", "revision", "number", "name", "value"]
CHANGE = (
    "<change><id>{id}</id><externalId>{externalId}</externalId><kind>{kind}</kind><at>{at}</at><by>{by}</by>"
    "<comment>{comment}</comment><part>{part}</part><lead><name>{name}</name><unit>{unit}</unit></lead>{dueAt}"
    "<report><answerChannel>{channel}</answerChannel><outcome>{outcome}</outcome>"
    "<attachment>{attachment}</attachment></report></change>"
)
CHANGE_PARTS = [
    *("id", "externalId", "kind", "at", "by", "comment", "part", "name", "unit", "dueAt"),
    *("channel", "outcome", "attachment"),
]


@pytest.mark.parametrize("part", CARD_PARTS)
def test_whatever_is_too_long_in_a_card_costs_at_most_the_card(here: tuple[World, Bending], part: str) -> None:
    played, proxy = here
    proxy.bend = lambda answer: (
        replace(answer, body=re.sub(rf"<((?:\w+:)?{part})>[^<]*<".encode(), rf"<\1>{LONG}<".encode(), answer.body, count=1))
        if answer.operation == "GetDocuments"
        else answer
    )  # fmt: skip
    done = played.running.worker.run_until_idle()
    assert not any(one.troubles for one in done)
    found = list(states(played).values())
    assert len(found) == 3 and found.count(InboxState.DECIDED) >= 2
    assert played.running.worker.round().idle


@pytest.mark.parametrize("part", CHANGE_PARTS)
def test_whatever_is_too_long_in_a_change_costs_at_most_the_change(here: tuple[World, Bending], part: str) -> None:
    played, proxy = here
    kinds = ["reported", "reassigned", "termAsked", "drafted", "extended", "refused"]
    played.register(*(appeal(f"Р-{kind}") for kind in kinds))
    played.running.worker.run_until_idle()
    told = []
    for number, kind in enumerate(kinds):
        usual = dict.fromkeys(CHANGE_PARTS, "слово") | {
            "id": str(number), "externalId": key_of(played, f"Р-{kind}"), "kind": kind, "part": "",
            "at": "2026-11-24T10:00:00+05:00", "dueAt": "<dueAt>2026-12-30T18:00:00+05:00</dueAt>",
        }  # fmt: skip
        told.append(CHANGE.format(**usual | {part: LONG if part != "dueAt" else f"<dueAt>{LONG}</dueAt>"}))
    tell(proxy, *told, change(key_of(played, "О-2"), "accepted", "2"))
    assert not any(one.troubles for one in played.running.worker.run_until_idle())
    assert state_of(played, "О-2") == "accepted"
    with played.running.store.reading() as reading:
        waiting = len(reading.changes.listing(ChangeState.REFUSED))
        stories = [[one.what for one in reading.audit.about(key_of(played, f"Р-{kind}"))] for kind in kinds]
    applied = sum(any(what.startswith("в системе:") for what in story) for story in stories)
    assert waiting + applied == len(kinds), "each is applied or waits, none is lost"


@pytest.mark.parametrize("part", ["id", "code", "text", "refusedPart", "status", "messageId"])
def test_whatever_is_too_long_in_a_receipt_the_order_is_made_once(here: tuple[World, Bending], part: str) -> None:
    played, proxy = here

    def once(answer: Passing) -> Passing:
        if answer.operation != "CreateOrders":
            return answer
        proxy.bend = lambda other: other
        more = {"code": "status", "text": "status", "refusedPart": "status"}.get(part)
        if more:
            new = rb"\g<0>" + f"<{part}>{LONG}</{part}>".encode()
            return replace(answer, body=re.sub(rb"<status>[^<]*</status>(<id>[^<]*</id>)?", new, answer.body, count=1))
        return replace(
            answer, body=re.sub(rf"<{part}>[^<]*<".encode(), f"<{part}>{LONG}<".encode(), answer.body, count=1)
        )

    proxy.bend = once
    played.running.worker.run_until_idle()
    all_later(played)
    assert set(played.orders_by_external_id().values()) == {1}
    with played.running.store.reading() as reading:
        assert reading.outbox.counts() == {OutboxState.SENT: 3}
