"""Runs an importer over files: rows become statements of one source, each row accounted for."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from missiongraph.errors import DataError, MappingError
from missiongraph.namespaces import SOURCE_GRAPH

from . import casting, filters, preparing, templates, totals
from .account import Report
from .readers.files import Given, given
from .reading import FILTERED, OK, REJECTED, REPEATED, STATE, Tables, read
from .recipe import Importer, Recipe, Thing
from .source import statements


@dataclass(frozen=True)
class Options:
    """What a user asks of an import: its edition, filters, persons or not, the licence."""

    edition: str = ""
    filters: Table[str, tuple[str, ...]] = field(default_factory=dict)
    persons: bool = False
    licence: str = ""
    """The address of the licence of these files, if it is not the importer's."""


@dataclass(frozen=True)
class Imported:
    """The statements of an import as N-Quads, a line each, and its report."""

    importer: Importer
    source: str
    lines: pl.Series
    report: Report
    files: tuple[Given, ...]

    @property
    def graph(self) -> str:
        """The named graph that all statements are in."""
        return SOURCE_GRAPH + self.source

    @property
    def data(self) -> bytes:
        """The N-Quads."""
        return str(self.lines.str.join("\n").item()).encode() + b"\n"

    def require_few_bad(self, share: float) -> None:
        """Raise :class:`DataError` if a table has more than this share of rejected rows."""
        for table in self.report.tables:
            if table.rejected > share * table.read:
                told = f"{table.rejected:,} of {table.read:,} rows are rejected"
                first = next(each for each in self.report.rejects if each.file in table.files)
                place = f"{first.file}, row {first.row} {first.column}".strip()
                reason = f"the first: {place}: {first.value!r} {first.reason}: {first.remedy}"
                raise DataError(f"{table.table}: {told}, more than {share:.4g} of them; {reason}")


def run(importer: Importer, paths: Sequence[Path], options: Options | None = None) -> Imported:
    """Read files and map their rows; nothing is written.

    Raises :class:`DataError` for files that are damaged or not of this importer, or of an unknown
    edition, and :class:`MappingError` for an importer or a filter that is invalid.
    """
    try:
        return _run(importer, paths, options or Options())
    except pl.exceptions.PolarsError as error:
        message = f"{importer.name}: its file does not fit together: {error}"
        raise MappingError(message) from error


def _run(importer: Importer, paths: Sequence[Path], options: Options) -> Imported:
    if not (licence := options.licence or importer.licence):
        raise DataError(f"the licence differs from file to file in {importer.name}: give --licence")
    importer = replace(importer, licence=licence)
    files = tuple(map(given, paths))
    tables = read(importer, paths, persons=options.persons)
    frames = {}
    for name, frame in tables.frames.items():
        cleaned = preparing.cleaned(frame, importer.table(name))
        frames[name], rejects = preparing.keyed(cleaned, importer.table(name))
        tables.rejects += rejects
    edition = options.edition or _edition(importer, frames)
    source = f"{importer.name}--{_slugged(edition)}"
    report = Report(importer.title, edition, [*tables.accounts.values()], tables.rejects)
    report.unused, report.persons = tables.unused, tables.persons
    report.differences = [d for total in importer.totals for d in totals.differences(total, frames)]
    filters.apply(importer, frames, options.filters)
    parts = [
        _mapped(importer, table, frames, report, source)
        for table in importer.tables
        if table.name in frames
    ]
    _close(tables, frames)
    known = statements(importer, source, edition, files, report)
    lines = pl.concat([*parts, known])
    report.statements = len(lines)
    report.megabytes = int(lines.str.len_bytes().sum() + len(lines)) / 1e6
    return Imported(importer, source, lines, report, files)


def _edition(importer: Importer, frames: Table[str, pl.DataFrame]) -> str:
    table, _, column = importer.edition.partition(".")
    newest = frames[table][column].max() if table in frames else None
    if not newest:
        raise DataError("the files do not tell their edition: give --edition, such as 2025-04")
    return str(newest)[:10]


def _slugged(edition: str) -> str:
    slug = re.sub("[^a-z0-9]+", "-", edition.lower()).strip("-")
    if not slug:
        raise DataError(f"{edition!r} cannot name an edition: use letters, digits and hyphens")
    return slug


def _mapped(
    importer: Importer,
    recipe: Recipe,
    frames: dict[str, pl.DataFrame],
    report: Report,
    source: str,
) -> pl.Series:
    """The statements of a table; rows with a cell that is invalid are rejected."""
    frame = frames[recipe.name]
    for join in recipe.joins:
        frame, rejects = preparing.joined(frame, join, frames.get(join.table))
        report.rejects += rejects
    for codes in recipe.codes:
        frame, unknown = preparing.coded(frame, codes, importer)
        report.unknown.update({(recipe.name, codes.column, c): n for c, n in unknown.items()})
    frame, told = preparing.within(preparing.made(frame, recipe), recipe)
    report.differences += told + preparing.clashes(frame, recipe)
    frame = frame.with_columns(pl.lit(source).alias("source"))
    mappings = [importer.mapping(thing.mapping) for thing in recipe.things]
    terms, frame, rejects = casting.terms(frame, mappings, recipe.name)
    report.rejects += rejects
    frames[recipe.name] = frame
    lines = [pl.Series("line", [], dtype=pl.String)]
    silent = frame[STATE] == OK
    for thing, mapping, columns in zip(recipe.things, mappings, terms, strict=True):
        patterns = templates.patterns(mapping)
        silent = silent & ~templates.gives(columns, patterns)
        rows = columns.filter(_chosen(frame, thing))
        lines.append(templates.filled(rows, patterns, SOURCE_GRAPH + source))
    account = next(each for each in report.tables if each.table == recipe.name)
    account.silent = int(silent.sum())
    return pl.concat(lines)


def _chosen(frame: pl.DataFrame, thing: Thing) -> pl.Series:
    """Which rows a thing is made of: those to be written, or one of them for each key."""
    if not thing.once:
        return frame[STATE] == OK
    numbered = frame.with_row_index("the index").filter(pl.col(STATE) == OK)
    if latest := thing.latest:
        numbered = numbered.sort(latest, descending=True, nulls_last=True, maintain_order=True)
    chosen = numbered.unique([*thing.once], keep="first", maintain_order=True)["the index"]
    return pl.int_range(len(frame), eager=True).is_in(chosen.cast(pl.Int64).implode())


def _close(tables: Tables, frames: Table[str, pl.DataFrame]) -> None:
    """Count the states of all rows into the accounts."""
    for name, frame in frames.items():
        account = tables.accounts[name]
        states = dict(frame[STATE].value_counts().iter_rows())
        account.written, account.filtered = states.get(OK, 0), states.get(FILTERED, 0)
        account.repeated = states.get(REPEATED, 0)
        account.rejected += states.get(REJECTED, 0)
