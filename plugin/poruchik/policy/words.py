"""The closed words of the policy language: events, periods, checks, letters, maturity, confidence."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What a term is counted from. The value is the policy's word (genitive: «от регистрации»)."""

    REGISTRATION = "регистрации"
    RECEIPT = "поступления"
    SIGNING = "подписания"
    ISSUE = "вынесения"
    """Of a court's ruling, of an investigator's demand."""
    SUBMISSION = "внесения"
    """Of a prosecutor's or an auditor's representation."""
    PRESENTATION = "предъявления"
    """Of a prosecutor's or a bailiff's demand."""
    DELIVERY = "получения исполнителем"
    """Not known when deciding: planned from registration, marked provisional."""
    PREVIOUS_TERM = "предыдущего срока"
    """The end of the order's own term: only for what follows it."""
    PERIOD_END = "конца периода"
    """The last day of the period of a periodic order: only where the order says `повторять`."""


class Every(StrEnum):
    """How often an order comes round (`повторять`)."""

    MONTH = "ежемесячно"
    QUARTER = "ежеквартально"
    HALF = "раз в полугодие"
    YEAR = "ежегодно"


EVENT_ATTRIBUTES = {
    Event.ISSUE: "дата вынесения",
    Event.SUBMISSION: "дата внесения",
    Event.PRESENTATION: "дата предъявления",
}
"""Events that the card knows by an attribute of the dictionary, a day or a moment."""


class ReleaseCheck(StrEnum):
    """`проверки`: what must be there before an order is taken off control."""

    REPORT = "отчёт принят"
    CHANNEL = "канал ответа"
    ANSWER_DATE = "дата ответа"
    OUTCOME = "класс исхода"
    RECEIPT = "расписка"
    CONSENT = "согласие"
    WARNED = "уведомлён"
    ATTACHMENT = "вложение"
    COPY_TO_SENDER = "копия направившему"
    EACH_ANSWERED = "ответ каждому"
    APPLICANT_TOLD = "уведомление заявителя"
    RECEPTION_CARD = "карточка приёма"
    CHECKLIST = "контрольный лист"
    AGREED = "согласование"
    ANONYMOUS = "обезличено"
    CLEAN_DRAFT = "проект без замечаний"


class Letter(StrEnum):
    """`письма`: drafts of letters to the applicant that go out with an order. Each is a template of `teksty/`."""

    RECEIPT = "расписка"
    FORWARDED = "уведомление о переадресации"
    REQUEST_FORWARDED = "уведомление о переадресации запроса"
    NO_ANSWER = "отказ в ответе"
    RETURNED = "возврат обращения"
    COMPLAINT_RETURNED = "возврат жалобы"
    HOW_TO_APPLY = "разъяснение порядка"
    ANSWER_ON_SITE = "ответ на сайте"


class Status(StrEnum):
    """Maturity of a rule or a policy."""

    IN_FORCE = "действует"
    TRIAL = "пробная"
    REPEALED = "отменена"


class Confidence(StrEnum):
    """How sure the author is that the value is what the law says."""

    HIGH = "высокая"
    MEDIUM = "средняя"
    LOW = "низкая"
