"""A publication in words, the same in the terminal and on a page."""

from __future__ import annotations

from datetime import tzinfo

from poruchik.store.publications import Publication

_SHORT = 12
"""Digits of a version that people read and type."""


def short_version(version: str) -> str:
    """Return the beginning of a version's hash."""
    return version.removeprefix("sha256:")[:_SHORT]


def miscounted(version: str, published: int, read: int) -> str:
    """Say that a set is read otherwise than it was when it was put into force; «» when it is not."""
    if published == read:
        return ""
    return f"набор {short_version(version)}: опубликовано правил {published}, читается {read}: опубликуйте заново"


def since_text(one: Publication) -> str:
    """Return the day of registration from which it counts."""
    return f"{one.since:%d.%m.%Y}" if one.since else "сначала"


def state_text(one: Publication, zone: tzinfo | None, *, today: bool) -> str:
    """Return what has become of it; `today`: it is the one of documents that are registered now."""
    if one.withdrawn_at:
        return f"отменил(а) {one.withdrawn_by} {one.withdrawn_at.astimezone(zone):%d.%m.%Y %H:%M}"
    if one.approved_at is None:
        return "ждёт утверждения"
    told = "действует сегодня" if today else "действует для документов своих дней"
    return f"{told}, утвердил(а) {one.approved_by}" if one.approved_by else told
