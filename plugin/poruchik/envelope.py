"""SOAP messages of both versions: opened within the limits, and made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lxml import etree

from poruchik.answer import LostItem, read_body
from poruchik.xml import BadXml


class BadEnvelope(BadXml):
    """What came is not a SOAP envelope. The text is for people."""


SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
CONTENT_TYPES = {SOAP_11: "text/xml; charset=utf-8", SOAP_12: "application/soap+xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The contents of a SOAP message: its version (a namespace) and the element in the body.

    `lost` are the items of the payload that could not be read, `noted` what was mended in others, by their ids.
    """

    version: str
    payload: etree._Element
    lost: tuple[LostItem, ...] = ()
    noted: Mapping[str, str] = field(default_factory=dict)


def open_envelope(data: bytes, content_type: str = "", items: Mapping[str, str] = MappingProxyType({})) -> Envelope:
    """Return the contents of a SOAP 1.1 or 1.2 message; raise BadXml. `items` are those of `read_body`."""
    body = read_body(data, content_type, items=items)
    root = body.root
    name = etree.QName(root)
    version = name.namespace or ""
    if name.localname != "Envelope" or version not in CONTENT_TYPES:
        raise BadEnvelope(f"это не сообщение SOAP: корень {name.localname}")
    content = root.find(f"{{{version}}}Body")
    payload = next((child for child in content if isinstance(child.tag, str)), None) if content is not None else None
    if payload is None:
        raise BadEnvelope("в сообщении SOAP пустое тело")
    return Envelope(version, payload, body.lost, body.noted)


def wrap(payload: etree._Element, version: str) -> bytes:
    """Return a SOAP message with this element in its body."""
    envelope = etree.Element(f"{{{version}}}Envelope", nsmap={"soap": version})
    etree.SubElement(envelope, f"{{{version}}}Body").append(payload)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def wrap_fault(text: str, version: str, *, sender: bool, detail: etree._Element | None) -> bytes:
    """Return a SOAP fault; `sender` tells whether the caller is to blame."""
    fault = etree.Element(f"{{{version}}}Fault", nsmap={"soap": version})
    if version == SOAP_11:
        etree.SubElement(fault, "faultcode").text = "soap:Client" if sender else "soap:Server"
        etree.SubElement(fault, "faultstring").text = text
        holder = etree.SubElement(fault, "detail")
    else:
        code = etree.SubElement(fault, f"{{{version}}}Code")
        etree.SubElement(code, f"{{{version}}}Value").text = "soap:Sender" if sender else "soap:Receiver"
        reason = etree.SubElement(fault, f"{{{version}}}Reason")
        line = etree.SubElement(reason, f"{{{version}}}Text")
        line.set("{http://www.w3.org/XML/1998/namespace}lang", "ru")
        line.text = text
        holder = etree.SubElement(fault, f"{{{version}}}Detail")
    if detail is not None:
        holder.append(detail)
    return wrap(fault, version)
