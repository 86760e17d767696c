"""`orders meeting|results|report`: two of the three forms of control (п. 35), and what plugins report; as DOCX too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import typer

from poruchik.cli.installation import CONFIG
from poruchik.cli.orders import AS_OF, UNIT, OrderLists
from poruchik.cli.output import print_table
from poruchik.errors import PluginError, PoruchikError
from poruchik.model.standing import StoredOrder
from poruchik.plugins import Plugins
from poruchik.policy.problems import suggest
from poruchik.policy.shapes import Unreadable, read_date
from poruchik.printing.content import Printed
from poruchik.printing.control import Row, meeting_pack, results_report
from poruchik.printing.docx import to_docx
from poruchik.store.overview import NOT_ACCEPTED

DOCX = typer.Option(None, "--docx", help="Записать документом DOCX.")


def meeting(
    unit: str = UNIT,
    as_of: str = AS_OF,
    days: int = typer.Option(5, "--days", min=1, max=60, help="На сколько рабочих дней вперёд."),
    docx: Path | None = DOCX,
    config: Path | None = CONFIG,
) -> None:
    """Print the pack for a meeting, or write it."""
    view = OrderLists(config)
    now, until, coming = view.ahead(unit, as_of, days)
    overdue = [order for order in view.late(unit, now) if order.reported_at is None]
    risk = [order for order in coming if order.state in NOT_ACCEPTED]
    lists = {
        "Просрочено": _rows(view, overdue, as_of),
        "Может опоздать: не принято": _rows(view, risk, as_of),
        f"Кончается по {until:%d.%m.%Y}": _rows(view, coming, as_of),
    }
    counts = [Counter(order.unit for order in found) for found in (view.open(unit, None), overdue, risk)]
    names = sorted(set().union(*counts))
    units = [(name or "—", *(str(count[name] or "") for count in counts)) for name in names]
    _tell(meeting_pack(now, lists, units), docx)


def results(
    since: str = typer.Option(..., "--from", help="С какого дня: 2026-10-01."),
    until: str = typer.Option(..., "--to", help="По какой день: 2026-12-31."),
    unit: str = UNIT,
    as_of: str = AS_OF,
    docx: Path | None = DOCX,
    config: Path | None = CONFIG,
) -> None:
    """Print how the orders of a period were executed, or write it."""
    first, last = _period(since, until)
    view = OrderLists(config)
    orders = view.due_between(unit, first, last + timedelta(days=1))
    _tell(results_report(first, last, orders, view.moment(as_of)), docx)


def report(
    name: str = typer.Argument("", metavar="ИМЯ", help="Имя отчёта плагина; без него — список."),
    since: str = typer.Option("", "--from", help="С какого дня: 2026-10-01."),
    until: str = typer.Option("", "--to", help="По какой день: 2026-12-31."),
    unit: str = UNIT,
    as_of: str = AS_OF,
    docx: Path | None = DOCX,
    config: Path | None = CONFIG,
) -> None:
    """Print a report that a plugin offers, or write it; without a name, list them."""
    offered = Plugins().reports()
    if not name:
        typer.echo("Отчёты плагинов: " + (", ".join(sorted(offered)) or "нет"))
        return
    if name not in offered:
        raise PoruchikError(f"отчёта «{name}» нет", remedy=suggest(name, offered) or "список: poruchik orders report")
    first, last = _period(since, until)
    view = OrderLists(config)
    orders = view.due_between(unit, first, last + timedelta(days=1))
    try:
        printed = offered[name](orders, view.moment(as_of))
    except Exception as error:
        raise PluginError(f"отчёт «{name}» не вышел: {type(error).__name__}: {error}") from error
    if not isinstance(printed, Printed):
        raise PluginError(f"отчёт «{name}» вернул {type(printed).__name__}, а не Printed")
    _tell(printed, docx)


def _period(since: str, until: str) -> tuple[date, date]:
    try:
        first, last = read_date(since), read_date(until)
    except Unreadable as error:
        raise PoruchikError(f"--from, --to: {error.what}", remedy=error.remedy) from None
    if last < first:
        raise PoruchikError("--to раньше, чем --from", remedy="поменяйте дни местами")
    return first, last


def _rows(view: OrderLists, orders: Sequence[StoredOrder], as_of: str) -> list[Row]:
    told = view.rows(orders, view.moment(as_of))
    told.sort(key=lambda line: line.unit)
    return [(one.unit, one.title, one.lead, one.due, one.left, one.text) for one in told]


def _tell(printed: Printed, docx: Path | None) -> None:
    if docx:
        try:
            docx.write_bytes(to_docx(printed))
        except OSError as error:
            what = f"файл не записать: {error.strerror}"
            raise PoruchikError(what, where=str(docx), remedy="проверьте папку и права") from error
        typer.echo(f"{printed.title}. Записано в {docx}")
        return
    typer.echo(printed.title)
    for name, value in printed.facts:
        typer.echo(f"  {name}: {value}")
    for table in (printed.terms, *printed.tables):
        if table.rows and any(any(row[1:]) for row in table.rows):
            widths = zip(table.columns, table.widths or [0.0] * len(table.columns), strict=True)
            print_table(table.title, [(name, round(width)) for name, width in widths], table.rows)
