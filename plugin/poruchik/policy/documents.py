"""Documents from a file: the dictionary's attributes in YAML or JSON, or cards of the exchange contract in XML."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from pathlib import Path

from poruchik.card_xml import read_card, tag
from poruchik.errors import CalendarError, DocumentRefused, PolicyError
from poruchik.files import read_bounded
from poruchik.model.document import Document, SystemKind
from poruchik.policy.attributes import read_facts
from poruchik.policy.lines import (
    NUMBER,
    OWN,
    RECEIVED,
    REGISTERED,
    SIGNED,
    SOURCES,
    SYSTEM,
    LineReader,
    at_moment,
    from_json,
)
from poruchik.policy.model import Attribute
from poruchik.policy.problems import Problems, in_lines
from poruchik.policy.shapes import Unreadable
from poruchik.policy.source import ListNode, MapNode, Node, Scalar, read_file
from poruchik.workcalendar.duration import Duration, Unit
from poruchik.xml import MAX_BYTES, BadXml, parse_xml

_RELATIVE = ("день", "время", "принят за")
_LENGTH = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1)}


def read_documents(
    path: Path,
    attributes: Mapping[str, Attribute],
    zone: tzinfo,
    *,
    first: date | None = None,
    last: date | None = None,
) -> list[Document]:
    """Read a file with one document or a list of them; raise PolicyError with every problem of the file.

    With a first day, a document may be dated from it: `день: 3`, `время: "10:15"`, `принят за: 2 дня` before that.
    With a last day the latest of them is of that day.
    """
    if path.suffix.lower() == ".xml":
        return _read_xml(path, str(zone))
    if path.suffix.lower() == ".json" and first is None and last is None:
        return _read_json(path, attributes, zone)
    problems = Problems()
    root = read_file(path, problems)
    nodes: tuple[Node, ...] = ()
    if root is not None:
        nodes = root.items if isinstance(root, ListNode) else (root,)
    if last is not None:
        first = last - timedelta(days=max(map(_day, nodes), default=0))
    if first is not None:
        dated = (_dated(node, first, zone, problems) for node in nodes)
        nodes = tuple(node for node in dated if node is not None)
    documents = [document_from(_without_nulls(node), attributes, zone, problems) for node in nodes]
    if problems.errors:
        raise PolicyError("\n".join(in_lines(problems.errors)), remedy="исправьте файл документов")
    return [document for document in documents if document]


def _read_json(path: Path, attributes: Mapping[str, Attribute], zone: tzinfo) -> list[Document]:
    """Read a JSON file as the lines of an archive are read."""
    reader = LineReader(attributes, zone)
    try:
        read = from_json(read_bounded(path, MAX_BYTES).removeprefix(codecs.BOM_UTF8))
        cards = read if isinstance(read, list) else [read]
        if not all(isinstance(card, dict) for card in cards):
            raise Unreadable("это не документ и не список документов", "документ — {…}, список — [{…}, {…}]")
        return [reader.document(card, f"строка-{number}") for number, card in enumerate(cards, start=1)]
    except OSError as error:
        raise PolicyError(f"файл не открывается: {error.strerror}", where=str(path)) from error
    except Unreadable as error:
        raise PolicyError(error.what, where=str(path), remedy=error.remedy) from error


def _read_xml(path: Path, zone: str) -> list[Document]:
    """Read the cards of an XML file; one says by its attribute «система» where it belongs, else it is the СЭД's."""
    try:
        root = parse_xml(read_bounded(path, MAX_BYTES))
    except OSError as error:
        raise PolicyError(f"файл не открывается: {error.strerror}", where=str(path)) from error
    except BadXml as error:
        raise PolicyError(str(error), where=str(path), remedy="сохраните карточку из системы заново") from error
    cards = list(root.iter(tag("document")))
    if not cards:
        raise PolicyError("в файле нет элемента document договора обмена", where=str(path))
    try:
        read = [read_card(card, source="xml", kind=SystemKind.SED, zone=zone) for card in cards]
        return [placed(document) for document in read]
    except DocumentRefused as error:
        raise PolicyError(error.what, where=str(path), remedy=error.remedy) from error


def placed(document: Document) -> Document:
    """Return a card from XML as a document of the system that it names."""
    named = document.attributes.get(SYSTEM, SystemKind.SED)
    system = SystemKind.SOG if named == SystemKind.SOG else SystemKind.SED
    attributes = {name: value for name, value in document.attributes.items() if name != SYSTEM}
    return replace(document, source=SOURCES[system], system=system, attributes=attributes)


def document_from(node: Node, attributes: Mapping[str, Attribute], zone: tzinfo, problems: Problems) -> Document | None:
    """Read one document; None after noting what is wrong. Without a number it is called by its place in the file."""
    before = problems.spoiled
    facts = read_facts(node, attributes, problems)
    if isinstance(node, MapNode) and REGISTERED not in facts and problems.spoiled == before:
        problems.error(
            node.position, "нет-ключа", "у документа нет даты регистрации", remedy="добавьте «дата регистрации: …»"
        )
    named = str(facts.get(SYSTEM, SystemKind.SED))
    if named not in list(SystemKind):  # a dictionary may narrow the built-in list, or replace it
        problems.error(node.position, "значение", f"«система»: «{named}»", remedy="допустимо: " + ", ".join(SystemKind))
    if problems.spoiled > before:
        return None
    system = SystemKind(named)
    number = str(facts.get(NUMBER, ""))
    try:
        moments = {name: at_moment(facts[name], zone) for name in (REGISTERED, RECEIVED, SIGNED) if name in facts}
    except Unreadable as error:
        problems.error(node.position, "значение", error.what, remedy=error.remedy)
        return None
    return Document(
        source=SOURCES[system],
        system=system,
        external_id=number or f"строка-{node.position.line}",
        reg_number=number,
        registered_at=moments[REGISTERED],
        received_at=moments.get(RECEIVED),
        signed_at=moments.get(SIGNED),
        attributes={name: value for name, value in facts.items() if name not in OWN},
    )


def _without_nulls(node: Node) -> Node:
    """Return a document without the attributes that it says it has not."""
    if not isinstance(node, MapNode):
        return node
    return MapNode(
        tuple((name, one) for name, one in node.entries if not (isinstance(one, Scalar) and one.null)), node.position
    )


def _day(node: Node) -> int:
    """Return how many days after the first a document is dated; 0 for what says nothing of it."""
    day = node.get("день") if isinstance(node, MapNode) else None
    return int(day.text) if isinstance(day, Scalar) and day.text.isdecimal() and len(day.text) < 5 else 0


def _dated(node: Node, first: date, zone: tzinfo, problems: Problems) -> Node | None:
    """Return a document whose day is counted from the first one, with its dates; None after noting what is wrong."""
    day = node.get("день") if isinstance(node, MapNode) else None
    if not isinstance(node, MapNode) or not isinstance(day, Scalar):
        return node
    words = {key.text: value.text for key, value in node.entries if isinstance(value, Scalar)}
    try:
        on = first + timedelta(days=int(day.text))
        registered = datetime.combine(on, time.fromisoformat(words.get("время", "09:00")), zone)
        before = Duration.parse(words["принят за"]) if "принят за" in words else None
        waited = before.amount * _LENGTH[before.unit] if before else None
    except (ValueError, KeyError, OverflowError, CalendarError) as error:
        problems.error(day.position, "значение", f"день документа: {error}", remedy='например день: 3, время: "10:15"')
        return None
    dates = {REGISTERED: registered}
    dates[RECEIVED] = registered - waited if waited else registered
    kept = [(key, value) for key, value in node.entries if key.text not in _RELATIVE]
    made = [(Scalar(name, day.position), Scalar(moment.isoformat(), day.position)) for name, moment in dates.items()]
    return MapNode((*kept, *made), node.position)
