"""Read the bytes of a file as a table: encoding, separator, the line of names, and the cells."""

# mypy: disallow-any-explicit

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# How a file may be written. Excel saves "CSV" in the machine's own code page, in the US this one.
_UTF_8, _EXCEL = "utf-8-sig", "cp1252"
_SEPARATORS = ",;\t"
# No cell of a name, a number or a date is longer; a longer one is cut, and so cannot be read.
MOST_LETTERS = 300
MOST_COLUMNS, MOST_ROWS = 1000, 60_000
# What other kinds of files begin with.
_OTHER_KINDS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")


class NoTable(Exception):
    """The file is no table that can be read; `code` says why (`words.py` has the sentences)."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code)
        self.code, self.found = code, found


@dataclass(frozen=True)
class FileTable:
    """The names of the columns, and the lines: the number of each in the file, and its cells.

    The line of names has the number 1. A line has as many cells as were in it.
    """

    names: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes) -> FileTable:
    """Return the table in the file. Raises NoTable."""
    if data.startswith(_OTHER_KINDS):
        raise NoTable("other_kind")
    text = _decoded(data)
    if not text.strip():
        raise NoTable("empty")
    rows = _rows(text)
    first = next(rows, (1, ()))[1]
    names = tuple(one.strip() for one in first)
    if len(names) > MOST_COLUMNS:
        raise NoTable("too_wide")
    doubled = {one for one in names if one and names.count(one) > 1}
    if doubled:
        raise NoTable("name_twice", min(doubled))
    lines = tuple((number, cells) for number, cells in rows if any(cells))
    if not lines:
        raise NoTable("no_rows")
    if len(lines) > MOST_ROWS:
        raise NoTable("too_long")
    return FileTable(names, lines)


def _decoded(data: bytes) -> str:
    """Return the text. Bytes that are no UTF-8 are read as Excel writes them."""
    try:
        text = data.decode(_UTF_8)
    except UnicodeDecodeError:
        # Five bytes stand for nothing there: they become the sign for an unreadable letter.
        text = data.decode(_EXCEL, errors="replace")
    return text.replace("\x00", "\ufffd")


def _rows(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield each line with its number, by the separator of the first line."""
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    before = 0
    try:
        for cells in reader:
            # A cell may hold line breaks: a row is named by the line on which it begins.
            yield before + 1, tuple(one.strip()[:MOST_LETTERS] for one in cells)
            before = reader.line_num
    except csv.Error:
        # A cell longer than the module allows, or a quote that never closes in front of one.
        raise NoTable("quotes") from None


def _separator(text: str) -> str:
    """Return what parts the columns: what gives the line of names the most of them.

    The Sniffer of the library guesses by the frequency of letters and takes a space or an "e" for
    it where names have few words; a header has one of three signs, or a single column.
    """
    line = text.lstrip().splitlines()[0]
    return max(_SEPARATORS, key=lambda one: _parts(line, one))


def _parts(line: str, separator: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=separator), []))
    except csv.Error:
        return 0


def cell_of(names: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Return the cells of a line by the names of their columns; those it lacks are missing."""
    return {name: cell for name, cell in zip(names, cells, strict=False) if name and cell}
