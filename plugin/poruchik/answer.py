"""The body of an answer as XML, read item by item: what is bent in one card, change or receipt costs that one alone.

It is parsed strictly first. Only when that fails is it mended: control characters, and references to what XML cannot
hold, these never inside a CDATA section or a comment. What still cannot be read is cut out at the borders of its item
and kept as it came. Nothing is guessed: no `recover`, no U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from itertools import zip_longest
from types import MappingProxyType

from lxml import etree

from poruchik.xml import MAX_BYTES, BadXml, parse_xml

_BLANK = b" \t\r\n"
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?>")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UNTOUCHED = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_REFERENCES = re.compile(r"(?:&#(?:[0-9]{1,7}|x[0-9A-Fa-f]{1,6});)+")
_REFERENCE = re.compile(r"&#(?:([0-9]+)|x([0-9A-Fa-f]+));")
_LINE_ENDS = "\x0b\x0c"
"""VT and FF: what Word and old printers end a line with."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_DECODED = re.compile("[\udc80-\udcff]")
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class LostItem:
    """An item whose XML cannot be read, as it came; `id` is «» where not even that was found."""

    id: str
    cause: str
    raw: str


@dataclass(frozen=True, slots=True)
class Body:
    """What was read. `noted` tells by the id of an item what was mended in it."""

    root: etree._Element
    lost: tuple[LostItem, ...] = ()
    noted: dict[str, str] = field(default_factory=dict)


def read_body(data: bytes, content_type: str = "", *, items: Mapping[str, str] = MappingProxyType({})) -> Body:
    """Return the root element; raise BadXml where not even what stands around the items can be read.

    `items` are the local names of the elements that stand for themselves, each with the child that says which it is.
    """
    data, content_type = _root_part(data, content_type)
    data = _without_blank(data)
    charset = _charset(data, content_type)
    try:
        if charset and not _declared(data):
            return Body(parse_xml(data.decode(charset).encode()))
        return Body(parse_xml(data))
    except (BadXml, UnicodeDecodeError, LookupError) as error:
        first = error if isinstance(error, BadXml) else BadXml(f"это не XML: {error}")
    text = _decoded(data, charset) if items and len(data) <= MAX_BYTES else None
    if text is None:
        raise first
    return _item_by_item(text, items, first)


# --- bytes to text --------------------------------------------------------------------------------


def _root_part(data: bytes, content_type: str) -> tuple[bytes, str]:
    """Return the root part of a multipart answer (MTOM, SwA) with its type; others as they are."""
    head = Message()
    head["Content-Type"] = content_type
    if head.get_content_maintype() != "multipart":
        return data, content_type
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + data)
    parts = [part for part in whole.walk() if not part.is_multipart()]
    start = head.get_param("start", "")
    root = next((part for part in parts if start and part.get("Content-ID", "").strip() == start), None)
    part = root or next(iter(parts), None)
    content = part.get_payload(decode=True) if part is not None else None
    return (content, part.get("Content-Type", "")) if part is not None and isinstance(content, bytes) else (data, "")


def _without_blank(data: bytes) -> bytes:
    """Drop what XML does not allow before its declaration: white space, and the mark of UTF-8 or a second one."""
    while (data[:1] and data[0] in _BLANK) or data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8).lstrip(_BLANK)
    return data


def _declared(data: bytes) -> str:
    """Return the charset that the XML itself names; «» where it names none."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declaration = _DECLARATION.match(data)
    named = _ENCODING.search(declaration[0]) if declaration else None
    return named[1].decode() if named else ""


def _charset(data: bytes, content_type: str) -> str:
    """Return the charset: the declaration beats the header."""
    head = Message()
    head["Content-Type"] = content_type or "text/xml"
    return _declared(data) or str(head.get_content_charset() or "")


def _decoded(data: bytes, charset: str) -> str | None:
    """Return the text; bytes of another charset stay where they are, as lone surrogates."""
    try:
        text = data.decode(charset or "utf-8", "surrogateescape")
    except (LookupError, UnicodeDecodeError):
        return None
    return text.lstrip("\ufeff").partition("?>")[2] if text.lstrip("\ufeff").startswith("<?xml") else text


# --- item by item ---------------------------------------------------------------------------------


def _item_by_item(text: str, items: Mapping[str, str], first: BadXml) -> Body:
    """Mend each item; leave out those that cannot be read even so."""
    spans = list(_spans(text, items))
    whole, kept, lost, noted = [], [], [], {}
    at = 0
    for start, end in spans:
        whole.append(_mended(text[at:start])[0])
        item, what = _mended(text[start:end])
        kept.append((len(whole), item, text[start:end], what))
        whole.append(item)
        at = end
    whole.append(_mended(text[at:])[0])
    around = [piece if number % 2 == 0 else "" for number, piece in enumerate(whole)]
    try:
        _parse("".join(around))
    except BadXml:
        raise first from None
    for number, item, raw, what in kept:
        alone = [*around]
        alone[number] = item
        known = _id_of(item, items)
        try:
            _parse("".join(alone))
        except BadXml as error:
            whole[number] = ""
            cause = "в ней знаки другой кодировки" if _NOT_DECODED.search(raw) else f"её XML не читается: {error}"
            lost.append(LostItem(known, cause, _CONTROL.sub("", _NOT_DECODED.sub("?", raw))))
            continue
        if what:
            noted[known] = what
    return Body(_parse("".join(whole)), tuple(lost), noted)


def _parse(text: str) -> etree._Element:
    try:
        return parse_xml(text.encode())
    except UnicodeEncodeError:
        raise BadXml("знаки другой кодировки") from None


def _spans(text: str, items: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yield where each item begins and ends; one that is not closed ends where the next one begins."""
    plain = _UNTOUCHED.sub(lambda found: " " * len(found[0]), text)
    names = "|".join(items)
    opening = re.compile(rf"<((?:[\w.-]+:)?(?:{names}))(?=[\s/>])[^<>]*?(/?)>")
    found = list(opening.finditer(plain))
    last = plain.rfind("<", 0, max(plain.rfind("cursor>"), plain.rfind("Response>"), 0))
    for one, following in zip_longest(found, found[1:]):
        if one[2]:
            yield one.span()
            continue
        limit = following.start() if following else len(plain)
        closing = re.compile(rf"</{re.escape(one[1])}\s*>").search(plain, one.end(), limit)
        if closing:
            yield one.start(), closing.end()
        else:
            yield one.start(), following.start() if following else max(last, one.end())


def _mended(text: str) -> tuple[str, str]:
    """Return a text without what XML cannot hold, and what was done."""
    told: dict[str, None] = {}
    pieces, at = [], 0
    for untouched in [*_UNTOUCHED.finditer(text), None]:
        stop = untouched.start() if untouched else len(text)
        pieces.append(_REFERENCES.sub(lambda found: _reread(found[0], told), text[at:stop]))
        if untouched:
            pieces.append(untouched[0])
            at = untouched.end()
    mended = _CONTROL.sub(lambda found: _replaced(found[0], told), "".join(pieces))
    return mended, ", ".join(told)


def _reread(run: str, told: dict[str, None]) -> str:
    """Return a run of references with two that make one character joined and those of no character gone."""
    codes = [int(one[1]) if one[1] else int(one[2], 16) for one in _REFERENCE.finditer(run)]
    if not any(_forbidden(code) for code in codes):
        return run
    said = []
    position = 0
    while position < len(codes):
        code = codes[position]
        low = codes[position + 1] if position + 1 < len(codes) else 0
        if 0xD800 <= code < 0xDC00 <= low < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            position += 1
            told["две половины одного знака соединены"] = None
        position += 1
        if not _forbidden(code):
            said.append(f"&#{code};")
        else:
            said.append(_replaced(chr(code) if code < 0x20 else "", told))
    return "".join(said)


def _replaced(sign: str, told: dict[str, None]) -> str:
    if sign and sign in _LINE_ENDS:
        told["управляющий знак стал концом строки"] = None
        return "\n"
    told["управляющий знак убран"] = None
    return ""


def _forbidden(code: int) -> bool:
    """Tell whether XML has no such character."""
    return (
        (code < 0x20 and code not in (0x9, 0xA, 0xD))
        or 0xD800 <= code < 0xE000
        or code in (0xFFFE, 0xFFFF)
        or code > 0x10FFFF
    )


def _id_of(item: str, items: Mapping[str, str]) -> str:
    """Return what an item is known by, as well as it can be found without reading its XML."""
    opened = re.match(r"<(?:[\w.-]+:)?([\w.-]+)", item)
    child = items[opened[1]] if opened else ""
    found = re.search(rf"<(?:[\w.-]+:)?{child}(?:\s[^<>]*)?>([^<]*)<", item)
    return _NOT_DECODED.sub("?", found[1]).strip()[:_LONGEST_ID] if found else ""
