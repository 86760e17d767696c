"""Random cards, as the dictionary allows them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import Any

from law.second import UNIT_OF_TOPIC, Card

ZONE = timezone(timedelta(hours=5))
_CHANNELS = ["почта", "email", "сайт", "пос", "лично", "ячейка", "приём", "телефон", "сэд", None]
_FROM = [
    "Президент",
    "Правительство РФ",
    "Губернатор",
    "Правительство области",
    "Администрация Губернатора",
    "депутат",
    "МВД",
]
_KINDS = ["обращение"] * 12 + ["личный приём", "судебный запрос"]
_KINDS += ["депутатский запрос", "парламентский запрос", "запрос СМИ", "адвокатский запрос"]
_SOMETIMES = {
    "в компетенции": (False, 6), "решает только обжалуемый": (True, 8), "ответ есть на сайте": (True, 15),
    "оспаривает судебное решение": (True, 15), "нечитаемо": (True, 20), "суть неясна": (True, 20),
    "жалоба на Министерство": (True, 12), "нарушение миграционного закона": (True, 12), "угроза": (True, 10),
    "заявитель.фамилия": (False, 25), "заявитель.адрес": (False, 25), "почта в российской зоне": (False, 6),
    "аутентифицирован": (False, 3), "повторное": (True, 6), "заявитель.овз": (True, 8),
}  # fmt: skip
"""Attribute → the value that changes something, once in how many cards."""


def cards(seed: int, amount: int) -> list[Card]:
    """Return cards of a seed."""
    random = Random(seed)
    return [_card(random) for _ in range(amount)]


def _card(random: Random) -> Card:
    kind = random.choice(_KINDS)
    minutes = random.randrange(0, 60 * 24 * 500)
    registered = datetime(2025, 2, 1, 9, tzinfo=ZONE) + timedelta(minutes=minutes)
    if random.random() < 0.1:  # about the day on which 547-ФЗ came into force
        registered = datetime(2025, 3, 27, 9, tzinfo=ZONE) + timedelta(hours=random.randrange(24 * 7))
    received = registered - timedelta(hours=random.choice([0, 1, 20, 47, 70]))
    facts: dict[str, Any] = {"вид": kind}
    if random.random() < 0.9:
        facts["тип"] = "входящий"
    if channel := random.choice(_CHANNELS):
        facts["канал"] = channel
    if kind == "обращение":
        facts |= _appeal(random, registered.date())
    elif kind == "личный приём":
        for name in ("согласие на устный ответ", "вопрос очевиден", "нужна проверка"):
            if random.random() < 0.5:
                facts[name] = random.random() < 0.7
        if random.random() < 0.6:
            facts["тема"] = random.choice(list(UNIT_OF_TOPIC))
    elif random.random() < 0.4:
        facts["срок-вышестоящего"] = _day_near(random, registered.date())
    known = kind not in ("обращение", "личный приём") or random.random() < 0.7
    return Card(facts, registered, received if known else None)


def _appeal(random: Random, day: date) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, (value, once_in) in _SOMETIMES.items():
        if random.randrange(once_in) == 0:
            facts[name] = value
    if random.random() < 0.85:
        facts["тема"] = random.choice(list(UNIT_OF_TOPIC))
    if random.random() < 0.2:
        facts["темы"] = tuple(random.sample(list(UNIT_OF_TOPIC), random.randint(1, 4)))
    if random.random() < 0.15:
        facts["исполнителей"] = random.randint(1, 3)
    if random.random() < 0.3:
        facts["поступило от"] = random.choice(_FROM)
        if random.random() < 0.6:
            facts["срок-вышестоящего"] = _day_near(random, day)
    return facts


def _day_near(random: Random, day: date) -> date:
    return day + timedelta(days=random.choice([-5, -1, 2, 7, 14, 25, 45]))
