"""Reads the query library: one ``.rq`` file per question, with a header that describes it.

::

    # Who is known to have been a member of a network on a day?
    # keywords: network, members, dates
    # parameter body: iri of moi:Network — the network; all when absent
    # parameter day: date = 2021-06-02 — the day asked about
    # column member: organisation
    # chart: table
    PREFIX …
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.namespaces import BASE, PREFIXES

from .bindings import TYPES, term
from .scanner import variables

CHARTS = ("table", "bar", "network", "timeline")

_FIELD = re.compile(r"(keywords|parameter|column|chart)\b(.*)")
_PARAMETER = re.compile(
    r"\s*(?P<type>\w+)(?:\s+of\s+(?P<of>\S+))?"
    r"\s*(?:=\s*(?P<default>.*?)\s*)?(?:—\s*(?P<help>.*))?"
)


@dataclass(frozen=True)
class Parameter:
    """A variable that the caller may bind; without a value or a default it stays unbound.

    For type ``iri``, ``of`` may be the IRI of the class or vocabulary of its values.
    """

    name: str
    type: str
    default: str = ""
    help: str = ""
    of: str = ""


@dataclass(frozen=True)
class LibraryQuery:
    """A query of the library; ``columns`` maps column names to their meaning."""

    name: str
    question: str
    keywords: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    columns: Mapping[str, str]
    chart: str
    text: str

    @classmethod
    def parse(cls, text: str, name: str = "query") -> LibraryQuery:
        """Parse a query and its header; raises :class:`QueryError`, which names file and line."""
        header = _Header()
        for number, line in enumerate(_comments(text), start=1):
            try:
                header.add(line)
            except (ValueError, QueryError) as error:
                raise QueryError(f"{name}.rq, line {number}: {error}") from None
        if not header.question:
            raise QueryError(f"{name}.rq, line 1: write the question as a comment: '# Who …?'")
        if unused := [p.name for p in header.parameters if p.name not in variables(text)]:
            raise QueryError(f"{name}.rq: the query does not use its parameter ?{unused[0]}")
        return cls(
            name,
            header.question,
            tuple(header.keywords),
            tuple(header.parameters),
            header.columns,
            header.chart,
            text,
        )

    def bindings(self, values: Mapping[str, object]) -> dict[str, str]:
        """Each parameter's value, or its default, as an RDF term in N-Triples.

        A parameter without either is left out. Raises :class:`QueryError` for an unknown
        parameter or a value of the wrong type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        if unknown := sorted(set(values) - set(known)):
            takes = f"it takes {', '.join(known)}" if known else "it takes none"
            raise QueryError(f"'{self.name}' has no parameter '{unknown[0]}'; {takes}")
        bound: dict[str, object] = {name: p.default for name, p in known.items() if p.default}
        bound.update({name: value for name, value in values.items() if value is not None})
        return {name: term(value, known[name].type) for name, value in bound.items()}


@cache
def queries() -> tuple[LibraryQuery, ...]:
    """The queries that ship with MissionGraph, sorted by name."""
    return tuple(map(read, _files()))


def _files() -> list[Path]:
    return sorted(Path(str(resources.files("missiongraph.queries"))).glob("*.rq"))


@cache
def read(path: Path) -> LibraryQuery:
    """Read one query file."""
    return LibraryQuery.parse(path.read_text("utf-8"), path.stem)


def find(name: str) -> LibraryQuery:
    """The shipped query called ``name``; raises :class:`UnknownQuery`, listing similar names."""
    files = {path.stem: path for path in _files()}
    if name not in files:
        near = get_close_matches(name, files, n=5, cutoff=0)
        raise UnknownQuery(f"no query called '{name}'; the nearest are: {', '.join(near)}")
    return read(files[name])


class _Header:
    """The fields of a query's header, filled line by line."""

    def __init__(self) -> None:
        self.question, self.chart = "", "table"
        self.keywords: list[str] = []
        self.parameters: list[Parameter] = []
        self.columns: dict[str, str] = {}

    def add(self, line: str) -> None:
        """Read a comment line; raises :class:`ValueError` for an invalid one."""
        if not self.question:
            self.question = line
        elif field := _FIELD.fullmatch(line):
            name, _, value = field[2].partition(":")
            getattr(self, f"_{field[1]}")(name.strip(), value.strip())

    def _keywords(self, name: str, value: str) -> None:
        self.keywords += [word.strip() for word in value.split(",") if word.strip()]

    def _column(self, name: str, value: str) -> None:
        if not name or not value:
            raise ValueError("write '# column NAME: what it means'")
        self.columns[name] = value

    def _chart(self, name: str, value: str) -> None:
        if value not in CHARTS:
            raise ValueError(f"no chart '{value}'; there are: {', '.join(CHARTS)}")
        self.chart = value

    def _parameter(self, name: str, value: str) -> None:
        match = _PARAMETER.fullmatch(value)
        if not name or not match or match["type"] not in TYPES:
            raise ValueError("write '# parameter NAME: TYPE = DEFAULT — what it is'")
        if match["of"] and match["type"] != "iri":
            raise ValueError(f"only an iri can be 'of' a class or vocabulary, not {match['type']}")
        of = _group(match["of"]) if match["of"] else ""
        default = match["default"] or ""
        if default:
            term(default, match["type"])
        self.parameters.append(Parameter(name, match["type"], default, match["help"] or "", of))


def _group(text: str) -> str:
    """The IRI of a class (``moi:Mission``) or of a vocabulary (``vocab/field``)."""
    prefix, colon, name = text.partition(":")
    if colon and prefix not in PREFIXES:
        raise ValueError(f"no prefix '{prefix}'; there are: {', '.join(PREFIXES)}")
    return PREFIXES[prefix] + name if colon else BASE + text


def _comments(text: str) -> Iterator[str]:
    """The comment lines at the head of a query, without their ``#``."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line.lstrip("#").strip()
