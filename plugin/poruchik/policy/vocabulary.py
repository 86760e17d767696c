"""The words of the policy language: each Russian key with its English name and the shape of its value.

This table is the language. `check.py` interprets it; conflicts, the schema for editors, messages and the reference are
made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from poruchik.model.ladder import Rung
from poruchik.policy.model import AT_LEAST, AT_MOST, GREATER, LESS, PRESENT, ValueType
from poruchik.policy.shapes import (
    INTEGER,
    WORD,
    Free,
    Key,
    Leaf,
    ListOf,
    Record,
    Several,
    closed,
    from_core,
    read_date,
    read_due,
    read_duration,
    read_text,
    read_yes_no,
)
from poruchik.policy.slot_table import SLOTS
from poruchik.policy.words import Confidence, Event, Every, Letter, ReleaseCheck, Status
from poruchik.workcalendar.duration import Roll

# --- leaves --------------------------------------------------------------------------------------

TEXT = Leaf("текст", read_text, verbal=True)
YES_NO = Leaf("да или нет", read_yes_no)
DATE = Leaf("дата", read_date)
DUE = Leaf("дата, момент или «нет»", read_due)
DURATION = Leaf("длительность", read_duration)
RUNG = Leaf("ступень", from_core(Rung.parse))
EVENT = closed("событие", Event)
EVERY = closed("повторение", Every)
ROLL = closed("перенос", Roll)
STATUS = closed("статус", Status)
TYPE = closed("тип", ValueType)
CONFIDENCE = closed("уверенность", Confidence)
CHECK = closed("проверка перед снятием", ReleaseCheck)
LETTER = closed("письмо", Letter)

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

# --- words inside what is read by itself ----------------------------------------------------------

CHOICE, LIMIT = "выбор", "не больше"
"""Beside `подразделение`: how one of its people is chosen, and with how many open orders at most."""
BY_PARAMETER = "параметр"
"""In place of a term: the name of the parameter that gives it."""
NO_TERM = "нет"

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
    Key("длительность", "span", SPAN, "сколько: «30 дней» или {параметр: имя}"),
    Key("дата", "date", WORD, "вместо длительности: атрибут, который и есть срок"),
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
SUSPENSION = _record(
    "приостановка",
    Key("пока", "reason", TEXT, "чего ждут: «не поступят документы заявителя»", required=True),
    Key("не дольше", "longest", DURATION, "после этого срок идёт дальше сам", required=True),
    Key("основание", "basis", BASIS, "акт и пункт, которые позволяют остановить срок", required=True),
)
REFUSAL = _record("отказ", Key("кому", "to", PERSON, "к кому идёт поручение, возвращённое как «не моё»", required=True))
_ORDER_KEYS = (
    Key("текст", "text", TEXT, "что поручается", several=_CONFLICT),
    Key("ответственный", "lead", PERSON, "ответственный исполнитель", several=_CONFLICT),
    Key("контролёр", "controller", PERSON, "контролёр", several=_CONFLICT),
    Key("контролёр по существу", "overseer", PERSON, "кто отвечает за само решение, а не за срок", several=_CONFLICT),
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
    Key(
        "письма", "letters", ListOf(LETTER, single=True), "проекты писем заявителю, уходят с поручением", several=_UNION
    ),
    Key("продление", "extension", EXTENSION, "о чём исполнитель может просить", several=_CONFLICT),
    Key(
        "приостановка",
        "suspension",
        SUSPENSION,
        "когда срок может стоять: где акт позволяет",
        several=_CONFLICT,
    ),
    Key("отказ", "refusal_to", REFUSAL, "кому вернётся поручение «не моё»", several=_CONFLICT),
    *(Key(slot.ru, slot.en, slot.kind, slot.gist, several=_CONFLICT) for slot in SLOTS),
)
FURTHER_ORDER = _record(
    "поручение",
    *_ORDER_KEYS,
    Key("сразу", "at_once", YES_NO, "уходит сейчас же, даже когда остальное по документу ждёт решения человека"),
    Key("на каждый", "each", WORD, "атрибут-список: по поручению на каждый его элемент, в тексте {имя} — этот элемент"),
    Key(
        "повторять",
        "every",
        EVERY,
        "по поручению на каждый такой период года («год плана» карточки, без него — год регистрации); выдаётся, "
        "когда период начнётся; в тексте {период} — его название",
    ),
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
    Key(
        "баллы",
        "score",
        INTEGER,
        "баллы срочности; приоритет по их сумме — по шкале пакета",
        several=_UNION,
    ),
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
    Key("значения", "values", ListOf(PARAMETER_VALUE), "значения по датам"),
    Key("заполнить", "to_fill", TEXT, "что должен выяснить юрист; пока значения нет, документ решает человек"),
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
    Key("куратор", "curator", WORD, "кто из руководства над начальником; без него — начальник вышестоящего"),
)
EMPLOYEE = _record(
    "сотрудник",
    Key("сотрудник", "name", WORD, "фамилия и инициалы", required=True),
    Key("подразделение", "unit", WORD, "где служит", required=True),
    Key("должность", "position", WORD, "должность"),
)
SHIFT = _record(
    "смена",
    Key("с", "since", DATE, "первый день", required=True),
    Key("по", "until", DATE, "последний день", required=True),
    Key("исполняет", "holder", PERSON, "кто дежурит", required=True),
)
ROLE = _record(
    "роль",
    Key("роль", "name", WORD, "имя роли", required=True),
    Key("исполняет", "holder", PERSON, "кто её исполняет; при графике — в дни, которых в нём нет", required=True),
    Key("график", "shifts", ListOf(SHIFT), "кто исполняет её по дням: дежурства"),
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
PRIORITY_STEP = _record(
    "приоритет по баллам",
    Key("баллов", "points", INTEGER, "от скольких баллов", required=True),
    Key("приоритет", "priority", INTEGER, "приоритет, 1 — высший", required=True),
)
TRIAGE = _record(
    "ждёт человека",
    Key("кому", "to", PERSON, "кто разбирает документы, которые программа не решила сама", required=True),
    Key("выше", "above", PERSON, "кто узнаёт, что их не разобрали; без него — начальник того, кто разбирает"),
    Key("администратор", "administrator", PERSON, "кто смотрит карточки, которые не прочитаны, и сбои решений"),
    Key("срок", "term", DURATION, "за сколько разобрать, если закон срока не даёт; без него — 2 рабочих дня"),
    Key("дальше", "further", DURATION, "на сколько просрочить, чтобы узнал тот, кто выше; без него — 5 рабочих дней"),
)
REVIEW = _record(
    "ждёт контролёра",
    Key("срок", "term", DURATION, "за сколько принять отчёт или ответить на просьбу; без него — 2 рабочих дня"),
    Key("дальше", "further", DURATION, "на сколько просрочить, чтобы узнал начальник; без него — 3 рабочих дня"),
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
    Key("приоритет по баллам", "priorities", ListOf(PRIORITY_STEP), "шкала: сколько баллов — какой приоритет"),
    Key(
        "эскалация по умолчанию",
        "default_escalations",
        ListOf(ESCALATION, single=True),
        "кто узнаёт о просрочке, когда правило этого не сказало",
    ),
    Key("ждёт человека", "triage", TRIAGE, "кто и за сколько разбирает документы, которые программа не решила сама"),
    Key("ждёт контролёра", "review", REVIEW, "за сколько контролёр отвечает на отчёт и просьбу"),
    Key("опирается на", "packs", ListOf(WORD, single=True), "пакеты, чьи параметры и правила используются"),
)
EXPECTATION = _record(
    "ожидаем",
    Key("срок", "due", DUE, "день, момент со смещением или «нет»"),
    Key("ответственный", "lead", PERSON, "кто назван ответственным"),
    Key("исполнитель", "person", WORD, "кто оказался ответственным по фамилии"),
    Key("контролёр", "controller", PERSON, "кто назван контролёром"),
    Key("контролёр по существу", "overseer", PERSON, "кто назван контролёром по существу"),
    Key("вид контроля", "control_kind", WORD, "вид контроля"),
    *(Key(slot.ru, slot.en, slot.kind, slot.gist) for slot in SLOTS),
    Key("поручений", "orders", INTEGER, "сколько поручений"),
    Key("признаки", "derived", ATTRIBUTE_VALUES, "производные атрибуты"),
    Key("ручной разбор", "manual", YES_NO, "решает ли человек"),
    Key("уведомлены", "informed", ListOf(PERSON, single=True), "кто узнаёт о документе, все"),
    Key("проверки", "checks", ListOf(CHECK, single=True), "что нужно до снятия с контроля, всё"),
    Key("продление", "extension", YES_NO, "может ли исполнитель просить о продлении"),
    Key("сработали", "fired", ListOf(WORD, single=True), "правила, которые срабатывают"),
    Key("не сработали", "silent", ListOf(WORD, single=True), "правила, которые не срабатывают"),
    Key("счётчики", "clocks", ListOf(WORD, single=True), "имена счётчиков, все"),
    Key("соисполнителей", "co_executors", INTEGER, "сколько соисполнителей"),
    Key("побеждены", "defeated", ListOf(WORD, single=True), "правила, отменённые исключением"),
)
REPORT_OF_CASE = _record(
    "отчёт",
    Key("когда", "at", DUE, "момент отчёта со смещением", required=True),
    Key("кто", "by", WORD, "кто отчитался", required=True),
    Key("исход", "outcome", WORD, "исход, который назван в отчёте"),
    Key("обещано к", "promised_on", DATE, "к какому дню обещано"),
    Key("отклонение", "deviation", TEXT, "отклонение от порядка"),
    Key("канал ответа", "answer_channel", WORD, "канал ответа"),
    Key("дата ответа", "answered_on", DATE, "день ответа"),
)
CASE = _record(
    "проверка",
    Key("проверка", "name", TEXT, "имя проверки", required=True),
    Key("документ", "document", ATTRIBUTE_VALUES, "карточка документа", required=True),
    Key("на день", "as_of", DATE, "на какой день смотреть людей; без него — день регистрации"),
    Key("отчёт", "report", REPORT_OF_CASE, "вместо решения: какие поручения даёт такой отчёт по документу"),
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
CLASSIFIER_FILE = _record(
    "классификатор",
    Key("классификатор", "attribute", WORD, "какой атрибут он находит", required=True),
    Key("читает", "reads", WORD, "в каком атрибуте текст", required=True),
    Key("если", "condition", CONDITION, "для каких карточек", required=True),
    Key("слова", "words", WORD, "таблица «слово; значение; баллы»", required=True),
    Key("не наше", "foreign", WORD, "таблица «слово; кому; баллы»: предметы других органов; они спорят с нашими"),
    Key("коды", "codes", WORD, "таблица «код; значение»; код важнее слов"),
    Key("код в", "code_attribute", WORD, "в каком атрибуте код вопроса"),
    Key("порог", "threshold", INTEGER, "сколько баллов нужно"),
    Key("отрыв", "margin", INTEGER, "насколько больше, чем у следующего"),
)
SUBITEM = _record(
    "подпункт",
    Key("подпункт", "clause", WORD, "номер: «1)», «а)»", required=True),
    Key("суть", "gist", TEXT, "о чём он, своими словами", required=True),
    Key("проверка", "case", TEXT, "имя проверки, которая его доказывает"),
    Key("без правил", "reason", TEXT, "почему проверки нет: машине нечего исполнять"),
)
CLAUSE = _record(
    "пункт",
    Key("пункт", "clause", WORD, "номер пункта, статьи, части", required=True),
    Key("суть", "gist", TEXT, "о чём он, своими словами", required=True),
    Key("без правил", "reason", TEXT, "почему правила нет: машине нечего исполнять"),
    Key("подпункты", "items", ListOf(SUBITEM), "подпункты: чем доказан каждый"),
)
CLAUSES_FILE = _record(
    "пункты акта",
    Key("акт", "act", WORD, "акт из списка «акты»; без него — первый акт пакета"),
    Key("пункты", "clauses", ListOf(CLAUSE), "все пункты акта", required=True),
)
