"""Decision tables: a row of a CSV or XLSX sheet becomes the same tree as a rule in YAML, its cells the positions."""

from __future__ import annotations

import csv
import errno
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import zip_longest
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from poruchik.files import read_bounded
from poruchik.policy.problems import Position, Problems
from poruchik.policy.source import ListNode, MapNode, Node, Scalar, read_text

SUFFIXES = (".csv", ".xlsx")
REFUSED_SUFFIXES = (".xls", ".xlsm", ".xlsb", ".ods")
MAX_BYTES = 10_000_000
MAX_UNPACKED = 25_000_000
"""Bytes of a workbook: openpyxl takes some thirty times as many of memory."""
_GHOSTS = "удалите пустые строки и столбцы за таблицей, или разделите её"
MAX_ROWS, MAX_COLUMNS = 20_000, 200
_BASIS = re.compile(r"\s*([^,]+?)\s*,\s*(?:п\.?|пункт)?\s*(.+?)\s*", re.IGNORECASE)
_RULE, _GROUND, _IF, _THEN = "правило", "основание", "если", "то"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table as a text; empty is «»."""

    text: str
    position: Position
    formula: bool = False


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Rows of cells as texts; a cell that is empty is «»."""

    name: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class _Column:
    """The path of keys that a header names; `again`: another column has named it already."""

    path: tuple[str, ...]
    position: Position
    again: bool


@dataclass(slots=True)
class _Branch:
    """A mapping that grows while the cells of a row are laid into it."""

    name: Scalar
    children: dict[str, _Branch] = field(default_factory=dict)
    leaf: Node | None = None


class _Refused(Exception):
    """The file cannot be used; the problem is noted."""


def read_table(path: Path, problems: Problems) -> Node | None:
    """Read the rules of a file's tables as a rules file; None after noting that there are none."""
    read = _sheets(path, problems)
    if not read:
        return None
    start = Position(str(path))
    rules = [rule for sheet in read for rule in _rules(sheet, problems)]
    if not any(_is_table(sheet) for sheet in read):
        problems.warning(
            start,
            "таблица",
            "в файле нет таблицы правил",
            why="в первой строке нет столбцов «если: …» и «то: …»",
            remedy="назовите столбцы так или уберите файл из папки правил",
        )
        return None
    return MapNode(((Scalar("правила", start), ListNode(tuple(rules), start)),), start)


def sheets(path: Path) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield the decision tables of a file as they are written: a name, and the rows, the header first."""
    for sheet in _sheets(path, Problems()):
        if _is_table(sheet):
            width = len(sheet.rows[0])
            rows = [tuple(cell.text for cell in row[:width]) for row in sheet.rows]
            yield sheet.name, [row + ("",) * (width - len(row)) for row in rows if any(row)]


def read_cells(path: Path, problems: Problems) -> Sequence[Sequence[Cell]]:
    """Return the rows of the first sheet of a file, the header first; nothing after noting why it cannot be read."""
    read = _sheets(path, problems)
    return read[0].rows if read else ()


def _sheets(path: Path, problems: Problems) -> list[_Sheet]:
    """Read a file; nothing after noting that it cannot be used."""
    try:
        return list(_csv(path, problems) if path.suffix.lower() == ".csv" else _xlsx(path, problems))
    except _Refused:
        return []


def written(position: Position) -> list[str]:
    """Return the row of a table at a position as it is written, «header: value» a line."""
    for sheet in _sheets(Path(position.file), Problems()):
        for row in sheet.rows if _is_table(sheet) else ():
            if any(cell.position == position for cell in row):
                return [
                    f"{name.text}: {cell.text}" for name, cell in zip(sheet.rows[0], row, strict=False) if cell.text
                ]
    return []


def refuse_table(path: Path, problems: Problems) -> None:
    """Note a spreadsheet of a kind that is not read."""
    problems.error(Position(str(path)), "таблица", "такие таблицы не читаются", remedy="сохраните как XLSX или CSV")


# --- rows ----------------------------------------------------------------------------------------


def _is_table(sheet: _Sheet) -> bool:
    return bool(sheet.rows) and any(_path(cell.text)[:1] in ((_IF,), (_THEN,)) for cell in sheet.rows[0])


def _path(header: str) -> tuple[str, ...]:
    """Return the path of keys that a header names: «то: срок: длительность»."""
    return tuple(" ".join(part.split()) for part in header.split(":") if part.strip())


def _rules(sheet: _Sheet, problems: Problems) -> Iterator[MapNode]:
    if not _is_table(sheet):
        return
    header, *rows = sheet.rows
    columns = _columns(header, problems)
    for row in rows:
        filled = [(column, cell) for column, cell in zip_longest(columns, row) if cell and cell.text.strip()]
        for column, cell in filled:
            if column is None or not column.path:
                problems.error(
                    cell.position, "столбец", "у столбца нет названия", remedy="назовите его в первой строке таблицы"
                )
        if filled:
            named = [(column, cell) for column, cell in filled if column and column.path and not column.again]
            before = len(problems.found)
            rule = _rule(sheet, named, row, problems)
            if len(problems.found) == before and not any(cell.formula for cell in row):
                yield rule  # what else is wrong with it would only follow from what is told already


def _columns(header: Sequence[Cell], problems: Problems) -> list[_Column]:
    seen: set[tuple[str, ...]] = set()
    columns = []
    for cell in header:
        path = _path(cell.text)
        again = bool(path) and path in seen
        if again:
            problems.error(
                cell.position, "повтор-столбца", f"столбец «{cell.text}» уже есть", remedy="оставьте один столбец"
            )
        seen.add(path)
        columns.append(_Column(path, cell.position, again))
    return columns


def _rule(sheet: _Sheet, cells: list[tuple[_Column, Cell]], row: Sequence[Cell], problems: Problems) -> MapNode:
    at = row[0].position
    root = _Branch(Scalar("", at))
    for column, cell in cells:
        node = _value(cell, problems)
        if column.path == (_GROUND,):
            node = _basis(cell, problems) or node
        _lay(root, column, cell, node, problems)
    if _RULE not in root.children:
        name = Scalar(f"{sheet.name}-{at.line}", at)
        root.children[_RULE] = _Branch(Scalar(_RULE, at), leaf=name)
    if _IF not in root.children:
        root.children[_IF] = _Branch(Scalar(_IF, at), leaf=Scalar("всегда", at))
    return MapNode(tuple((one.name, _grown(one, at)) for one in root.children.values()), at)


def _lay(root: _Branch, column: _Column, cell: Cell, node: Node, problems: Problems) -> None:
    branch = root
    for part in column.path:
        if branch.leaf is not None:
            break
        branch = branch.children.setdefault(part, _Branch(Scalar(part, column.position)))
    if branch.leaf is not None or branch.children:
        problems.error(
            cell.position,
            "столбцы-спорят",
            f"«{': '.join(column.path)}» уже задано другим столбцом этой строки",
            remedy="оставьте значение в одном из них",
        )
        return
    branch.leaf = node


def _grown(branch: _Branch, at: Position) -> Node:
    if branch.leaf is not None:
        return branch.leaf
    return MapNode(tuple((one.name, _grown(one, at)) for one in branch.children.values()), at)


def _basis(cell: Cell, problems: Problems) -> Node | None:
    """Read «приказ-269, п. 8.3.2» as act and clause."""
    if cell.text.lstrip().startswith("{"):
        return None
    found = _BASIS.fullmatch(cell.text)
    if found is None:
        problems.error(
            cell.position, "основание", f"«{cell.text}» — не акт и пункт", remedy="напишите «приказ-269, п. 8.3.2»"
        )
        return None
    words = (("акт", found[1]), ("пункт", found[2]))
    return MapNode(
        tuple((Scalar(name, cell.position), Scalar(word, cell.position)) for name, word in words), cell.position
    )


def _value(cell: Cell, problems: Problems) -> Node:
    """Read a cell: one value, several with «|», or a piece of YAML in brackets or quotes."""
    text = cell.text.strip()
    if text[:1] in ("{", "[", '"', "'"):
        found = Problems()
        node = read_text(text, "", found)
        for problem in found:
            problems.error(cell.position, problem.code, problem.what, why=problem.why, remedy=problem.remedy)
        return _placed(node, cell.position) if node is not None else Scalar(text, cell.position, null=True)
    if "|" in text:
        items = (part.strip() for part in text.split("|"))
        return ListNode(tuple(Scalar(item, cell.position, null=not item) for item in items), cell.position)
    return Scalar(text, cell.position)


def _placed(node: Node, position: Position) -> Node:
    """Return a piece of YAML with the cell as the position of all its parts."""
    if isinstance(node, Scalar):
        return Scalar(node.text, position, node.null)
    if isinstance(node, ListNode):
        return ListNode(tuple(_placed(item, position) for item in node.items), position)
    entries = ((Scalar(name.text, position), _placed(value, position)) for name, value in node.entries)
    return MapNode(tuple(entries), position)


# --- files ---------------------------------------------------------------------------------------


def _refuse(position: Position, what: str, remedy: str, problems: Problems, code: str = "таблица") -> _Refused:
    problems.error(position, code, what, remedy=remedy)
    return _Refused()


def _read_bytes(path: Path, problems: Problems) -> bytes:
    try:
        return read_bounded(path, MAX_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            what = f"файл больше {MAX_BYTES // 1_000_000} МБ"
            raise _refuse(Position(str(path)), what, "разделите его", problems) from None
        raise _refuse(
            Position(str(path)), f"файл не открывается: {error.strerror}", "проверьте имя и права", problems, "файл"
        ) from None


def _csv(path: Path, problems: Problems) -> Iterator[_Sheet]:
    """Read CSV as Excel writes it in Russia: «;» or «,», UTF-8 or Windows-1251."""
    data = _read_bytes(path, problems)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1251", errors="replace")
    if "\x00" in text or "\ufffd" in text:
        raise _refuse(Position(str(path)), "это не текст CSV", "сохраните таблицу как CSV UTF-8", problems, "кодировка")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            rows.append(tuple(_csv_cell(path, line, number, value) for number, value in enumerate(cells, start=1)))
            line = reader.line_num + 1
            _within(path, len(rows), len(cells), problems)
    except csv.Error as error:
        what = "не закрыта кавычка" if "unexpected end" in str(error) else "строка не разбирается как CSV"
        raise _refuse(Position(str(path), line), what, "сохраните таблицу из Excel заново", problems) from None
    yield _Sheet(path.stem, rows)


def _csv_cell(path: Path, line: int, column: int, value: str) -> Cell:
    return Cell(value, Position(str(path), line, column, f"{get_column_letter(column)}{line}"))


def _within(path: Path, rows: int, columns: int, problems: Problems) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise _refuse(
            Position(str(path)), f"больше {MAX_ROWS} строк или {MAX_COLUMNS} столбцов", "разделите таблицу", problems
        )


def _xlsx(path: Path, problems: Problems) -> Iterator[_Sheet]:
    start = Position(str(path))
    data = _read_bytes(path, problems)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = {entry.filename for entry in packed.infolist()}
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if "xl/vbaProject.bin" in names:
            raise _refuse(start, "в таблице макросы", "сохраните её как XLSX без макросов", problems)
        if unpacked > MAX_UNPACKED:
            raise _refuse(start, "таблица слишком велика после распаковки", _GHOSTS, problems)
        book = openpyxl.load_workbook(io.BytesIO(data))
    except _Refused:
        raise
    except Exception:  # noqa: BLE001 — openpyxl raises whatever its reading of a spoiled file ends with
        raise _refuse(start, "это не таблица XLSX", "сохраните её из Excel заново", problems) from None
    for page in book.worksheets:
        yield _Sheet(page.title, _rows(path, page, problems))


def _rows(path: Path, page: Any, problems: Problems) -> list[tuple[Cell, ...]]:
    """Return the cells of a page as texts; merged cells and formulas are refused."""
    _within(path, page.max_row or 0, page.max_column or 0, problems)
    cells = [tuple(_xlsx_cell(path, page.title, cell) for cell in row) for row in page.iter_rows()]
    if not _is_table(_Sheet(page.title, cells)):
        return cells
    for cell in (cell for row in cells for cell in row if cell.formula):
        problems.error(
            cell.position,
            "формула",
            "в ячейке формула",
            why="её значение не видно без Excel",
            remedy="вставьте значение вместо формулы",
        )
    for merged in page.merged_cells.ranges:
        problems.error(
            _at(path, page.title, merged.min_row, merged.min_col),
            "объединённые-ячейки",
            f"ячейки {merged.coord} объединены",
            why="непонятно, к каким строкам относится значение",
            remedy="разъедините их и впишите значение в каждую строку",
        )
    return cells


def _xlsx_cell(path: Path, sheet: str, cell: Any) -> Cell:
    position = _at(path, sheet, cell.row, cell.column)
    if cell.data_type == "f":
        return Cell("", position, formula=True)
    return Cell(_text(cell.value), position)


def _at(path: Path, sheet: str, row: int, column: int) -> Position:
    return Position(str(path), row, column, f"{sheet}!{get_column_letter(column)}{row}")


def _text(value: object) -> str:
    """Return a cell's value as an author would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def tables(folder: Path) -> Iterable[Path]:
    """Return the spreadsheets of a pack; what Excel keeps while a file is open is none."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in (*SUFFIXES, *REFUSED_SUFFIXES))
    return sorted(path for path in found if not path.name.startswith(("~$", ".")))
