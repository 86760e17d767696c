"""`orders parked`, `orders unpark`: control that stands because it cannot be read or told of, and its end."""

from __future__ import annotations

from pathlib import Path

import typer

from poruchik.app import set_clock
from poruchik.cli.installation import CONFIG, settings_from, to_read
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.clock import SystemClock
from poruchik.errors import PoruchikError
from poruchik.lanes.park import unpark
from poruchik.publishing.today import office_of_today
from poruchik.store.database import Store


def orders_parked(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print what is parked, with the cause."""
    with to_read(settings_from(config)) as reading:
        parked = reading.items.parked()
        titles = reading.orders.titles(one.order_key for one in parked)
    if output is Format.JSON:
        print_json([{"order": one.order_key, "cause": one.cause} for one in parked])
        return
    rows = [(titles.get(one.order_key, ""), one.order_key, one.cause) for one in parked]
    print_table(f"Контроль приостановлен: {len(parked)}", [("Документ", 0), ("Поручение", 30), ("Почему", 50)], rows)
    if parked:
        typer.echo("О сроках этих поручений никому не сообщается. Причины нет — poruchik orders unpark ПОРУЧЕНИЕ.")


def orders_unpark(
    keys: list[str] = typer.Argument(..., metavar="ПОРУЧЕНИЕ …", help="Ключи поручений из списка."),
    config: Path | None = CONFIG,
) -> None:
    """Let the control of orders go on."""
    settings, clock = settings_from(config), SystemClock()
    failed = False
    with Store.to_write(settings.database) as store:
        set_clock(clock, store)
        with store.reading() as reading:
            calendar = office_of_today(reading, settings, clock).calendar
        for key in dict.fromkeys(keys):
            try:
                unpark(store, key, calendar, clock.now(), "администратор")
                typer.echo(f"{key}: контроль идёт дальше")
            except PoruchikError as error:
                failed = True
                typer.echo(str(error), err=True)
    if failed:
        raise typer.Exit(1)
