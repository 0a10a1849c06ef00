"""Casts the columns of a table to terms; a row with an invalid cell is rejected, not the table."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from missiongraph.errors import MappingError
from missiongraph.ingest.casts import advice, cast
from missiongraph.ingest.mapping import Column, Mapping

from .account import Reject
from .readers.records import LIST
from .reading import FILE, OK, REJECTED, ROW, STATE

_EMPTY = ("is empty", "fill it in")


def terms(
    frame: pl.DataFrame, mappings: Sequence[Mapping], table: str
) -> tuple[list[pl.DataFrame], pl.DataFrame, list[Reject]]:
    """The terms of each mapping's columns, the frame without its bad rows, and these.

    A column of lists has lists of terms. Raises :class:`MappingError` if a mapping declares a
    column that the frame does not have.
    """
    live = frame[STATE] == OK
    bad = pl.repeat(False, len(frame), eager=True, dtype=pl.Boolean)
    rejects: list[Reject] = []
    made: list[pl.DataFrame] = []
    for mapping in mappings:
        columns: list[pl.Series] = []
        for column in mapping.columns:
            if column.name not in frame.columns:
                message = f"{mapping.name}: {table} has no column {column.name!r}"
                raise MappingError(f"{message}; declare it in the importer")
            term, wrong = _cast(frame[column.name], column, mapping)
            wrong = wrong & live & ~bad
            rejects += _rejects(frame.filter(wrong), column)
            bad = bad | wrong
            columns.append(term.alias(column.name))
        made.append(pl.DataFrame(columns))
    state = pl.when(bad).then(pl.lit(REJECTED)).otherwise(pl.col(STATE)).alias(STATE)
    return made, frame.with_columns(state), rejects


def _rejects(rows: pl.DataFrame, column: Column) -> list[Reject]:
    reason, _, remedy = advice(column).partition(":")
    told = reason, remedy.strip() or "correct it"
    return [
        Reject(file, row, column.name, value or "", *(told if value else _EMPTY))
        for file, row, value in rows.select(FILE, ROW, column.name).iter_rows()
    ]


def _cast(cells: pl.Series, column: Column, mapping: Mapping) -> tuple[pl.Series, pl.Series]:
    """The terms of a column, and which cells are wrong."""
    if column.many:
        return _lists(cells, column, mapping)
    good, term = cast(column, cells, mapping.prefixes)
    wrong = cells.is_not_null() & ~good.fill_null(True)
    if column.required:
        wrong = wrong | cells.is_null()
    return pl.select(pl.when(good).then(term)).to_series(), wrong


def _lists(cells: pl.Series, column: Column, mapping: Mapping) -> tuple[pl.Series, pl.Series]:
    """The same for cells that hold several values, between bars or :data:`LIST`."""
    items = pl.DataFrame({"cell": cells}).with_row_index("n")
    items = items.with_columns(pl.col("cell").str.split(LIST)).explode("cell")
    if column.type != "text":  # which may hold bars
        items = items.with_columns(pl.col("cell").str.split("|")).explode("cell")
    items = items.with_columns(pl.col("cell").str.strip_chars())
    items = items.filter(pl.col("cell").is_not_null() & (pl.col("cell") != ""))
    good, term = cast(column, items["cell"], mapping.prefixes)
    items = items.with_columns(term.alias("term"), good.alias("good"))
    lists = items.group_by("n", maintain_order=True).agg("term", pl.col("good").all())
    whole = pl.DataFrame({"n": pl.int_range(len(cells), eager=True, dtype=pl.UInt32)})
    whole = whole.join(lists, on="n", how="left", maintain_order="left")
    return whole["term"], ~whole["good"].fill_null(not column.required)
