"""Reading spreadsheets as they come: a file becomes sheets of cells, each a text with its place and how it was stored.

CSV comes with any of three separators, a line `sep=;`, any line ends and any encoding that Russian is written in; XLSX
with numbers and dates where a text was meant, hidden rows, ghosts of formats, macros and bombs.
"""

from __future__ import annotations

import csv
import errno
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from poruchik.files import read_bounded
from poruchik.morphology import dictionary
from poruchik.policy.problems import Position, Problems

MAX_BYTES = 10_000_000
MAX_UNPACKED = 25_000_000
"""Bytes of a workbook: openpyxl takes some thirty times as many of memory."""
MAX_ROWS, MAX_COLUMNS = 20_000, 200
HEAD = 20
"""Rows within which a header is looked for: titles and notes may stand above it."""
KEY = re.compile(r"\s*(если|то)\s*:", re.IGNORECASE)
"""How a column of a decision table is named."""
_GHOSTS = "удалите пустые строки и столбцы за таблицей, или разделите её"
_ENCODINGS = ("cp1251", "cp866", "koi8-r", "mac_cyrillic")
_WORDS, _SHORTEST = 300, 3
"""So many words show the encoding of a text; shorter ones show nothing."""
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_ERROR = re.compile(
    r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|Н/Д|ССЫЛКА!|ЗНАЧ!|ДЕЛ/0!|ИМЯ\?|ЧИСЛО!|ПУСТО!|ПЕРЕНОС!|ВЫЧИСЛ!)"
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_STRICT = b"http://purl.oclc.org/ooxml/"
NUMBER, DAY = "число", "дата"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table as a text; empty is «». `stored`: a number or a date, whose text its author did not type."""

    text: str
    position: Position
    formula: bool = False
    stored: str = ""

    @property
    def is_error(self) -> bool:
        """Tell whether a formula has failed here."""
        return bool(_ERROR.fullmatch(self.text.strip()))


@dataclass(frozen=True, slots=True)
class CellSheet:
    """Rows of cells, the empty ones at the end left out."""

    name: str
    position: Position
    rows: Sequence[Sequence[Cell]]
    merged: tuple[tuple[str, Position], ...] = ()
    """Ranges of merged cells, and where each begins."""

    @property
    def empty(self) -> bool:
        """Tell whether nothing stands in it."""
        return not any(cell.text.strip() for row in self.rows for cell in row)


class _Refused(Exception):
    """The file cannot be used; the problem is noted."""


def read_sheets(path: Path, problems: Problems) -> list[CellSheet]:
    """Read a file; nothing after noting that it cannot be used."""
    try:
        return list(_csv(path, problems) if path.suffix.lower() == ".csv" else _xlsx(path, problems))
    except _Refused:
        return []


def refuse_table(path: Path, problems: Problems) -> None:
    """Note a spreadsheet of a kind that is not read."""
    problems.error(Position(str(path)), "таблица", "такие таблицы не читаются", remedy="сохраните как XLSX или CSV")


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


def _within(path: Path, rows: int, columns: int, problems: Problems) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise _refuse(
            Position(str(path)), f"больше {MAX_ROWS} строк или {MAX_COLUMNS} столбцов", "разделите таблицу", problems
        )


# --- CSV ------------------------------------------------------------------------------------------


def _csv(path: Path, problems: Problems) -> Iterator[CellSheet]:
    """Read CSV by the separator that makes a table of it."""
    data, start = _read_bytes(path, problems), Position(str(path))
    text, encoding = _decoded(data)
    if "\x00" in text or "\ufffd" in text:
        raise _refuse(start, "это не текст CSV", "сохраните таблицу как CSV UTF-8", problems, "кодировка")
    if encoding not in ("utf-8-sig", "cp1251"):
        problems.note(start, "кодировка", f"файл прочитан в кодировке {encoding}")
    named = re.match(r"sep=(.)(?:\r\n|\r|\n)", text)
    body, skipped = (text[named.end() :], 1) if named else (text, 0)
    read, failures = list[list[Sequence[Cell]]](), list[csv.Error]()
    for separator in [named[1]] if named else [";", "\t", ","]:
        one = _parsed(path, body, separator, skipped, problems)
        failures.append(one) if isinstance(one, csv.Error) else read.append(one)
    if not read:
        words, line = failures[0].args
        what = "не закрыта кавычка" if "unexpected end" in words else "строка не разбирается как CSV"
        raise _refuse(Position(str(path), line), what, "сохраните таблицу из Excel заново", problems)
    yield CellSheet(path.stem, start, max(read, key=_table_like))


def _parsed(
    path: Path, text: str, separator: str, skipped: int, problems: Problems
) -> list[Sequence[Cell]] | csv.Error:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Sequence[Cell]] = []
    line = 1
    try:
        for cells in reader:
            rows.append(
                tuple(_csv_cell(path, line + skipped, number, value) for number, value in enumerate(cells, start=1))
            )
            line = reader.line_num + 1
            _within(path, len(rows), len(cells), problems)
    except csv.Error as error:
        return csv.Error(str(error), line + skipped)
    return rows


def _table_like(rows: Sequence[Sequence[Cell]]) -> tuple[int, int]:
    """Return how much a reading looks like a table: named columns in one row, else the columns of the first row."""
    head = [row for row in rows if any(cell.text.strip() for cell in row)][:HEAD]
    named = max((sum(bool(KEY.match(cell.text)) for cell in row) for row in head if len(row) > 1), default=0)
    return named, len(head[0]) if head else 0


def _letters(column: int) -> str:
    """Return what a spreadsheet calls a column: 1 is «A», 27 «AA»."""
    before, last = divmod(column - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + last)


def _csv_cell(path: Path, line: int, column: int, value: str) -> Cell:
    return Cell(unicodedata.normalize("NFC", value), Position(str(path), line, column, f"{_letters(column)}{line}"))


def _decoded(data: bytes) -> tuple[str, str]:
    """Return the text and its encoding: the one in which it is Russian."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8-sig"
    except UnicodeDecodeError:
        read = {encoding: data.decode(encoding, errors="replace") for encoding in _ENCODINGS}
        best = max(_ENCODINGS, key=lambda encoding: _russian(read[encoding]))
        return read[best], best


def _russian(text: str) -> float:
    """Return which share of the words of a text are Russian words, as people write them."""
    words = [word for word in re.findall(r"[^\W\d_]+", text[:100_000]) if len(word) >= _SHORTEST][:_WORDS]
    known = sum(
        (word.islower() or word.isupper() or word.istitle()) and dictionary().word_is_known(word) for word in words
    )
    strange = len(re.findall(r"[^\w\s\x20-\x7e«»—–№…“”„’]", text[:100_000]))
    return float(known - strange) / max(len(words), 1)


# --- XLSX -----------------------------------------------------------------------------------------


def _xlsx(path: Path, problems: Problems) -> Iterator[CellSheet]:
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
            if "xl/workbook.xml" in names and _STRICT in packed.read("xl/workbook.xml"):
                what = "таблица сохранена как «Строгая книга Open XML»"
                raise _refuse(start, what, "сохраните её как «Книга Excel (*.xlsx)»", problems)
        import openpyxl  # noqa: PLC0415 — most sets have no workbook, and it takes longer than reading them

        book = openpyxl.load_workbook(io.BytesIO(data))
    except _Refused:
        raise
    except Exception:  # noqa: BLE001 — openpyxl raises whatever its reading of a spoiled file ends with
        raise _refuse(start, "это не таблица XLSX", "сохраните её из Excel заново", problems) from None
    for page in book.worksheets:
        merged = tuple((one.coord, _at(path, page.title, one.min_row, one.min_col)) for one in page.merged_cells.ranges)
        sheet = CellSheet(page.title, _at(path, page.title, 1, 1), _rows(path, page, problems), merged)
        if not sheet.empty:
            _tell_hidden(path, page, sheet, problems)
        yield sheet


def _rows(path: Path, page: Any, problems: Problems) -> list[Sequence[Cell]]:
    """Return the cells of a page as texts. What only has a format is no cell: it may stand a million rows below."""
    used = {(cell.row, cell.column): cell for cell in page._cells.values() if cell.value is not None}
    height, width = max((row for row, _ in used), default=0), max((column for _, column in used), default=0)
    _within(path, height, width, problems)
    return [
        tuple(_xlsx_cell(path, page.title, row, column, used.get((row, column))) for column in range(1, width + 1))
        for row in range(1, height + 1)
    ]


def _tell_hidden(path: Path, page: Any, sheet: CellSheet, problems: Problems) -> None:
    """Note what an author does not see, or has struck out, and what is read all the same."""
    if page.sheet_state != "visible":
        problems.warning(
            sheet.position, "скрыто", f"лист «{page.title}» скрыт, а читается", remedy="откройте его или удалите"
        )
    rows = [number for number, row in enumerate(sheet.rows, start=1) if any(cell.text.strip() for cell in row)]
    hidden = [number for number in rows if page.row_dimensions[number].hidden]
    struck = [number for number in rows if _is_struck(page, number)]
    for numbers, what in ((hidden, "скрыты"), (struck, "зачёркнуты")):
        if numbers:
            told = ", ".join(map(str, numbers[:10])) + ("…" if len(numbers) > 10 else "")
            problems.warning(
                _at(path, page.title, numbers[0], 1),
                "скрыто",
                f"строки {what}, а читаются: {told}",
                remedy="удалите их, если они не нужны",
            )


def _is_struck(page: Any, row: int) -> bool:
    """Tell whether everything in a row is struck out."""
    cells = [cell for cell in page[row] if cell.value is not None]
    return bool(cells) and all(cell.has_style and cell.font.strike for cell in cells)


def _xlsx_cell(path: Path, sheet: str, row: int, column: int, cell: Any) -> Cell:
    position = _at(path, sheet, row, column)
    if cell is None:
        return Cell("", position)
    if cell.data_type == "f":
        return Cell("", position, formula=True)
    return Cell(_text(cell.value), position, stored=_stored(cell))


def _stored(cell: Any) -> str:
    """Return as what a value is stored that may have been typed otherwise; «» for a text or a plain whole number."""
    value = cell.value
    if isinstance(value, date | time):
        return DAY
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "" if float(value).is_integer() and cell.number_format in ("General", "0", "@") else NUMBER


def _at(path: Path, sheet: str, row: int, column: int) -> Position:
    return Position(str(path), row, column, f"{sheet}!{_letters(column)}{row}")


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
    if isinstance(value, date | time):
        return value.isoformat()
    # As Excel keeps what XML cannot hold: a carriage return is a line break, all else shows as what it is.
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unicodedata.normalize("NFC", str(value)))
    return text.replace("\r\n", "\n").replace("\r", "\n")
