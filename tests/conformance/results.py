"""Results of queries, read from every format that the suites use.

A result is a truth value, a table or a graph. Tables come in SPARQL Results XML, JSON, CSV and
TSV, and in the RDF vocabulary of the SPARQL 1.0 suite, which alone says whether rows are ordered.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from .manifest import Node, address, iri

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row = Mapping[str, Term]


@dataclass(frozen=True)
class Rows:
    """A table: its variables, and its rows without the unbound cells."""

    variables: frozenset[str]
    rows: list[Row]
    ordered: bool = False


Result = bool | Rows | list[ox.Triple]

CSV = "text/csv"
_TABLES = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
    "text/tab-separated-values": ox.QueryResultsFormat.TSV,
}
_SUFFIXES = {
    ".csv": CSV,
    ".srj": "application/sparql-results+json",
    ".srx": "application/sparql-results+xml",
    ".tsv": "text/tab-separated-values",
    ".rdf": "application/rdf+xml",
    ".nt": "application/n-triples",
    ".ttl": "text/turtle",
}


def media_type(path: Path, result: Result) -> str:
    """What to ask of the server, to be compared with a file: its own format where it can be."""
    kind = _SUFFIXES[path.suffix]
    is_graph = isinstance(result, list)
    return kind if is_graph or kind in (CSV, *_TABLES) else "application/sparql-results+json"


def of_file(path: Path) -> Result:
    """The result that a file of a suite holds."""
    return of_bytes(path.read_bytes(), _SUFFIXES[path.suffix], address(path))


def of_bytes(data: bytes, kind: str, base: str | None = None) -> Result:
    """The result that a body of this media type holds; raises ``ValueError`` if it is none."""
    if kind == CSV:
        return _csv(data.decode())
    if kind in _TABLES:
        return _solutions(data, _TABLES[kind])
    if (format := ox.RdfFormat.from_media_type(kind)) is None:
        raise ValueError(f"{kind or 'no media type'} is none of the formats for results")
    graph = ox.Dataset(ox.parse(data, format, base_iri=base))
    tables = graph.quads_for_object(iri("rs:ResultSet"))
    if table := next(iter(tables), None):
        return _described(Node(graph, table.subject))
    return [quad.triple for quad in graph]


def _solutions(data: bytes, format: ox.QueryResultsFormat) -> bool | Rows:
    parsed = ox.parse_query_results(data, format)
    if isinstance(parsed, ox.QueryBoolean):
        return bool(parsed)
    names = [variable.value for variable in parsed.variables]
    rows: list[Row] = [
        {name: term for name, term in zip(names, solution, strict=True) if term is not None}
        for solution in parsed
    ]
    return Rows(frozenset(names), rows)


def _csv(text: str) -> Rows:
    """CSV tells only blank nodes from other terms, all of which are read as strings."""
    names, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = [dict(zip(names, map(_cell, line), strict=True)) for line in lines]
    return Rows(frozenset(names), rows)


def _cell(text: str) -> Term:
    return ox.BlankNode(text[2:]) if text.startswith("_:") else ox.Literal(text)


def _described(table: Node) -> bool | Rows:
    if truth := table.one("rs:boolean"):
        return truth.value == "true"
    solutions = table.all("rs:solution")
    ordered = any(solution.one("rs:index") for solution in solutions)
    if ordered:
        solutions.sort(key=lambda solution: int(solution.the("rs:index").value))
    variables = frozenset(variable.value for variable in table.all("rs:resultVariable"))
    return Rows(variables, [_row(solution) for solution in solutions], ordered)


def _row(solution: Node) -> Row:
    bindings = solution.all("rs:binding")
    return {each.the("rs:variable").value: each.the("rs:value").term for each in bindings}
