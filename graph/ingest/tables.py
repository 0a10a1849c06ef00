"""Tables: rows of CSV, cast cell by cell, become the triples that a mapping makes of them.

Rows are read in batches; in each batch the rows of one source go to one query and so to one
named graph. A bad cell makes the whole table fail, with every fault named, so that nothing
is ever half mapped.
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
"""Most rows in one query."""

CELL = 64 * 1024 * 1024
"""Characters of the longest cell; Python's reader would stop at 131,072."""

_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
DELIMITERS = tuple(_DELIMITER_NAMES)
"""What may stand between cells: commas (RFC 4180), and what spreadsheets and others write."""

LIST = "|"
"""What stands between the items of a list cell."""

_FILL_IN = "is empty: fill it in"
_SEPARATOR_LINE = re.compile("sep=(.)", re.IGNORECASE)  # Excel's own first line
_NOTE = f"\n<{ROW_IRI}".encode()
_ROW = "row number"  # a name with a space cannot clash with a variable
_NOTHING = ox.Store()  # what the mappings query: all they know is in their VALUES


@dataclass(frozen=True)
class Batch:
    """Some rows of a table: the spreadsheet's number of the first, and the bytes read so far.

    ``columns`` are the variables that stand for the table's headers.
    """

    first: int
    columns: tuple[str, ...]
    rows: list[list[str]]
    position: int = 0

    def numbered(self) -> list[tuple[int, list[str]]]:
        """The rows that hold something, each with its number; empty ones count, too."""
        return [(n, row) for n, row in enumerate(self.rows, self.first) if not _is_empty(row)]


@dataclass(frozen=True)
class Triples:
    """What some rows say: serialised triples of one named graph, or of none (an empty name).

    ``count`` is the number of triples, ``rows`` the numbers of the rows that gave some.
    """

    graph: str
    data: bytes
    count: int
    rows: frozenset[int]


def read_batches(
    table: Path, mapping: Mapping, size: int = BATCH, delimiter: str = ""
) -> Iterator[Batch]:
    """Read a CSV file (``.gz`` too); raises :class:`TableError` where it is not a table.

    Without a ``delimiter`` it is the one of :data:`DELIMITERS` that parts the mapping's columns
    in the header, or what a first line ``sep=;`` names.
    """
    number = 1
    csv.field_size_limit(max(csv.field_size_limit(), CELL))
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(table.open("rb"))
            data = gzip.GzipFile(fileobj=raw) if table.suffix == ".gz" else raw
            # utf-8-sig: spreadsheets write a byte order mark
            text = stack.enter_context(io.TextIOWrapper(data, encoding="utf-8-sig", newline=""))
            first = next(text, "")
            if named := _SEPARATOR_LINE.fullmatch(first.rstrip("\r\n")):
                delimiter, number = delimiter or named[1], 2
                first = next(text, "")
            delimiter = delimiter or _delimiter(first, mapping)
            reader = csv.reader(chain((first,), text), strict=True, delimiter=delimiter)
            header = tuple(name.strip() for name in next(reader, []))
            if not any(header):
                raise _broken(table, number, "is empty: write the names of the columns here")
            _check_header(table.name, number, header, delimiter, mapping)
            while rows := list(islice(reader, size)):
                _check_widths(table.name, len(header), rows, number + 1, delimiter)
                yield Batch(number + 1, tuple(map(variable, header)), rows, raw.tell())
                number += len(rows)
        except csv.Error as error:
            raise _broken(table, number + 1, f"is not CSV from about here on: {error}") from error
        except UnicodeDecodeError as error:
            raise _broken(table, number + 1, "is not UTF-8 from about here on") from error
        except (EOFError, zlib.error) as error:
            raise _broken(table, number + 1, "the .gz file is broken about here") from error
        except OSError as error:
            raise _broken(table, 1, f"cannot be read: {error.strerror or error}") from error


def map_batch(
    file: str, batch: Batch, mapping: Mapping, format: ox.RdfFormat = ox.RdfFormat.N_TRIPLES
) -> list[Triples]:
    """Cast and map some rows; raises :class:`TableError` with every bad cell among them.

    A row whose list cells hold 2 and 3 items becomes 6 solutions of the query, as a join would.
    """
    columns = _used_columns(batch.columns, mapping)
    if not any(column.name in mapping.variables for column in columns):
        raise MappingError(f"{mapping.name}: the query uses none of the table's columns")
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
    """The cells of a table that stand for some ``iris``; the reasons are left to the caller."""
    terms = pl.Series([f"<{iri}>" for iri in iris])
    for batch in read_batches(table, mapping):
        for column in _used_columns(batch.columns, mapping):
            cells = _exploded(_frame(batch, [column], mapping).drop_nulls(), column)
            found, _ = _cast(table.name, cells, column, mapping)
            here = cells.with_columns(found.alias("term")).filter(found.is_in(terms.implode()))
            for value, row, term in here.iter_rows():
                yield term[1:-1], Fault(table.name, row, column.name, value, "")


def _broken(table: Path, row: int, reason: str) -> TableError:
    return TableError([Fault(table.name, row, "", "", reason)])


def _delimiter(header: str, mapping: Mapping) -> str:
    """What parts most of the mapping's columns in the first line of a table; else a comma."""
    wanted = {column.name for column in mapping.columns} | mapping.variables

    def columns(delimiter: str) -> int:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return len(wanted & {variable(name.strip()) for name in names})

    return max(DELIMITERS, key=columns)  # the first of equals


def _check_header(
    file: str, number: int, header: Sequence[str], delimiter: str, mapping: Mapping
) -> None:
    """Whether each column that the mapping uses stands there once."""
    columns = [*map(variable, header)]
    missing = [column.name for column in mapping.columns if column.name not in columns]
    used = {column.name for column in mapping.columns} | mapping.variables
    double = sorted({name for name in columns if name in used and columns.count(name) > 1})
    parted = f"read with {_DELIMITER_NAMES.get(delimiter, repr(delimiter))} between cells"
    advice = f"there is no such column: add it; {parted}, the header has: {', '.join(header)}"
    faults = [Fault(file, number, name, "", advice) for name in missing]
    faults += [Fault(file, number, name, "", "stands there twice: rename one") for name in double]
    if faults:
        raise TableError(faults)


def _check_widths(
    file: str, width: int, rows: Sequence[list[str]], first: int, delimiter: str
) -> None:
    """Whether each row has as many cells as the header."""
    advice = f"check its {_DELIMITER_NAMES.get(delimiter, repr(delimiter))}"
    faults = [
        Fault(file, number, "", "", f"has {len(row)} cells, the header {width}: {advice}")
        for number, row in enumerate(rows, start=first)
        if len(row) != width and not _is_empty(row)
    ]
    if faults:
        raise TableError(faults)


def _is_empty(row: Sequence[str]) -> bool:
    """Whether no cell holds anything; spreadsheets leave such rows at the end."""
    return not any(cell.strip() for cell in row)


def _used_columns(header: tuple[str, ...], mapping: Mapping) -> list[Column]:
    """Every declared column, and those undeclared ones that the query asks for."""
    declared = {column.name: column for column in mapping.columns}
    return [declared.get(n, Column(n)) for n in header if n in declared or n in mapping.variables]


def _frame(batch: Batch, columns: list[Column], mapping: Mapping) -> pl.DataFrame:
    """The cells of ``columns``, stripped, with empty ones null, and then each row's number."""
    numbered = batch.numbered()
    at = {name: index for index, name in enumerate(batch.columns)}
    data = {c.name: [row[at[c.name]] for _, row in numbered] for c in columns}
    frame = pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
    numbers = pl.Series(_ROW, [number for number, _ in numbered], dtype=pl.Int64)
    return frame.select(_stripped(pl.all(), mapping)).with_columns(numbers)


def _exploded(cells: pl.DataFrame, column: Column) -> pl.DataFrame:
    """A row for each item of a list cell."""
    if not column.many:
        return cells
    return cells.with_columns(pl.col(column.name).str.split(LIST)).explode(column.name)


def _stripped(cells: pl.Expr, mapping: Mapping) -> pl.Expr:
    cells = cells.str.strip_chars()
    return pl.when(~cells.is_in(mapping.empty)).then(cells)


def _empty_items(file: str, cells: pl.DataFrame, columns: list[Column]) -> list[Fault]:
    empty = r"^\||\|\s*\||\|$"
    reason = f"has an empty item: take out the '{LIST}' too many"
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
    """Run the query over the rows of each source in turn."""
    names = [name for name in terms.columns if name in mapping.variables]
    values = pl.concat_str([pl.col(name).fill_null("UNDEF") for name in names], separator=" ")
    source = pl.col(mapping.source.name) if mapping.source else pl.lit("")
    rows = terms.select(source.alias("source"), values.alias("row"), numbers.alias("number"))
    for (source,), group in rows.group_by("source", maintain_order=True):
        graph = source_graph(str(source).strip("<>")) if source else ""
        for start in range(0, len(group), CHUNK):
            part = group[start : start + CHUNK]
            data, gave = _traced(mapping, names, part["row"].to_list(), part["number"].to_list())
            count = data.count(b"\n")
            if format is not ox.RdfFormat.N_TRIPLES:
                data = ox.serialize(ox.parse(data, ox.RdfFormat.N_TRIPLES), format=format) or b""
            yield Triples(graph, data, count, frozenset(gave))


def _traced(
    mapping: Mapping, names: list[str], rows: list[str], numbers: list[int]
) -> tuple[bytes, set[int]]:
    """What rows give, as N-Triples, and the numbers of those that give something.

    A row that gives the first triple of the template is seen in the same query; the others,
    which are few in most tables, are asked one by one.
    """
    if not mapping.first:
        data = _made(mapping.query(names, map("({})".format, rows)))
        gave: set[int] = set()
    else:
        traced = [f"({row} <{ROW_IRI}{n}>)" for row, n in zip(rows, numbers, strict=True)]
        data, gave = _without_notes(_made(mapping.traced(names, traced)))
    for row, number in zip(rows, numbers, strict=True):
        if number not in gave and _made(mapping.query(names, [f"({row})"])):
            gave.add(number)
    return data, gave


def _without_notes(data: bytes) -> tuple[bytes, set[int]]:
    """N-Triples without the notes of a traced query, and the rows that these name.

    Split by a fixed text: a regular expression over every line would double the time.
    """
    before, *noted = (b"\n" + data).split(_NOTE)
    notes = [part.partition(b"\n") for part in noted]
    gave = {int(note[: note.index(b">")]) for note, _, _ in notes}
    pieces = (before, *(after for _, _, after in notes))
    lines = b"\n".join(bare for piece in pieces if (bare := piece.strip(b"\n")))
    return lines + b"\n" if lines else b"", gave


def _made(query: str) -> bytes:
    """What a CONSTRUCT makes, as N-Triples."""
    made = _NOTHING.query(query)
    assert isinstance(made, ox.QueryTriples)
    return made.serialize(format=ox.RdfFormat.N_TRIPLES) or b""
