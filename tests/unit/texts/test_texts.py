"""What people read: every template with typical facts, as golden files; cases of names; authors' mistakes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from poruchik.control.review import WORDS, Matter
from poruchik.resources import rules_folder
from poruchik.texts import facts as names
from poruchik.texts.facts import FACTS
from poruchik.texts.grammar import in_case, sentence
from poruchik.texts.render import Texts

GOLDEN = Path(__file__).parents[2] / "texts"
POINT: dict[str, Any] = {
    "номер": "О-1006",
    "поручение": "Рассмотреть обращение о телевидении и радио и ответить заявителю.",
    "исполнитель": "Лаптев О. Д.",
    "часть": "",
    "срок": "23 декабря 2026",
    "основание": "59-ФЗ, ст. 12 ч. 1",
    "вид": "напоминание",
    "получатель": "подразделение «руководство» → начальник Березин А. П.",
    "замещает": "",
    "точка": "за 3 рабочих дня",
    "остаток": "осталось 3 рабочих дня",
    "посчитан": "30 дней от регистрации",
    "не_принято": False,
    "пропущено": [],
    "сбой": False,
    "сведения_на": "",
    "ждёт": False,
    "чего": "",
    "сделать": "",
    "рассматривает": "",
}
RAISED = POINT | {"вид": "эскалация", "остаток": "срок истёк", "точка": "просрочено"}
DOCUMENT = POINT | {
    "поручение": "«тема»: значения «клады» нет в словаре",
    "исполнитель": "Орлова Т. Н.",
    "получатель": "роль «ответственный-специалист» → Орлова Т. Н.",
    "ждёт": True,
}
REVIEW = POINT | {
    "вид": "эскалация",
    "чего": WORDS[Matter.REPORT].what,
    "сделать": WORDS[Matter.REPORT].remedy,
    "рассматривает": "Орлова Т. Н.",
    "получатель": "роль «ответственный-специалист» → Орлова Т. Н.",
    "остаток": "просрочено на 2 рабочих дня",
    "основание": names.HOUSE_ORDER,
    "посчитан": "2 рабочих дня с 24 ноября 2026",
}
HOUSE = DOCUMENT | {"основание": names.HOUSE_ORDER, "посчитан": "2 рабочих дня на разбор", "вид": "эскалация"}
ANSWER = {name: POINT[name] for name in ("номер", "поручение", "исполнитель", "часть", "срок", "основание")} | {
    "кто": "Лаптев О. Д.",
    "пишет": "Ждём сведений оператора",
}
ORDER: dict[str, Any] = {
    "основание": "приказ-269, п. 8.3.4",
    "правило": "тема-телевидение",
    "найден": ["подразделение «отдел телерадиовещания» → начальник Лаптев О. Д."],
    "срок": "23.12.2026, 18:00",
    "посчитан": "30 дней от регистрации",
    "основание_срока": "59-ФЗ, ст. 12 ч. 1",
    "шаги": ["событие — 23 ноября 2026", "30 дней → 23 декабря 2026, среда", "до 18:00"],
    "предварительный": False,
    "контролёр": "Орлова Т. Н.",
    "по_существу": "Титов Р. С.",
    "проверки": ["канал ответа", "дата ответа"],
}
NO_TERM = {
    "срок": "",
    "посчитан": "",
    "основание_срока": "",
    "шаги": [],
    "контролёр": "",
    "по_существу": "",
    "проверки": [],
}
LETTER: dict[str, Any] = {
    "номер": "О-1006",
    "зарегистрировано": "23 ноября 2026",
    "поступило": "20 ноября 2026",
    "листов": 2,
    "срок": "30 ноября 2026",
    "основание": "59-ФЗ, ст. 8 ч. 3",
    "исполнитель": "Лаптев О. Д.",
    "контролёр": "Орлова Т. Н.",
    "суть_неясна": False,
}
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "poruchenie": (names.ORDER, ORDER),
    "poruchenie-bez-sroka": (names.ORDER, ORDER | NO_TERM),
    "poruchenie-predvaritelnyy": (names.ORDER, ORDER | {"предварительный": True}),
    "napominanie": (names.REMINDER, POINT),
    "napominanie-zameshchayushchemu": (names.REMINDER, POINT | {"замещает": "Никитина С. А."}),
    "napominanie-chast": (names.REMINDER, POINT | {"часть": "соисполнитель Петрова А. А."}),
    "napominanie-sboy": (names.REMINDER, POINT | {"пропущено": ["за 5 рабочих дней"], "сбой": True}),
    "eskalaciya": (names.ESCALATION, RAISED),
    "eskalaciya-ne-prinyato": (names.ESCALATION, RAISED | {"не_принято": True, "остаток": "осталось 19 рабочих дней"}),
    "eskalaciya-po-svedeniyam": (names.ESCALATION, RAISED | {"сведения_на": "24.11.2026 10:00"}),
    "eskalaciya-sboy": (names.ESCALATION, RAISED | {"пропущено": ["в день срока"], "сбой": True}),
    "zhdet-kontrolera": (names.REVIEW_WAITS, REVIEW),
    "zhdet-kontrolera-sboj": (
        names.REVIEW_WAITS,
        REVIEW | {"сбой": True, "рассматривает": "", "сведения_на": "24.11.2026 10:00"},
    ),
    "dokument-zhdet": (names.DOCUMENT_WAITS, DOCUMENT),
    "dokument-zhdet-prosrochen": (names.DOCUMENT_WAITS, HOUSE | {"остаток": "просрочено на 2 рабочих дня"}),
    "svodka": (
        names.DIGEST,
        {
            "сегодня": "9 декабря 2026",
            "всего": 6,
            "часть": "",
            "строки": [
                POINT,
                RAISED | {"номер": "О-1007"},
                POINT | {"сбой": True},
                RAISED | {"сведения_на": "24.11.2026 10:00"},
                HOUSE | {"остаток": "срок истёк"},
                REVIEW,
            ],
        },
    ),
    "svodka-chast": (
        names.DIGEST,
        {"сегодня": "9 декабря 2026", "всего": 501, "часть": "часть 3 из 3", "строки": [RAISED]},
    ),
    "otchet-nepolon": (names.REPORT_INCOMPLETE, ANSWER | {"не_хватает": ["дата ответа", "класс исхода"]}),
    "podskazki-k-otvetu": (
        names.REPLY_HINTS,
        ANSWER
        | {
            "подсказки": [
                "строка 2: канцелярит «в целях» — проще: чтобы (приказ-269, п. 11.1)",
                "весь текст: не видно исхода",
            ]
        },
    ),
    "podskazok-net": (names.REPLY_HINTS, ANSWER | {"подсказки": []}),
    "soispolnitel-vernul": (names.PART_REFUSED, ANSWER | {"часть": "Петрова А. А.", "пишет": ""}),
    "prosba-prodlit": (
        names.EXTENSION_ASKED,
        ANSWER | {"просит": "22 января 2027", "предел": "22 января 2027", "решает": "Соколова М. Г."},
    ),
    "otkaz-v-prodlenii": (
        names.EXTENSION_REFUSED,
        ANSWER | {"просит": "25 января 2027", "почему": "не позднее 22 января 2027 (30 дней к первому сроку)"},
    ),
    **{name: (name, LETTER) for name in names.LETTERS.values()},
    "bez-otveta-sut-neyasna": ("bez-otveta", LETTER | {"суть_неясна": True}),
    "raspiska-bez-listov": ("raspiska", LETTER | {"листов": "", "поступило": ""}),
    "srok-izmenen": (
        names.TERM_CHANGED,
        ANSWER | {"кто": "Соколова М. Г.", "до": "10 декабря 2026", "было": "23 декабря 2026"},
    ),
    "posle-vosstanovleniya": (
        names.AFTER_RESTORE,
        {"копия": "26 ноября 2026, 18:00", "сообщения": ["О-1: срок продлён", "О-2: срок изменён"], "всего": 2},
    ),
    "srok-stoit": (
        names.TERM_STANDS,
        ANSWER
        | {
            "кто": "Орлова Т. Н.",
            "пишет": "Запрошены документы",
            "почему": "",
            "ждут": "не поступят документы",
            "до": "8 января 2027",
        },
    ),
    "srok-stoit-nelzya": (
        names.TERM_STANDS,
        ANSWER | {"кто": "Орлова Т. Н.", "почему": "правило приостановки не предусматривает", "ждут": "", "до": ""},
    ),
    "kalendar-izmenen": (
        names.CALENDAR_CHANGED,
        {
            "всего": 2,
            "строки": [
                {
                    "номер": "О-1006",
                    "поручение": POINT["поручение"],
                    "часть": "",
                    "было": "23 декабря 2026",
                    "стало": "22 декабря 2026",
                    "прошёл": False,
                },
                {
                    "номер": "О-1007",
                    "поручение": POINT["поручение"],
                    "часть": "Карпова Е. Е.",
                    "было": "8 декабря 2026",
                    "стало": "7 декабря 2026",
                    "прошёл": True,
                },
            ],
        },
    ),
    "peredano": (
        names.HANDED_OVER,
        ANSWER | {"кто": "Иванов И. И.", "прежний": "Лаптев О. Д.", "остаток": "осталось 3 рабочих дня"},
    ),
    "k-svedeniyu": (
        names.INFORMED,
        {
            "номер": "О-1006",
            "поручение": "Рассмотреть обращение о связи и ответить заявителю.",
            "исполнитель": "Иванов И. И.",
            "срок": "23 декабря 2026",
            "почему": [
                "О регистрации позже трёх дней узнаёт начальник делопроизводства (59-ФЗ, ст. 8 ч. 2)",
                "О дубликате узнаёт ответственный специалист (59-ФЗ, ст. 10 ч. 1)",
            ],
            "замещает": "Кузьмина Е. В.",
        },
    ),
    "srok-pozzhe-zakona": (names.TERM_BEYOND, ANSWER | {"кто": "Орлова Т. Н.", "до": "15 января 2027"}),
    "prodleno": (names.EXTENSION_NOTICE, ANSWER | {"кто": "Соколова М. Г.", "до": "22 января 2027"}),
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_text_as_people_read_it(sample: str) -> None:
    """After a deliberate change: `PORUCHIK_GOLDEN=write pytest tests/unit/texts`."""
    name, facts = SAMPLES[sample]
    assert set(facts) == set(FACTS[name])
    texts = Texts(rules_folder())
    told = texts.explanation(facts) if name == names.ORDER else "\n\n".join(texts.render(name, facts))
    golden = GOLDEN / f"{sample}.expected.txt"
    if os.environ.get("PORUCHIK_GOLDEN") == "write":
        golden.write_text(told + "\n", encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == told + "\n"


def test_every_template_has_a_golden_text() -> None:
    assert {name for name, _ in SAMPLES.values()} == set(FACTS)
    assert {path.stem for path in (rules_folder() / "teksty").glob("*.txt")} == set(FACTS)


@pytest.mark.parametrize(
    ("name", "case", "expected"),
    [
        ("Лаптев О. Д.", "дательный", "Лаптеву О. Д."),
        ("Петрова А. А.", "дательный", "Петровой А. А."),
        ("Никитина С. А.", "винительный", "Никитину С. А."),
        ("Дёмина А. В.", "родительный", "Дёминой А. В."),
        ("Березин А. П.", "творительный", "Березиным А. П."),
        ("Мельник Н. В.", "дательный", "Мельник Н. В."),  # man or woman is not known
        ("отдел связи", "дательный", "отделу связи"),
        ("юридический отдел", "родительный", "юридического отдела"),
        ("пресс-служба", "винительный", "пресс-службу"),
        ("сектор сопровождения СЭД", "творительный", "сектором сопровождения СЭД"),
        ("дежурный-соцсети", "дательный", "дежурный-соцсети"),
        ("", "дательный", ""),
        ("{{ 7 * 7 }}", "дательный", "{{ 7 * 7 }}"),
    ],
)
def test_names_in_their_cases(name: str, case: str, expected: str) -> None:
    assert in_case(name, case) == expected


def test_initials_bring_their_own_full_stop() -> None:
    assert sentence("Лаптев О. Д.") == "Лаптев О. Д."
    assert sentence("в срок") == "в срок."


def own(folder: Path, name: str, text: str | bytes) -> Texts:
    place = folder / "teksty"
    place.mkdir(exist_ok=True)
    (place / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return Texts(folder)


def test_an_author_changes_one_text_and_keeps_the_rest(tmp_path: Path) -> None:
    texts = own(tmp_path, "napominanie", "{{ номер }}!\n\nПожалуйста, {{ исполнитель | дательный }} пора.")
    assert texts.render("napominanie", POINT) == ("О-1006!", "Пожалуйста, Лаптеву О. Д. пора.")
    assert texts.render("eskalaciya", RAISED)[0].startswith("О-1006, Лаптев О. Д.")
    assert list(texts.problems()) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("napominanie", "{{ номир }}", "«номир» в этом тексте неизвестно — возможно, «номер»"),
        ("napominanie", "{{ номер ", "шаблон не читается"),
        ("napominanie", "{% if %}", "шаблон не читается"),
        ("napominanie", "{{ номер | громко }}", "фильтра «громко» нет; есть: "),
        ("napominanie", "строка\n{{ номер * 3 }}", "napominanie.txt:2"),
        ("napominanie", "строка\n\n{% set а = номер %}", "{% set %} в текстах нельзя"),
        ("napominanie", "{{ номер.format(1) }}", "вызывать можно только: "),
        ("napominanie", "{{ range(9) }}", "вызывать можно только: "),
        ("napominanie", "{% for а in пропущено %}" * 25 + "{% endfor %}" * 25, "вложено глубже 8"),
        ("napominanie", "{% if номер is escaped %}{% endif %}", "проверки «is escaped» нет"),
        ("napominanie", "{{ " + "(" * 300 + "номер" + ")" * 300 + " }}", "шаблон не читается"),
        ("napomin", "текст", "такого текста нет — возможно, «napominanie»"),
        ("napominanie", "я".encode("cp1251"), "не в кодировке UTF-8"),
        ("napominanie", "х" * 50_001, "шаблон длиннее"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, name: str, text: str | bytes, told: str) -> None:
    (problem,) = own(tmp_path, name, text).problems()
    assert told in str(problem)
    assert str(problem).startswith(str(tmp_path / "teksty" / f"{name}.txt"))


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ номер.__class__ }}",
        "{% for n in range(10**9) %}{{ n }}{% endfor %}",
        "{{ номер / 0 }}",
        "{{ нет }}",
        "{% include 'нет.txt' %}",
        "{{ пропущено.append(1) }}",
        "{{ строки[0] }}",
        "{{ номер | громко }}",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
        "{{ 'а' * 3000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%3000000000d' % 1 }}",
        "{{ '{:>3000000000}'.format(1) }}",
        "{{ номер.center(3000000000) }}",
        "{{ поручение | join(поручение) | join(поручение) | join(поручение) }}",
        "{% set а = номер ~ номер %}" + "{% set а = а ~ а %}" * 40 + "{{ а }}",
        "{% for а in пропущено %}" * 25 + "{% endfor %}" * 25,
        "{% for а in поручение %}" * 7 + "{{ а }}" + "{% endfor %}" * 7,
        "{% for а in поручение %}{% for б in поручение %}{% for в in поручение %}{% if а|upper == б %}{% endif %}"
        + "{% endfor %}" * 3,
        "{{ " + "(" * 300 + "номер" + ")" * 300 + " }}",
        "{{ " + "not " * 20_000 + "номер }}",
        "{{ " + "9" * 5_000 + " }}",
        "{{ '\\ud800' }}",
        "{{ '\\x00' }}",
        "х" * 60_000,
    ],
)
def test_a_template_that_fails_loses_no_message(tmp_path: Path, text: str) -> None:
    """Nor does it reach anything: it runs in a sandbox. The shipped text speaks in its place."""
    assert own(tmp_path, "napominanie", text).render("napominanie", POINT) == Texts(rules_folder()).render(
        "napominanie", POINT
    )


def test_what_an_author_wrote_is_told_when_it_fails(tmp_path: Path) -> None:
    texts = own(tmp_path, "napominanie", "{{ строки[0] }}")
    texts.render("eskalaciya", RAISED)
    assert texts.failed == {}
    texts.render("napominanie", POINT)
    assert list(texts.failed) == ["napominanie.txt"] and "строки" in texts.failed["napominanie.txt"]
    texts.use(rules_folder())
    assert texts.failed == {}


def test_a_long_text_is_cut_and_a_pipe_is_no_text(tmp_path: Path) -> None:
    texts = own(tmp_path, "napominanie", "{{ номер }}\n{% for а in пропущено %}{{ поручение }}{% endfor %}")
    text = texts.render("napominanie", POINT | {"пропущено": list(range(9000)), "поручение": "х" * 100})[1]
    assert len(text) <= 100_000 and texts.failed == {}
    (tmp_path / "teksty" / "eskalaciya.txt").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "teksty" / "eskalaciya.txt")
    assert texts.render("eskalaciya", RAISED) == Texts(rules_folder()).render("eskalaciya", RAISED)
    (problem,) = texts.problems()
    assert "это не обычный файл" in str(problem)
