"""`poruchik orders`: what is open, what is due, late or at risk, and one order with its whole story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

import typer

from poruchik.cli.installation import CONFIG, settings_from, to_read
from poruchik.cli.output import FORMAT, Format, print_json, print_table
from poruchik.clock import SystemClock
from poruchik.control.history import past, to_come
from poruchik.control.item import ItemKind
from poruchik.control.opening import Item
from poruchik.control.wording import left_text
from poruchik.engine.trace import story
from poruchik.errors import PoruchikError
from poruchik.model.points import FiredPoint
from poruchik.model.standing import OrderState, StoredOrder, slots_in
from poruchik.model.told import decision_json
from poruchik.publishing.today import office_of_today
from poruchik.store.database import Transaction
from poruchik.store.decisions import last_of
from poruchik.store.overview import NOT_ACCEPTED
from poruchik.texts.labels import INBOX_STATES, STATES
from poruchik.workcalendar.calendar import WorkCalendar

UNIT = typer.Option("", "--unit", help="Только это подразделение.")
AS_OF = typer.Option("", "--as-of", help="На какой день смотреть: 2026-12-17; без него — сегодня.")
XLSX = typer.Option(None, "--xlsx", help="Записать в файл таблицы.")
HEADS = (
    *("Документ", "Кому", "Подразделение", "Срок", "Осталось"),
    *("Состояние", "Поручение", "Основание срока", "Приоритет"),
)


class OrderLine(NamedTuple):
    """An order in words, as the cells of a table under `HEADS`."""

    title: str
    lead: str
    unit: str
    due: str
    left: str
    state: str
    text: str
    basis: str
    priority: str


def orders_list(config: Path | None = CONFIG, output: Format = FORMAT) -> None:
    """Print the open orders."""
    with to_read(settings_from(config)) as reading:
        orders = reading.orders.listing()
    if output is Format.JSON:
        print_json([order_json(order) for order in orders])
        return
    columns = [("Документ", 0), ("Кому", 17), ("Срок", 0), ("Поручение", 30), ("Основание", 16), ("Где", 11)]
    print_table(f"Поручения: {len(orders)}", columns, [_row(order) for order in orders])


def orders_due(
    unit: str = UNIT,
    as_of: str = AS_OF,
    days: int | None = typer.Option(
        None, "--days", min=0, max=366, help="Сколько рабочих дней вперёд; без него — soon_days."
    ),
    xlsx: Path | None = XLSX,
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print the open orders whose term ends from that day on, within so many working days."""
    view = OrderLists(config)
    now, until, orders = view.ahead(unit, as_of, view.web.soon_days if days is None else days)
    view.tell(f"Кончается по {until:%d.%m.%Y}", orders, now, xlsx, output)


def orders_overdue(
    unit: str = UNIT,
    as_of: str = AS_OF,
    xlsx: Path | None = XLSX,
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print the open orders whose term had ended by that day; a report that was handed in stops the delay."""
    view = OrderLists(config)
    now = view.moment(as_of)
    orders = [order for order in view.late(unit, now) if order.reported_at is None]
    view.tell(f"Просрочено на {now:%d.%m.%Y}", orders, now, xlsx, output)


def orders_at_risk(
    unit: str = UNIT,
    as_of: str = AS_OF,
    days: int | None = typer.Option(
        None, "--days", min=0, max=366, help="Сколько рабочих дней — близко; без него — risk_days."
    ),
    xlsx: Path | None = XLSX,
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print the open orders due within so many working days that nobody has accepted."""
    view = OrderLists(config)
    now, until, coming = view.ahead(unit, as_of, view.web.risk_days if days is None else days)
    orders = [order for order in coming if order.state in NOT_ACCEPTED]
    view.tell(f"Может опоздать (срок по {until:%d.%m.%Y}, не принято)", orders, now, xlsx, output)


def orders_show(
    number: str = typer.Argument(..., metavar="НОМЕР", help="Номер или id документа, ключ или номер поручения."),
    config: Path | None = CONFIG,
    output: Format = FORMAT,
) -> None:
    """Print what was decided on a document, why, what happened since and what is to come."""
    view = OrderLists(config)
    with view.reading() as reading:
        keys = dict.fromkeys(order.document_key for order in reading.orders.find(number))
        keys |= dict.fromkeys(item.document_key for item in reading.inbox.find(number))
        if not keys:
            raise PoruchikError(f"документа или поручения «{number}» нет", remedy="список: poruchik orders list")
        told = [_document_story(reading, key, view.calendar) for key in keys]
    if output is Format.JSON:
        print_json([one for one, _ in told])
    else:
        typer.echo("\n\n".join(text for _, text in told))


class OrderLists:
    """What the lists share: the database, the calendar, the day that is looked at."""

    def __init__(self, config: Path | None) -> None:
        self._settings = settings = settings_from(config)
        self.web = settings.web
        with to_read(settings) as reading:
            office = office_of_today(reading, settings, SystemClock())
        self.calendar = office.calendar
        self._units = [unit.name for unit in office.organization.units]

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read the database."""
        with to_read(self._settings) as reading:
            yield reading

    def moment(self, as_of: str) -> datetime:
        """Return the moment that is looked at: the opening of that day, or now."""
        if not as_of:
            return SystemClock().now().astimezone(self.calendar.zone)
        try:
            named = datetime.fromisoformat(as_of)
        except ValueError:
            raise PoruchikError(f"--as-of: «{as_of}» — не день", remedy="напишите, например, 2026-12-17") from None
        if len(as_of) <= len("2026-12-17"):
            return self.calendar.day_start(named.date())
        return named if named.tzinfo else named.replace(tzinfo=self.calendar.zone)

    def ahead(self, unit: str, as_of: str, days: int) -> tuple[datetime, datetime, list[StoredOrder]]:
        """Return the moment looked at, the end of the day so many working days ahead, and the orders due between."""
        now = self.moment(as_of)
        day = self.calendar.shift_working_days(now.date(), days) if days else now.date()
        until = self.calendar.day_end(day)
        return now, until, [order for order in self.open(unit, until) if not order.is_late(now)]

    def open(self, unit: str, until: datetime | None) -> list[StoredOrder]:
        """Return the open orders due by a moment, that moment too; without one, all."""
        self._check(unit)
        with self.reading() as reading:
            return reading.orders.open(unit=unit, due_by=until)

    def late(self, unit: str, now: datetime) -> list[StoredOrder]:
        """Return the open orders whose term is over."""
        return [order for order in self.open(unit, None) if order.is_late(now)]

    def due_between(self, unit: str, first: date, after: date) -> list[StoredOrder]:
        """Return all orders, closed ones too, whose term ends from one day on and before another."""
        self._check(unit)
        starts = [datetime.combine(day, time(), self.calendar.zone) for day in (first, after)]
        with self.reading() as reading:
            return reading.orders.due_between(*starts, unit=unit)

    def _check(self, unit: str) -> None:
        if unit and unit not in self._units:
            raise PoruchikError(f"подразделения «{unit}» нет", remedy="есть: " + ", ".join(self._units))

    def rows(self, orders: Sequence[StoredOrder], now: datetime) -> list[OrderLine]:
        """Return orders in words."""
        with self.reading() as reading:
            items = reading.items.of_orders([order.key for order in orders])
        return [self._cells(order, items.get(order.key, ()), now) for order in orders]

    def tell(self, title: str, orders: Sequence[StoredOrder], now: datetime, xlsx: Path | None, output: Format) -> None:
        """Print a list, or write it as a spreadsheet."""
        if output is Format.JSON:
            print_json([order_json(order) for order in orders])
            return
        rows = self.rows(orders, now)
        if xlsx:
            _write_xlsx(xlsx, title, rows)
            typer.echo(f"{title}: {len(rows)}. Записано в {xlsx}")
            return
        columns = [("Документ", 0), ("Кому", 15), ("Срок", 0), ("Осталось", 18), ("Состояние", 13), ("Поручение", 30)]
        shown = [(_titled(row.title, row.priority), row.lead, row.due, row.left, row.state, row.text) for row in rows]
        print_table(f"{title}: {len(rows)}", columns, shown)

    def _cells(self, order: StoredOrder, items: Iterable[Item], now: datetime) -> OrderLine:
        hourly = any(item.plan.deadline.hourly for item in items if item.kind is ItemKind.LEAD)
        due = order.due_at.astimezone(self.calendar.zone) if order.due_at else now
        return OrderLine(
            order.title,
            order.lead,
            order.unit,
            f"{due:%d.%m.%Y %H:%M}" if hourly else f"{due:%d.%m.%Y}",
            left_text(due, now, self.calendar, hourly=hourly),
            STATES[OrderState(order.state)],
            order.text,
            order.basis,
            _priority(order),
        )


def _write_xlsx(path: Path, title: str, rows: Sequence[Sequence[str]]) -> None:
    import xlsxwriter  # noqa: PLC0415 — for this option alone

    try:
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Поручения")
            head, cell = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
            sheet.write_row(0, 0, [title], head)
            sheet.write_row(1, 0, HEADS, head)
            for number, row in enumerate(rows, start=2):
                sheet.write_row(number, 0, row, cell)
            for column, width in enumerate((12, 18, 28, 16, 24, 18, 60, 24, 10)):
                sheet.set_column(column, column, width)
            sheet.freeze_panes(2, 0)
            sheet.autofilter(1, 0, max(len(rows) + 1, 2), len(HEADS) - 1)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise PoruchikError(f"файл не записать: {error}", where=str(path), remedy="проверьте папку и права") from error


# --- one document ---------------------------------------------------------------------------------


def _document_story(reading: Transaction, key: str, calendar: WorkCalendar) -> tuple[dict[str, Any], str]:
    decisions = reading.decisions.of_document(key)
    orders = reading.orders.of_documents([key]).get(key, [])
    items = reading.items.about(order.key for order in orders)
    points = reading.points.of_orders([order.key for order in orders])
    source, _, external_id = key.partition(":")
    revisions = reading.inbox.revisions(source, external_id)
    lines = [f"Документ {key}"]
    lines += [
        f"Редакция {item.revision}: {INBOX_STATES[item.state]}" + (f" — {item.cause}" if item.cause else "")
        for item in revisions
    ]
    decided = {item.id: item.card for item in revisions}
    decision, unreadable = last_of(decisions, decided[decisions[-1].inbox_id] if decisions else "")
    happened = past(reading.audit.about(key, *(order.key for order in orders)), points)
    lines += ["", "Сейчас"] if orders else []
    lines += [f"  {line}" for order in orders for line in _standing(order, calendar)]
    keys = {order.key for order in orders}
    lines += [f"  контроль приостановлен: {one.cause}" for one in reading.items.parked() if one.order_key in keys]
    lines += [
        f"  изменение № {one.id} не прочитано: {one.cause}" for key in keys for one in reading.changes.of_order(key)
    ]
    lines += ["", "Что было"] if happened else []
    lines += [f"  {_local(event.at, calendar)}  {event.text}" for event in happened]
    coming = to_come((item for found in items.values() for item in found), calendar)
    if coming:
        lines += ["", "Что дальше, если ничего не делать"]
        lines += [f"  {_local(event.at, calendar)}  {event.text}" for event in coming]
    if unreadable:
        lines += ["", f"Почему так: решение в базе не читается: {unreadable}"]
    if decision:
        last = decisions[-1]
        lines += ["", f"Почему так: решено {_local(last.decided_at, calendar)}, политика {last.policy_version[:19]}"]
        lines += [f"  {line}" for line in story(decision)]
    told = {
        "document": key,
        "decision": decision_json(decision) if decision else None,
        "orders": [order_json(order) for order in orders],
        "points": [_point_json(point) for point in points],
        "coming": [{"at": event.at.isoformat(), "what": event.text} for event in coming],
    }
    return told, "\n".join(lines)


def _standing(order: StoredOrder, calendar: WorkCalendar) -> Iterator[str]:
    due = f"срок {_local(order.due_at, calendar)}" if order.due_at else "без срока"
    extended = f", продлено раз: {order.extensions}" if order.extensions else ""
    number = f"поручение {order.internal_id or '—'} в системе {order.system}"
    yield f"{number}: {order.lead}, {due}{extended}, {STATES[OrderState(order.state)]}"


def _point_json(point: FiredPoint) -> dict[str, Any]:
    return {
        "kind": point.kind.value,
        "rung": point.rung,
        "planned_at": point.planned_at.isoformat(),
        "fired_at": point.fired_at.isoformat(),
        "to": {"ref": point.to_ref, "person": point.person},
        "late": point.late,
        "fate": point.fate.value,
    }


def _local(moment: datetime, calendar: WorkCalendar) -> str:
    return f"{moment.astimezone(calendar.zone):%d.%m.%Y %H:%M}"


def order_json(order: StoredOrder) -> dict[str, object]:
    """Return an order for programs."""
    return {
        "key": order.key,
        "system": order.system,
        "document": order.title,
        "lead": order.lead,
        "unit": order.unit,
        "controller": order.controller,
        "text": order.text,
        "due_at": order.due_at.isoformat() if order.due_at else None,
        "due_on": order.due_on.isoformat() if order.due_on else None,
        "first_due_at": order.first_due_at.isoformat() if order.first_due_at else None,
        "extensions": order.extensions,
        "rule": order.rule,
        "act": order.act,
        "clause": order.clause,
        "state": order.state,
        "internal_id": order.internal_id,
        "priority": order.priority,
        "slots": slots_in(order.slots),
    }


def _row(order: StoredOrder) -> tuple[str, ...]:
    due = f"{order.due_on:%d.%m.%Y}" if order.due_on else "—"
    return (
        _titled(order.title, _priority(order)),
        order.lead,
        due,
        order.text,
        order.basis,
        STATES[OrderState(order.state)],
    )


def _priority(order: StoredOrder) -> str:
    return "" if order.priority is None else str(order.priority)


def _titled(title: str, priority: str) -> str:
    """Return how people call an order in a narrow table: its priority stands below."""
    return f"{title}\nприор. {priority}" if priority else title
