"""Reads CSV tables in batches, casts their cells and maps their rows to triples.

In each batch, the rows of one source go to one query and so to one named graph. An invalid cell
makes the whole table fail, with all faults listed, so that no table is mapped in part.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import polars as pl
import pyoxigraph as ox

from missiongraph.errors import Fault, MappingError, TableError
from missiongraph.namespaces import source_graph

from .casts import advice, cast
from .mapping import ROW_IRI, Column, Mapping, variable

BATCH = 5_000
"""Rows read, cast and mapped together; bounds the memory that a long table takes."""

CHUNK = 1_000
"""The most rows in one query."""

CELL = 64 * 1024 * 1024
"""The most characters in a cell; the default of Python's reader is 131,072."""

_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
DELIMITERS = tuple(_DELIMITER_NAMES)
"""The delimiters that are detected: the comma (RFC 4180) and those of spreadsheets."""

LIST = "|"
"""The separator between items of a list cell."""

_FILL_IN = "is empty: fill it in"
_SEPARATOR_LINE = re.compile("sep=(.)", re.IGNORECASE)  # Excel's own first line
_NOTE = f"\n<{ROW_IRI}".encode()
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_ROW = "row number"  # a name with a space cannot clash with a variable
_NOTHING = ox.Store()  # mappings query an empty store: all data are in their VALUES


@dataclass(frozen=True)
class Batch:
    """Some rows of a table.

    ``first`` is the number of the first row in a spreadsheet, ``columns`` are the variables for
    the table's headers, and ``position`` is the number of bytes read so far.
    """

    first: int
    columns: tuple[str, ...]
    rows: list[list[str]]
    position: int = 0

    @cached_property
    def numbered(self) -> list[tuple[int, list[str]]]:
        """The rows that are not empty, each with its number; empty rows are counted, too."""
        return [(n, row) for n, row in enumerate(self.rows, self.first) if not _is_empty(row)]


@dataclass(frozen=True)
class Triples:
    """Serialised triples from some rows, for one named graph (none if ``graph`` is empty).

    ``count`` is the number of triples, ``rows`` the numbers of the rows that gave some.
    """

    graph: str
    data: bytes
    count: int
    rows: frozenset[int]


def read_batches(
    table: Path, mapping: Mapping, size: int = BATCH, delimiter: str = ""
) -> Iterator[Batch]:
    """Read a CSV file (``.gz`` too) in batches; raises :class:`TableError` if it is not valid.

    Without ``delimiter``, it is taken from a first line ``sep=;``, or is the one of
    :data:`DELIMITERS` that finds most of the mapping's columns in the header.
    """
    number = 1
    csv.field_size_limit(max(csv.field_size_limit(), CELL))
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(table.open("rb"))
            data = gzip.GzipFile(fileobj=raw) if table.suffix == ".gz" else raw
            # utf-8-sig, as spreadsheets write a byte order mark
            text = stack.enter_context(io.TextIOWrapper(data, encoding="utf-8-sig", newline=""))
            first = next(text, "")
            if named := _SEPARATOR_LINE.fullmatch(first.rstrip("\r\n")):
                delimiter, number = delimiter or named[1], 2
                first = next(text, "")
            delimiter = delimiter or _delimiter(first, mapping)
            reader = csv.reader(chain((first,), text), strict=True, delimiter=delimiter)
            header = tuple(name.strip() for name in next(reader, []))
            if not any(header):
                raise _broken(table, number, "is empty: write the column names here")
            _check_header(table.name, number, header, delimiter, mapping)
            while rows := list(islice(reader, size)):
                _check_widths(table.name, len(header), rows, number + 1, delimiter)
                yield Batch(number + 1, tuple(map(variable, header)), rows, raw.tell())
                number += len(rows)
        except csv.Error as error:
            raise _broken(
                table, number + 1, f"is not valid CSV from about here on: {error}"
            ) from error
        except UnicodeDecodeError as error:
            raise _broken(table, number + 1, "is not UTF-8 from about here on") from error
        except (EOFError, zlib.error) as error:
            raise _broken(table, number + 1, "the .gz file is damaged about here") from error
        except OSError as error:
            raise _broken(table, 1, f"cannot be read: {error.strerror or error}") from error


def map_batch(
    file: str, batch: Batch, mapping: Mapping, format: ox.RdfFormat = ox.RdfFormat.N_TRIPLES
) -> list[Triples]:
    """Cast and map some rows; raises :class:`TableError` with all invalid cells.

    A row whose list cells hold 2 and 3 items becomes 6 solutions of the query, as in a join. No
    rows give an empty list.
    """
    columns = _used_columns(batch.columns, mapping)
    if not any(column.name in mapping.variables for column in columns):
        raise MappingError(f"{mapping.name}: the query does not use any column of the table")
    cells = _frame(batch, columns, mapping)
    if cells.is_empty():
        return []
    faults = _empty_items(file, cells, columns)
    for column in columns:
        cells = _exploded(cells, column)
    terms = []
    for column in columns:
        series, bad = _cast(file, cells, column, mapping)
        terms.append(series)
        faults += bad
    if faults:
        raise TableError(sorted(set(faults)))
    return list(_construct(pl.DataFrame(terms), cells[_ROW], mapping, format))


def find_cells(table: Path, mapping: Mapping, iris: Collection[str]) -> Iterator[tuple[str, Fault]]:
    """The cells of a table whose terms are among ``iris``, as faults without a reason."""
    terms = pl.Series([f"<{iri}>" for iri in iris])
    for batch in read_batches(table, mapping):
        for column in _used_columns(batch.columns, mapping):
            cells = _exploded(_frame(batch, [column], mapping).drop_nulls(), column)
            cast_terms, _ = _cast(table.name, cells, column, mapping)
            matches = cells.with_columns(cast_terms.alias("term")).filter(
                cast_terms.is_in(terms.implode())
            )
            for value, row, term in matches.iter_rows():
                yield term[1:-1], Fault(table.name, row, column.name, value, "")


def _broken(table: Path, row: int, reason: str) -> TableError:
    return TableError([Fault(table.name, row, "", "", reason)])


def _delimiter(header: str, mapping: Mapping) -> str:
    """The delimiter that finds most of the mapping's columns in a header; a comma if none does."""
    wanted = {column.name for column in mapping.columns} | mapping.variables

    def columns(delimiter: str) -> int:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(wanted & {variable(name.strip()) for name in names})

    return max(DELIMITERS, key=columns)


def _check_header(
    file: str, number: int, header: Sequence[str], delimiter: str, mapping: Mapping
) -> None:
    """Raise :class:`TableError` unless each column that the mapping uses occurs once."""
    columns = [*map(variable, header)]
    missing = [column.name for column in mapping.columns if column.name not in columns]
    used = {column.name for column in mapping.columns} | mapping.variables
    double = sorted({name for name in columns if name in used and columns.count(name) > 1})
    parted = f"read with {_DELIMITER_NAMES.get(delimiter, repr(delimiter))} between cells"
    advice = f"the column is missing: add it; {parted}, the header has: {', '.join(header)}"
    faults = [Fault(file, number, name, "", advice) for name in missing]
    faults += [
        Fault(file, number, name, "", "occurs more than once: rename one") for name in double
    ]
    if faults:
        raise TableError(faults)


def _check_widths(
    file: str, width: int, rows: Sequence[list[str]], first: int, delimiter: str
) -> None:
    """Raise :class:`TableError` unless each row has as many cells as the header."""
    advice = f"check its {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}"
    faults = [
        Fault(file, number, "", "", f"has {len(row)} cells, the header {width}: {advice}")
        for number, row in enumerate(rows, start=first)
        if len(row) != width and not _is_empty(row)
    ]
    if faults:
        raise TableError(faults)


def _is_empty(row: Sequence[str]) -> bool:
    """Whether all cells are blank; spreadsheets leave such rows at the end."""
    return not any(cell.strip() for cell in row)


def _used_columns(header: tuple[str, ...], mapping: Mapping) -> list[Column]:
    """All declared columns, and undeclared ones that the query uses."""
    declared = {column.name: column for column in mapping.columns}
    return [declared.get(n, Column(n)) for n in header if n in declared or n in mapping.variables]


def _frame(batch: Batch, columns: list[Column], mapping: Mapping) -> pl.DataFrame:
    """The cells of ``columns``, stripped, with null for empty ones, and a column of row numbers."""
    numbered = batch.numbered
    at = {name: index for index, name in enumerate(batch.columns)}
    data = {c.name: [row[at[c.name]] for _, row in numbered] for c in columns}
    frame = pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
    numbers = pl.Series(_ROW, [number for number, _ in numbered], dtype=pl.Int64)
    return frame.select(_stripped(pl.all(), mapping)).with_columns(numbers)


def _exploded(cells: pl.DataFrame, column: Column) -> pl.DataFrame:
    """The cells with one row for each item of a list cell."""
    if not column.many:
        return cells
    return cells.with_columns(pl.col(column.name).str.split(LIST)).explode(column.name)


def _stripped(cells: pl.Expr, mapping: Mapping) -> pl.Expr:
    cells = cells.str.strip_chars()
    return pl.when(~cells.is_in(mapping.empty)).then(cells)


def _empty_items(file: str, cells: pl.DataFrame, columns: list[Column]) -> list[Fault]:
    empty = r"^\||\|\s*\||\|$"
    reason = f"has an empty item: remove the extra '{LIST}'"
    return [
        Fault(file, row, column.name, value, reason)
        for column in columns
        if column.many
        for row, value in cells.filter(pl.col(column.name).str.contains(empty))
        .select(_ROW, column.name)
        .iter_rows()
    ]


def _cast(
    file: str, cells: pl.DataFrame, column: Column, mapping: Mapping
) -> tuple[pl.Series, list[Fault]]:
    """A column's terms, null where its cells are empty, and its faults."""
    values = cells.select(_stripped(pl.col(column.name), mapping)).to_series()
    good, terms = cast(column, values, mapping.prefixes)
    empty = values.is_null()
    bad = (~empty & ~good.fill_null(True)) | (empty & column.required)
    faults = [
        Fault(file, row, column.name, value or "", advice(column) if value else _FILL_IN)
        for row, value in zip(cells[_ROW].filter(bad), values.filter(bad), strict=True)
    ]
    return terms.alias(column.name), faults


def _construct(
    terms: pl.DataFrame, numbers: pl.Series, mapping: Mapping, format: ox.RdfFormat
) -> Iterator[Triples]:
    """Run the query over the rows of each source, at most :data:`CHUNK` at a time."""
    names = [name for name in terms.columns if name in mapping.variables]
    values = pl.concat_str([pl.col(name).fill_null("UNDEF") for name in names], separator=" ")
    source = pl.col(mapping.source.name) if mapping.source else pl.lit("")
    rows = terms.select(source.alias("source"), values.alias("row"), numbers.alias("number"))
    for (source,), group in rows.group_by("source", maintain_order=True):
        graph = source_graph(str(source).strip("<>")) if source else ""
        for start in range(0, len(group), CHUNK):
            part = group[start : start + CHUNK]
            terms_of, numbers_of = part["row"].to_list(), part["number"].to_list()
            data, gave = _traced(mapping, names, terms_of, numbers_of, format)
            yield Triples(graph, data, _count(data), frozenset(gave))


def _count(data: bytes) -> int:
    """The number of triples in Oxigraph's N-Triples or Turtle, which has no bare line breaks."""
    lists = data
    if b" , " in data:  # between objects, or in a string
        lists = _STRING.sub(b"", data)
    return data.count(b" .\n") + data.count(b" ;\n\t") + lists.count(b" , ")


def _traced(
    mapping: Mapping,
    names: list[str],
    rows: list[str],
    numbers: list[int],
    format: ox.RdfFormat,
) -> tuple[bytes, set[int]]:
    """The triples of some rows, serialised, and the numbers of the rows that give any.

    The same query shows which rows give the first triple of the template; the others, few in
    most tables, are queried one by one.
    """
    if not mapping.first:
        data = _construct_triples(mapping.query(names, map("({})".format, rows)), format)
        gave: set[int] = set()
    else:
        traced = [f"({row} <{ROW_IRI}{n}>)" for row, n in zip(rows, numbers, strict=True)]
        data, gave = _without_notes(_construct_triples(mapping.traced(names, traced), format))
    for row, number in zip(rows, numbers, strict=True):
        if number not in gave and _construct_triples(mapping.query(names, [f"({row})"]), format):
            gave.add(number)
    return data, gave


def _without_notes(data: bytes) -> tuple[bytes, set[int]]:
    """N-Triples or Turtle without the notes of a traced query, and the row numbers in the notes.

    Each is a line, as no other triples have its subject. They are split by a fixed text, as a
    regular expression over all lines doubles the time.
    """
    before, *noted = (b"\n" + data).split(_NOTE)
    notes = [part.partition(b"\n") for part in noted]
    gave = {int(note[: note.index(b">")]) for note, _, _ in notes}
    pieces = (before, *(after for _, _, after in notes))
    lines = b"\n".join(bare for piece in pieces if (bare := piece.strip(b"\n")))
    return lines + b"\n" if lines else b"", gave


def _construct_triples(query: str, format: ox.RdfFormat) -> bytes:
    """The result of a CONSTRUCT, serialised."""
    triples = _NOTHING.query(query)
    assert isinstance(triples, ox.QueryTriples)
    return triples.serialize(format=format) or b""
