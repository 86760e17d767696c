"""The words of the policy language: each Russian key with its English name and the shape of its value.

This table is the language. `check.py` interprets it, error messages and documentation are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from poruchik.control.ladder import Rung
from poruchik.errors import PoruchikError
from poruchik.policy.model import (
    AT_LEAST,
    AT_MOST,
    GREATER,
    LESS,
    PRESENT,
    Confidence,
    Event,
    ReleaseCheck,
    Status,
    ValueType,
)
from poruchik.policy.problems import suggest
from poruchik.workcalendar.duration import Duration, Roll

Value = TypeVar("Value")

MAX_WORD = 200
"""Characters of a name: it becomes a part of keys in the store and in the connected system."""
MAX_TEXT = 4000
_INTEGER = re.compile(r"-?\d{1,9}")

# --- shapes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single word or text, read by `read`, which raises Unreadable. `words`: the whole choice, where it is closed."""

    name: str
    read: Callable[[str], Any]
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; with `single` one value may stand without brackets."""

    item: Shape
    single: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys."""

    name: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Free:
    """A value that `parse.py` reads by itself, because it depends on other declarations."""

    name: str


Shape = Leaf | ListOf | Record | Free


class Several(StrEnum):
    """What becomes of a slot that several rules fill for one document."""

    CONFLICT = "спор"
    EARLIEST = "самый ранний"
    UNION = "складываются"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record. `several`: what happens when several rules give it, for the keys of `то`."""

    ru: str
    en: str
    shape: Shape
    gist: str
    required: bool = False
    several: Several | None = None


class Unreadable(ValueError):
    """A scalar that is not what its key asks for."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


# --- scalars -------------------------------------------------------------------------------------


def read_word(text: str) -> str:
    """Read a non-empty name or text."""
    word = " ".join(text.split())
    return _no_longer(word, MAX_WORD)


def read_text(text: str) -> str:
    """Read a non-empty text of one paragraph."""
    return _no_longer(" ".join(text.split()), MAX_TEXT)


def _no_longer(text: str, limit: int) -> str:
    if not text:
        raise Unreadable("пусто", "впишите значение")
    if len(text) > limit:
        raise Unreadable(f"длиннее {limit} знаков", "сократите")
    return text


def read_duration(text: str) -> Duration:
    """Read an amount of time; nothing is not a term."""
    duration = _from_core(Duration.parse)(text)
    if duration.amount < 1:
        raise Unreadable(f"срок «{duration}» ничего не значит", "назначьте не меньше одной единицы")
    return duration


def read_integer(text: str) -> int:
    """Read a whole number."""
    if not _INTEGER.fullmatch(text):
        raise Unreadable(f"«{text[:60]}» — не целое число", "напишите целое число цифрами, например 1")
    return int(text)


def read_yes_no(text: str) -> bool:
    """Read «да» or «нет»."""
    words = {"да": True, "нет": False, "true": True, "false": False}
    if text.lower() not in words:
        raise Unreadable(f"«{text}» — не «да» и не «нет»", "напишите да или нет")
    return words[text.lower()]


def read_date(text: str) -> date:
    """Read a day written as in ISO 8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"«{text}» — не дата", "напишите год-месяц-день, например 2026-11-23") from None


def read_due(text: str) -> date | None:
    """Read what a case expects of a deadline: a day, a moment with an offset, or «нет» (None)."""
    if text == "нет":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"«{text[:60]}» — не день и не момент", "например 2026-12-23 или нет") from None
    if "T" not in text and " " not in text:
        return moment.date()
    if moment.tzinfo is None:
        raise Unreadable(f"у времени «{text}» нет часового пояса", f'допишите смещение: "{text}+05:00"')
    return moment


def _from_core(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return a reader over a parser of the core, whose error already says what to do."""

    def read(text: str) -> Value:
        try:
            return parse(text)
        except PoruchikError as error:
            raise Unreadable(error.what, error.remedy) from None

    return read


def _one_of(words: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Return a reader of one word of a closed list."""

    def read(text: str) -> StrEnum:
        known = [word.value for word in words]
        if text not in known:
            raise Unreadable(f"неизвестное слово «{text}»", suggest(text, known))
        return words(text)

    return read


def _closed(name: str, words: type[StrEnum]) -> Leaf:
    return Leaf(name, _one_of(words), tuple(word.value for word in words))


WORD = Leaf("слово", read_word)
TEXT = Leaf("текст", read_text)
INTEGER = Leaf("целое число", read_integer)
YES_NO = Leaf("да или нет", read_yes_no)
DATE = Leaf("дата", read_date)
DUE = Leaf("дата, момент или «нет»", read_due)
DURATION = Leaf("длительность", read_duration)
RUNG = Leaf("ступень", _from_core(Rung.parse))
EVENT = _closed("событие", Event)
ROLL = _closed("перенос", Roll)
STATUS = _closed("статус", Status)
TYPE = _closed("тип", ValueType)
CONFIDENCE = _closed("уверенность", Confidence)
CHECK = _closed("проверка перед снятием", ReleaseCheck)

# --- conditions ----------------------------------------------------------------------------------


class Operand(StrEnum):
    """What stands after an operator of `если`."""

    VALUE = "значение"
    """Of the attribute; several are any of them."""
    PART = "часть значения"
    """A word that need not be in the dictionary."""
    BOUNDS = "две границы"
    YES_NO = "да или нет"
    TEST = "значение, список или проверка"


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of `если`: what it asks, of attributes of which types (none named: of all)."""

    ru: str
    gist: str
    operand: Operand = Operand.VALUE
    types: tuple[ValueType, ...] = ()


_ORDERED = (ValueType.NUMBER, ValueType.DATE, ValueType.MOMENT)
_WORDS = (ValueType.TEXT, ValueType.STRING)
_DAYS = (ValueType.DATE, ValueType.MOMENT)
NOT, BETWEEN, CONTAINS, STARTS_WITH, LOOKS_LIKE, AFTER, BEFORE = (
    "не",
    "между",
    "содержит",
    "начинается с",
    "похоже на",
    "после",
    "до",
)
OPERATORS = (
    Operator(NOT, "ни это значение, ни одно из этих, не эта проверка", Operand.TEST),
    Operator(PRESENT, "есть ли атрибут в карточке", Operand.YES_NO),
    Operator(GREATER, "строго больше", types=_ORDERED),
    Operator(AT_LEAST, "больше или столько же", types=_ORDERED),
    Operator(LESS, "строго меньше", types=_ORDERED),
    Operator(AT_MOST, "меньше или столько же", types=_ORDERED),
    Operator(BETWEEN, "от и до, обе границы входят", Operand.BOUNDS, _ORDERED),
    Operator(AFTER, "позже этого дня или момента", types=_DAYS),
    Operator(BEFORE, "раньше этого дня или момента", types=_DAYS),
    Operator(CONTAINS, "слова в любой форме, подряд; у списка — элемент", Operand.PART, (*_WORDS, ValueType.LIST)),
    Operator(STARTS_WITH, "текст начинается так", Operand.PART, _WORDS),
    Operator(LOOKS_LIKE, "регулярное выражение найдено в тексте", Operand.PART, _WORDS),
)
ALL, ANY, EXCEPT, ALWAYS = "все", "любое", "кроме", "всегда"
COMBINATORS = {
    ALL: "должны выполняться все условия списка",
    ANY: "должно выполняться хотя бы одно условие списка",
    EXCEPT: "условие не должно выполняться; со списком — ни одно",
}

CONDITION = Free("условие")
TERM_OR_NONE = Free("срок или «нет»")
PERSON = Free("человек")
SPAN = Free("длительность или {параметр: …}")
ATTRIBUTE_VALUES = Free("значения атрибутов")


# --- records -------------------------------------------------------------------------------------


_CONFLICT, _EARLIEST, _UNION = Several


def _record(name: str, *keys: Key) -> Record:
    return Record(name, keys)


PERIOD = _record(
    "период",
    Key("с", "since", DATE, "первый день действия"),
    Key("по", "until", DATE, "последний день действия"),
)
BASIS = _record(
    "основание",
    Key("акт", "act", WORD, "акт из списка «акты»", required=True),
    Key("пункт", "clause", WORD, "пункт, статья, часть", required=True),
)
TERM = _record(
    "срок",
    Key("длительность", "span", SPAN, "сколько: «30 дней» или {параметр: имя}", required=True),
    Key("от", "event", EVENT, "от какого события считать"),
    Key("перенос", "roll", ROLL, "что делает нерабочий последний день"),
    Key(
        "не позднее",
        "cap",
        _record("предел", Key("атрибут", "attribute", WORD, "атрибут с датой", required=True)),
        "срок не может быть позже этой даты",
    ),
    Key("до полуночи", "until_midnight", YES_NO, "срок истекает в 23:59, а не с концом рабочего дня"),
)
CLOCK = _record(
    "счётчик",
    Key("счётчик", "name", WORD, "имя счётчика", required=True),
    Key("срок", "term", TERM, "срок счётчика", required=True),
    Key("до", "until", WORD, "событие, которое его останавливает", required=True),
)
CONTROL = _record(
    "контроль",
    Key("вид", "kind", WORD, "вид контроля"),
    Key("контролёр", "controller", PERSON, "кто контролирует"),
)
ESCALATION = _record(
    "эскалация",
    Key("когда", "when", RUNG, "«просрочено», «просрочено на 4 часа», «за 1 день»", required=True),
    Key("кому", "to", PERSON, "кому сообщить", required=True),
)
CO_EXECUTOR = _record(
    "соисполнитель",
    Key("срок", "term", TERM, "срок его части; без него — половина срока ответственного"),
    Key("напоминания", "reminders", ListOf(RUNG, single=True), "без них — те же, что у поручения"),
    Key("эскалация", "escalations", ListOf(ESCALATION, single=True), "без неё о просрочке узнаёт ответственный"),
)
EXTENSION = _record(
    "продление",
    Key("до", "limit", SPAN, "на сколько можно продлить: «30 дней» или {параметр: имя}", required=True),
    Key("раз", "times", INTEGER, "сколько раз"),
    Key("решает", "decides", PERSON, "кто решает; «автоматически» — сама программа", required=True),
)
REFUSAL = _record("отказ", Key("кому", "to", PERSON, "к кому идёт поручение, возвращённое как «не моё»", required=True))
_ORDER_KEYS = (
    Key("текст", "text", TEXT, "что поручается", several=_CONFLICT),
    Key("ответственный", "lead", PERSON, "ответственный исполнитель", several=_CONFLICT),
    Key("контролёр", "controller", PERSON, "контролёр", several=_CONFLICT),
    Key("вид контроля", "control_kind", WORD, "вид контроля", several=_CONFLICT),
    Key("контроль", "control", CONTROL, "вид контроля и контролёр вместе"),
    Key("срок", "term", TERM_OR_NONE, "срок исполнения; «нет» — для сведения", several=_EARLIEST),
    Key(
        "соисполнители",
        "co_executors",
        ListOf(PERSON),
        "соисполнители, каждый может иметь свой срок",
        several=_UNION,
    ),
    Key(
        "напоминания",
        "reminders",
        ListOf(RUNG, single=True),
        "«за 3 рабочих дня», «через 12 часов»",
        several=_UNION,
    ),
    Key("эскалация", "escalations", ListOf(ESCALATION, single=True), "когда и кому сообщать выше", several=_UNION),
    Key("проверки", "checks", ListOf(CHECK, single=True), "что должно быть до снятия с контроля", several=_UNION),
    Key("продление", "extension", EXTENSION, "о чём исполнитель может просить", several=_CONFLICT),
    Key("отказ", "refusal_to", REFUSAL, "кому вернётся поручение «не моё»", several=_CONFLICT),
)
FURTHER_ORDER = _record(
    "поручение",
    *_ORDER_KEYS,
    Key("на каждый", "each", WORD, "атрибут-список: по поручению на каждый его элемент, в тексте {имя} — этот элемент"),
)
EFFECTS = _record(
    "то",
    *_ORDER_KEYS,
    Key(
        "признаки",
        "derived",
        ATTRIBUTE_VALUES,
        "производные атрибуты для правил следующих слоёв",
        several=_CONFLICT,
    ),
    Key("приоритет", "priority", INTEGER, "приоритет, 1 — высший", several=_CONFLICT),
    Key("канал ответа", "reply_channel", WORD, "каким каналом отвечать", several=_CONFLICT),
    Key("маршрут", "route", WORD, "маршрут движения документа", several=_CONFLICT),
    Key("счётчики", "clocks", ListOf(CLOCK), "счётчики рядом со сроком поручения", several=_UNION),
    Key("уведомить", "notify", ListOf(PERSON, single=True), "кого уведомить", several=_UNION),
    Key("поручения", "further", ListOf(FURTHER_ORDER), "дополнительные поручения", several=_UNION),
    Key("ручной разбор", "manual", TEXT, "почему документ решает человек", several=_UNION),
)
RULE = _record(
    "правило",
    Key("правило", "id", WORD, "имя правила", required=True),
    Key("основание", "basis", BASIS, "акт и пункт", required=True),
    Key("суть", "gist", TEXT, "правило одной фразой", required=True),
    Key("если", "condition", CONDITION, "условия", required=True),
    Key("то", "effects", EFFECTS, "следствия", required=True),
    Key("вместо", "instead", ListOf(WORD, single=True), "какие правила отменяет для того же документа"),
    Key("спорно с", "disputed", ListOf(WORD, single=True), "с какими правилами спор решает человек"),
    Key("действует", "period", PERIOD, "когда правило в силе"),
    Key("статус", "status", STATUS, "действует, пробная или отменена"),
)
PARAMETER_VALUE = _record(
    "значение параметра",
    Key("с", "since", DATE, "с какого дня", required=True),
    Key("длительность", "duration", DURATION, "срок"),
    Key("значение", "value", WORD, "число или слово"),
    Key("от", "event", EVENT, "от какого события считать"),
    Key("перенос", "roll", ROLL, "что делает нерабочий последний день"),
    Key("акт", "act", WORD, "акт"),
    Key("пункт", "clause", WORD, "пункт, статья, часть"),
    Key("проверено", "verified", DATE, "когда сверено с текстом акта"),
    Key("уверенность", "confidence", CONFIDENCE, "высокая, средняя или низкая"),
    Key("примечание", "note", TEXT, "почему так"),
)
PARAMETER = _record(
    "параметр",
    Key("параметр", "id", WORD, "имя параметра", required=True),
    Key("название", "title", TEXT, "что это", required=True),
    Key("значения", "values", ListOf(PARAMETER_VALUE), "значения по датам", required=True),
)
ATTRIBUTE = _record(
    "атрибут",
    Key("атрибут", "name", WORD, "имя", required=True),
    Key("тип", "type", TYPE, "тип значения", required=True),
    Key("значения", "values", ListOf(WORD), "допустимые значения"),
    Key("суть", "gist", TEXT, "что означает"),
    Key("вычисляемый", "derived", YES_NO, "задаётся правилами, а не карточкой"),
)
UNIT = _record(
    "подразделение",
    Key("подразделение", "name", WORD, "название", required=True),
    Key("начальник", "head", WORD, "кто возглавляет"),
    Key("вышестоящее", "parent", WORD, "вышестоящее подразделение"),
)
EMPLOYEE = _record(
    "сотрудник",
    Key("сотрудник", "name", WORD, "фамилия и инициалы", required=True),
    Key("подразделение", "unit", WORD, "где служит", required=True),
    Key("должность", "position", WORD, "должность"),
)
ROLE = _record(
    "роль",
    Key("роль", "name", WORD, "имя роли", required=True),
    Key("исполняет", "holder", PERSON, "кто её исполняет", required=True),
)
ABSENCE = _record(
    "отсутствие",
    Key("сотрудник", "person", WORD, "кто отсутствует", required=True),
    Key("с", "since", DATE, "первый день", required=True),
    Key("по", "until", DATE, "последний день", required=True),
    Key("замещает", "substitute", WORD, "кто замещает"),
)
ACT = _record(
    "акт",
    Key("акт", "id", WORD, "короткое имя акта", required=True),
    Key("название", "title", TEXT, "полное название", required=True),
)
HEADER = _record(
    "политика",
    Key("политика", "id", WORD, "имя пакета", required=True),
    Key("название", "title", TEXT, "название", required=True),
    Key("владелец", "owner", TEXT, "кто отвечает за пакет"),
    Key("статус", "status", STATUS, "действует, пробная или отменена"),
    Key("акты", "acts", ListOf(ACT), "акты, на которые ссылаются правила"),
    Key("действует", "period", PERIOD, "когда пакет в силе"),
    Key("часовой пояс", "zone", WORD, "например Asia/Yekaterinburg"),
    Key("перенос по умолчанию", "roll", ROLL, "что делает нерабочий последний день, если правило молчит"),
    Key("опирается на", "packs", ListOf(WORD, single=True), "пакеты, чьи параметры и правила используются"),
)
EXPECTATION = _record(
    "ожидаем",
    Key("срок", "due", DUE, "день, момент со смещением или «нет»"),
    Key("ответственный", "lead", PERSON, "кто назван ответственным"),
    Key("исполнитель", "person", WORD, "кто оказался ответственным по фамилии"),
    Key("контролёр", "controller", PERSON, "кто назван контролёром"),
    Key("вид контроля", "control_kind", WORD, "вид контроля"),
    Key("приоритет", "priority", INTEGER, "приоритет"),
    Key("канал ответа", "reply_channel", WORD, "канал ответа"),
    Key("маршрут", "route", WORD, "маршрут"),
    Key("поручений", "orders", INTEGER, "сколько поручений"),
    Key("признаки", "derived", ATTRIBUTE_VALUES, "производные атрибуты"),
    Key("ручной разбор", "manual", YES_NO, "решает ли человек"),
    Key("сработали", "fired", ListOf(WORD, single=True), "правила, которые срабатывают"),
    Key("не сработали", "silent", ListOf(WORD, single=True), "правила, которые не срабатывают"),
    Key("счётчики", "clocks", ListOf(WORD, single=True), "имена счётчиков, все"),
    Key("соисполнителей", "co_executors", INTEGER, "сколько соисполнителей"),
    Key("побеждены", "defeated", ListOf(WORD, single=True), "правила, отменённые исключением"),
)
CASE = _record(
    "проверка",
    Key("проверка", "name", TEXT, "имя проверки", required=True),
    Key("документ", "document", ATTRIBUTE_VALUES, "карточка документа", required=True),
    Key("на день", "as_of", DATE, "на какой день смотреть людей; без него — день регистрации"),
    Key("ожидаем", "expect", EXPECTATION, "что должно быть решено", required=True),
)

RULES_FILE = _record(
    "файл политики",
    Key("правила", "rules", ListOf(RULE), "правила"),
    Key("параметры", "parameters", ListOf(PARAMETER), "датированные параметры"),
)
IMPOSSIBLE = _record(
    "не бывает",
    Key("условие", "condition", CONDITION, "какой карточки не бывает", required=True),
    Key("почему", "why", TEXT, "почему", required=True),
)
DICTIONARY_FILE = _record(
    "словарь",
    Key("атрибуты", "attributes", ListOf(ATTRIBUTE), "атрибуты документов", required=True),
    Key("не бывает", "impossible", ListOf(IMPOSSIBLE), "карточки, которых не бывает"),
)
ORGANIZATION_FILE = _record(
    "организация",
    Key("подразделения", "units", ListOf(UNIT), "подразделения", required=True),
    Key("сотрудники", "employees", ListOf(EMPLOYEE), "сотрудники", required=True),
    Key("роли", "roles", ListOf(ROLE), "роли"),
    Key("отсутствия", "absences", ListOf(ABSENCE), "отпуска, болезни и замещения"),
)
CASES_FILE = _record("файл проверок", Key("проверки", "cases", ListOf(CASE), "проверки", required=True))
CLAUSE = _record(
    "пункт",
    Key("пункт", "clause", WORD, "номер пункта, статьи, части", required=True),
    Key("суть", "gist", TEXT, "о чём он, своими словами", required=True),
    Key("без правил", "reason", TEXT, "почему правила нет: машине нечего исполнять"),
)
CLAUSES_FILE = _record(
    "пункты акта",
    Key("акт", "act", WORD, "акт из списка «акты»; без него — первый акт пакета"),
    Key("пункты", "clauses", ListOf(CLAUSE), "все пункты акта", required=True),
)
