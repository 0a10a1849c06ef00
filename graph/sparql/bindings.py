"""Binds variables of a query to RDF terms before it runs, safe from injection.

A value becomes a one-row ``VALUES`` block at the start of every group that uses the variable,
subqueries and branches of a UNION included; only text that parses as a single term is inserted.
(Oxigraph's own ``substitutions`` work for projected variables only.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

import pyoxigraph as ox

from missiongraph.errors import QueryError
from missiongraph.namespaces import ID, KINDS, SLUG, XSD

from .scanner import Token, tokens, variables

TYPES = ("iri", "text", "date", "integer", "decimal", "boolean")
"""The types of parameters of library queries."""

_SHORT = re.compile(f"({'|'.join(sorted(KINDS))})[/:]({SLUG})")
_PLACES = 1000  # digits of a decimal number; 1e999999999 would fill the memory
_DATES = {4: "gYear", 7: "gYearMonth", 10: "date"}


def term(value: object, type_: str = "") -> str:
    """A Python value as an RDF term in N-Triples; raises :class:`QueryError` if it cannot be one.

    Without a type, strings become plain literals, :class:`rdflib.URIRef` and ``NamedNode`` IRIs,
    and numbers, dates and booleans typed literals. With a type (:data:`TYPES`), strings are
    parsed as that type; an ``iri`` may be shortened to ``kind/key`` or ``kind:key``.
    """
    if hasattr(value, "n3"):
        return _from_rdflib(value)
    if isinstance(value, str):
        return _read(value, type_)
    if isinstance(value, ox.NamedNode | ox.Literal):
        return str(value)
    if isinstance(value, datetime):
        return str(ox.Literal(value.isoformat(), datatype=ox.NamedNode(XSD + "dateTime")))
    if isinstance(value, date):
        return str(ox.Literal(value.isoformat(), datatype=ox.NamedNode(XSD + "date")))
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _PLACES:
            raise QueryError(f"{value} is not a number of at most {_PLACES} places")
        return str(ox.Literal(f"{value:f}", datatype=ox.NamedNode(XSD + "decimal")))
    if isinstance(value, bool | int | float):
        return str(ox.Literal(value))
    raise QueryError(f"{value!r} cannot be an RDF term")


def _from_rdflib(value: object) -> str:
    from rdflib import Literal, URIRef  # slow to import

    if isinstance(value, URIRef | Literal):
        return parsed(value.n3())
    raise QueryError(f"{value!r} cannot be an RDF term")


def is_iri(text: str) -> bool:
    """Whether a parameter reads ``text`` as an IRI, full or shortened, and not as a name."""
    if _SHORT.fullmatch(text):
        return True
    try:
        ox.NamedNode(text.removeprefix("<").removesuffix(">"))
    except ValueError:
        return False
    return True


def parsed(text: str) -> str:
    """``text`` if it is one IRI or literal in N-Triples; raises :class:`QueryError` if not."""
    try:
        (quad,) = ox.parse(f"<x:> <x:> {text} .", ox.RdfFormat.N_TRIPLES)
    except (SyntaxError, ValueError) as error:
        raise QueryError(f"{text!r} is not an RDF term") from error
    if not isinstance(quad.object, ox.NamedNode | ox.Literal):
        raise QueryError(f"{text!r} is neither an IRI nor a literal")
    return str(quad.object)


def bind(text: str, parameters: Mapping[str, str]) -> str:
    """The query ``text`` with its variables bound to terms in N-Triples.

    Raises :class:`QueryError` for a variable that the query lacks or a value that is not a term.
    """
    if not parameters:
        return text
    if unknown := sorted(set(parameters) - variables(text)):
        raise QueryError(f"the query has no variable ?{', ?'.join(unknown)}")
    values = {name: parsed(value) for name, value in parameters.items()}
    pieces, last = [], 0
    for group in _groups(text):
        here = [name for name in values if group.outermost or name in group.variables]
        names, terms = " ".join(f"?{n}" for n in here), " ".join(values[n] for n in here)
        pieces += [text[last : group.start], f" VALUES ({names}) {{ ({terms}) }}" if here else ""]
        last = group.start
    return "".join([*pieces, text[last:]])


@dataclass
class _Group:
    """A group of graph patterns: the offset after its ``{``, and the variables directly in it."""

    start: int
    outermost: bool
    variables: set[str] = field(default_factory=set)
    subquery: bool = False


def _groups(text: str) -> Iterator[_Group]:
    """The groups of a query in order, without templates, data blocks and braces of subqueries."""
    groups: list[_Group] = []
    open_: list[_Group | None] = []
    header: list[Token] = []
    for token in tokens(text):
        if token.text == "{":
            group = None if _is_data(header) else _Group(token.end, not any(open_))
            groups += [group] if group else []
            open_.append(group)
        elif token.text == "}" and open_:
            open_.pop()
        elif open_ and (inside := open_[-1]):
            inside.subquery |= token.is_word("SELECT")
            inside.variables |= {token.text[1:]} if token.kind == "variable" else set()
        header = [] if token.text in "{}" else [*header, token]
    return (group for group in groups if not group.subquery)


def _is_data(header: list[Token]) -> bool:
    """Whether the tokens since the last brace end in CONSTRUCT or in VALUES with variables."""
    for token in reversed(header):
        if token.kind == "variable" or token.text in "()":
            continue
        return token.is_word("CONSTRUCT", "VALUES")
    return False


def _read(value: str, type_: str) -> str:
    """A string parsed as a parameter's type."""
    try:
        return _READERS[type_](value)
    except (ValueError, ArithmeticError) as error:
        raise QueryError(f"{value!r} is not of type {type_}{_ADVICE.get(type_, '')}") from error


def _iri(value: str) -> str:
    if short := _SHORT.fullmatch(value):
        value = f"{ID}{short[1]}/{short[2]}"
    return str(ox.NamedNode(value.removeprefix("<").removesuffix(">")))


def _date(value: str) -> str:
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", value):
        raise ValueError(value)
    date.fromisoformat((value + "-01-01")[:10])
    return str(ox.Literal(value, datatype=ox.NamedNode(XSD + _DATES[len(value)])))


def _boolean(value: str) -> str:
    return str(ox.Literal({"true": True, "false": False}[value.lower()]))


_ADVICE = {
    "iri": ": write <https://…>, or KIND:KEY as in organisation:bndes",
    "date": ": write 2021, 2021-05 or 2021-05-31",
    "boolean": ": write true or false",
}

_READERS = {
    "": lambda value: str(ox.Literal(value)),
    "text": lambda value: str(ox.Literal(value)),
    "iri": _iri,
    "date": _date,
    "integer": lambda value: str(ox.Literal(int(value))),
    "decimal": lambda value: term(Decimal(value)),
    "boolean": _boolean,
}
