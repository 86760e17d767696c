"""`rules lexicon`: how the words of the classifier work on documents whose topic a person has named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from poruchik.authoring.lexicon import (
    LexiconReport,
    ValueScore,
    alone,
    harmful,
    measure,
    percent,
    report_json,
    table_texts,
    unused,
)
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.cli.rules import load, require
from poruchik.errors import PoruchikError
from poruchik.model.document import Document
from poruchik.policy.classifier import Classifier
from poruchik.policy.lines import LineReader
from poruchik.resources import rules_folder
from poruchik.simulation.archive import open_archive


def lexicon(
    path: Path | None = typer.Argument(None, metavar="[ПАПКА]", help="Папка политик; без неё — поставляемые."),
    against: Path = typer.Option(
        ..., "--against", metavar="АРХИВ", help="Таблица CSV, JSON Lines, XML договора обмена или poruchik.toml."
    ),
    misses: int = typer.Option(20, "--misses", min=0, max=10_000, help="Сколько промахов показать."),
    output: Format = FORMAT,
) -> None:
    """Print how each topic and each line of the lexicon did."""
    loaded = load(path or rules_folder())
    policy = require(loaded)
    classifier = policy.classifier
    if classifier is None:
        raise PoruchikError(
            "у этой политики нет классификатора", where=str(loaded.folder), remedy="заведите klassifikator.yaml"
        )
    report = measure(classifier, _texts(against, classifier, LineReader(policy.attributes, policy.zone)))
    if not report.texts:
        raise PoruchikError(
            "в архиве нет ни одного текста", where=str(against),
            remedy=f"нужны «{classifier.reads}» и, чтобы сравнить, «{classifier.attribute}»",
        )  # fmt: skip
    if output is Format.JSON:
        print_json(report_json(report))
        return
    _print(report, misses)
    _print_alone(report, classifier)


def _texts(archive: Path, classifier: Classifier, reader: LineReader) -> Iterator[tuple[str, str, str]]:
    if archive.suffix.lower() == ".csv":
        yield from table_texts(archive, classifier)
        return
    for part in open_archive(archive).slices():
        for document in part.read(reader):
            if isinstance(document, Document):
                known, text = (document.attributes.get(name) for name in (classifier.attribute, classifier.reads))
                if isinstance(text, str) and text:
                    yield document.title, known if isinstance(known, str) else "", text


def _print(report: LexiconReport, misses: int) -> None:
    whole = report.whole
    typer.echo(
        f"Текстов: {report.texts}, тема определена: {report.texts - report.undecided}, из них верно: {whole.right}; "
        f"не определена: {report.undecided}, из них верная среди подсказок: {report.hinted}."
    )
    if report.foreign:
        typer.echo(
            f"Не наших: {report.foreign}, принято за наши: {report.taken}, сказано «похоже, не наше»: "
            f"{report.told_foreign}."
        )
    values = [(name, *_shares(one)) for name, one in sorted(report.values.items())]
    columns = [("тема", 0), ("названа", 1), ("найдена", 1), ("верно", 1), ("точность", 1), ("полнота", 1)]
    print_table("По темам", columns, [*values, ("всего", *_shares(whole))])
    rows = sorted(report.rows.values(), key=lambda one: -one.hits)
    told = [(one.row.words, one.row.value, f"{one.row.points:+d}", str(one.hits), str(one.right)) for one in rows]
    columns = [("слово", 0), ("тема", 0), ("баллы", 1), ("попаданий", 1), ("верных", 1)]
    print_table("Чаще всего", columns, told[:15])
    bad = [
        (one.row.words, one.row.value, one.row.position.within, str(one.hits), str(one.right))
        for one in harmful(report)
    ]
    if bad:
        columns = [("слово", 0), ("тема", 0), ("где", 0), ("попаданий", 1), ("верных", 1)]
        print_table("Чаще мешают, чем помогают", columns, bad[:15])
    typer.echo(f"Ни разу не встретились: {len(list(unused(report)))} из {len(report.rows)}.")
    for miss in report.misses[:misses]:
        typer.echo(f"Промах, {miss.title}: человек назвал «{miss.known or 'не наше'}» — {miss.classified}")
        typer.echo(f"    {miss.text[:160]}")
    if len(report.misses) > misses:
        typer.echo(f"… и ещё {len(report.misses) - misses}; все — с «--format json».")


def _print_alone(report: LexiconReport, classifier: Classifier) -> None:
    """Show which single words decide alone, and how they did; those that have erred first."""
    scores = [report.rows[row.number] for row in alone(classifier)]
    erred = sorted((one for one in scores if one.hits > one.right), key=lambda one: one.right - one.hits)
    typer.echo(
        f"Решают в одиночку: {len(scores)} слов — одного такого слова в тексте достаточно; ошиблись хотя бы раз: "
        f"{len(erred)}."
    )
    if erred:
        told = [
            (
                one.row.words,
                one.row.value,
                one.row.position.within,
                f"{one.row.points:+d}",
                str(one.hits),
                str(one.right),
            )
            for one in erred
        ]
        columns = [("слово", 0), ("тема", 0), ("где", 0), ("баллы", 1), ("попаданий", 1), ("верных", 1)]
        print_table("Решили в одиночку неверно: убавьте баллы или возьмите словосочетание", columns, told[:15])


def _shares(score: ValueScore) -> tuple[str, ...]:
    return (str(score.known), str(score.found), str(score.right), percent(score.precision), percent(score.recall))
