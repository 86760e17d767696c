"""Decision tables: a row of a CSV or XLSX sheet becomes the same tree as a rule in YAML, its cells the positions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from poruchik.policy.problems import Position, Problems
from poruchik.policy.source import ListNode, MapNode, Node, Scalar, read_text
from poruchik.policy.spreadsheet import HEAD, KEY, Cell, CellSheet, read_sheets

_BASIS = re.compile(r"\s*([^,]+?)\s*,\s*(?:(?:п\.|пункт\b|п(?=\s*\d))\s*(?=\d))?(.+?)\s*", re.IGNORECASE)
_RULE, _GROUND, _IF, _THEN = "правило", "основание", "если", "то"
_SURPLUS = "уберите лишний разделитель в строке или назовите столбец; текст с разделителем внутри возьмите в кавычки"
_EXPLANATIONS = ("пояснени", "примечани", "справк")
"""How a sheet begins to be called that holds no rules."""


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


def read_table(path: Path, attributes: Collection[str], problems: Problems) -> Node | None:
    """Read the rows of a file's tables as a rules file; None after noting that there are none."""
    start, before = Position(str(path)), problems.spoiled
    read = [sheet for sheet in read_sheets(path, problems) if not sheet.empty]
    if not read and problems.spoiled == before:
        problems.error(start, "лист", "в файле ничего нет", remedy="удалите его или заполните")
    rules: list[Node] = []
    for sheet in read:
        head = _head(sheet)
        if head is None:
            if not _is_explanation(sheet, path):
                _lacks_header(sheet, problems)
            continue
        _check_cells(sheet, problems)
        rules += _rules(sheet, head, attributes, problems)
    return MapNode(((Scalar("правила", start), ListNode(tuple(rules), start)),), start) if rules else None


def sheets(path: Path) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield the decision tables of a file as they are written: a name, and the rows, the header first."""
    for sheet in read_sheets(path, Problems()):
        head = _head(sheet)
        if head is not None:
            width = len(sheet.rows[head])
            rows = [tuple(cell.text for cell in row[:width]) for row in sheet.rows[head:]]
            yield sheet.name, [row + ("",) * (width - len(row)) for row in rows if any(row)]


def read_cells(path: Path, problems: Problems) -> Sequence[Sequence[Cell]]:
    """Return the rows of the first sheet of a file, the header first; nothing after noting why it cannot be read."""
    read = read_sheets(path, problems)
    return read[0].rows if read else ()


def written(position: Position) -> list[str]:
    """Return the row of a table at a position as it is written, «header: value» a line."""
    for sheet in read_sheets(Path(position.file), Problems()):
        head = _head(sheet)
        for row in sheet.rows if head is not None else ():
            if any(cell.position == position for cell in row):
                names = sheet.rows[head or 0]
                return [f"{name.text}: {cell.text}" for name, cell in zip(names, row, strict=False) if cell.text]
    return []


# --- sheets ---------------------------------------------------------------------------------------


def _head(sheet: CellSheet) -> int | None:
    """Return the row that names the columns, counted from 0; None of a sheet that is no decision table."""
    return next((n for n, row in enumerate(sheet.rows[:HEAD]) if any(KEY.match(cell.text) for cell in row)), None)


def _is_explanation(sheet: CellSheet, path: Path) -> bool:
    names = [sheet.name, path.stem] if path.suffix.lower() == ".csv" else [sheet.name]
    return any(name.strip().casefold().startswith(_EXPLANATIONS) for name in names)


def _lacks_header(sheet: CellSheet, problems: Problems) -> None:
    problems.error(
        sheet.position,
        "лист",
        f"«{sheet.name}» не прочитан: нет строки с названиями столбцов «если: …» и «то: …»",
        why=f"её ищут в первых {HEAD} строках",
        remedy="назовите столбцы; если это не правила, назовите лист «Пояснения» или уберите его",
    )


def _check_cells(sheet: CellSheet, problems: Problems) -> None:
    """Refuse what shows a value that is not its own."""
    for cell in (cell for row in sheet.rows for cell in row):
        if cell.formula:
            problems.error(
                cell.position,
                "формула",
                "в ячейке формула",
                why="её значение не видно без Excel",
                remedy="вставьте значение вместо формулы",
            )
        elif cell.is_error:
            what = f"в ячейке ошибка Excel: {cell.text.strip()}"
            problems.error(cell.position, "ошибка-в-ячейке", what, remedy="впишите значение")
    for coordinates, position in sheet.merged:
        problems.error(
            position,
            "объединённые-ячейки",
            f"ячейки {coordinates} объединены",
            why="непонятно, к каким строкам относится значение",
            remedy="разъедините их и впишите значение в каждую строку",
        )


# --- rows ----------------------------------------------------------------------------------------


def _path(header: str, attributes: Collection[str]) -> tuple[str, ...]:
    """Return the path of keys that a header names: «то: срок: длительность».

    Excel makes the first letter of a cell a capital: a word of the language has none, an attribute where the dictionary
    has it without.
    """
    parts = [" ".join(part.split()) for part in header.split(":") if part.strip()]
    if not parts:
        return ()
    first, *rest = parts
    if first.lower() == _THEN:
        return (_THEN, *(part.lower() for part in rest))
    if first.lower() == _IF:
        return (
            _IF,
            *(_lower_if_known(part, attributes) for part in rest),
        )
    return (first.lower(), *rest)


def _lower_if_known(name: str, attributes: Collection[str]) -> str:
    return name.lower() if name not in attributes and name.lower() in attributes else name


def _rules(sheet: CellSheet, head: int, attributes: Collection[str], problems: Problems) -> Iterator[MapNode]:
    header, rows = sheet.rows[head], sheet.rows[head + 1 :]
    columns = _columns(header, attributes, problems)
    for row in rows:
        before = problems.spoiled
        filled = [(column, cell) for column, cell in zip_longest(columns, row) if cell and cell.text.strip()]
        nameless = [cell for column, cell in filled if column is None or not column.path]
        if nameless:
            problems.error(
                nameless[0].position,
                "столбец",
                f"«{nameless[0].text.strip()[:60]}» стоит в столбце без названия",
                remedy=_SURPLUS
                if Path(sheet.position.file).suffix.lower() == ".csv"
                else "назовите столбец или очистите ячейку",
            )
        if filled:
            named = [(column, cell) for column, cell in filled if column and column.path and not column.again]
            rule = _rule(sheet, named, row, problems)
            spoiled = any(cell.formula or cell.is_error for cell in row)
            if problems.spoiled > before or spoiled:
                problems.unread.update(cell.text.strip() for column, cell in named if column.path == (_RULE,))
            else:
                yield rule  # what else is wrong with it would only follow from what is told already


def _columns(header: Sequence[Cell], attributes: Collection[str], problems: Problems) -> list[_Column]:
    seen: set[tuple[str, ...]] = set()
    columns = []
    for cell in header:
        path = _path(cell.text, attributes)
        again = bool(path) and path in seen
        if again:
            problems.error(
                cell.position, "повтор-столбца", f"столбец «{cell.text}» уже есть", remedy="оставьте один столбец"
            )
        seen.add(path)
        columns.append(_Column(path, cell.position, again))
    return columns


def _rule(sheet: CellSheet, cells: list[tuple[_Column, Cell]], row: Sequence[Cell], problems: Problems) -> MapNode:
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
    return Scalar(text, cell.position, stored=cell.stored)


def _placed(node: Node, position: Position) -> Node:
    """Return a piece of YAML with the cell as the position of all its parts."""
    if isinstance(node, Scalar):
        return Scalar(node.text, position, node.null)
    if isinstance(node, ListNode):
        return ListNode(tuple(_placed(item, position) for item in node.items), position)
    entries = ((Scalar(name.text, position), _placed(value, position)) for name, value in node.entries)
    return MapNode(tuple(entries), position)
