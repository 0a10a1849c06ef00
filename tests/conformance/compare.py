"""When two results are the same.

Graphs are the same when a renaming of blank nodes makes them equal; so are tables, which are
compared as graphs: a node for each distinct row, which points to its values and to how often
(or, where the expected table is ordered, at which places) the row stands.

Numbers and truth values are compared by value: a literal of type xsd:integer, xsd:decimal,
xsd:double, xsd:float or xsd:boolean is the same as another *of the same type* with the same
value, since stores may keep values instead of spellings (``1.0`` and ``1.00``, ``1`` and
``true``). No other literal is touched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import pyoxigraph as ox

from .results import Result, Row, Rows, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
_DECIMAL = r"[+-]?(\d+\.?\d*|\.\d+)"
_TRUTHS = {"0": "false", "1": "true"}
_VALUES: dict[str, tuple[str, Callable[[str], object]]] = {
    "integer": (r"[+-]?\d+", Fraction),
    "decimal": (_DECIMAL, Fraction),
    "double": (_DECIMAL + r"([eE][+-]?\d+)?", float),
    "float": (_DECIMAL + r"([eE][+-]?\d+)?", float),
    "boolean": ("0|1", _TRUTHS.__getitem__),
}
"""By type: the spellings that have a value, and which value."""


def same(found: Result, expected: Result, *, lax: bool = False) -> bool:
    """Whether two results are the same; ``lax`` lets duplicate rows go missing (REDUCED)."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, Rows) and isinstance(expected, Rows):
        if lax:
            fewer = len(found.rows) <= len(expected.rows)
            return fewer and _same(_distinct(found), _distinct(expected))
        return _same(_table(found, expected.ordered), _table(expected, expected.ordered))
    if isinstance(found, list) and isinstance(expected, list):
        return same_quads(map(quad, found), map(quad, expected))
    return False


def same_quads(found: Iterable[ox.Quad], expected: Iterable[ox.Quad]) -> bool:
    """Whether two datasets are the same, their empty graphs apart (SPARQL 1.1 Update, 3.1.3)."""
    return _same(map(_valued, found), map(_valued, expected))


def _same(found: Iterable[ox.Quad], expected: Iterable[ox.Quad]) -> bool:
    return _canonical(found) == _canonical(expected)


def _canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def quad(triple: ox.Triple, graph: str | None = None) -> ox.Quad:
    """A triple in a graph; in the default graph if this has no name."""
    name = ox.NamedNode(graph) if graph else None
    return ox.Quad(triple.subject, triple.predicate, triple.object, name)


def _table(table: Rows, ordered: bool) -> Iterator[ox.Quad]:
    places: dict[frozenset[tuple[str, Term]], list[int]] = defaultdict(list)
    for place, row in enumerate(table.rows):
        places[_cells(row)].append(place)
    for variable in table.variables:
        yield ox.Quad(_name("table"), _name("variable"), ox.Literal(variable))
    for cells, where in places.items():
        node = ox.BlankNode()
        stands = where if ordered else [len(where)]
        yield from (ox.Quad(node, _name("stands"), ox.Literal(number)) for number in stands)
        yield from (ox.Quad(node, _name(f"value/{name}"), term) for name, term in cells)


def _distinct(table: Rows) -> Iterator[ox.Quad]:
    rows = {_cells(row): row for row in table.rows}
    return _table(Rows(table.variables, [*rows.values()]), ordered=False)


def _cells(row: Row) -> frozenset[tuple[str, Term]]:
    return frozenset((name, _value(term)) for name, term in row.items())


def _name(local: str) -> ox.NamedNode:
    return ox.NamedNode(f"x-compared:{local}")


def _valued(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, _value(quad.object), quad.graph_name)


def _value(term: Term) -> Term:
    """A term whose value, if it is a number or a truth value, is spelt in one way."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, _value(term.object))
    if isinstance(term, ox.Literal) and term.datatype.value.startswith(_XSD):
        spellings, value = _VALUES.get(term.datatype.value.removeprefix(_XSD), ("", str))
        if re.fullmatch(spellings, term.value):
            return ox.Literal(str(value(term.value)), datatype=term.datatype)
    return term
