"""The checks that are shipped; plugins add theirs through a hook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from poruchik.policy.operators import contains
from poruchik.reply.draft import Draft, Hint, ReplyCheck

MAX_WORDS = 25
"""Of a sentence that is read at one go; the order gives no number (п. 11.3, 5)."""
MAX_QUOTE = 60
MAX_HINTS = 50
"""Of one check: a text with more is to be written anew, not mended line by line."""
_OUTCOMES = {
    "решён": ("вопрос решён", "уже решён", "выполнено", "устранено", "устранена", "восстановлено", "восстановлена",
              "работы завершены", "меры приняты", "удовлетворена", "удовлетворено"),
    "будет решён в срок": ("будет решён", "будет выполнено", "будет выполнена", "будут выполнены", "будет устранено",
                           "будет построена", "будет установлена", "будут завершены", "запланировано на",
                           "запланирована на", "планируется завершить", "будет подключена", "будет подключён"),
    "может быть решён": ("может быть решён", "точный срок", "срок не определён", "сроки не определены",
                         "при наличии финансирования", "будет рассмотрена возможность", "точных сроков нет"),
    "не может быть решён": ("не может быть решён", "не представляется возможным", "отсутствуют основания",
                            "нет оснований", "невозможно", "не предусмотрено законом", "отказано", "не в компетенции",
                            "не относится к компетенции", "нельзя"),
}  # fmt: skip
_PLAIN = {
    "в целях": "чтобы",
    "в связи с тем что": "потому что",
    "ввиду того что": "потому что",
    "осуществлять": "делать, вести",
    "осуществляться": "идти, делаться",
    "осуществление": "назовите действие глаголом",
    "производить": "делать",
    "являться": "уберите или замените тире",
    "вышеуказанный": "этот",
    "вышеизложенный": "это",
    "нижеследующий": "такой",
    "настоящим сообщаем": "начните с главного",
    "на основании вышеизложенного": "поэтому",
    "в настоящее время": "сейчас",
    "данный": "этот",
    "имеет место": "есть",
    "в части касающейся": "о",
    "не представляется возможным": "нельзя, потому что…",
    "принять к сведению": "скажите, что будет сделано",
    "надлежащий": "нужный",
    "согласно": "по",
    "посредством": "через, с помощью",
    "в случае если": "если",
    "по вопросу": "о",
    "оказание содействия": "помощь",
    "доводим до вашего сведения": "сообщаем",
    "сей": "этот",
    "токмо": "только",
    "ибо": "потому что",
    "дабы": "чтобы",
}
"""Officialese and archaisms, and what says the same."""
_RUDE = ("сами виноваты", "ваши проблемы", "вы обязаны были", "прекратите писать", "голословно", "надуманный", "бред")
_KNOWN = {
    "РФ", "СССР", "МВД", "ФИО", "СМИ", "ИНН", "СНИЛС", "МФЦ", "СМС", "ГОСТ", "США", "ЖКХ", "ОВЗ", "ТВ", "ДТП", "МЧС",
    "ЕГЭ", "ЗАГС",
}  # fmt: skip
"""Abbreviations that everybody reads; the others are written out once."""
_ABBREVIATION = re.compile(r"\b[А-ЯЁ]{2,6}\b")
_LATIN = re.compile(r"[A-Za-z][\w.-]*")
_ADDRESS = re.compile(
    r"https?://\S+|www\.\S+|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,8}(?:ru|рф|com|org|su)\b",
    re.IGNORECASE,
)
"""Bounded on all sides: a text of a hundred thousand letters in a row must not take quadratic time."""
_PROMISED = re.compile(r"\bбуд(?:ет|ут)\s+\w+", re.IGNORECASE)
_DATED = re.compile(r"\d{1,2}\.\d{1,2}|\d{4}|\bдо \w+|квартал|недел|месяц", re.IGNORECASE)
_CITED = re.compile(r"закон|стать|пункт|кодекс|постановлен|суд", re.IGNORECASE)
_SOCIAL = ("вконтакте", "одноклассники", "телеграм", "сайт")


def outcome(draft: Draft) -> Iterator[Hint]:
    """Look for one of the four outcomes (п. 13)."""
    done = _PROMISED.sub(" ", draft.text)  # «будет выполнено» is not yet «выполнено»
    found = [name for name, signs in _OUTCOMES.items() if contains(done if name == "решён" else draft.text, signs)]
    if not found:
        names = ", ".join(_OUTCOMES)
        yield Hint("исход", "не видно исхода", f"скажите прямо, чем кончилось: {names}", "приказ-269, п. 13")
    elif found == ["будет решён в срок"] and not _DATED.search(draft.text):
        yield Hint("исход", "обещано без срока", "назовите день или месяц", "приказ-269, п. 13")
    elif found == ["не может быть решён"] and not _CITED.search(draft.text):
        yield Hint("исход", "отказ без основания", "назовите причину, закон и куда жаловаться", "приказ-269, п. 13")


def long_sentences(draft: Draft) -> Iterator[Hint]:
    """Find sentences of more than MAX_WORDS words (п. 11.3, 5)."""
    for one in draft.sentences:
        if len(one.words) > MAX_WORDS:
            what, quote = f"предложение из {len(one.words)} слов", _short(one.text)
            yield Hint("длинное", what, "разделите на два-три", "приказ-269, п. 11.3 5)", one.line, one.column, quote)


def officialese(draft: Draft) -> Iterator[Hint]:
    """Find officialese and archaisms (п. 11.1, 11.3, 1), the longest phrase where several overlap."""
    told: list[str] = []
    for words, better in sorted(_PLAIN.items(), key=lambda item: -len(item[0])):
        one = next((one for one in draft.sentences if contains(one.text, words)), None)
        if one and not contains("; ".join(told), words):
            told.append(words)
            advice = f"проще: {better}"
            yield Hint("канцелярит", "канцелярит", advice, "приказ-269, п. 11.1", one.line, one.column, words)


def aggression(draft: Draft) -> Iterator[Hint]:
    """Find words that blame the applicant (п. 11.3, 1)."""
    for words in _RUDE:
        one = next((one for one in draft.sentences if contains(one.text, words)), None)
        if one:
            yield Hint("тон", "упрёк заявителю", "уберите", "приказ-269, п. 11.3 1)", one.line, one.column, words)


def abbreviations(draft: Draft) -> Iterator[Hint]:
    """Find abbreviations that the text does not write out (п. 11.3, 2)."""
    told: set[str] = set()
    for found in _ABBREVIATION.finditer(draft.text):
        word = found[0]
        if word in _KNOWN or word in told or re.search(rf"\(\s*(?:далее\s*[-–—]\s*)?{word}\s*\)", draft.text):
            continue
        told.add(word)
        line, column = draft.place(found.start())
        yield Hint(
            "сокращение", "сокращение не раскрыто", "напишите его словами", "приказ-269, п. 11.3 2)", line, column, word
        )


def latin(draft: Draft) -> Iterator[Hint]:
    """Find Latin letters outside addresses: in social networks and on the site they are for names only (п. 10.1)."""
    covered = [found.span() for found in _ADDRESS.finditer(draft.text)]
    clause = "приказ-269, п. 10.1" if draft.channel in _SOCIAL else "приказ-269, п. 11.1"
    for found in _LATIN.finditer(draft.text):
        if any(start <= found.start() < end for start, end in covered):
            continue
        line, column = draft.place(found.start())
        advice = "оставьте, только если это имя, название или адрес; иначе напишите по-русски"
        yield Hint("латиница", "латинские буквы", advice, clause, line, column, _short(found[0]))


def _short(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else text[: MAX_QUOTE - 1] + "…"


SHIPPED: Mapping[str, ReplyCheck] = {
    "исход": outcome,
    "длинные предложения": long_sentences,
    "канцелярит": officialese,
    "тон": aggression,
    "сокращения": abbreviations,
    "латиница": latin,
}
"""The checks by their Russian names."""
