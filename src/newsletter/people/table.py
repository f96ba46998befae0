"""A table of people as a spreadsheet exports it, read row by row.

`open_table` finds encoding, separator and columns and refuses the file as a whole when it cannot;
`Table.rows` then reads it from the start, one row in memory at a time. A row that cannot be used
comes with its Fault instead of being left out, so that whoever counts rows counts it. Only what
makes everything after it doubtful, a quotation mark that is never closed, stops the reading.
"""

import csv
import io
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from newsletter.address import parse_mailbox
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.people.cells import fold, is_blank, unguard
from newsletter.people.encodings import LONG_LINE, MAX_SIZE, Encoding, Scan, scan
from newsletter.people.headers import Choices, Column, HeaderFault, count_known, find_columns
from newsletter.people.systems import MAILMAN, System, find_system

Choose = Callable[[Sequence[str]], Choices]

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_DIRECTIVE = re.compile(r'\ufeff?"?sep=([,;\t|])"?[\r\n]*')  # a first line that Excel understands
_MAX_LINE = LONG_LINE


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused, in words that follow its number; and the remedy."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it, its line in the file, its cells as typed."""

    number: int
    line: int
    cells: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file whose shape is known; `ignored` are headers that nothing is taken from.

    `system` is the other system that exported it, if it is one that we know; `choices` is what
    somebody said of the headers.
    """

    file: Path
    digest: str
    encoding: Encoding
    separator: str
    headers: tuple[str, ...]
    header_row: int
    columns: Mapping[Column, int]
    ignored: tuple[str, ...]
    long_lines: bool = False
    system: System | None = None
    choices: Choices = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yield every row under the header that is not blank."""
        for number, line, cells in self.records():
            if not all(map(is_blank, cells)):
                yield self.judge(number, line, cells)

    def records(self) -> Iterator[tuple[int, int, list[str]]]:
        """Yield number, line and cells of everything under the header, blank or not, unjudged."""
        found = _records(self.file, self.encoding, self.separator, self.long_lines)
        return itertools.dropwhile(lambda record: record[0] <= self.header_row, found)

    def cell(self, row: Row, column: Column) -> str:
        """Return what `row` holds in `column`; empty when it holds nothing or has no such one."""
        spot = self.columns.get(column, len(row.cells))
        return unguard(row.cells[spot]) if spot < len(row.cells) else ""

    def judge(self, number: int, line: int, cells: Sequence[str]) -> Row:
        """Return a Row, with its Fault if it cannot be used, without blank cells at its end."""
        kept = tuple(cells)
        while len(kept) > len(self.headers) and is_blank(kept[-1]):
            kept = kept[:-1]
        return Row(number, line, kept, self._fault(kept))

    def _fault(self, cells: Sequence[str]) -> Fault | None:
        everything = "".join(cells)
        if "\0" in everything:
            return Fault("a NUL octet in a cell", "export the table anew")
        if "\ufffd" in everything:
            return Fault("a damaged character in a cell (�)", "type the word again")
        if any(self._swallows(cell) for cell in cells):
            what = "a cell goes on over other rows: its quotation mark is not closed"
            return Fault(what, "close it or take it away")
        if len(cells) != len(self.headers):
            what = f"{len(cells)} cells, but the header has {len(self.headers)}"
            return Fault(what, "look for a separator too many or too few, or a quotation mark")
        return None

    def _swallows(self, cell: str) -> bool:
        """Whether further lines of `cell` look like rows."""
        further = cell.splitlines()[1:] if "@" in cell else ()
        return any("@" in line and self.separator in line for line in further)


def open_table(
    file: Path,
    *,
    encoding: str = "",
    max_size: int = MAX_SIZE,
    choose: Choose = lambda _: {},
) -> Table:
    """Return the Table in `file`; `encoding` is found out unless given.

    `choose` says for a header what somebody said of its columns.

    Raises InputRefused when the file is too large, no text, empty, or has no usable header.
    """
    scanned = scan(file, encoding=encoding, max_size=max_size)
    separator = _find_separator(file, scanned, choose)
    header = _find_header(file, scanned, separator)
    if header is None:
        raise _refuse(file, 0, "is empty", "export the table anew, with its header")
    cells, above = list(header.cells), header.number
    while is_blank(cells[-1]):
        cells.pop()
    system = find_system(cells)
    if len(cells) == 1 and _is_mailbox(cells[0]):
        cells, above, system = ["E-mail"], header.number - 1, MAILMAN
    choices = choose(cells)
    try:
        columns = find_columns(cells, choices)
    except HeaderFault as fault:
        raise _refuse(file, header.line, fault.what, fault.remedy) from fault
    return Table(
        file=file,
        digest=scanned.digest,
        encoding=scanned.encoding,
        separator=separator,
        headers=tuple(cells),
        header_row=above,
        columns=columns.positions,
        ignored=columns.ignored,
        long_lines=scanned.long_lines,
        system=system,
        choices=choices,
    )


def _is_mailbox(cell: str) -> bool:
    try:
        parse_mailbox(cell)
    except ValueError:
        return False
    return True


def _find_separator(file: Path, scanned: Scan, choose: Choose) -> str:
    """Return the separator with which the header makes most sense."""
    with _open(file, scanned.encoding) as stream:
        if told := _DIRECTIVE.fullmatch(stream.readline(_MAX_LINE)):
            return told[1]

    best, most, refused = ",", (0, 0), None
    for separator in SEPARATORS:
        try:
            header = _find_header(file, scanned, separator)
        except InputRefused as fault:  # with the right separator the file may be well
            refused = refused or fault
            continue
        cells = header.cells if header else ()
        sense = (count_known(cells, choose(cells)), len(cells))
        best, most = (separator, sense) if sense > most else (best, most)
    if refused and not most[0]:
        raise refused
    return best


def _find_header(file: Path, scanned: Scan, separator: str) -> Row | None:
    """Return the first row with a word in it, after the line that only names the separator."""
    for number, line, cells in _records(file, scanned.encoding, separator, scanned.long_lines):
        if number and any(map(fold, cells)):
            return Row(number, line, tuple(cells))
    return None


def _records(
    file: Path, encoding: Encoding, separator: str, long_lines: bool
) -> Iterator[tuple[int, int, list[str]]]:
    """Yield number, line and cells of what stands in `file`.

    A line that only names the separator has the number 0.
    """
    with _open(file, encoding) as stream:
        lines = _Lines(file, stream)
        reader = csv.reader(
            lines.careful() if long_lines else lines, delimiter=separator, skipinitialspace=True
        )
        line, number = 1, None
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as fault:
                raise _unclosed(file, line) from fault
            if cells is None:
                return
            if lines.ended:  # the reader asked for one more line to end this row
                raise _unclosed(file, line)
            number = number + 1 if number is not None else int(not lines.directive)
            yield number, line, cells
            line = reader.line_num + 1


class _Lines:
    """The lines of a file, each with its end; remembers whether the first one is a directive."""

    def __init__(self, file: Path, stream: io.TextIOWrapper) -> None:
        self._file = file
        self._stream = stream
        self.directive = False
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        first = self._stream.readline(_MAX_LINE)
        self.directive = bool(_DIRECTIVE.fullmatch(first))
        if first:
            yield first
            yield from self._stream
        self.ended = True

    def careful(self) -> Iterator[str]:
        """Yield the same; refuse a line that would fill the memory."""
        for count in itertools.count(1):
            line = self._stream.readline(_MAX_LINE)
            if len(line) == _MAX_LINE:
                what = f"is longer than {_MAX_LINE:,} characters"
                raise _refuse(self._file, count, what, "export the table anew, as CSV")
            if count == 1:
                self.directive = bool(_DIRECTIVE.fullmatch(line))
            if not line:
                break
            yield line
        self.ended = True


def _open(file: Path, encoding: Encoding) -> io.TextIOWrapper:
    # Line ends are left alone (CR alone counts too) so that the csv module sees them in cells.
    return file.open(encoding=encoding.codec, errors="replace", newline="")


def _unclosed(file: Path, line: int) -> InputRefused:
    what = "a quotation mark opens a cell in this row and is not closed"
    return _refuse(file, line, what, "close it or take it away")


def _refuse(file: Path, line: int, what: str, remedy: str) -> InputRefused:
    place = Place(str(file), line, 1 if line else 0)
    return InputRefused([Finding(rule="people-file", place=place, message=what, remedy=remedy)])
