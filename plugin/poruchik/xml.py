"""Reading XML that came from outside: no DTD, no entities, no network; bounded size, depth and count."""

from __future__ import annotations

import re

from lxml import etree

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 40
MAX_ELEMENTS = 400_000


class BadXml(ValueError):
    """What came is not XML within the limits. The text is for people."""


def parse_xml(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Return the root element; raise BadXml."""
    if len(data) > max_bytes:
        raise BadXml(f"сообщение больше {max_bytes // 1024} КБ")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        # What an editor leaves in a text is no part of it: «принять.<!-- правка --> Это жалоба» is one text.
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadXml(f"это не XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise BadXml("DOCTYPE не допускается")
    depth = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise BadXml(f"больше {MAX_ELEMENTS} элементов или вложенность глубже {MAX_DEPTH}")
    return root


def xml_text(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("", text)
