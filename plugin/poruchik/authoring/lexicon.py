"""How well the words of a classifier work: precision and recall by value, what each line gives, what is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poruchik.errors import PoruchikError
from poruchik.policy.classifier import Classified, Classifier, WordRow
from poruchik.policy.problems import Problems
from poruchik.policy.table import read_cells


@dataclass(slots=True)
class ValueScore:
    """One value: how many texts have it by a person, how often the words found it, how often rightly."""

    known: int = 0
    found: int = 0
    right: int = 0

    @property
    def precision(self) -> float | None:
        """Return which part of what was found is right; None where nothing was found."""
        return self.right / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Return which part of what a person named was found; None where no text has the value."""
        return self.right / self.known if self.known else None


@dataclass(slots=True)
class RowScore:
    """One line of the lexicon: in how many texts it stood, in how many of them for the right value."""

    row: WordRow
    hits: int = 0
    right: int = 0


@dataclass(frozen=True, slots=True)
class Miss:
    """A text whose value a person named and the words did not find, or found wrongly."""

    title: str
    text: str
    known: str
    classified: Classified


@dataclass(slots=True)
class LexiconReport:
    """What a lexicon gave on texts. `known` «» means that the text has none of the values."""

    texts: int = 0
    undecided: int = 0
    hinted: int = 0
    """Of the undecided: those whose value is among the suggestions."""
    values: dict[str, ValueScore] = field(default_factory=dict)
    rows: dict[int, RowScore] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)
    foreign: int = 0
    """Texts that have none of the values, by a person."""
    taken: int = 0
    """Of these: texts for which the words found a value all the same."""
    told_foreign: int = 0
    """Of these: texts of which the words say that they are another body's."""

    @property
    def whole(self) -> ValueScore:
        """Return the sums over all values."""
        scores = self.values.values()
        return ValueScore(
            sum(one.known for one in scores), sum(one.found for one in scores), sum(one.right for one in scores)
        )


def measure(classifier: Classifier, texts: Iterable[tuple[str, str, str]]) -> LexiconReport:
    """Return how the words do on texts: (title, the value a person named or «», the text)."""
    report = LexiconReport(rows={row.number: RowScore(row) for row in classifier.rows})
    for title, known, text in texts:
        report.texts += 1
        hits, classified = classifier.hits(text), classifier.by_words(text)
        for row in hits:
            score = report.rows[row.number]
            score.hits += 1
            score.right += (not known) if row.foreign else row.value == known
        report.undecided += not classified.value
        report.hinted += not classified.value and known in {one.value for one in classified.suggestions}
        if not known:
            report.foreign += 1
            report.taken += bool(classified.value)
            report.told_foreign += classified.foreign is not None
        if known:
            report.values.setdefault(known, ValueScore()).known += 1
        if classified.value:
            found = report.values.setdefault(classified.value, ValueScore())
            found.found += 1
            found.right += classified.value == known
        if classified.value != known:
            report.misses.append(Miss(title, text, known, classified))
    return report


def percent(share: float | None) -> str:
    """Return «97 %», «—» for none."""
    return "—" if share is None else f"{share * 100:.0f} %"


def table_texts(archive: Path, classifier: Classifier) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of a CSV table: where each stands, the value a person named or «», the text."""
    problems = Problems()
    rows = read_cells(archive, problems)
    if problems.errors:
        raise PoruchikError(str(problems.errors[0]))
    header = [cell.text.strip() for cell in rows[0]] if rows else []
    if {classifier.attribute, classifier.reads} - set(header):
        raise PoruchikError(
            "в таблице нет нужных столбцов", where=str(archive),
            remedy=f"назовите столбцы «{classifier.attribute}» и «{classifier.reads}»",
        )  # fmt: skip
    known, text = header.index(classifier.attribute), header.index(classifier.reads)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > max(known, text) and row[text].text.strip():
            yield f"строка {number}", row[known].text.strip(), row[text].text


def unused(report: LexiconReport) -> Iterator[RowScore]:
    """Yield the lines that stood in no text."""
    yield from (one for one in report.rows.values() if not one.hits)


def alone(classifier: Classifier) -> list[WordRow]:
    """Return the single words that decide alone: one of them in a text is enough, whatever it is about."""
    enough = max(classifier.threshold, classifier.margin)
    return [row for row in classifier.rows if len(row.phrase) == 1 and row.points >= enough and not row.foreign]


def harmful(report: LexiconReport) -> list[RowScore]:
    """Return the lines that stood more often for a wrong value than for the right one, the worst first."""
    worse = [one for one in report.rows.values() if one.hits > 2 * one.right and one.row.points > 0]
    return sorted(worse, key=lambda one: one.right - one.hits)


def report_json(report: LexiconReport) -> dict[str, Any]:
    """Return the report as plain data."""
    causes = Counter("не определена" if not one.classified.value else "определена неверно" for one in report.misses)
    return {
        "texts": report.texts,
        "undecided": report.undecided,
        "hinted": report.hinted,
        "foreign": {"texts": report.foreign, "taken_for_ours": report.taken, "told": report.told_foreign},
        "values": [
            {"value": name, "known": one.known, "found": one.found, "right": one.right,
             "precision": one.precision, "recall": one.recall}
            for name, one in sorted(report.values.items())
        ],
        "rows": [
            {"words": one.row.words, "value": one.row.value, "points": one.row.points, "at": str(one.row.position),
             "hits": one.hits, "right": one.right}
            for one in report.rows.values()
        ],
        "misses": [
            {"title": one.title, "text": one.text, "known": one.known, "found": one.classified.value,
             "why": str(one.classified)}
            for one in report.misses
        ],
        "causes": dict(causes),
    }  # fmt: skip
