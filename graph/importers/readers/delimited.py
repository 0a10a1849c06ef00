"""Reads delimited text row by row, also where the publisher quoted it wrongly.

CORDIS writes some cells as ``""Combining … ""Fit for 55"" …""``: quoted twice. A strict reader
refuses such a file and a lenient one garbles it. Here a record that is not valid CSV, or has not as
many cells as the header, is cut at the quotes around its cells, if that gives as many; else the
record alone is rejected, and reading goes on with the next line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

SEPARATORS = (",", ";", "\t", "|")
_CELL = 64 * 1024 * 1024  # characters; the default of Python's reader is 131,072
_LINES = 500  # of one record that is put together again


@dataclass
class Delimited:
    """The rows of a text as they are read, each with its number, as in a spreadsheet.

    ``bad`` are records that are no rows: number, text and reason. ``repaired`` counts the rows that
    were cut at the quotes around their cells.
    """

    separator: str
    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    repaired: int = 0


class _Lines:
    """Lines of a text, which remembers those that a reader has taken since it last asked."""

    def __init__(self, text: str) -> None:
        self._source = io.StringIO(text, newline="")
        self.taken: list[str] = []
        self._again: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._source)
        self.taken.append(line)
        return line

    def back(self, lines: Sequence[str]) -> None:
        """Put lines back, to be read again."""
        self._again += reversed(lines)


def separator(header: str) -> str:
    """The separator that cuts a header into most cells; a comma for a single cell."""

    def cells(mark: str) -> int:
        return len(next(csv.reader([header], delimiter=mark), []))

    return max(SEPARATORS, key=cells)


def read(text: str, mark: str = "") -> Delimited:
    """All rows of a text, the header among them; an empty text gives none.

    Without ``mark``, the separator is found in the first line.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _CELL))
    mark = mark or separator(text[: text.find("\n") + 1] or text)
    read = Delimited(mark)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=mark, strict=True)
    for number in count(1):
        lines.taken.clear()
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error:
            row = None
        width = len(read.rows[0]) if read.rows else 0
        if row is not None and not any(cell.strip() for cell in row):
            continue
        if row is not None and (not width or len(row) == width):
            read.rows.append(row)
            read.numbers.append(number)
        else:
            _mend(read, lines, number, width)
    return read


def _mend(read: Delimited, lines: _Lines, number: int, width: int) -> None:
    """Append the row of a record that is no valid row, or reject its first line."""
    taken = list(lines.taken)
    record = ""
    for length in range(1, _LINES):
        if length > len(taken):
            break
        record += taken[length - 1]
        if length == len(taken) and (line := next(lines, None)):
            taken.append(line)
        follows = taken[length].strip() if length < len(taken) else ""
        if follows and not follows.startswith('"'):  # the record goes on
            continue
        if (cells := _cut(record, read.separator)) and len(cells) == width:
            lines.back(taken[length:])
            read.rows.append(cells)
            read.numbers.append(number)
            read.repaired += 1
            return
    lines.back(taken[1:])
    read.bad.append((number, taken[0].rstrip("\r\n"), _reason(taken[0], read.separator, width)))


def _cut(record: str, mark: str) -> list[str] | None:
    """The cells of a record whose cells are all quoted, whatever quotes are inside them."""
    text = record.rstrip("\r\n")
    if len(text) < 2 or not text.startswith('"') or not text.endswith('"'):
        return None
    return [_unquoted(cell) for cell in text[1:-1].split(f'"{mark}"')]


def _unquoted(cell: str) -> str:
    """A cell without a second pair of quotes around it, and with inner quotes once."""
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        cell = cell[1:-1]
    return cell.replace('""', '"')


def _reason(line: str, mark: str, width: int) -> str:
    cells = len(line.split(mark))
    return f"cannot be cut into {width} cells (about {cells})"
