"""The reference of the policy language, written from its table (`policy/vocabulary.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from poruchik.policy import vocabulary
from poruchik.policy.shapes import Free, Leaf, ListOf, Record, Shape
from poruchik.texts.facts import FACTS, TITLES

INTRODUCTION = """# Язык политик: все ключи

Эта страница написана по таблице языка в коде, поэтому всегда верна. Как ими пользоваться — в [руководстве](avtor-pravil.md).
"""
EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
RECORDS = (
    vocabulary.HEADER,
    vocabulary.PRIORITY_STEP,
    vocabulary.TRIAGE,
    vocabulary.RULE,
    vocabulary.EFFECTS,
    vocabulary.TERM,
    vocabulary.CLOCK,
    vocabulary.CONTROL,
    vocabulary.ESCALATION,
    vocabulary.EXTENSION,
    vocabulary.REFUSAL,
    vocabulary.PARAMETER,
    vocabulary.PARAMETER_VALUE,
    vocabulary.DICTIONARY_FILE,
    vocabulary.ATTRIBUTE,
    vocabulary.IMPOSSIBLE,
    vocabulary.ORGANIZATION_FILE,
    vocabulary.UNIT,
    vocabulary.EMPLOYEE,
    vocabulary.ROLE,
    vocabulary.ABSENCE,
    vocabulary.CLASSIFIER_FILE,
    vocabulary.CLAUSES_FILE,
    vocabulary.CLAUSE,
    vocabulary.CASE,
    vocabulary.EXPECTATION,
)


def reference() -> str:
    """Return the page."""
    return (
        INTRODUCTION
        + "".join(line for record in RECORDS for line in _section(record))
        + "".join(_conditions())
        + "".join(_gallery())
    )


def read_example(path: Path) -> tuple[str, str, str]:
    """Return the title, the rules and the cases of an example."""
    title, _, rest = path.read_text(encoding="utf-8").partition("\n")
    rules, _, cases = rest.partition("\n---\n")
    return title.removeprefix("# "), rules + "\n", cases


def _gallery() -> Iterator[str]:
    yield "\n## Примеры\n\nКаждый — файл в `tests/examples/`, с проверками; тесты их выполняют.\n"
    for number, path in enumerate(EXAMPLES, start=1):
        title, rules, cases = read_example(path)
        yield f"\n### {number}. {title}\n\n```yaml\n{rules}```\n\n<details><summary>Проверки</summary>\n\n"
        yield f"```yaml\n{cases}```\n\n</details>\n"


def _conditions() -> Iterator[str]:
    yield "\n## Проверки в «если»\n\nЧто даёт каждая — в [таблице истинности](usloviya.md).\n\n"
    yield "| проверка | что пишут | к каким типам | смысл |\n|---|---|---|---|\n"
    for one in vocabulary.OPERATORS:
        types = ", ".join(one.types) if one.types else "ко всем"
        yield f"| `{one.ru}` | {one.operand.value} | {types} | {one.gist} |\n"
    yield "\n| союз | смысл |\n|---|---|\n"
    for word, gist in vocabulary.COMBINATORS.items():
        yield f"| `{word}` | {gist} |\n"


def _section(record: Record) -> Iterator[str]:
    yield f"\n## {record.name}\n\n| ключ | что пишут | смысл |\n|---|---|---|\n"
    for key in record.keys:
        mark = ", обязательно" if key.required else ""
        several = f"; несколько правил — {key.several.value}" if key.several else ""
        yield f"| `{key.ru}` | {_shape(key.shape)}{mark} | {key.gist}{several} |\n"


def _shape(shape: Shape) -> str:
    match shape:
        case Leaf():
            return f"одно из: {', '.join(shape.words)}" if shape.words else shape.name
        case Free():
            return shape.name
        case ListOf():
            single = " или одно значение" if shape.single else ""
            return f"список: {_shape(shape.item)}{single}"
        case Record():
            return f"запись «{shape.name}»"


TEXTS = """# Тексты, которые получают люди

Каждый текст — файл в папке `teksty` рядом с политиками; файла нет — работает поставляемый из `rules/teksty/`. Первая строка —
заголовок сообщения, остальное — само сообщение. В `{{ … }}` ставятся имена из таблиц ниже, `{% if … %} … {% endif %}`
показывает часть текста, только когда значение есть. Падежи имён и подразделений: `{{ исполнитель | дательный }}`, а также
`родительный`, `винительный`, `творительный`; `{{ … | предложение }}` ставит точку, если её ещё нет.

Ещё можно: `{% for одно in список %} … {% endfor %}`, сравнения, `and`, `or`, `not`, срез `[:50]`; фильтры `join`, `length`, `first`,
`last`, `lower`, `upper`, `capitalize`, `trim`, `default`, `string`, `int`; методы `startswith`, `endswith`, `strip`, `removeprefix`,
`removesuffix`, `isdigit`. Остального — `{% set %}`, `{% macro %}`, `{% include %}`, умножения, склейки `~`, подстановок по `%` и
`format` — в текстах нет: один такой шаблон мог бы остановить службу. Текст не длиннее 100 000 знаков, повторений в нём не больше 10 000.

`poruchik rules check` называет строку, в которой что-то не так. Если ваш текст всё же не сложится, уйдёт поставляемый: сообщение не
теряется, а светофор скажет, какой текст и почему («Тексты политики не складываются»).
"""


def texts_reference() -> str:
    """Return the page on the texts, made from what the code gives them."""
    lines = [TEXTS]
    for name, known in FACTS.items():
        lines += [f"## `{name}.txt` — {TITLES[name]}", "", "| имя | что это |", "|---|---|"]
        lines += [f"| `{fact}` | {gist} |" for fact, gist in known.items()]
        lines.append("")
    return "\n".join(lines)
