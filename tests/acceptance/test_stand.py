"""The stand over HTTP, as a client of the contract sees it: every operation, in both systems, by zeep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep

from support.world import NOW, World, appeal, world

E = "urn:poruchik:exchange:1"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as played:
        yield played


def sog(here: World) -> Any:
    return zeep.Client(here.stand.url("sog") + "?wsdl").bind("Exchange", "ExchangePortSoap12")


def desk(here: World) -> Any:
    return zeep.Client(here.stand.url("desk") + "?wsdl").bind("Desk", "DeskPortSoap11")


def order(number: str, **more: Any) -> dict[str, Any]:
    return {
        "messageId": f"m-{number}", "externalId": f"e-{number}", "documentId": "О-1", "text": "Сделать",
        "lead": {"name": "Иванов И. И.", "unit": "отдел связи"}, "dueAt": NOW, "dueOn": NOW.date(),
        "act": "акт", "clause": "1", "explanation": "Потому", **more,
    }  # fmt: skip


def test_documents_come_in_pages(here: World) -> None:
    here.register(*(appeal(f"О-{number}", листов=number, аутентифицирован=True) for number in range(5)))
    service = sog(here)
    first = service.GetDocuments(cursor="", limit=3)
    second = service.GetDocuments(cursor=first.cursor, limit=3)
    assert [card.id for card in (*first.document, *second.document)] == [f"О-{number}" for number in range(5)]
    assert (first.hasMore, second.hasMore) == (True, False)
    attributes = {one.name: (one.type, one.value) for one in first.document[1].attribute}
    assert attributes["листов"] == ("number", ["1"])
    assert attributes["аутентифицирован"] == ("boolean", ["true"])
    assert service.GetDocument(id="О-3").number == "О-3"


def test_the_systems_do_not_see_each_other(here: World) -> None:
    here.register(appeal("О-1"))
    sed = zeep.Client(here.stand.url("sed") + "?wsdl").bind("Exchange", "ExchangePortSoap11")
    assert sed.GetDocuments(cursor="", limit=10).document == []


def test_an_order_lives(here: World) -> None:
    here.register(appeal("О-1"))
    service, people = sog(here), desk(here)
    (receipt,) = service.CreateOrders(order=[order("1", check=["расписка"])])
    assert receipt.status == "accepted"
    people.ActOnOrder(system="sog", externalId="e-1", kind="accepted", by="Иванов И. И.")
    people.ActOnOrder(
        system="sog", externalId="e-1", kind="reported", by="Иванов И. И.", comment="Готово",
        report={"answerChannel": "почта", "outcome": "решён"},
    )  # fmt: skip
    changed = service.ChangeOrders(
        change=[
            {"messageId": "c-1", "externalId": "e-1", "operation": "returnReport", "comment": "Нет даты ответа"},
            {"messageId": "c-2", "externalId": "e-1", "operation": "extend", "dueAt": datetime.fromisoformat("2026-12-30T18:00+05:00")},
            {"messageId": "c-3", "externalId": "e-1", "operation": "reassign", "lead": {"name": "Петрова А. А."}},
            {"messageId": "c-4", "externalId": "e-1", "operation": "reassign"},
            {"messageId": "c-5", "externalId": "нет", "operation": "cancel"},
            {"messageId": "c-6", "externalId": "e-1", "operation": "release"},
            {"messageId": "c-7", "externalId": "e-1", "operation": "cancel"},
        ]
    )  # fmt: skip
    assert [one.status for one in changed] == ["accepted"] * 3 + ["rejected"] * 2 + ["accepted", "rejected"]
    assert [one.code for one in changed if one.code] == ["incomplete", "noOrder", "closed"]
    page = service.GetOrderChanges(cursor="", limit=100)
    assert [one.kind for one in page.change] == [
        "accepted",
        "reported",
        "returned",
        "extended",
        "reassigned",
        "released",
    ]
    assert page.change[1].report.outcome == "решён"
    (found,) = service.FindByExternalId(externalId=["e-1", "e-2"])
    assert (found.state, found.lead.name) == ("released", "Петрова А. А.")
    (whole,) = service.GetOrders(id=[receipt.id], cursor="", limit=10).order
    assert whole.dueAt.isoformat() == "2026-12-30T18:00:00+05:00"
    assert whole.number == "О-0001"


def test_repetitions_are_duplicates_by_message_and_by_external_id(here: World) -> None:
    here.register(appeal("О-1"))
    service = sog(here)
    first = service.CreateOrders(order=[order("1")])
    again = service.CreateOrders(order=[order("1"), order("1", messageId="другое")])
    assert [one.status for one in again] == ["duplicate", "duplicate"]
    assert {one.id for one in again} == {first[0].id}


def test_notices_reach_people(here: World) -> None:
    service, people = sog(here), desk(here)
    notice = {
        "messageId": "n-1", "externalId": ["e-1"], "kind": "reminder", "to": {"name": "Иванов И. И."},
        "subject": "Срок завтра", "text": "Завтра срок.",
    }  # fmt: skip
    assert [one.status for one in service.SendNotices(notice=[notice])] == ["accepted"]
    assert [one.status for one in service.SendNotices(notice=[notice])] == ["duplicate"]
    (told,) = people.GetNotices(system="sog", cursor="", limit=10).notice
    assert (told.kind, told.subject) == ("reminder", "Срок завтра")


def test_the_desk_registers_documents_and_shows_the_journal(here: World) -> None:
    people = desk(here)
    card = {
        "id": "Д-1",
        "revision": "1",
        "registeredAt": NOW,
        "attribute": [{"name": "вид", "type": "string", "value": ["письмо"]}],
    }
    assert people.RegisterDocuments(system="sed", document=[card]) == 1
    sed = zeep.Client(here.stand.url("sed") + "?wsdl").bind("Exchange", "ExchangePortSoap11")
    assert sed.GetDocument(id="Д-1").attribute[0].value == ["письмо"]
    calls = people.GetJournal(cursor="", limit=100).call
    assert [(one.system, one.operation, one.outcome) for one in calls] == [("sed", "GetDocument", "ok")]


def test_the_desk_can_make_trouble(here: World) -> None:
    people, service = desk(here), sog(here)
    people.SetTrouble(system="sog", kind="fault", operation="GetDocuments", times=1)
    with pytest.raises(zeep.exceptions.Fault) as caught:
        service.GetDocuments(cursor="", limit=1)
    assert caught.value.detail is not None
    assert caught.value.detail.findtext(f"{{{E}}}ExchangeFault/{{{E}}}code") == "busy"
    assert service.GetDocuments(cursor="", limit=1).document == []


def test_the_directory(here: World) -> None:
    here.stand.exchange.directory = [("Иванов И. И.", "отдел связи", "начальник")]
    (entry,) = sog(here).GetDirectory()
    assert (entry.name, entry.unit, entry.active) == ("Иванов И. И.", "отдел связи", True)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("", "invalid", "не XML"),
        ("<a/>", "invalid", "не сообщение SOAP"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "invalid", "DOCTYPE"),
        (f'<GetDocuments xmlns="{E}"><cursor/><limit>0</limit></GetDocuments>', "invalid", "limit"),
        (f'<GetDocuments xmlns="{E}"><cursor/></GetDocuments>', "invalid", "limit"),
        (f'<GetDocuments xmlns="{E}"><cursor>abc</cursor><limit>1</limit></GetDocuments>', "notFound", "курсора"),
        (f'<GetDocument xmlns="{E}"><id>нет</id></GetDocument>', "notFound", "нет"),
        (f'<DropTables xmlns="{E}"/>', "invalid", "DropTables"),
        (f'<CreateOrders xmlns="{E}"/>', "invalid", "order"),
        ('<GetDocuments xmlns="urn:other"><cursor/><limit>1</limit></GetDocuments>', "invalid", "GetDocuments"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "version", ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"]
)
def test_bad_requests_get_typed_faults(here: World, body: str, code: str, words: str, version: str) -> None:
    data = (
        f'<s:Envelope xmlns:s="{version}"><s:Body>{body}</s:Body></s:Envelope>'
        if f'"{E}"' in body or "urn:" in body
        else body
    )
    answer = requests.post(here.stand.url("sog"), data=data.encode(), timeout=10)
    assert answer.status_code == 500
    assert f"<code>{code}</code>" in answer.text
    assert words in answer.text


def test_the_wsdl_is_served_with_its_schemas_and_address(here: World) -> None:
    for name in ("sed", "sog", "desk"):
        text = requests.get(here.stand.url(name) + "?wsdl", timeout=10).text
        assert f'location="{here.stand.url(name)}"' in text
    assert requests.get(here.stand.url("sed") + "/exchange/../../setup.py", timeout=10).status_code == 404
    assert requests.get(here.stand.url("sed") + "/exchange/nothing.xsd", timeout=10).status_code == 404
    assert requests.get(here.stand.url("other"), timeout=10).status_code == 404
