"""What each template of `teksty/` may use. The documentation and the check of the templates are made from this."""

from __future__ import annotations

from collections.abc import Mapping

from poruchik.policy.words import Letter

ORDER, REMINDER, ESCALATION, DIGEST = "poruchenie", "napominanie", "eskalaciya", "svodka"
REPORT_INCOMPLETE, PART_REFUSED = "otchet-nepolon", "soispolnitel-vernul"
REPLY_HINTS = "podskazki-k-otvetu"
LETTERS: Mapping[str, str] = {
    Letter.RECEIPT: "raspiska",
    Letter.FORWARDED: "pereadresovano",
    Letter.NO_ANSWER: "bez-otveta",
    Letter.RETURNED: "vozvrat",
    Letter.COMPLAINT_RETURNED: "vozvrat-zhaloby",
    Letter.HOW_TO_APPLY: "razyasnenie",
    Letter.ANSWER_ON_SITE: "otvet-na-sajte",
}
"""The template of each letter to an applicant."""
EXTENSION_ASKED, EXTENSION_REFUSED, EXTENSION_NOTICE = "prosba-prodlit", "otkaz-v-prodlenii", "prodleno"
TERM_CHANGED, TERM_BEYOND = "srok-izmenen", "srok-pozzhe-zakona"
HANDED_OVER = "peredano"
DOCUMENT_WAITS = "dokument-zhdet"
HOUSE_ORDER = "внутренний порядок"
"""Stands for act and clause of a term that the house gives itself."""

_OF_ORDER = {
    "номер": "номер документа",
    "поручение": "что поручено",
    "исполнитель": "ответственный исполнитель, фамилия и инициалы",
    "часть": "счётчик или соисполнитель, о чьей части речь; пусто — о самом поручении",
    "срок": "день, а у срока в часах и время",
    "основание": "акт и пункт срока",
}
_OF_POINT = _OF_ORDER | {
    "вид": "«напоминание» или «эскалация»",
    "получатель": "как найден тот, кому пишем",
    "замещает": "кого замещает тот, кому пишем; пусто — никого",
    "точка": "слова правила: «за 3 рабочих дня»",
    "остаток": "«осталось 3 рабочих дня», «срок сегодня, до 18:00», «просрочено на 2 рабочих дня»",
    "посчитан": "«30 дней от регистрации»",
    "не_принято": "да, если поручение до сих пор не принято",
    "пропущено": "список того, что должно было уйти раньше",
    "сбой": "да, если сообщение опоздало не по вине исполнителя",
    "ждёт": "да, если поручения ещё нет: документ ждёт решения человека, «поручение» — почему",
    "сведения_на": "на какой момент известно, что сделано в системе, если она с тех пор не отвечает; пусто — на сейчас",
}
_OF_ANSWER = _OF_ORDER | {"кто": "кто сделал это в системе", "пишет": "что он написал"}
_OF_LETTER = {
    "номер": "регистрационный номер обращения",
    "зарегистрировано": "день регистрации: «2 ноября 2026»",
    "поступило": "день поступления; пусто — не известен",
    "листов": "сколько листов; пусто — не посчитаны",
    "срок": "день, к которому обязано письмо или ответ",
    "основание": "акт и пункт срока",
    "исполнитель": "кто готовит письмо",
    "контролёр": "кто контролирует; пусто — никто",
    "суть_неясна": "да, если суть определить нельзя; иначе не читается текст",
}
FACTS: Mapping[str, Mapping[str, str]] = {
    ORDER: {
        "основание": "акт и пункт поручения",
        "правило": "имя правила",
        "найден": "список: как найден исполнитель",
        "срок": "день и время; пусто — срок не назначен",
        "посчитан": "«30 дней от регистрации»",
        "основание_срока": "акт и пункт срока",
        "шаги": "список: как сложился срок",
        "предварительный": "да, если срок от получения, а получение ещё не отмечено",
        "контролёр": "кто контролирует; пусто — никто",
        "проверки": "список: что нужно до снятия с контроля",
    },
    REMINDER: _OF_POINT,
    ESCALATION: _OF_POINT,
    DOCUMENT_WAITS: _OF_POINT,
    DIGEST: {
        "сегодня": "день сводки",
        "строки": "список; у каждой строки то же, что у напоминания и эскалации",
        "всего": "сколько строк, во всех частях вместе",
        "часть": "«часть 1 из 3», если одной сводки мало; иначе пусто",
    },
    REPORT_INCOMPLETE: _OF_ANSWER | {"не_хватает": "список того, чего нет в отчёте"},
    PART_REFUSED: _OF_ANSWER,
    REPLY_HINTS: _OF_ANSWER | {"подсказки": "список подсказок: место, что смущает, как лучше, пункт; пусто — нет"},
    EXTENSION_ASKED: _OF_ANSWER
    | {
        "просит": "до какого дня просит",
        "предел": "не позднее какого дня можно; пусто — предела нет",
        "решает": "кто решает",
    },
    EXTENSION_REFUSED: _OF_ANSWER | {"просит": "до какого дня просили", "почему": "почему нельзя"},
    EXTENSION_NOTICE: _OF_ANSWER | {"до": "новый срок"},
    TERM_CHANGED: _OF_ANSWER | {"до": "новый срок", "было": "прежний срок"},
    HANDED_OVER: _OF_ANSWER
    | {
        "прежний": "у кого поручение было; пусто — ни у кого",
        "остаток": "«осталось 3 рабочих дня», «просрочено на 2 рабочих дня»; пусто — срока нет",
    },
    TERM_BEYOND: _OF_ANSWER | {"до": "срок, который назначен; «срок» и «основание» — те, что по закону"},
    **dict.fromkeys(LETTERS.values(), _OF_LETTER),
}
TITLES: Mapping[str, str] = {
    ORDER: "обоснование, которое уходит с поручением",
    REMINDER: "напоминание исполнителю",
    ESCALATION: "сообщение руководителю",
    DOCUMENT_WAITS: "документ ждёт решения человека",
    DIGEST: "сводка вместо нескольких сообщений",
    REPORT_INCOMPLETE: "в отчёте чего-то не хватает",
    PART_REFUSED: "соисполнитель вернул свою часть",
    REPLY_HINTS: "подсказки к проекту ответа",
    EXTENSION_ASKED: "просьба продлить срок — тому, кто решает",
    EXTENSION_REFUSED: "продлить нельзя",
    EXTENSION_NOTICE: "срок продлён, и проект уведомления заявителю",
    TERM_CHANGED: "срок сократили или вернули прежний",
    HANDED_OVER: "поручение передано — новому исполнителю",
    TERM_BEYOND: "срок назначен позже срока по закону — начальнику контролёра",
    **{template: f"письмо заявителю: {letter}" for letter, template in LETTERS.items()},
}
