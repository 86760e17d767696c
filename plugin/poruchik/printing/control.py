"""What is printed of the control of execution: the pack for the operative meeting, the report on results (п. 35)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from poruchik.model.order import citation
from poruchik.model.standing import Outcome, StoredOrder, outcome_of
from poruchik.printing.content import NO_TABLE, Printed, PrintedTable

Row = tuple[str, ...]
ORDER_COLUMNS = ("Подразделение", "Документ", "Кому", "Срок", "Осталось", "Поручение")
_WIDTHS = (3.4, 1.8, 2.4, 2.2, 2.6, 4.6)
_HEADS = {
    Outcome.IN_TIME: "в срок",
    Outcome.EXTENDED: "продлено",
    Outcome.LATE: "опоздали",
    Outcome.OPEN: "в работе",
    Outcome.OVERDUE: "просрочено",
    Outcome.CANCELLED: "отменено",
}
_COUNT_WIDTHS = (3.6, 1.3, 1.8, 1.8, 1.7, 2.1, 1.8, 1.4, 1.5)
_EMPTY_DECISIONS = 8
_DONE_IN_TIME = (Outcome.IN_TIME, Outcome.EXTENDED)


def meeting_pack(on: datetime, lists: Mapping[str, Sequence[Row]], units: Sequence[Row]) -> Printed:
    """Return the pack for a meeting: by unit, then each list of orders, then room for what is decided.

    `lists` have rows of `ORDER_COLUMNS` by title; `units` rows (unit, open, overdue, at risk).
    """
    decisions = tuple((str(number), "", "", "") for number in range(1, _EMPTY_DECISIONS + 1))
    return Printed(
        title=f"К оперативному совещанию {on:%d.%m.%Y}",
        facts=tuple((title, str(len(rows))) for title, rows in lists.items()),
        acts=(),
        terms=PrintedTable(
            "По подразделениям", ("Подразделение", "Открыто", "Просрочено", "Может опоздать"), tuple(units),
            (8.0, 3.0, 3.0, 3.0),
        ),
        tables=(
            *(PrintedTable(title, ORDER_COLUMNS, tuple(rows), _WIDTHS) for title, rows in lists.items()),
            PrintedTable("Решения", ("№", "Что поручено", "Кому", "Срок"), decisions, (1.0, 9.0, 4.0, 3.0)),
        ),
        signatures=("Вёл совещание",),
    )  # fmt: skip


def results_report(since: date, until: date, orders: Sequence[StoredOrder], now: datetime) -> Printed:
    """Return the report on the orders whose term ended in a period: discipline by unit and by act, and who was late."""
    told = [(order, outcome_of(order, now)) for order in orders]
    late = [order for order, outcome in told if outcome in (Outcome.LATE, Outcome.OVERDUE)]

    def table(title: str, first: str, name: Callable[[StoredOrder], str]) -> PrintedTable:
        columns = (first, *_HEADS.values(), "всего", "в срок")
        return PrintedTable(title, columns, tuple(_counted(told, name)), _COUNT_WIDTHS)

    return Printed(
        title=f"Итоги исполнения поручений со сроком с {since:%d.%m.%Y} по {until:%d.%m.%Y}",
        facts=(
            ("Поручений", str(len(told))),
            ("Исполнено в срок", share_in_time(outcome for _, outcome in told)),
            ("Показано на", f"{now:%d.%m.%Y}"),
        ),
        acts=(),
        terms=table("По подразделениям", "Подразделение", lambda order: order.unit or "—"),
        tables=(
            table("По основаниям срока", "Акт и пункт", _basis),
            PrintedTable(
                "Опоздали",
                ("Подразделение", "Документ", "Кому", "Срок", "Поручение"),
                tuple(_late_row(order) for order in late),
                (3.6, 2.0, 2.8, 2.2, 6.4),
            ) if late else NO_TABLE,
        ),
        signatures=("Подготовил", "Утвердил"),
    )  # fmt: skip


def _basis(order: StoredOrder) -> str:
    return citation(order.deadline_act, order.deadline_clause)


def _late_row(order: StoredOrder) -> Row:
    due = f"{order.due_on:%d.%m.%Y}" if order.due_on else ""
    return order.unit, order.title, order.lead, due, order.text


def share_in_time(outcomes: Iterable[Outcome]) -> str:
    """Return which part of what is over was done in time: «93 %», «—» when nothing is over."""
    counted = Counter(outcomes)
    over = sum(counted[one] for one in (*_DONE_IN_TIME, Outcome.LATE, Outcome.OVERDUE))
    return f"{100 * sum(counted[one] for one in _DONE_IN_TIME) / over:.0f} %" if over else "—"


def _counted(told: Sequence[tuple[StoredOrder, Outcome]], name: Callable[[StoredOrder], str]) -> Iterable[Row]:
    groups: dict[str, list[Outcome]] = {}
    for order, outcome in told:
        groups.setdefault(name(order), []).append(outcome)
    for title, outcomes in [*sorted(groups.items()), ("всего", [outcome for _, outcome in told])]:
        counted = Counter(outcomes)
        yield (title, *(str(counted[one] or "") for one in _HEADS), str(len(outcomes)), share_in_time(outcomes))
