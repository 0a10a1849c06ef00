"""Tables: rows of CSV, cast cell by cell, become the triples that a mapping makes of them.

Rows are read in batches; in each batch the rows of one source go to one query and so to one
named graph. A bad cell makes the whole table fail, with every fault named, so that nothing
is ever half mapped.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
import pyoxigraph as ox

from .cells import advice, cast
from .errors import Fault, MappingError, TableError
from .mapping import Column, Mapping
from .namespaces import source_graph

BATCH = 5_000
"""Rows read, cast and mapped together; bounds the memory that a long table takes."""

CHUNK = 1_000
"""Most rows in one query."""

LIST = "|"
"""What stands between the items of a list cell."""

_FILL_IN = "is empty: fill it in"
_ROW = "row number"  # a name with a space cannot clash with a variable
_NOTHING = ox.Store()  # what the mappings query: all they know is in their VALUES


@dataclass(frozen=True)
class Batch:
    """Some rows of a table: the spreadsheet's number of the first, and the bytes read so far."""

    first: int
    columns: tuple[str, ...]
    rows: list[list[str]]
    position: int = 0


@dataclass(frozen=True)
class Triples:
    """What some rows say: serialised triples of one named graph, or of none (an empty name)."""

    graph: str
    data: bytes


def read_batches(table: Path, mapping: Mapping, size: int = BATCH) -> Iterator[Batch]:
    """Read a CSV file (``.gz`` too); raises :class:`TableError` where it is not a table."""
    number = 1
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(table.open("rb"))
            data = gzip.GzipFile(fileobj=raw) if table.suffix == ".gz" else raw
            # utf-8-sig: spreadsheets write a byte order mark
            text = io.TextIOWrapper(data, encoding="utf-8-sig", newline="")
            reader = csv.reader(stack.enter_context(text), strict=True)
            header = tuple(name.strip() for name in next(reader, []))
            if not header:
                raise _broken(table, 1, "is empty: write the names of the columns here")
            _check_header(table.name, header, mapping)
            while rows := list(islice(reader, size)):
                _check_widths(table.name, header, rows, number + 1)
                yield Batch(number + 1, header, rows, raw.tell())
                number += len(rows)
        except csv.Error as error:
            raise _broken(table, number + 1, f"is not CSV from about here on: {error}") from error
        except UnicodeDecodeError as error:
            raise _broken(table, number + 1, "is not UTF-8 from about here on") from error
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
    return list(_construct(pl.DataFrame(terms), mapping, format))


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


def _check_header(file: str, header: tuple[str, ...], mapping: Mapping) -> None:
    missing = [c.name for c in mapping.columns if c.name not in header]
    double = sorted({name for name in header if header.count(name) > 1})
    faults = [Fault(file, 1, name, "", "there is no such column: add it") for name in missing]
    faults += [Fault(file, 1, name, "", "stands there twice: rename one") for name in double]
    if faults:
        raise TableError(faults)


def _check_widths(
    file: str, header: tuple[str, ...], rows: Sequence[list[str]], first: int
) -> None:
    width = len(header)
    faults = [
        Fault(file, number, "", "", f"has {len(row)} cells, the header {width}: check its commas")
        for number, row in enumerate(rows, start=first)
        if row and len(row) != width
    ]
    if faults:
        raise TableError(faults)


def _used_columns(header: tuple[str, ...], mapping: Mapping) -> list[Column]:
    """Every declared column, and those undeclared ones that the query asks for."""
    declared = {column.name: column for column in mapping.columns}
    return [declared.get(n, Column(n)) for n in header if n in declared or n in mapping.variables]


def _frame(batch: Batch, columns: list[Column], mapping: Mapping) -> pl.DataFrame:
    """The cells of ``columns``, stripped, with empty ones null, and then each row's number.

    Blank lines are no rows, yet they count, as in a spreadsheet.
    """
    numbered = [(number, row) for number, row in enumerate(batch.rows, batch.first) if row]
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


def _construct(terms: pl.DataFrame, mapping: Mapping, format: ox.RdfFormat) -> Iterator[Triples]:
    """Run the query over the rows of each source in turn."""
    names = [name for name in terms.columns if name in mapping.variables]
    values = pl.concat_str([pl.col(name).fill_null("UNDEF") for name in names], separator=" ")
    source = pl.col(mapping.source.name) if mapping.source else pl.lit("")
    rows = terms.select(source.alias("source"), pl.format("({})", values).alias("row"))
    for (source,), group in rows.group_by("source", maintain_order=True):
        graph = source_graph(str(source).strip("<>")) if source else ""
        for start in range(0, len(group), CHUNK):
            made = _NOTHING.query(mapping.query(names, group["row"][start : start + CHUNK]))
            assert isinstance(made, ox.QueryTriples)
            yield Triples(graph, made.serialize(format=format) or b"")
