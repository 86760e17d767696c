"""The topic of a text: by the code of the all-Russian classifier, else by words with points (п. 8.3.4 приказа № 269).

A pack describes its classifier in `klassifikator.yaml` and keeps the words in a table that its author edits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from poruchik.model.document import Facts
from poruchik.policy.check import Entry
from poruchik.policy.conditions import ConditionReader
from poruchik.policy.inventory import TABLES
from poruchik.policy.model import Attribute, Condition
from poruchik.policy.operators import Phrase, phrase
from poruchik.policy.problems import Position, Problems, suggest
from poruchik.policy.shapes import Unreadable, read_integer
from poruchik.policy.spreadsheet import Cell
from poruchik.policy.table import read_cells

CODE = re.compile(r"\d{4}(\.\d{4}){0,4}")
"""«NNNN.NNNN.NNNN.NNNN», or the beginning of it; some questions have a fifth part."""
MAX_WORDS = 20_000
"""Of a text: what follows does not change its topic."""
SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class WordRow:
    """A line of the lexicon: when a text has the words, in any form, in this order, so many points for the value.

    `foreign`: it speaks for what is not ours, and the value is the body whose subject it is.
    """

    number: int
    words: str
    phrase: Phrase
    value: str
    points: int
    position: Position
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A value that a text may mean: the points, and the lines that gave them."""

    value: str
    points: int
    rows: tuple[WordRow, ...]

    def __str__(self) -> str:
        """Return «мобильная связь, 7: «вышка» +4, «не ловит» +3»."""
        return f"{self.value}, {self.points}: " + ", ".join(f"«{row.words}» {row.points:+d}" for row in self.rows)


@dataclass(frozen=True, slots=True)
class Classified:
    """What a text was found to be about. `value` «»: not certain, a person chooses; `code` «»: by words."""

    attribute: str
    value: str
    code: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    foreign: Suggestion | None = None
    """What speaks for its being another body's, where that speaks louder than any value."""

    def __str__(self) -> str:
        """Return how it was found, in Russian."""
        if self.foreign:
            return f"{self.attribute}: похоже, не наше — решите, не переадресовать ли: {self.foreign}"
        if self.code:
            return f"{self.attribute}: {self.value} — по коду {self.code}"
        if self.value:
            return f"{self.attribute}: {self.value} — по словам ({self.suggestions[0]})"
        if self.suggestions:
            return f"{self.attribute}: ближе всего {'; '.join(str(one) for one in self.suggestions)}"
        return f"{self.attribute}: ни одного знакомого слова"


@dataclass(frozen=True, slots=True)
class Classifier:
    """Finds the value of one attribute. `threshold`: from so many points on; `margin`: ahead of the next by so many."""

    attribute: str
    reads: str
    code_attribute: str
    threshold: int
    margin: int
    condition: Condition
    """Which cards are classified at all."""
    rows: tuple[WordRow, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    by_form: Mapping[str, tuple[WordRow, ...]] = field(default_factory=dict)
    """The lines by each form of their first word."""

    def classify(self, facts: Facts) -> Classified | None:
        """Return what the card is about, None when it says so itself or has nothing to tell by."""
        if self.attribute in facts:
            return None
        code = facts.get(self.code_attribute)
        if isinstance(code, str) and (value := self._by_code(code)):
            return Classified(self.attribute, value, code)
        text = facts.get(self.reads)
        return self.by_words(text) if isinstance(text, str) and text else None

    def by_words(self, text: str) -> Classified:
        """Return what a text is about by the lexicon alone."""
        hits = self.hits(text)
        ranked = self._ranked(row for row in hits if not row.foreign)
        foreign = _not_ours([row for row in hits if row.foreign])
        best, following = ranked[0].points if ranked else 0, ranked[1].points if len(ranked) > 1 else 0
        theirs = foreign.points if foreign else 0
        sure = best >= self.threshold and best - following >= self.margin and best > theirs
        louder = theirs >= self.threshold and theirs > best
        return Classified(
            self.attribute,
            ranked[0].value if sure else "",
            "",
            tuple(ranked[:SUGGESTED]),
            foreign if louder else None,
        )

    def hits(self, text: str) -> list[WordRow]:
        """Return the lines whose words a text has, each once, in the order of the lexicon."""
        found = phrase(text)[:MAX_WORDS]
        hit: dict[int, WordRow] = {}
        for place, forms in enumerate(found):
            for form in forms:
                for row in self.by_form.get(form, ()):
                    if row.number not in hit and _stands_at(row.phrase, found, place):
                        hit[row.number] = row
        return [hit[number] for number in sorted(hit)]

    def _ranked(self, hits: Iterable[WordRow]) -> list[Suggestion]:
        rows: dict[str, list[WordRow]] = {}
        for row in hits:
            rows.setdefault(row.value, []).append(row)
        told = [Suggestion(value, sum(row.points for row in of), tuple(of)) for value, of in rows.items()]
        return sorted((one for one in told if one.points > 0), key=lambda one: -one.points)

    def _by_code(self, code: str) -> str:
        """Return the value of the longest beginning of a code that the table has."""
        parts = code.strip().split(".")
        beginnings = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
        return next((self.codes[one] for one in beginnings if one in self.codes), "")


def _not_ours(rows: Sequence[WordRow]) -> Suggestion | None:
    """Return all that speaks for another body together, under the name of the body for which most does."""
    if not rows:
        return None
    by_body: dict[str, int] = {}
    for row in rows:
        by_body[row.value] = by_body.get(row.value, 0) + row.points
    return Suggestion(max(by_body, key=by_body.__getitem__), sum(row.points for row in rows), tuple(rows))


def _stands_at(wanted: Phrase, found: Phrase, place: int) -> bool:
    here = found[place : place + len(wanted)]
    return len(here) == len(wanted) and all(not one.isdisjoint(other) for one, other in zip(wanted, here, strict=True))


# --- reading -------------------------------------------------------------------------------------


def read_classifier(
    entry: Entry, folder: Path, attributes: Mapping[str, Attribute], reader: ConditionReader, problems: Problems
) -> Classifier | None:
    """Read the classifier of a pack and its tables; None after noting what is wrong."""
    before = problems.spoiled
    condition = reader.read(entry.fields["condition"])
    for key in ("attribute", "reads", "code_attribute"):
        name = entry.value(key)
        if name and name not in attributes:
            problems.error(
                entry.at(key), "неизвестный-атрибут", f"атрибута «{name}» нет в словаре",
                remedy=suggest(name, attributes),
            )  # fmt: skip
    for key in ("words", "codes", "foreign"):
        name = entry.value(key, "")
        if name and (Path(name).name != name or not name.lower().endswith(TABLES)):
            problems.error(entry.at(key), "файл", f"«{name}» — не таблица этой папки", remedy="например leksikon.csv")
    if condition is None or problems.spoiled > before:
        return None
    values = attributes[entry.value("attribute")].values
    rows = tuple(_word_rows(folder / entry.value("words"), values, problems))
    if entry.value("foreign"):
        rows += tuple(_word_rows(folder / entry.value("foreign"), (), problems, foreign=True, after=len(rows)))
    codes = dict(_codes(folder / entry.value("codes"), values, problems)) if entry.value("codes") else {}
    by_form: dict[str, list[WordRow]] = {}
    for row in rows:
        for form in row.phrase[0]:
            by_form.setdefault(form, []).append(row)
    return Classifier(
        attribute=entry.value("attribute"),
        reads=entry.value("reads"),
        code_attribute=entry.value("code_attribute", ""),
        threshold=entry.value("threshold", 1),
        margin=entry.value("margin", 1),
        condition=condition,
        rows=rows,
        codes=codes,
        by_form={form: tuple(found) for form, found in by_form.items()},
    )


def _word_rows(
    path: Path, values: Sequence[str], problems: Problems, *, foreign: bool = False, after: int = 0
) -> Iterable[WordRow]:
    seen: set[tuple[Phrase, str]] = set()
    names = ("слово", "кому" if foreign else "значение", "баллы")
    for number, (words, value, points) in enumerate(_cells(path, names, problems), start=after):
        wanted = phrase(words.text)
        if not wanted:
            problems.error(words.position, "лексикон", "нет слова", remedy="впишите слово или уберите строку")
        elif (wanted, value.text) in seen:
            problems.error(words.position, "лексикон", f"«{words.text}» для «{value.text}» уже есть", remedy="уберите")
        elif foreign and not value.text.strip():
            problems.error(value.position, "лексикон", f"«{words.text}»: не сказано, кому это", remedy="впишите орган")
        elif _known(value, values, problems):
            seen.add((wanted, value.text))
            try:
                weight = read_integer(points.text.strip())
            except Unreadable as error:
                problems.error(points.position, "лексикон", f"баллы: {error.what}", remedy=error.remedy)
                continue
            yield WordRow(number, words.text.strip(), wanted, value.text, weight, words.position, foreign)


def _codes(path: Path, values: Sequence[str], problems: Problems) -> Iterable[tuple[str, str]]:
    for code, value in _cells(path, ("код", "значение"), problems):
        if not CODE.fullmatch(code.text.strip()):
            problems.error(
                code.position, "код", f"«{code.text}» — не код", remedy="напишите NNNN.NNNN.NNNN.NNNN или его начало"
            )
        elif _known(value, values, problems):
            yield code.text.strip(), value.text


def _known(value: Cell, values: Sequence[str], problems: Problems) -> bool:
    if values and value.text not in values:
        problems.error(
            value.position, "значение", f"значения «{value.text}» нет в словаре", remedy=suggest(value.text, values)
        )
        return False
    return True


def _cells(path: Path, names: Sequence[str], problems: Problems) -> Iterable[tuple[Cell, ...]]:
    """Yield the cells of the named columns, a row each; nothing after noting that the table lacks one of them."""
    rows = read_cells(path, problems)
    header = [cell.text.strip().lower() for cell in rows[0]] if rows else []
    lacking = [name for name in names if name not in header]
    if lacking and rows:
        problems.error(
            Position(str(path)), "столбец", f"в таблице нет столбца «{lacking[0]}»", remedy="назовите столбцы: "
            + ", ".join(names),
        )  # fmt: skip
    for row in rows[1:] if not lacking else ():
        filled = [row[header.index(name)] if header.index(name) < len(row) else None for name in names]
        if any(cell and cell.text.strip() for cell in filled):
            nothing = Cell("", row[0].position)
            yield tuple(cell or nothing for cell in filled)
