"""`rules schema|new|diff|coverage|print`: what helps an author to write and to see what a change does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from poruchik.authoring.cases import read_cases, run_cases
from poruchik.authoring.coverage import Coverage, coverage, coverage_json
from poruchik.authoring.difference import differences
from poruchik.authoring.schema import FILES, schema
from poruchik.authoring.start import init_pack
from poruchik.authoring.template import new_rule
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.cli.rules import PATH, day_of, decider_of, load, today
from poruchik.engine.decide import Decider
from poruchik.errors import PoruchikError
from poruchik.policy.load import Loaded
from poruchik.policy.problems import Problems, suggest
from poruchik.printing.content import content
from poruchik.printing.docx import to_docx
from poruchik.printing.html import to_html
from poruchik.simulation.tally import differences as outcomes_differ
from poruchik.simulation.tally import outcome_of
from poruchik.workcalendar.duration import plural


def make_schema(
    path: Path | None = PATH,
    kind: str = typer.Option("pravila", "--kind", help="Какие файлы: " + ", ".join(FILES) + "."),
    to: Path | None = typer.Option(None, "--to", help="Папка: записать туда схемы всех файлов."),
) -> None:
    """Print the schema of one kind of file, or write all of them and say how an editor finds them."""
    if kind not in FILES:
        raise PoruchikError(f"--kind: файлов «{kind}» нет", remedy=suggest(kind, FILES))
    policy = load(path).policy
    if to is None:
        print_json(schema(kind, policy))
        return
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            text = json.dumps(schema(name, policy), ensure_ascii=False, indent=1)
            (to / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise PoruchikError(f"схемы не записались: {error.strerror}", where=str(to)) from error
    typer.echo(f"Схемы записаны в {to}. В настройках VS Code с расширением YAML (settings.json):")
    # The first pattern that fits a file is not the only one that counts, so the general one leaves out the others.
    others = [f"!{pattern}" for name, (_, patterns) in FILES.items() if name != "pravila" for pattern in patterns]
    found = {
        str(to / f"{name}.json"): [*patterns, *others] if name == "pravila" else list(patterns)
        for name, (_, patterns) in FILES.items()
    }
    print_json({"yaml.schemas": found})


def start(
    folder: Path = typer.Argument(..., metavar="ПАПКА", help="Новая папка набора."),
    title: str = typer.Option("", "--title", help="Название вашего порядка."),
) -> None:
    """Write a set that already works and say what to change in it."""
    header = init_pack(folder, title)
    typer.echo(f"Набор готов: {folder}. Он работает как есть — для вымышленной администрации. Дальше:")
    typer.echo(f"  1. впишите своих людей, подразделения и роли: {folder / 'organizaciya.yaml'}")
    typer.echo(f"  2. темы — в {folder / 'atributy.yaml'}, куда идёт какая — в {header.parent / 'marshruty.xlsx'}")
    typer.echo(f"  3. порядок и название — в {header.parent}; часы и местные дни — в {folder / 'kalendar'}")
    typer.echo(f"  4. сроки, отмеченные «заполнить», — в {folder / 'zakony' / 'sroki.yaml'}")
    typer.echo(f"После каждого шага: poruchik rules check {folder} и poruchik rules test {folder}.")


def new(
    path: Path = typer.Argument(..., metavar="ПАПКА", help="Папка пакета, в который добавить правило."),
    name: str = typer.Argument(..., metavar="ИМЯ", help="Имя правила, например ответ-на-запрос."),
    act: str = typer.Option("", "--act", help="Акт; без него — первый акт пакета."),
    clause: str = typer.Option("1", "--clause", help="Пункт акта."),
) -> None:
    """Write a trial rule and its two cases, which pass at once."""
    loaded = load(path)
    written = new_rule(loaded, decider_of(loaded), name, act, clause, today())
    for place in written:
        typer.echo(f"Записан {place}")
    typer.echo(
        "Правило пробное: решает, но ничего не меняет. Впишите условия и следствия, затем:\n"
        f"  poruchik rules check {path}\n  poruchik rules test {path}\nи уберите строку «статус: пробная»."
    )


def diff(
    old: Path = typer.Argument(..., metavar="БЫЛО", help="Папка политик, как есть."),
    new: Path = typer.Argument(..., metavar="СТАЛО", help="Папка политик, как будет."),
    as_of: str | None = typer.Option(
        None, "--as-of", help="На какой день показать сроки по параметрам; без него — сегодня."
    ),
    output: Format = FORMAT,
) -> None:
    """Print every change in plain Russian, then the cases of both that are decided differently."""
    loaded = [load(folder) for folder in (old, new)]
    deciders = [decider_of(one) for one in loaded]
    changes = list(differences(deciders[0].policy, deciders[1].policy, day_of(as_of) or today()))
    moved = list(_moved(loaded, deciders))
    if output is Format.JSON:
        cases = [{"case": name, "changes": [list(one) for one in told]} for name, told in moved]
        print_json({"changes": [asdict(change) for change in changes], "cases": cases})
        return
    for change in changes:
        for line in change.lines():
            typer.echo(line)
    others = [] if changes else _other_files(*loaded)
    if others:
        typer.echo(f"Правила, люди и словарь те же; отличаются файлы: {', '.join(others)}")
    elif not changes:
        typer.echo("Политики говорят одно и то же.")
    if moved:
        typer.echo("Проверки, которые решаются иначе:")
    for name, told in moved:
        typer.echo(f"  «{name}»:")
        for aspect, before, after in told:
            typer.echo(f"    {aspect}: {before} → {after}")


def _other_files(old: Loaded, new: Loaded) -> list[str]:
    """Return the files of the sets that differ: calendar, texts, cases, or how the rules are written."""
    before, after = ({name: path.read_bytes() for name, path in one.set_files().items()} for one in (old, new))
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _moved(loaded: list[Loaded], deciders: list[Decider]) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield the cases that both policies can read and decide differently, with what differs."""
    files = dict.fromkeys(path for one in loaded for path in one.case_files())
    seen: set[str] = set()
    before, after = deciders
    for path in files:
        # A case that only one of the dictionaries can read belongs to what has changed above.
        for case in read_cases(path, after.policy, Problems()):
            if case.name in seen:
                continue
            seen.add(case.name)
            was, now = (decider.decide(case.document, as_of=case.as_of) for decider in (before, after))
            told = list(outcomes_differ(outcome_of(was), outcome_of(now)))
            if told:
                yield case.name, told


def show_coverage(
    path: Path | None = PATH,
    act: str | None = typer.Option(None, "--act", metavar="АКТ", help="Только этот акт; без него — все."),
    output: Format = FORMAT,
) -> None:
    """Print act, clause, rules, cases; end with 1 when a clause or a rule is left bare."""
    loaded = load(path)
    decider = decider_of(loaded)
    policy = decider.policy
    known = dict.fromkeys([*policy.acts, *(rule.act for rule in policy.rules), *(one.act for one in loaded.clauses)])
    if act is not None and act not in known:
        raise PoruchikError(f"акта «{act}» в политике нет", remedy=suggest(act, known))
    results = run_cases(loaded.case_files(), decider, Problems())
    passed = {name for _, name in results.passed}
    found = coverage(policy, loaded.clauses, results.fired, passed, [act] if act else ())
    if output is Format.JSON:
        told = [coverage_json(one) for one in found]
        print_json(told[0] if act else told)
    else:
        for one in found:
            _print_coverage(one)
    if any(one.faults for one in found):
        raise typer.Exit(1)


def _print_coverage(found: Coverage) -> None:
    rows = []
    for one in found.clauses:
        carried = [f"{rule.rule} ({_count(len(rule.cases))})" for rule in one.rules]
        carried += [f"параметр {name}" for name in one.parameters]
        rows.append((one.clause, one.gist, ", ".join(carried) or (f"без правил: {one.reason}" if one.reason else "—")))
        for item in one.items:
            proof = f"проверка «{item.case}»" if item.case else f"без правил: {item.reason}"
            rows.append((f"  {item.clause}", item.gist, proof))
    columns = (
        [("пункт", 0), ("суть", 2), ("чем исполнен", 3)] if found.has_list else [("пункт", 0), ("чем исполнен", 1)]
    )
    shown = rows if found.has_list else [(row[0], row[2]) for row in rows]
    print_table(f"{found.act}: {found.title}" if found.title else found.act, columns, shown)
    if not found.has_list:
        typer.echo("Списка пунктов этого акта нет (punkty.yaml), поэтому не видно, все ли исполнены.")
    for fault in found.faults:
        typer.echo(f"Не хватает: {fault}")


def _count(cases: int) -> str:
    return f"{cases} {plural(cases, 'проверка', 'проверки', 'проверок')}"


def print_policy(
    path: Path | None = PATH,
    to: Path = typer.Option(..., "--to", metavar="ФАЙЛ", help="Куда записать: имя.docx или имя.html."),
    as_of: str | None = typer.Option(
        None, "--as-of", help="На какой день показать сроки по параметрам; без него — сегодня."
    ),
) -> None:
    """Write the policy as a document for approval."""
    loaded = load(path)
    printed = content(loaded, decider_of(loaded).policy, day_of(as_of) or today())
    kind = to.suffix.lower()
    if kind not in (".docx", ".html"):
        raise PoruchikError(f"--to: файл «{to.name}» не DOCX и не HTML", remedy="назовите имя.docx или имя.html")
    data = to_docx(printed) if kind == ".docx" else to_html(printed).encode()
    try:
        to.write_bytes(data)
    except OSError as error:
        raise PoruchikError(f"документ не записался: {error.strerror}", where=str(to)) from error
    typer.echo(f"Записан {to}")
