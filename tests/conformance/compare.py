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
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pyoxigraph as ox

from .results import Result, Rows, Term

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_COMPARED = "x-compared:"


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
        return same_quads(map(_quad, found), map(_quad, expected))
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


def _table(table: Rows, ordered: bool) -> Iterator[ox.Quad]:
    places = defaultdict(list)
    for place, row in enumerate(table.rows):
        places[_key(row)].append(place)
    for variable in table.variables:
        yield ox.Quad(_name("table"), _name("variable"), ox.Literal(variable))
    for row, where in places.items():
        node = ox.BlankNode()
        stands = where if ordered else [len(where)]
        yield from (ox.Quad(node, _name("stands"), ox.Literal(number)) for number in stands)
        yield from (ox.Quad(node, _name(f"value/{name}"), term) for name, term in row)


def _distinct(table: Rows) -> Iterator[ox.Quad]:
    rows = {_key(row): row for row in table.rows}
    return _table(Rows(table.variables, [*rows.values()]), ordered=False)


def _key(row: dict[str, Term]) -> frozenset[tuple[str, Term]]:
    return frozenset((name, _value(term)) for name, term in row.items())


def _name(local: str) -> ox.NamedNode:
    return ox.NamedNode(_COMPARED + local)


def _quad(triple: ox.Triple) -> ox.Quad:
    return ox.Quad(triple.subject, triple.predicate, triple.object)


def _valued(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, _value(quad.object), quad.graph_name)


def _value(term: Term) -> Term:
    """A term whose value, if it is a number or a truth value, is spelt in one way."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, _value(term.object))
    if not isinstance(term, ox.Literal) or not _NUMBER.fullmatch(term.value):
        return term
    match term.datatype.value.removeprefix(_XSD):
        case "integer" | "decimal":
            spelt = f"{Decimal(term.value).normalize():f}"
        case "double" | "float":
            spelt = repr(float(term.value))
        case "boolean":
            spelt = {"0": "false", "1": "true"}.get(term.value, term.value)
        case _:
            return term
    return ox.Literal(spelt, datatype=term.datatype)
