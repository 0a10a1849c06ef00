"""Accounts for every row: written, filtered out, rejected or repeated."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from missiongraph.system.files import replacing


class Reject(NamedTuple):
    """A row that is left out: where it stands, what is wrong with it, and what to do about it."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    remedy: str


@dataclass
class Account:
    """The rows of one table: each that was read is in one of four states."""

    table: str
    files: list[str] = field(default_factory=list)
    encodings: set[str] = field(default_factory=set)
    read: int = 0
    written: int = 0
    filtered: int = 0
    repeated: int = 0
    rejected: int = 0
    silent: int = 0
    """Rows among those written that gave no statement, as a topic of no mission."""
    repaired: int = 0
    """Rows among those read that were quoted wrongly, and put right."""
    new_columns: list[str] = field(default_factory=list)
    """Columns of the files that the importer does not know."""
    gone_columns: list[str] = field(default_factory=list)
    """Columns that the importer knows, may do without, and that the files lack."""

    @property
    def adds_up(self) -> bool:
        """Whether the four states make up all rows."""
        return self.read == self.written + self.filtered + self.rejected + self.repeated


@dataclass
class Report:
    """What an import read and what became of it."""

    importer: str
    edition: str = ""
    tables: list[Account] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    unknown: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Codes that no list has: table, column, code."""
    differences: list[str] = field(default_factory=list)
    """Known totals that are not met, in words."""
    unused: list[str] = field(default_factory=list)
    """Members of archives that hold no table of this importer."""
    persons: list[str] = field(default_factory=list)
    """Columns about persons that were left out."""
    statements: int = 0
    megabytes: float = 0.0

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return sum(table.read for table in self.tables)

    def lines(self) -> list[str]:
        """The report in words, a line for each thing to say."""
        told = [f"{self.importer}, edition {self.edition}"]
        told += [line for table in self.tables for line in _of(table)]
        told += [
            f"  unknown code {code!r} in {table}.{column}: {count:,} rows, kept"
            for (table, column, code), count in self.unknown.most_common(20)
        ]
        if more := len(self.unknown) - 20:
            told += [f"  … and {more:,} more unknown codes"] if more > 0 else []
        told += [f"  {difference}" for difference in self.differences]
        if self.unused:
            told.append(f"  not used: {', '.join(self.unused)}")
        if self.persons:
            told.append(f"  columns about persons left out: {', '.join(self.persons)}")
        told.append(f"{self.statements:,} statements, {self.megabytes:,.1f} MB as N-Quads")
        return told


def _of(table: Account) -> list[str]:
    states = (
        f"{table.written:,} written, {table.filtered:,} filtered out, "
        f"{table.rejected:,} rejected, {table.repeated:,} repeated"
    )
    told = [f"{table.table}: {table.read:,} rows = {states}"]
    source = f"  from {', '.join(table.files)}"
    told.append(f"{source} ({', '.join(sorted(table.encodings))})" if table.encodings else source)
    if table.silent:
        told.append(f"  {table.silent:,} of the rows written gave no statement")
    if table.repaired:
        told.append(f"  {table.repaired:,} rows were quoted wrongly, and read all the same")
    if table.new_columns:
        told.append(f"  columns that are new, and not read: {', '.join(table.new_columns)}")
    if table.gone_columns:
        told.append(f"  columns that are gone: {', '.join(table.gone_columns)}")
    return told


def write_rejects(path: Path, rejects: list[Reject]) -> None:
    """Write the rejected rows as CSV; without any, the file has its header alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Reject._fields)
    writer.writerows(rejects)
    with replacing(path) as file:
        file.write(text.getvalue().encode("utf-8", "backslashreplace"))
