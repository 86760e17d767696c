"""Whatever a system answers, the connector says what is wrong with it, in time, and never crashes."""

from __future__ import annotations

import time

import pytest

from poruchik.connector import SystemSettings
from poruchik.errors import (
    AccessDenied,
    AnswerTooLarge,
    BadAnswer,
    IntegrationError,
    OutcomeUnknown,
    RequestRefused,
    SystemBusy,
    SystemUnreachable,
)
from poruchik.model.commands import Create, Person
from poruchik.model.document import SystemKind
from poruchik_exchange.client import ExchangeConnector
from support.raw_server import Answer, body, drip, hang_up, raw_server

S12 = "http://www.w3.org/2003/05/soap-envelope"
E = "urn:poruchik:exchange:1"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;</a>"""
XXE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def soap(inner: str) -> bytes:
    return f'<s:Envelope xmlns:s="{S12}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def fault(code: str, detail: str = "") -> bytes:
    return soap(
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value></s:Code><s:Reason><s:Text xml:lang='ru'>беда</s:Text></s:Reason>"
        f"<s:Detail>{detail}</s:Detail></s:Fault>"
    )


def typed(code: str) -> str:
    return f'<ExchangeFault xmlns="{E}"><code>{code}</code><text>подробности</text></ExchangeFault>'


def page(inner: str) -> bytes:
    return soap(
        f'<GetDocumentsResponse xmlns="{E}">{inner}<cursor>1</cursor><hasMore>false</hasMore></GetDocumentsResponse>'
    )


def ask(answer: Answer, *, timeout: float = 2.0) -> IntegrationError:
    with raw_server(answer) as url:
        connector = ExchangeConnector(
            SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=timeout, attempts=1)
        )
        with pytest.raises(IntegrationError) as caught:
            connector.documents("", 10)
        connector.close()
    assert "sed" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (body(b""), BadAnswer, "не XML"),
        (body(b"<html>Hello"), BadAnswer, "не XML"),
        (body(b"\x00\xff\xfe garbage"), BadAnswer, "не XML"),
        (body(BOMB), BadAnswer, "DOCTYPE"),
        (body(XXE), BadAnswer, "DOCTYPE"),
        (body(b"<a>" * 200 + b"</a>" * 200), BadAnswer, "вложенность"),
        (body(b"<a>" * 5000 + b"</a>" * 5000), BadAnswer, "не XML"),
        (body(b"<a>" + b"<b/>" * 500_000 + b"</a>"), BadAnswer, "элементов"),
        (body(b"<a>" + b" " * 17_000_000 + b"</a>"), AnswerTooLarge, "больше 16384 КБ"),
        (body(b"<a/>"), BadAnswer, "не сообщение SOAP"),
        (body(soap("")), BadAnswer, "пустое тело"),
        (body(soap(f'<GetDocumentsResponse xmlns="{E}"/>')), BadAnswer, "hasMore"),
        (body(b"<html/>", status=502), BadAnswer, "502"),
        (body(b"later", status=503), SystemBusy, "занята"),
        (body(b"no", status=401), AccessDenied, "не пускает"),
        (body(b"no", status=404), SystemUnreachable, "службы нет"),
        (body(fault("Receiver", typed("busy")), status=500), SystemBusy, "busy"),
        (body(fault("Sender", typed("denied")), status=500), AccessDenied, "denied"),
        (body(fault("Sender", typed("invalid")), status=500), RequestRefused, "invalid"),
        (body(fault("Receiver", typed("internal")), status=500), OutcomeUnknown, "internal"),
        (body(fault("Sender"), status=500), RequestRefused, "беда"),
        (body(fault("Receiver"), status=500), OutcomeUnknown, "беда"),
        (body(fault("Receiver", typed("busy")), status=200), SystemBusy, "busy"),
        (hang_up, OutcomeUnknown, "оборвалось"),
    ],
)  # fmt: skip
def test_each_answer_has_its_kind(answer: Answer, kind: type[IntegrationError], words: str) -> None:
    error = ask(answer)
    assert type(error) is kind, error
    assert words in str(error)


def test_a_dripping_answer_ends_in_time() -> None:
    started = time.monotonic()
    error = ask(drip(page(""), 0.05), timeout=0.5)
    assert time.monotonic() - started < 5
    assert isinstance(error, OutcomeUnknown)


def test_nobody_listens() -> None:
    connector = ExchangeConnector(
        SystemSettings("sed", SystemKind.SED, "exchange", "http://127.0.0.1:9/sed", timeout=1, attempts=1)
    )
    with pytest.raises(SystemUnreachable) as caught:
        connector.documents("", 1)
    assert "127.0.0.1:9" in str(caught.value)
    connector.close()


def test_one_bad_card_does_not_hide_the_others() -> None:
    good = "<document><id>1</id><revision>1</revision><registeredAt>2026-11-23T10:00:00+05:00</registeredAt></document>"
    bad = [
        "<document><id>2</id><revision>1</revision></document>",
        "<document><id>3</id><revision>1</revision><registeredAt>2026-11-23T10:00:00</registeredAt></document>",
        "<document><revision>1</revision><registeredAt>2026-11-23T10:00:00+05:00</registeredAt></document>",
        "<document><id>5</id><revision>1</revision><registeredAt>вчера</registeredAt></document>",
        "<document><id>6</id><revision>1</revision><registeredAt>0001-01-01T00:00:00+05:00</registeredAt></document>",
        good.replace("<id>1</id>", f"<id>{'9' * 300}</id>"),
    ] + [
        good.replace("<id>1</id>", f"<id>a{n}</id>").replace(
            "</document>", f"<attribute>{inner}</attribute></document>"
        )
        for n, inner in enumerate(
            [
                "<name>листов</name><type>number</type><value>много</value>",
                "<name>листов</name><type>number</type><value>NaN</value>",
                "<name>листов</name><type>number</type><value>1e999999999</value>",
                "<name>тема</name><type>string</type>",
                "<name>тема</name><type>string</type><value>а</value><value>б</value>",
                "<name>тема</name><type>плохо</type><value>а</value>",
                "<type>string</type><value>а</value>",
                "<name>срок</name><type>date</type><value>31.12.2026</value>",
            ]
        )
    ]
    with raw_server(body(page(good + "".join(bad)))) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, attempts=1))
        found = connector.documents("", 100)
        connector.close()
    assert [document.external_id for document in found.documents] == ["1"]
    assert len(found.refused) == len(bad)
    assert all(card.cause.startswith("документ") and card.raw for card in found.refused)


def test_one_bad_change_does_not_hide_the_others() -> None:
    good = "<kind>accepted</kind><at>2026-11-24T10:00:00+05:00</at>"
    bad = {
        "неизвестный вид": "<id>2</id><kind>ate</kind><at>2026-11-24T10:00:00+05:00</at>",
        "не дата": "<id>3</id><kind>accepted</kind><at>позавчера</at>",
        "нет пояса": "<id>4</id><kind>accepted</kind><at>2026-11-24T10:00:00</at>",
        "не день": f"<id>5</id>{good}<report><answeredOn>завтра</answeredOn></report>",
        "длинное имя": f"<id>6</id>{good}<lead><name>{'Я' * 301}</name></lead>",
    }
    changes = [f"<change><externalId>к</externalId>{body}</change>" for body in bad.values()]
    changes += [f"<change>{known}<externalId>к</externalId>{good}</change>" for known in ("<id>7</id>", "")]
    answer = f'<GetOrderChangesResponse xmlns="{E}">{"".join(changes)}<cursor>7</cursor><hasMore>false</hasMore></GetOrderChangesResponse>'
    envelope = f'<e:Envelope xmlns:e="{S12}"><e:Body>{answer}</e:Body></e:Envelope>'
    with raw_server(body(envelope.encode())) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, attempts=1))
        page = connector.order_changes("", 10)
        connector.close()
    seventh, without = [change.id for change in page.changes]
    assert seventh == "7"
    assert without.startswith("xml-"), "known by what it says"
    assert len(page.refused) == len(bad)
    assert all(one.raw.startswith("<") and one.cause for one in page.refused)


def test_a_zone_accepts_local_time() -> None:
    card = "<document><id>1</id><revision>1</revision><registeredAt>2026-11-23T10:00:00</registeredAt></document>"
    with raw_server(body(page(card))) as url:
        connector = ExchangeConnector(
            SystemSettings("sed", SystemKind.SED, "exchange", url, attempts=1, zone="Asia/Yekaterinburg")
        )
        (document,) = connector.documents("", 1).documents
        connector.close()
    assert document.registered_at.isoformat() == "2026-11-23T10:00:00+05:00"


@pytest.mark.parametrize(
    ("answer", "calls"),
    [
        (body(b"later", status=503), 3),
        (body(b"garbage"), 3),
        (hang_up, 3),
        (body(b"no", status=403), 1),
        (body(fault("Sender", typed("invalid")), status=500), 1),
    ],
)
def test_reading_is_repeated_by_the_kind_of_the_error(answer: Answer, calls: int) -> None:
    seen: list[object] = []

    def count(handler: object) -> None:
        seen.append(handler)
        answer(handler)  # type: ignore[arg-type]

    with raw_server(count) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=2, attempts=3))
        with pytest.raises(IntegrationError):
            connector.documents("", 1)
        connector.close()
    assert len(seen) == calls


ORDER = Create("m", "k", document_id="1", text="т", explanation="п", act="а", clause="1", lead=Person("И"))


def test_a_command_is_never_repeated_inside_a_call() -> None:
    seen: list[object] = []

    def count(handler: object) -> None:
        seen.append(handler)
        body(b"later", status=503)(handler)  # type: ignore[arg-type]

    with raw_server(count) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=2, attempts=3))
        with pytest.raises(SystemBusy):
            connector.submit([ORDER])
        connector.close()
    assert len(seen) == 1


def test_a_partial_receipt_names_what_was_refused() -> None:
    answer = soap(
        f'<CreateOrdersResponse xmlns="{E}"><receipt><messageId>m</messageId><status>accepted</status><id>7</id>'
        "<refusedPart>соисполнитель Петров П. П.</refusedPart></receipt></CreateOrdersResponse>"
    )
    with raw_server(body(answer)) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=2))
        (receipt,) = connector.submit([ORDER])
        connector.close()
    assert receipt.refused_parts == ("соисполнитель Петров П. П.",)


def test_the_check_tells_of_a_service_without_our_operations() -> None:
    wsdl = b'<d:definitions xmlns:d="http://schemas.xmlsoap.org/wsdl/"><d:portType><d:operation name="GetDocuments"/></d:portType></d:definitions>'
    for description, words in (
        (wsdl, "нет операций ChangeOrders, CreateOrders, FindByExternalId, GetDocument"),
        (b"", "не отдаёт"),
    ):
        with raw_server(body(page("")), description) as url:
            connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=2, attempts=1))
            told = connector.check()
            connector.close()
        assert words in " ".join(map(str, told))
