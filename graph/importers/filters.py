"""Filters rows out at the door, and with them the rows of other tables that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import translate

import polars as pl

from missiongraph.errors import DataError, MappingError

from . import preparing
from .readers.records import LIST
from .reading import OK, STATE
from .recipe import Filter, Importer


def apply(
    importer: Importer, frames: dict[str, pl.DataFrame], wanted: Mapping[str, Sequence[str]]
) -> None:
    """Mark the rows that the filters leave out; options without values do nothing.

    Raises :class:`MappingError` for a filter that the importer does not have, and
    :class:`DataError` for one whose table is not there.
    """
    known = {each.option: each for each in importer.filters}
    for option, values in wanted.items():
        if not values:
            continue
        if option not in known:
            names = ", ".join("--" + name for name in known) or "none"
            raise MappingError(f"{importer.name} has no filter --{option}; it has: {names}")
        by = known[option]
        if by.table not in frames:
            raise DataError(f"--{option} needs the table {by.table}: give its file, too")
        frame = preparing.filtered(frames[by.table], ~_fits(by, values))
        frames[by.table] = frame
        if by.whole:
            table, _, key = by.whole.partition(".")
            kept = frame.filter(pl.col(STATE) == OK)[by.by].unique()
            frames[table] = preparing.filtered(frames[table], ~pl.col(key).is_in(kept.implode()))


def _fits(by: Filter, values: Sequence[str]) -> pl.Expr:
    cell = pl.col(by.column)
    if by.kind == "pattern":
        return pl.any_horizontal(cell.str.contains(f"(?i){_expression(v)}") for v in values)
    if by.kind == "since":
        return cell >= values[0]
    if by.kind == "equals":
        wanted = [value.upper() for value in values]
        items = cell.str.to_uppercase().str.split(LIST)
        return items.list.eval(pl.element().is_in(wanted)).list.any()
    raise MappingError(f"filters.{by.option}: kind is pattern, since or equals, not {by.kind!r}")


def _expression(pattern: str) -> str:
    """A pattern with ``*`` as a regular expression of polars, which knows no ``\\Z``."""
    text = translate(pattern)
    return "^" + text.replace("(?s:", "(?:").replace("\\Z", "$").replace("\\z", "$")
