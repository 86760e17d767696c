"""`orders differ`: in what open orders are not as their systems have them, by the last daily reconciliation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import typer

from poruchik.cli.installation import CONFIG, settings_from, to_read
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.lanes.listing import LANE as LISTING
from poruchik.lanes.reconcile import LANE, compared_on
from poruchik.model.difference import DifferenceKind

_IN = {
    DifferenceKind.STATE: "состояние",
    DifferenceKind.LEAD: "исполнитель",
    DifferenceKind.TERM: "срок",
    DifferenceKind.GONE: "нет в системе",
    DifferenceKind.UNREADABLE: "ответ не читается",
}
_REMEDY = (
    "Что люди сделали в системе, а она об этом не сообщила, программа исправляет сама и пишет в журнал. Здесь то, что "
    "решает человек: отчёт, которого нет в базе, сдайте в системе ещё раз; поручение, которого нет в системе, создайте "
    "в ней или снимите здесь; имя, которое пишется иначе, внесите в организацию."
)

_WITHOUT_LIST = "Базу, которую вернули из копии, программа по нему не заметит: скажите о ней сами, restore --confirm."


def orders_differ(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print what differs, and when each system was compared."""
    settings = settings_from(config)
    with to_read(settings) as reading:
        found = reading.differences.listing()
        titles = reading.orders.titles(one.order_key for one in found)
        lanes = reading.lanes.every()
        days = {one.name: compared_on(reading.cursors.place(one.name, LANE)) for one in settings.systems}
    if output is Format.JSON:
        print_json(
            {
                "differences": [
                    {
                        "order": one.order_key,
                        "kind": one.kind.value,
                        "here": one.here,
                        "there": one.there,
                        "seen_at": one.seen_at.isoformat(),
                    }
                    for one in found
                ],
                "compared": {name: day.isoformat() if day else None for name, day in days.items()},
            }
        )
        return
    rows = [(titles.get(one.order_key, ""), _IN[one.kind], one.here, one.there, one.order_key) for one in found]
    columns = [("Документ", 0), ("Что", 12), ("В базе", 20), ("В системе", 20), ("Поручение", 26)]
    print_table(f"Расходится с системами: {len(found)}", columns, rows)
    typer.echo(f"Сверено: {'; '.join(f'{name} — {_day(day)}' for name, day in days.items())}.")
    for name in days:
        state = lanes.get((name, LISTING))
        if state and state.failing_since:
            typer.echo(f"Список поручений системы {name} не читается: {state.cause}. {_WITHOUT_LIST}")
    if found:
        typer.echo(_REMEDY)


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else "не сверялось: система не отвечает по номеру поручения, или служба не работала"
