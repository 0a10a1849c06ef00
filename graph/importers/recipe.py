"""Reads an importer's file: what an importer is made of, as data.

``IMPORTING.md`` in this folder describes all keys; an unknown one is an error that lists them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from missiongraph.errors import MappingError
from missiongraph.ingest.mapping import Mapping
from missiongraph.namespaces import SLUG

T = TypeVar("T")


@dataclass(frozen=True)
class Codes:
    """A code list for a column: what each code means, in ``values`` or in a CSV file.

    The result goes to the column ``to``. A code that is not listed becomes ``default`` (``=`` is
    the code itself, if it is a notation of ``vocabulary`` or there is none), and is counted.
    """

    column: str
    to: str
    values: Table[str, str] = field(default_factory=dict)
    file: str = ""
    vocabulary: str = ""
    default: str = ""
    kept: str = ""
    """A column for codes that are not listed, in words."""
    open: bool = False
    """Whether codes that are not listed are expected, and not counted."""
    patterns: bool = False
    """Whether the codes are patterns with ``*``, of which the longest that fits counts."""


@dataclass(frozen=True)
class Join:
    """Takes columns from the row of another table: new name, then the name there.

    ``on`` is the column here, ``key`` the one there. ``missing`` rows are rejected or kept.
    """

    table: str
    on: str
    key: str
    take: Table[str, str] = field(default_factory=dict)
    missing: str = "reject"


@dataclass(frozen=True)
class Thing:
    """A mapping that the rows of a table go through; with ``once``, one row per key.

    Of rows with the same ``once``, the one whose column ``latest`` is the greatest counts.
    """

    mapping: str
    once: tuple[str, ...] = ()
    latest: str = ""


@dataclass(frozen=True)
class Recipe:
    """A table of the publisher: its columns, and how rows become statements."""

    name: str
    columns: Table[str, tuple[str, ...]]
    """Our name of each column (``?`` after it where it may be missing), and those of publishers."""
    known: tuple[str, ...] = ()
    """Columns that are known, and not read."""
    key: tuple[str, ...] = ()
    record: str = ""
    """The name of the elements of an XML file that are rows of this table."""
    required: bool = True
    header_rows: int = 1
    encoding: str = ""
    separator: str = ""
    empty: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    one_line: tuple[str, ...] = ()
    """Columns whose line breaks and runs of blanks are one blank each."""
    decimals: tuple[str, ...] = ()
    zero_unknown: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    """Columns of times, of which the day counts."""
    dates: Table[str, str | Sequence[str]] = field(default_factory=dict)
    """How the dates of a column are written, where that is not 2018-06-30: ``%d.%m.%Y``; several
    ways are tried in turn, and one without ``%d`` gives a month."""
    extract: Table[str, tuple[str, ...]] = field(default_factory=dict)
    """New columns: where they come from, a regular expression, what goes before each match."""
    within: Table[str, str] = field(default_factory=dict)
    """Columns of references; those that no written row has in the other column are left out."""
    leave_out: Table[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of a column whose rows are filtered out."""
    fill: Table[str, str] = field(default_factory=dict)
    """What an empty cell of a column stands for."""
    keys: Table[str, str] = field(default_factory=dict)
    exact: tuple[str, ...] = ()
    """Columns whose values differ in case or signs alone: in a key, a hash follows their slug."""
    texts: Table[str, str] = field(default_factory=dict)
    first: Table[str, tuple[str, ...]] = field(default_factory=dict)
    """New columns: the first of some columns that is not empty."""
    when: Table[str, str] = field(default_factory=dict)
    """Columns that are empty where another one is."""
    unless: Table[str, str] = field(default_factory=dict)
    """Columns that are empty where another one is not."""
    differs: Table[str, str] = field(default_factory=dict)
    """Columns that tell nothing where they equal another one."""
    codes: tuple[Codes, ...] = ()
    joins: tuple[Join, ...] = ()
    things: tuple[Thing, ...] = ()

    @cached_property
    def needed(self) -> frozenset[str]:
        """The columns without which a file is not this table."""
        return frozenset(name for name in self.columns if not name.endswith("?"))


@dataclass(frozen=True)
class Filter:
    """An option that leaves rows out: ``pattern`` with ``*``, ``since`` a date or ``equals``.

    With ``whole``, rows of other tables go with those of ``table``: a name of a table, and the
    column there that a row of this one names in ``by``.
    """

    option: str
    table: str
    column: str
    kind: str
    by: str = ""
    whole: str = ""


@dataclass(frozen=True)
class Total:
    """A known total: the sum of ``part`` by a key, against ``whole``, each TABLE.COLUMN."""

    part: str
    by: str
    whole: str
    key: str
    tolerance: float = 1.0


@dataclass(frozen=True)
class Matching:
    """Which columns of a table tell who an organisation is, for matching; empty ones are not known.

    ``thing`` is the column of its key, ``status`` one that says ``withdrawn`` of records that the
    publisher took back, ``successor`` the key of what came in their place.
    """

    table: str
    thing: str
    names: tuple[str, ...]
    acronyms: tuple[str, ...] = ()
    city: str = ""
    country: str = ""
    kind: str = ""
    identifiers: tuple[str, ...] = ()
    status: str = ""
    successor: str = ""
    line: int = 0
    """The length of the lines at whose end names have lost a blank; 0 if they have not."""


@dataclass(frozen=True)
class Importer:
    """An importer: who publishes the data, their tables, filters and known totals."""

    name: str
    title: str
    publisher: str
    site: str
    page: str
    tables: tuple[Recipe, ...]
    licence: str = ""
    """The address of the licence; empty if it differs from file to file, and has to be told."""
    strength: str = "official"
    edition: str = ""
    """TABLE.COLUMN whose newest day is the edition, unless it is told."""
    filters: tuple[Filter, ...] = ()
    totals: tuple[Total, ...] = ()
    matching: Matching | None = None
    folder: Path = Path()

    def table(self, name: str) -> Recipe:
        """The table of a name."""
        return next(table for table in self.tables if table.name == name)

    def mapping(self, name: str) -> Mapping:
        """A mapping beside the importer's file; raises :class:`MappingError`."""
        return Mapping.read(self.folder / name)


def shipped() -> list[str]:
    """The names of the importers that ship."""
    folder = Path(str(resources.files(__package__)))
    return sorted(path.parent.name for path in folder.glob("*/importer.toml"))


def find(name: str) -> Importer:
    """A shipped importer by its name, or one of the user's by the path of its file.

    Raises :class:`MappingError` for one that is unknown or invalid.
    """
    if name in shipped():
        return read(Path(str(resources.files(__package__))) / name / "importer.toml")
    if not name.endswith(".toml"):
        known = ", ".join(shipped())
        raise MappingError(f"no importer {name!r}; there are: {known}, or your own FILE.toml")
    return read(Path(name))


def read(path: Path) -> Importer:
    """Read an importer; raises :class:`MappingError`, which names the file and the place in it."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise MappingError(f"{path.name}: cannot be read: {error}") from error
    try:
        tables = tuple(_table(name, table) for name, table in content.pop("tables", {}).items())
        filters = tuple(
            _made(Filter, {"option": option} | each, f"filters.{option}")
            for option, each in content.pop("filters", {}).items()
        )
        totals = tuple(_made(Total, each, "totals") for each in content.pop("totals", ()))
        made = {"tables": tables, "filters": filters, "totals": totals, "folder": path.parent}
        if "matching" in content:
            made["matching"] = _made(Matching, content.pop("matching"), "matching")
        importer = _made(Importer, content | made, "the top")
    except MappingError as error:
        raise MappingError(f"{path.name}: {error}") from None
    _check(importer, path.name)
    for thing in (thing for table in importer.tables for thing in table.things):
        importer.mapping(thing.mapping)
    return importer


def _check(importer: Importer, file: str) -> None:
    """Raise :class:`MappingError` for a name or an address that cannot become one in the graph."""
    if not re.fullmatch(SLUG, importer.name) or "--" in importer.name:
        advice = "write lower-case letters, digits and single hyphens"
        raise MappingError(f"{file}: name: {importer.name!r} cannot name a graph: {advice}")
    for key, address in (("page", importer.page), ("licence", importer.licence)):
        if (address or key == "page") and not re.fullmatch(r'https?://[^\s<>"{}|\\^`]+', address):
            advice = "write it in full, starting with https://"
            raise MappingError(f"{file}: {key}: {address!r} is not a web address: {advice}")


def _table(name: str, content: dict[str, Any]) -> Recipe:
    place = f"tables.{name}"
    lists = {
        key: tuple(_made(kind, each, f"{place}.{key}") for each in content.pop(key, ()))
        for key, kind in (("codes", Codes), ("joins", Join), ("things", Thing))
    }
    columns = {key: _names(value) for key, value in content.pop("columns", {}).items()}
    return _made(Recipe, {"name": name, "columns": columns, **content, **lists}, place)


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _made(kind: type[T], content: Table[str, Any], place: str) -> T:
    """A part of an importer from its keys; raises :class:`MappingError` for odd or missing ones."""
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    if odd := sorted(set(content) - set(known)):
        names = ", ".join(sorted(known))
        raise MappingError(f"{place}: there is no key {odd[0]!r}; there are: {names}")
    needed = {
        name
        for name, each in known.items()
        if each.default is MISSING and each.default_factory is MISSING
    }
    if missing := sorted(needed - set(content)):
        raise MappingError(f"{place}: the key {missing[0]!r} is missing")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in content.items()})
