"""What an answer to the look-up says of each order that was asked about: there, not there, or not to be told."""

from __future__ import annotations

import pytest

from poruchik.answer import LostItem, read_body
from poruchik_exchange import mapping

IDS = ["а", "б", "в"]


def found(inner: str, lost: tuple[LostItem, ...] = (), zone: str = "") -> dict[str, str]:
    body = read_body(f'<Found xmlns="urn:poruchik:exchange:1">{inner}</Found>'.encode())
    told = mapping.found_among(IDS, body.root, lost, zone)
    return {key: one.unreadable or "there" for key, one in told.items()}


def item(key: str, more: str = "<id>1</id>") -> str:
    return f"<found><externalId>{key}</externalId>{more}<state>new</state></found>"


@pytest.mark.parametrize(
    ("inner", "lost", "told"),
    [
        (item("б"), (), {"б": "there"}),
        (item("б", ""), (), {"б": "у найденного поручения нет id"}),
        (item("б") + "<found><id>7</id></found>", (), dict.fromkeys("ав", "у найденного поручения нет externalId") | {"б": "there"}),
        (item("б"), (LostItem("а", "порвано", ""),), {"а": "порвано", "б": "there"}),
        (item("б"), (LostItem("", "порвано", ""),), {"а": "порвано", "б": "there", "в": "порвано"}),
        (item("б"), (LostItem("а?", "порвано", ""),), {"а": "порвано", "б": "there", "в": "порвано"}),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_no_absence(
    inner: str, lost: tuple[LostItem, ...], told: dict[str, str]
) -> None:
    assert found(inner, lost) == told


def test_terms_of_found_orders() -> None:
    def with_term(text: str) -> str:
        return item("а", f"<id>1</id><dueAt>{text}</dueAt>")

    assert found(with_term("0001-01-01T00:00:00")) == {"а": "there"}
    assert found(with_term("2026-12-01T10:00:00"), zone="Europe/Moscow") == {"а": "there"}
    assert "нет часового пояса" in found(with_term("2026-12-01T10:00:00"))["а"]
