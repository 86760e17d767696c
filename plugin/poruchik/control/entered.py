"""A change of an order as a person writes it down from the system, where the program could not read it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from poruchik.errors import PoruchikError
from poruchik.model.changes import KeptChange
from poruchik.model.exchange import ChangeKind, OrderChange, Report
from poruchik.texts.labels import CHANGES
from poruchik.workcalendar.calendar import WorkCalendar

LONGEST = 2000
"""Characters of one thing that is entered."""
_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))(?:[ T]+(\d{1,2}):(\d{2}))?")
_HOW = "напишите 27.11.2026 или 27.11.2026 15:30"


@dataclass(frozen=True, slots=True)
class Entered:
    """What a person says of a change, as texts; empty ones are not said.

    `kind` is a word of `ChangeKind` or what people call it, `at` and `due` a day or a moment of the office.
    """

    kind: str
    at: str = ""
    order_key: str = ""
    by: str = ""
    comment: str = ""
    part: str = ""
    lead: str = ""
    due: str = ""
    answered_on: str = ""
    answer_channel: str = ""
    outcome: str = ""
    promised: str = ""
    deviation: str = ""
    attachments: tuple[str, ...] = ()


def change_of(entered: Entered, kept: KeptChange, calendar: WorkCalendar, now: datetime, who: str) -> OrderChange:
    """Return the change; raise PoruchikError for what makes no sense of it."""
    if long := next((name for name, value in _texts(entered).items() if len(value) > LONGEST), None):
        raise PoruchikError(f"{long}: длиннее {LONGEST} знаков")
    kind = _kind(entered.kind)
    at = _when(entered.at, calendar, now) if entered.at else kept.seen_at
    due_at = _moment(*_day(entered.due, "новый срок"), calendar) if entered.due else None
    if kind in (ChangeKind.EXTENDED, ChangeKind.TERM_ASKED) and due_at is None:
        raise PoruchikError("не назван новый срок")
    if kind is ChangeKind.REASSIGNED and not entered.lead:
        raise PoruchikError("не назван новый исполнитель")
    key = entered.order_key or kept.order_key
    if not key:
        raise PoruchikError("не сказано, о каком поручении изменение", remedy="назовите его ключ")
    return OrderChange(
        id=kept.change_id,
        order_key=key,
        kind=kind,
        at=at,
        by=entered.by or who,
        comment=entered.comment,
        part=entered.part,
        lead=entered.lead if kind is ChangeKind.REASSIGNED else "",
        due_at=due_at,
        report=Report(
            answer_channel=entered.answer_channel,
            answered_on=_day(entered.answered_on, "когда отправлен ответ")[0] if entered.answered_on else None,
            outcome=entered.outcome,
            promised_on=_day(entered.promised, "к какому дню обещано")[0] if entered.promised else None,
            deviation=entered.deviation,
            attachments=entered.attachments,
        ),
    )


def _texts(entered: Entered) -> Mapping[str, str]:
    return {
        "кто": entered.by, "комментарий": entered.comment, "часть": entered.part, "исполнитель": entered.lead,
        "канал ответа": entered.answer_channel, "исход": entered.outcome, "обещано к": entered.promised,
        "отклонение": entered.deviation, "приложения": "\n".join(entered.attachments),
    }  # fmt: skip


def _kind(text: str) -> ChangeKind:
    for kind, words in CHANGES.items():
        if text.strip().casefold() in (kind.casefold(), words.casefold()):
            return ChangeKind(kind)
    raise PoruchikError(f"что произошло: «{text[:60]}» не бывает", remedy=f"допустимо: {', '.join(CHANGES.values())}")


def _day(text: str, what: str) -> tuple[date, time | None]:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise PoruchikError(f"{what}: «{text[:60]}» — не день", remedy=_HOW)
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        found_day = date(int(year), int(month), int(day))
        at_time = time(int(found[7]), int(found[8])) if found[7] else None
    except ValueError:
        raise PoruchikError(f"{what}: «{text[:60]}» — такого дня или времени нет", remedy=_HOW) from None
    if not 2000 < found_day.year < 2100:
        raise PoruchikError(f"{what}: «{text[:60]}» — невозможный год", remedy=_HOW)
    return found_day, at_time


def _when(text: str, calendar: WorkCalendar, now: datetime) -> datetime:
    """Return a moment that has passed; today alone is now."""
    day, at_time = _day(text, "когда это было")
    today = now.astimezone(calendar.zone).date()
    if day > today or (at_time and _moment(day, at_time, calendar) > now):
        raise PoruchikError(f"когда это было: {text.strip()} ещё не было", remedy=_HOW)
    return min(_moment(day, at_time, calendar), now)


def _moment(day: date, at_time: time | None, calendar: WorkCalendar) -> datetime:
    """Return a moment; a day alone stands until the end of its working time."""
    return datetime.combine(day, at_time, calendar.zone) if at_time else calendar.day_end(day)
