"""Archives of documents, cut into slices that can be read apart: JSON Lines, XML of the exchange contract, a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from lxml import etree

from poruchik.card_xml import read_card, tag
from poruchik.errors import DocumentRefused, PoruchikError
from poruchik.files import require_file
from poruchik.model.document import Document, SystemKind
from poruchik.policy.documents import placed
from poruchik.policy.lines import LineReader
from poruchik.policy.shapes import Unreadable
from poruchik.settings import read_settings
from poruchik.store.database import Store
from poruchik.xml import BadXml, parse_xml

SLICE_BYTES = 2_000_000
SLICE_CARDS = 2_000
_PIECE = 65_536
_BOM = b"\xef\xbb\xbf"
MAX_LINE = 1_000_000
"""Bytes of one line; a longer one is passed over."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A document that could not be read. `line` is its number within the slice, from 1."""

    line: int
    what: str


Read = Document | Broken | None


class Slice(Protocol):
    """A part of an archive that one worker reads. It travels between processes."""

    @property
    def size(self) -> int:
        """Of what the archive counts in."""

    def read(self, reader: LineReader) -> Iterator[Read]:
        """Yield each document, or what is wrong with it, or None where nothing stands."""


class Archive(Protocol):
    """A whole archive."""

    @property
    def noun(self) -> str:
        """What messages count its documents as: «строка», «карточка», «документ»."""

    @property
    def size(self) -> int:
        """The sum of the sizes of its slices, about: what the progress is told in."""

    def slices(self) -> Iterator[Slice]:
        """Yield the slices in the order of the archive."""


def open_archive(path: Path) -> Archive:
    """Return the archive under a path; raise PoruchikError when it is none."""
    if path.suffix.lower() == ".toml":
        return StoreArchive(path)
    try:
        if path.is_dir():
            files = sorted(path.glob("*.xml"))
            if not files:
                raise PoruchikError("в папке нет файлов .xml", where=str(path), remedy="назовите файл или папку с XML")
            return XmlArchive(tuple(files))
        size = require_file(path)
    except OSError as error:
        raise PoruchikError(f"архив не открывается: {error.strerror}", where=str(path)) from error
    return XmlArchive((path,)) if path.suffix.lower() == ".xml" else LinesArchive(path, size)


# --- JSON Lines ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinesArchive:
    """A file of JSON, a document a line."""

    path: Path
    size: int
    noun: str = "строка"

    def slices(self) -> Iterator[Slice]:
        """Yield slices of bytes; a line belongs to the slice in which it begins."""
        for start in range(0, self.size, SLICE_BYTES):
            yield LinesSlice(self.path, start, min(SLICE_BYTES, self.size - start))


@dataclass(frozen=True, slots=True)
class LinesSlice:
    """The lines that begin within some bytes of a file."""

    path: Path
    start: int
    size: int

    def read(self, reader: LineReader) -> Iterator[Read]:
        """Yield the document of each line; None for a blank one."""
        for number, line in enumerate(self._lines(), start=1):
            if len(line) > MAX_LINE:
                yield Broken(number, f"строка длиннее {MAX_LINE // 1000} КБ")
            elif line.isspace():
                yield None
            else:
                try:
                    yield reader.read(line, f"{self.start}:{number}")
                except Unreadable as error:
                    yield Broken(number, f"{error.what}; {error.remedy}" if error.remedy else error.what)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines that begin here; of one that is too long only so much that it shows."""
        end = self.start + self.size
        with self.path.open("rb") as file:
            place = len(_BOM) if not self.start and file.read(len(_BOM)) == _BOM else self.start
            if place > len(_BOM):  # the line that is under way belongs to the slice before
                file.seek(place - 1)
                place += _skip_line(file, self.size) - 1
            else:
                file.seek(place)
            while place < end:
                line = file.readline(MAX_LINE + 1)
                if not line:
                    return
                place += len(line)
                if len(line) > MAX_LINE and not line.endswith(b"\n"):
                    place += _skip_line(file, end - place)
                yield line


def _skip_line(file: BinaryIO, limit: int) -> int:
    """Read on to the end of the line, or until past the limit; return how many bytes that was."""
    skipped = 0
    while skipped <= limit:
        piece = file.readline(_PIECE)
        skipped += len(piece)
        if not piece or piece.endswith(b"\n"):
            break
    return skipped


# --- XML of the exchange contract ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class XmlArchive:
    """Files of the exchange contract, each with one card or many. They are read as they come, never whole."""

    files: tuple[Path, ...]
    noun: str = "карточка"

    @property
    def size(self) -> int:
        """Return the bytes of all files."""
        return sum(path.stat().st_size for path in self.files)

    def slices(self) -> Iterator[Slice]:
        """Yield slices of cards; raise PoruchikError for a file that is not XML."""
        cards: list[bytes] = []
        for path in self.files:
            for card in _cards(path):
                cards.append(card)
                if len(cards) >= SLICE_CARDS:
                    yield XmlSlice(tuple(cards))
                    cards = []
        if cards:
            yield XmlSlice(tuple(cards))


def _cards(path: Path) -> Iterator[bytes]:
    """Yield the XML of each card of a file."""
    try:
        with path.open("rb") as file:
            events = etree.iterparse(
                file, events=("end",), tag=tag("document"), resolve_entities=False, no_network=True, load_dtd=False
            )
            for _, card in events:
                if card.getroottree().docinfo.doctype:
                    raise BadXml("DOCTYPE не допускается")
                yield etree.tostring(card, encoding="utf-8")
                card.clear()
                parent = card.getparent()
                while parent is not None and card.getprevious() is not None:  # what was read is forgotten
                    del parent[0]
    except (etree.XMLSyntaxError, BadXml) as error:
        raise PoruchikError(f"это не XML договора обмена: {error}", where=str(path)) from None
    except OSError as error:
        raise PoruchikError(f"файл не открывается: {error.strerror}", where=str(path)) from error


@dataclass(frozen=True, slots=True)
class XmlSlice:
    """Some cards as XML."""

    cards: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Return the bytes of the cards."""
        return sum(map(len, self.cards))

    def read(self, reader: LineReader) -> Iterator[Read]:
        """Yield the document of each card."""
        for number, card in enumerate(self.cards, start=1):
            try:
                yield placed(read_card(parse_xml(card), source="xml", kind=SystemKind.SED, zone=reader.zone))
            except (DocumentRefused, BadXml) as error:
                yield Broken(number, error.what if isinstance(error, DocumentRefused) else str(error))


# --- the store of a running plugin ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoreArchive:
    """The documents that an installation has taken in, each in its last revision."""

    settings: Path
    noun: str = "документ"

    @property
    def size(self) -> int:
        """Return the number of documents."""
        with Store.to_read(read_settings(self.settings).database) as store, store.reading() as reading:
            return reading.inbox.count_documents()

    def slices(self) -> Iterator[Slice]:
        """Yield slices of cards, each read in a short transaction: the plugin may run meanwhile."""
        last = 0
        with Store.to_read(read_settings(self.settings).database) as store:
            while True:
                with store.reading() as reading:
                    found = reading.inbox.documents(last, SLICE_CARDS)
                if not found:
                    return
                last = found[-1].id
                yield StoreSlice(tuple(one.card for one in found))


@dataclass(frozen=True, slots=True)
class StoreSlice:
    """Some cards as the store keeps them."""

    cards: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return the number of cards."""
        return len(self.cards)

    def read(self, reader: LineReader) -> Iterator[Read]:
        """Yield the document of each card."""
        return map(Document.read, self.cards)
