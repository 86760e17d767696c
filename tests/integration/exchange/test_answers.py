"""Answers as other stacks give them: what each means is taken, what is bent costs its own card alone.

`tests/answers/` holds pages of three cards d1, d2, d3 in which one thing is bent, gathered from public reports.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from poruchik.connector import SystemSettings
from poruchik.errors import AccessDenied, BadAnswer, IntegrationError, RequestRefused, SystemUnreachable
from poruchik.model.commands import Notice, NoticeKind, Person, Release
from poruchik.model.document import Document, SystemKind
from poruchik.model.exchange import DocumentsPage, ReceiptStatus
from poruchik_exchange.client import ExchangeConnector
from support.raw_server import Answer, body, raw_server

ANSWERS = Path(__file__).parents[2] / "answers"
S12, E = "http://www.w3.org/2003/05/soap-envelope", "urn:poruchik:exchange:1"
SOAP = "application/soap+xml; charset=utf-8"
MTOM = 'multipart/related; type="application/xop+xml"; start="<root>"; boundary="uuid:4370"; start-info="application/soap+xml"'
TYPES = {"mtom": MTOM, "cp1251": "text/xml; charset=windows-1251", "11answer": "text/xml; charset=utf-8"}
FAULTS = {"fault_dot", "wsse", "mustUnderstand12"}
ALL = ["d1", "d2", "d3"]
REFUSED = {"naive": "часового пояса", "num_comma": "листов", "rawamp": "XML не читается"}
"""Where d2 is refused, and what its cause says."""


@contextmanager
def connected(answer: Answer, *, zone: str = "") -> Iterator[ExchangeConnector]:
    with raw_server(answer) as url:
        settings = SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=5, attempts=1, zone=zone)
        connector = ExchangeConnector(settings)
        yield connector
        connector.close()


def read(name: str, *, zone: str = "") -> DocumentsPage:
    data = (ANSWERS / f"{name}.http-body").read_bytes()
    with connected(body(data, kind=TYPES.get(name, SOAP)), zone=zone) as connector:
        return connector.documents("", 10)


def second(name: str, **more: str) -> Document:
    (found,) = [one for one in read(name, **more).documents if one.external_id == "d2"]
    return found


@pytest.mark.parametrize("name", sorted({path.stem for path in ANSWERS.glob("*.http-body")} - FAULTS))
def test_what_is_taken(name: str) -> None:
    page = read(name)
    taken = [one.external_id for one in page.documents]
    if name not in REFUSED:
        assert (taken, page.refused) == (ALL, ())
        return
    assert taken == ["d1", "d3"]
    (refused,) = page.refused
    assert refused.external_id == "d2"
    assert REFUSED[name] in refused.cause
    assert "d2" in refused.raw


@pytest.mark.parametrize("name", ["charref_0B", "raw_0B", "surrog"])
def test_what_was_mended_is_said(name: str) -> None:
    page = read(name)
    assert list(page.noted) == ["d2"]
    assert page.noted["d2"]


def test_nothing_is_said_of_what_was_right() -> None:
    assert read("ok").noted == {}


def test_values_as_they_are_meant() -> None:
    assert second("surrog").attributes["текст"] == "Спасибо \U0001f600!"
    assert "приём" in second("ws_value").attributes.values()
    assert date(2026, 12, 1) in second("date_tz").attributes.values()
    assert second("nil").received_at is None
    assert second("0001").received_at is None
    assert set(second("nil_attr").attributes) == set(second("0001_attr").attributes) == {"вид"}
    assert second("comment_mid").attributes["текст"] == "начало  прошу выслать ответ почтой"
    assert [one.external_id for one in read("naive", zone="Asia/Yekaterinburg").documents] == ALL


@pytest.mark.parametrize(
    ("name", "status", "kind", "words"),
    [
        ("fault_dot", 500, AccessDenied, "Неверный пароль"),
        ("wsse", 500, AccessDenied, "could not be authenticated"),
        ("mustUnderstand12", 500, SystemUnreachable, 'soap = "1.1"'),
    ],
)
def test_faults(name: str, status: int, kind: type[IntegrationError], words: str) -> None:
    data = (ANSWERS / f"{name}.http-body").read_bytes()
    error = failed(body(data, status=status, kind="text/xml"))
    assert type(error) is kind
    assert words in str(error)


def failed(answer: Answer) -> IntegrationError:
    with connected(answer) as connector, pytest.raises(IntegrationError) as caught:
        connector.documents("", 10)
    return caught.value


def envelope(inner: str) -> bytes:
    return f'<s:Envelope xmlns:s="{S12}"><s:Body>{inner}</s:Body></s:Envelope>'.encode()


def told(status: int, data: bytes = b"", kind: str = "text/plain", **headers: str) -> Answer:
    def answer(handler: object) -> None:
        handler.send_response(status)  # type: ignore[attr-defined]
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)  # type: ignore[attr-defined]
        handler.end_headers()  # type: ignore[attr-defined]
        handler.wfile.write(data)  # type: ignore[attr-defined]

    return answer


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (told(302, Location="https://sed.example.ru/ws"), SystemUnreachable, "https://sed.example.ru/ws"),
        (told(401, WWW_Authenticate="Negotiate, Basic"), AccessDenied, "просит Negotiate"),
        (told(415), SystemUnreachable, "HTTP 415"),
        (
            told(200, "<html><title>Вход в  систему</title>".encode(), "text/html"),
            BadAnswer,
            "страница «Вход в систему»",
        ),
        (told(500, "ORA-01034: база не запущена".encode()), BadAnswer, "ORA-01034: база не запущена"),
        (
            body(envelope("<GetDocumentsResponse><cursor>1</cursor><hasMore>false</hasMore></GetDocumentsResponse>")),
            BadAnswer,
            f"нет пространства имён {E}",
        ),
    ],
)
def test_words_that_help(answer: Answer, kind: type[IntegrationError], words: str) -> None:
    error = failed(answer)
    assert type(error) is kind
    assert words in str(error)
    assert not isinstance(error, RequestRefused), "it would bury commands"


# --- one card alone -------------------------------------------------------------------------------


def card(name: str, text: str = "приём", at: str = "2026-11-25T10:00:00+05:00") -> str:
    return (
        f"<document><id>{name}</id><revision>1</revision><registeredAt>{at}</registeredAt>"
        f"<attribute><name>текст</name><type>string</type><value>{text}</value></attribute></document>"
    )


def page(*cards: str, encoding: str = "utf-8") -> bytes:
    inner = "".join(cards)
    text = (
        f'<s:Envelope xmlns:s="{S12}"><s:Body><GetDocumentsResponse xmlns="{E}">{inner}<cursor>1</cursor>'
        "<hasMore>false</hasMore></GetDocumentsResponse></s:Body></s:Envelope>"
    )
    return text.encode(encoding, "surrogateescape")


def taken(data: bytes) -> tuple[dict[str, object], list[str], dict[str, str]]:
    with connected(body(data)) as connector:
        found = connector.documents("", 10)
    texts = {one.external_id: one.attributes["текст"] for one in found.documents}
    return texts, [one.external_id for one in found.refused], dict(found.noted)


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("раз&#11;два", "раз\nдва"),
        ("раз\x0bдва", "раз\nдва"),
        ("раз&#xC;два", "раз\nдва"),
        ("раз&#1;два", "раздва"),
        ("раз\x01два", "раздва"),
        ("&#55357;&#56832;", "\U0001f600"),
        ("&#10;&#55357;&#56832;.", "\U0001f600."),
        ("&#xD83D;&#xDE00;&#38;", "\U0001f600&"),
        ("&#55357;один", "один"),
        ("а&#65535;б", "аб"),
        ("<![CDATA[<b>&#11;</b>]]>&#11;", "<b>&#11;</b>"),
        ("до<!-- &#11; -->&#11;после", "до\nпосле"),
        ("&lt;&amp;&#60;&#11;", "<&<"),
    ],
)
def test_a_card_is_mended_and_the_others_are_not_touched(written: str, read_as: str) -> None:
    texts, refused, noted = taken(page(card("1", "до"), card("2", written), card("3", "a<!-- & -->&amp;b")))
    assert texts == {"1": "до", "2": read_as.strip(), "3": "a&b"}
    assert refused == []
    assert list(noted) == ["2"]


@pytest.mark.parametrize(
    "bent",
    [
        card("2", "Рога & копыта"),
        card("2", "a < b"),
        card("2", "байт \udce0\udce1"),
        card("2").replace("</attribute>", ""),
        card("2").replace("</document>", ""),
        card("2", "&unknown;"),
        card("2", "&#99999999999;"),
        card("2", "x").replace("<type>", '<type a="1" a="2">'),
    ],
)
def test_what_cannot_be_read_costs_its_own_card(bent: str) -> None:
    texts, refused, _ = taken(page(card("1", "один"), bent, card("3", "три")))
    assert texts == {"1": "один", "3": "три"}
    assert refused == ["2"]


def test_many_broken_cards_of_a_page() -> None:
    cards = [card(str(number), "Рога & копыта" if number % 3 else "целый") for number in range(200)]
    texts, refused, _ = taken(page(*cards))
    assert (len(texts), len(refused)) == (67, 133)


def test_a_page_whose_own_frame_is_bent_is_no_page() -> None:
    assert type(failed(body(page(card("1")).replace(b"<hasMore>", b"<hasMore>&")))) is BadAnswer


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-25T24:00:00+05:00", datetime(2026, 11, 25, 19, tzinfo=UTC)),
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        (" 2026-11-25T10:00:00.1234567+05:00 ", datetime(2026, 11, 25, 5, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_moments_of_xml_schema(written: str, moment: datetime) -> None:
    with connected(body(page(card("1", at=written)))) as connector:
        (found,) = connector.documents("", 10).documents
    assert found.registered_at == moment


# --- receipts -------------------------------------------------------------------------------------


def receipt(name: str, status: str = "accepted", text: str = "") -> str:
    return f"<receipt><messageId>{name}</messageId><status>{status}</status><id>7</id><text>{text}</text></receipt>"


@pytest.mark.parametrize(
    "bent",
    [
        receipt("2", "perhaps"),
        receipt("2", text="Рога & копыта"),
        receipt("2") + receipt("2", "rejected"),
        "",
    ],
)
def test_a_receipt_that_says_nothing_leaves_its_command_alone_in_doubt(bent: str) -> None:
    inner = f'<ChangeOrdersResponse xmlns="{E}">{receipt("1")}{bent}{receipt("3", "duplicate")}</ChangeOrdersResponse>'
    commands = [Release(name, "о-1", "снято") for name in "123"]
    with connected(body(envelope(inner))) as connector:
        found = connector.submit(commands)
    assert [one.status for one in found] == [
        ReceiptStatus.ACCEPTED,
        ReceiptStatus.UNREADABLE,
        ReceiptStatus.DUPLICATE,
    ]


def test_a_long_id_of_a_receipt_is_cut_because_the_order_exists() -> None:
    long = receipt("1").replace("<id>7<", f"<id>{'7' * 5000}<")
    with connected(body(envelope(f'<ChangeOrdersResponse xmlns="{E}">{long}</ChangeOrdersResponse>'))) as connector:
        (found,) = connector.submit([Release("1", "о-1", "снято")])
    assert found.status is ReceiptStatus.ACCEPTED
    assert found.id == "7" * 650


@pytest.mark.parametrize("child", ["id", "externalId", "by", "part"])
def test_what_a_change_brings_has_a_length(child: str) -> None:
    given = {
        "id": "1",
        "externalId": "о-1",
        "kind": "accepted",
        "at": "2026-11-25T10:00:00+05:00",
        "by": "я",
        "part": "",
    }
    given[child] = "ы" * 1000
    told = "".join(f"<{name}>{value}</{name}>" for name, value in given.items())
    inner = f"<change>{told}</change><cursor>1</cursor><hasMore>false</hasMore>"
    answer = body(envelope(f'<GetOrderChangesResponse xmlns="{E}">{inner}</GetOrderChangesResponse>'))
    with connected(answer) as connector:
        page = connector.order_changes("", 10)
    assert page.changes == ()
    assert len(page.refused) == 1


def test_what_is_sent_is_clean() -> None:
    heard: list[bytes] = []
    answer = body(envelope(f'<SendNoticesResponse xmlns="{E}">{receipt("1")}</SendNoticesResponse>'))
    notice = Notice(
        "1",
        "о-1",
        kind=NoticeKind.ANSWER,
        to=Person("Иванов\x00 И. И."),
        subject="Срок\x0b",
        text="раз\x01два\ud83d",
        orders=("о-1",),
    )
    with raw_server(answer, heard=heard) as url:
        connector = ExchangeConnector(SystemSettings("sed", SystemKind.SED, "exchange", url, timeout=5, attempts=1))
        (found,) = connector.submit([notice])
        connector.close()
    assert found.status is ReceiptStatus.ACCEPTED
    (sent,) = heard
    told = sent.decode()
    assert ">Иванов И. И.<" in told and ">Срок<" in told and ">раздва<" in told
