"""`rules schema|new`: what helps an author to write."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from poruchik.cli.common import print_json
from poruchik.cli.rules import PATH, build_decider, load, today
from poruchik.cli.russian import Command
from poruchik.errors import PoruchikError
from poruchik.policy.problems import suggest
from poruchik.policy.schema import FILES, schema
from poruchik.policy.template import new_rule


def register(rules: typer.Typer) -> None:
    """Add the commands to the group of policies."""
    rules.command("schema", cls=Command, help="JSON Schema файлов политик: подсказки в редакторе.")(make_schema)
    rules.command("new", cls=Command, help="Завести новое правило с проверкой по шаблону.")(new)


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


def new(
    path: Path = typer.Argument(..., metavar="ПАПКА", help="Папка пакета, в который добавить правило."),
    name: str = typer.Argument(..., metavar="ИМЯ", help="Имя правила, например ответ-на-запрос."),
    act: str = typer.Option("", "--act", help="Акт; без него — первый акт пакета."),
    clause: str = typer.Option("1", "--clause", help="Пункт акта."),
) -> None:
    """Write a trial rule and its two cases, which pass at once."""
    loaded = load(path)
    written = new_rule(loaded, build_decider(loaded), name, act, clause, today())
    for place in written:
        typer.echo(f"Записан {place}")
    typer.echo(
        "Правило пробное: решает, но ничего не меняет. Впишите условия и следствия, затем:\n"
        f"  poruchik rules check {path}\n  poruchik rules test {path}\nи уберите строку «статус: пробная»."
    )
