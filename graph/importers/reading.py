"""Reads the files of an import into one frame of text per table, and opens the accounts.

Which table a file is, its columns tell, not its name: re-exports and archives name files anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

import polars as pl

from missiongraph.errors import DataError

from .account import Account, Reject
from .readers import delimited, records, sheets, xml
from .readers.encoding import decode
from .readers.files import Part, parts
from .recipe import Importer, Recipe

T = TypeVar("T")

FILE, ROW, STATE = "the file", "the row", "the state"
"""Columns of a frame beside those of its table; no column of a table has a blank in its name."""

OK, FILTERED, REJECTED, REPEATED = "written", "filtered out", "rejected", "repeated"
"""The four states of a row."""

_STRAY = re.compile("[\ud800-\udfff]")
_XML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[A-Za-z?!]")
_SHOWN = 80  # characters of a bad row in the list of rejects
_LOOK = 50  # records of a JSON file that tell its columns
_AGAIN = "download the file again; if it is still so, tell its publisher"


@dataclass
class Tables:
    """Frames by table, with what became of rows that could not be read."""

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)


@dataclass
class _Content:
    """What a part holds: rows under a header, or records."""

    header: list[str]
    rows: list[list[str]]
    numbers: list[int]
    records: list[records.Record] = field(default_factory=list)
    bad: list[tuple[int, str, str]] = field(default_factory=list)
    encoding: str = ""
    stray: bool = False
    """Whether some cell holds bytes of another encoding."""
    repaired: int = 0


def read(
    importer: Importer, paths: Iterable[Path], *, persons: bool = False, only: str = ""
) -> Tables:
    """Read all files; without ``persons``, columns about persons stay empty.

    ``only`` is the one table that is needed, in place of those that an import needs. Raises
    :class:`DataError` for a file that is damaged or not of this importer, and for a table that is
    needed and not there.
    """
    tables = Tables()
    for part in parts(paths):
        known = False
        for content in _contents(part, importer):
            if recipe := _recognised(content, importer):
                known = True
                _add(tables, recipe, part, content, persons)
        if not known and not part.packed:
            raise DataError(_unknown(part, importer))
        if not known:
            tables.unused.append(part.name)
    needed = [t for t in importer.tables if (t.name == only if only else t.required)]
    missing = [t for t in needed if t.name not in tables.frames]
    if missing:
        names = ", ".join(table.name for table in missing)
        needs = f"its columns are {', '.join(sorted(missing[0].needed))}"
        raise DataError(f"{importer.name} also needs the table {names}: {needs}; give its file")
    return tables


def _contents(part: Part, importer: Importer) -> Iterator[_Content]:
    """The tables of a part: one for each sheet of a workbook, else one."""
    if part.data.startswith(b"PK") or part.suffix == "xlsx":
        for _sheet, rows in sheets.read(part.data, part.name):
            header = [cell.strip() for cell in rows[0]] if rows else []
            yield _Content(header, rows[1:], [*range(2, len(rows) + 1)])
        return
    if _XML.match(part.data):
        for element in sorted({table.record for table in importer.tables} - {""}):
            yield _of_records(xml.read(part.data, element, part.name), "")
        return
    encoding = next((table.encoding for table in importer.tables if table.encoding), "")
    text, encoding = decode(part.data, encoding)
    stray = bool(_STRAY.search(text))
    if text.lstrip().startswith(("{", "[")):
        yield _of_records(records.read(text), encoding, stray)
        return
    mark = next((table.separator for table in importer.tables if table.separator), "")
    found = delimited.read(text, mark)
    header = [cell.strip() for cell in found.rows[0]] if found.rows else []
    yield _Content(
        header,
        found.rows[1:],
        found.numbers[1:],
        bad=found.bad,
        encoding=encoding,
        stray=stray,
        repaired=found.repaired,
    )


def _of_records(
    found: Iterable[tuple[int, records.Record | str]], encoding: str, stray: bool = False
) -> _Content:
    content = _Content([], [], [], encoding=encoding, stray=stray)
    for number, record in found:
        if isinstance(record, str):
            content.bad.append((number, "", record))
        else:
            content.records.append(record)
            content.numbers.append(number)
    return content


def _has(content: _Content, name: str) -> bool:
    if content.records:
        return any(records.has(record, name) for record in islice(content.records, _LOOK))
    return name in content.header


def _recognised(content: _Content, importer: Importer) -> Recipe | None:
    """The table whose needed columns are all there; of several, the one that needs most."""
    fitting = [
        table
        for table in importer.tables
        if all(any(_has(content, name) for name in table.columns[n]) for n in table.needed)
    ]
    return max(fitting, key=lambda table: len(table.needed), default=None)


def _unknown(part: Part, importer: Importer) -> str:
    first = part.data[:200].split(b"\n")[0].decode("utf-8", "replace").strip()
    if first.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return f"{part.name}: holds marks of an unresolved merge (git): get a clean copy"
    wanted = "; ".join(f"{t.name} has {', '.join(sorted(t.needed))}" for t in importer.tables)
    return f"{part.name}: is no table of {importer.name}: {wanted}. It begins with {first[:120]!r}"


def _add(tables: Tables, recipe: Recipe, part: Part, content: _Content, persons: bool) -> None:
    """Add the rows of a part to the frame and the account of its table."""
    account = tables.accounts.setdefault(recipe.name, Account(recipe.name))
    gone: list[str] = []
    skipped = 0 if content.records else recipe.header_rows - 1
    content.rows, content.numbers = content.rows[skipped:], content.numbers[skipped:]
    columns: dict[str, list[str | None]] = {}
    for declared, names in recipe.columns.items():
        name = declared.removesuffix("?")
        column = _column(content, names)
        if column is None:
            gone.append(name)
        elif name in recipe.persons and not persons:
            tables.persons.append(name)
            column = None
        columns[name] = [None] * len(content.numbers) if column is None else column
    if account.files:  # a column is gone if no file has it
        gone = [name for name in gone if name in account.gone_columns]
    account.gone_columns = gone
    account.new_columns += _new(recipe, content, account)
    account.files.append(part.name)
    account.encodings |= {content.encoding} - {""}
    account.repaired += content.repaired
    rows: Sequence[int] = content.numbers
    stray = _stray(columns) if content.stray else []
    content.bad += [(rows[n], columns[c][n] or "", "holds bytes of no text") for n, c in stray]
    for name, cells in columns.items():
        columns[name] = _without(cells, {n for n, _ in stray})
    numbers = _without(rows, {n for n, _ in stray})
    schema = dict.fromkeys(columns, pl.String)
    frame = pl.DataFrame(columns, schema=schema).with_columns(
        pl.lit(part.name).alias(FILE),
        pl.Series(ROW, numbers, dtype=pl.Int64),
        pl.lit(OK).alias(STATE),
    )
    others = tables.frames.get(recipe.name)
    tables.frames[recipe.name] = frame if others is None else pl.concat([others, frame])
    account.read += len(numbers) + len(content.bad)
    account.rejected += len(content.bad)
    for number, text, reason in content.bad:
        shown = text[:_SHOWN].encode("utf-8", "backslashreplace").decode()
        tables.rejects.append(Reject(part.name, number, "", shown, reason, _AGAIN))


def _new(recipe: Recipe, content: _Content, account: Account) -> list[str]:
    """The columns, or the keys of records, that the importer does not know."""
    known = {name for names in recipe.columns.values() for name in names}
    known |= {*recipe.known, *account.new_columns, ""}
    if not content.records:
        return [name for name in content.header if name not in known]
    keys = dict.fromkeys(key for record in islice(content.records, _LOOK) for key in record)
    known |= {records.first(name) for name in known if name}
    return [key for key in keys if key not in known]


def _column(content: _Content, names: Iterable[str]) -> list[str | None] | None:
    """The cells of the first of some columns that is there; of records, the first value of all."""
    if content.records:
        if not any(_has(content, name) for name in names):
            return None
        return [
            next((cell for name in names if (cell := records.value(record, name))), None)
            for record in content.records
        ]
    for name in names:
        if name in content.header:
            at = content.header.index(name)
            return [row[at] for row in content.rows]
    return None


def _stray(columns: dict[str, list[str | None]]) -> list[tuple[int, str]]:
    """Rows with a cell that holds bytes of another encoding, with the first such column."""
    found: dict[int, str] = {}
    for name, cells in columns.items():
        for number, cell in enumerate(cells):
            if cell and _STRAY.search(cell):
                found.setdefault(number, name)
    return sorted(found.items())


def _without(items: Sequence[T], left_out: set[int]) -> list[T]:
    return [item for n, item in enumerate(items) if n not in left_out] if left_out else [*items]
