"""What приказ № 269 and the laws require of a card, computed a second time: by plain code, written from the clauses.

No rule, parameter or calendar of the product is read here. Where the two computations differ, one of them is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from law.days import back_to_working, calendar_days, working_days

E_APPEALS_END = date(2025, 3, 30)
"""547-ФЗ: from this day of receipt plain e-mail and a site without login make no appeal."""
UNIT_OF_TOPIC = {
    **dict.fromkeys(["мобильная связь", "доступ в интернет", "почтовая связь"], "отдел связи"),
    "телевидение": "отдел телерадиовещания",
    **dict.fromkeys(["электронные услуги", "портал госуслуг"], "отдел электронных услуг"),
    **dict.fromkeys(["персональные данные", "мошенничество в сети"], "отдел информационной безопасности"),
    **dict.fromkeys(["цифровые проекты", "ИТ-аккредитация"], "отдел цифровых проектов"),
    "закупки": "отдел закупок и договоров",
    "кадры": "отдел кадров",
}
"""п. 8.3.4: who leads what. The units are those of the ministry."""
SPECIALIST, DEPUTY, MINISTER, ASSISTANT = (
    "роль: ответственный-специалист",
    "роль: зам-министра-клиентоцентричность",
    "роль: министр",
    "роль: помощник-министра",
)
LAWYERS, CLERKS = "подразделение: юридический отдел", "подразделение: отдел документационного обеспечения"
HEAD = "начальник-исполнителя"


@dataclass(slots=True)
class Required:
    """What must be decided. `manual`: a person decides, the rest is what he is shown."""

    lead: str | None = None
    due: date | None = None
    channel: str | None = None
    extension: bool = False
    controller: str | None = None
    overseer: str | None = None
    informed: set[str] = field(default_factory=set)
    co_executors: int = 0
    threat: bool = False
    manual: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A card: its attributes, and its days in local time."""

    facts: dict[str, Any]
    registered: datetime
    received: datetime | None

    def says(self, name: str) -> Any:
        """Return an attribute; None where the card has none."""
        return self.facts.get(name)


def required(card: Card) -> Required:
    """Return what is required of any card that this module knows."""
    kind = card.says("вид")
    if kind == "обращение":
        return _appeal(card)
    if kind == "личный приём":
        return _reception(card)
    return _request_of_body(card)


# --- appeals: 59-ФЗ, пп. 8.3, 37 ------------------------------------------------------------------


def _appeal(card: Card) -> Required:
    found = Required(threat=card.says("угроза") is True)
    if _is_no_appeal(card):
        found.lead, found.controller = SPECIALIST, CLERKS
        found.due = calendar_days(card.registered.date(), 7)
        found.channel = "email"
        return _threat(card, found)
    path = _path(card)
    found.controller = SPECIALIST  # п. 37 абз. 3
    found.channel = _channel(card)
    found.lead = _lead(card, path)
    found.due = _term(card, path)
    found.extension = path in ("по существу", "жалоба на нас") and card.says("срок-вышестоящего") is None
    if path in ("по существу", "жалоба на нас"):
        found.overseer = HEAD  # п. 37 абз. 2
    if path == "жалоба на нас":
        found.informed.add(DEPUTY)
    if card.says("срок-вышестоящего"):
        found.informed.add(ASSISTANT)
    found.co_executors = _helpers(card, path)
    found.manual = _needs_a_person(card, path)
    return _threat(card, found)


def _is_no_appeal(card: Card) -> bool:
    """547-ФЗ, by the day of receipt where it is known."""
    day = (card.received or card.registered).date()
    if day < E_APPEALS_END or card.registered.date() < E_APPEALS_END:
        return False
    channel = card.says("канал")
    return channel == "email" or (channel == "сайт" and card.says("аутентифицирован") is False)


def _path(card: Card) -> str:
    """59-ФЗ, ст. 8 ч. 3, 6, 7; ст. 11 ч. 2, 4, 4.1, 5.1: what forbids an answer on the merits comes first."""
    if card.says("ответ есть на сайте"):
        return "ответ на сайте"
    if card.says("оспаривает судебное решение"):
        return "возврат"
    if card.says("нечитаемо") or card.says("суть неясна"):
        return "без ответа"
    if card.says("жалоба на Министерство"):
        return "жалоба на нас"
    if card.says("в компетенции") is False:
        return "возврат жалобы" if card.says("решает только обжалуемый") else "переадресация"
    return "по существу"


def _lead(card: Card, path: str) -> str | None:
    if path == "по существу":
        unit = UNIT_OF_TOPIC.get(card.says("тема"))
        return f"подразделение: {unit}" if unit else None
    return LAWYERS if path in ("возврат", "возврат жалобы", "жалоба на нас") else SPECIALIST


def _term(card: Card, path: str) -> date | None:
    """The earliest of all terms that apply."""
    day = card.registered.date()
    terms = [calendar_days(day, 30)]  # ст. 12 ч. 1; п. 8.3.2
    if path in ("переадресация", "без ответа", "возврат", "ответ на сайте"):
        terms.append(calendar_days(day, 7))
    if card.says("нарушение миграционного закона") and card.says("поступило от") in _GOVERNOR:
        terms.append(calendar_days(day, 20))  # ст. 12 ч. 1.1
    if card.says("срок-вышестоящего"):
        terms.append(back_to_working(card.says("срок-вышестоящего")))
    return min(terms)


_GOVERNOR = ("Губернатор", "Администрация Губернатора")


def _needs_a_person(card: Card, path: str) -> bool:
    if card.says("канал") == "телефон":
        return True  # ст. 4: an appeal is written, or spoken at a reception
    if path == "возврат жалобы":
        return True  # ст. 8 ч. 7 names no term
    from_addressee = card.says("поступило от") in (*_GOVERNOR, "МВД")
    if card.says("нарушение миграционного закона") and from_addressee and not card.says("нечитаемо"):
        return True  # ст. 8 ч. 3.1 is silent
    nameless = card.says("заявитель.фамилия") is False or card.says("заявитель.адрес") is False
    if nameless and not card.says("угроза"):
        return True  # ст. 11 ч. 1
    if path != "по существу":
        return False
    return card.says("тема") is None or ((card.says("исполнителей") or 0) > 1 and not card.says("темы"))


def _helpers(card: Card, path: str) -> int:
    """п. 8.3.4: each topic's unit once, beside the lead's own; п. 8.3.7: ПОС has its coordinator."""
    units = set()
    if path == "по существу":
        units = {UNIT_OF_TOPIC[one] for one in card.says("темы") or ()} - {UNIT_OF_TOPIC.get(card.says("тема"))}
    return len(units) + (card.says("канал") == "пос")


def _channel(card: Card) -> str | None:
    """пп. 8.3.5–8.3.7; 547-ФЗ for an address outside the Russian zone."""
    channel = card.says("канал")
    if channel in ("почта", "лично", "ячейка", "приём"):
        return "почта"
    if channel in ("email", "сайт"):
        abroad = card.says("почта в российской зоне") is False and card.registered.date() >= E_APPEALS_END
        return "личный кабинет" if abroad else "email"
    return "пос" if channel == "пос" else None


def _threat(card: Card, found: Required) -> Required:
    if found.threat:
        found.informed.add(MINISTER)
    if found.due and found.due < card.registered.date():
        found.informed.add(SPECIALIST)  # a term that is over: somebody hears at once
    return found


# --- reception: п. 8.5 ----------------------------------------------------------------------------


def _reception(card: Card) -> Required:
    found = Required()
    spoken = card.says("согласие на устный ответ") and card.says("вопрос очевиден") and not card.says("нужна проверка")
    day = card.registered.date()
    if spoken:
        found.lead, found.controller, found.due = "роль: дежурный-приёмной", SPECIALIST, working_days(day, 1)
        return found
    unit = UNIT_OF_TOPIC.get(card.says("тема"))
    found.lead, found.controller = f"подразделение: {unit}" if unit else SPECIALIST, DEPUTY
    found.due, found.channel = calendar_days(day, 30), "почта"
    return found


# --- requests of bodies ---------------------------------------------------------------------------

_BODIES = {
    "депутатский запрос": (ASSISTANT, "роль: зам-министра-связь", 30, True),
    "парламентский запрос": (ASSISTANT, MINISTER, 15, True),
    "запрос СМИ": ("роль: пресс-секретарь", DEPUTY, 7, False),
    "адвокатский запрос": ("роль: юрист", SPECIALIST, 30, False),
}
"""3-ФЗ, ст. 13, 14; 2124-1, ст. 39; 63-ФЗ, ст. 6.1: lead, controller, days from receipt, whether the giver may shorten."""


def _request_of_body(card: Card) -> Required:
    kind, received = card.says("вид"), (card.received or card.registered).date()
    own = card.says("срок-вышестоящего")
    found = Required(channel=_channel_of_body(card), co_executors=int(card.says("канал") == "пос" and kind in _BODIES))
    if kind == "судебный запрос":
        found.lead, found.controller = "роль: юрист", "роль: зам-министра-связь"
        # АПК, ст. 66 ч. 8: the court names the term; five working days are for saying that it cannot be done.
        found.due = back_to_working(own) if own else working_days(received, 5)
        found.channel = None
    else:
        lead, controller, days, may_shorten = _BODIES[kind]
        terms = [calendar_days(received, days), calendar_days(card.registered.date(), 30)]  # п. 4, 8.3.2
        if own and may_shorten:
            terms.append(back_to_working(own))
        found.lead, found.controller, found.due = lead, controller, min(terms)
        found.extension = kind == "адвокатский запрос"
    return _threat(card, found)


def _channel_of_body(card: Card) -> str | None:
    """An answer goes back by the road on which the request came."""
    roads = {"почта": "почта", "лично": "почта", "ячейка": "почта", "приём": "почта"}
    return roads.get(card.says("канал")) or {"email": "email", "сайт": "email", "пос": "пос", "сэд": "сэд"}.get(
        card.says("канал")
    )
