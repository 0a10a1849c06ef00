"""Converts terms between Oxigraph and rdflib; checks and compares literals as XSD and SPARQL do.

rdflib accepts as a number or a day what Python accepts: ``NaN`` as a decimal, but no year before
1 or after 9999. Here the lexical forms are those of XSD 1.1 Part 2, and the order is that of
SPARQL's ``<`` in Oxigraph, extended to integers and decimals of any length.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from typing import Any

import pyoxigraph as ox
from rdflib import XSD, BNode, Literal, URIRef
from rdflib.term import IdentifiedNode, Node

__all__ = ["is_less", "is_well_formed", "native", "quietly", "term", "valued"]

_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_FLOAT = rf"{_DECIMAL}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_DAY = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_MIDNIGHT = r"(?P<midnight>24:00:00(?:\.0+)?)"
_TIME = rf"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|{_MIDNIGHT})"
_YEARS = r"(?:[0-9]+Y)?(?:[0-9]+M)?"
_DAYS = r"(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
_INTEGERS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
}
"""The integer types, with the least and the greatest value of each."""

_FORMS = {
    XSD[name]: re.compile(form)
    for name, form in {
        **dict.fromkeys(_INTEGERS, r"[+-]?[0-9]+"),
        "decimal": _DECIMAL,
        "double": _FLOAT,
        "float": _FLOAT,
        "boolean": "true|false|1|0",
        "date": _DAY + _ZONE,
        "dateTime": f"{_DAY}T{_TIME}{_ZONE}",
        "time": _TIME + _ZONE,
        "duration": f"-?P(?=[0-9T]){_YEARS}{_DAYS}",
        "yearMonthDuration": f"-?P(?=[0-9]){_YEARS}",
        "dayTimeDuration": f"-?P(?=[0-9T]){_DAYS}",
    }.items()
}
_BOUNDS = {XSD[name]: bounds for name, bounds in _INTEGERS.items()}
_FLOATS = frozenset({XSD.double, XSD.float})
_NUMBERS = frozenset({*_BOUNDS, *_FLOATS, XSD.decimal})
_TRUE = ("true", "1")
_UNKNOWN = URIRef("urn:x-unknown")  # a datatype that rdflib does not convert
_DIGITS = 4000  # below Python's limit for conversion to int, however it is set
_CYCLE = 400  # years after which the Gregorian calendar repeats
_LESS = ox.Store()
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
logging.getLogger("rdflib.term").addFilter(lambda _: not _quiet.get())
_FIRST, _SECOND = ox.Variable("first"), ox.Variable("second")


@contextmanager
def quietly() -> Iterator[None]:
    """Stop rdflib from logging, with a traceback, each literal that it cannot convert."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def is_well_formed(text: str, datatype: URIRef | None) -> bool:
    """Whether ``text`` is in the lexical space of a datatype (XSD 1.1 Part 2, section 3.3).

    True for all datatypes other than numbers, booleans, days, times and durations.
    """
    form = _FORMS.get(datatype) if datatype else None
    if form is None:
        return True
    match = form.fullmatch(text)
    if not match:
        return False
    if datatype in _BOUNDS:
        return _is_within(text, *_BOUNDS[datatype])
    return "day" not in form.groupindex or _is_day(*match.group("year", "month", "day"))


def is_less(first: Node, second: Node, *, or_equal: bool = False) -> bool:
    """Whether ``first < second``, or ``<=``, is true in SPARQL; false where it is an error.

    An error is comparing a literal with another kind of node, a day with a number, or an
    ill-formed literal (SPARQL 1.1 Query, sections 17.2 and 17.3).
    """
    if not (isinstance(first, Literal) and isinstance(second, Literal)):
        return False
    if not (_has_value(first) and _has_value(second)):
        return False
    one, other = _comparable(first, second)
    if one is not None:
        return bool(one <= other if or_equal else one < other)
    sign = "<=" if or_equal else "<"
    rows = _LESS.query(
        f"SELECT ?first ?second {{ FILTER(?first {sign} ?second) }}",
        substitutions={_FIRST: native(first), _SECOND: native(second)},
    )
    assert isinstance(rows, ox.QuerySolutions)
    return next(rows, None) is not None


def term(known: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> IdentifiedNode | Literal:
    """An Oxigraph term as an rdflib term, with its lexical form unchanged.

    A literal that is ill-formed, or whose value Python cannot hold, has no Python value. Raises
    ValueError for a triple term.
    """
    if isinstance(known, ox.Triple):
        raise ValueError(f"rdflib has no triple terms: {known}")
    if isinstance(known, ox.NamedNode):
        return URIRef(known.value)
    if isinstance(known, ox.BlankNode):
        return BNode(known.value)
    if known.language:
        return Literal(known.value, lang=known.language)
    datatype = URIRef(known.datatype.value)
    if datatype == XSD.string:
        return Literal(known.value)
    return _literal(known.value, datatype)


def valued(node: Node) -> Node:
    """An rdflib node; an ill-formed literal loses the Python value that rdflib gave it."""
    if isinstance(node, Literal) and node.datatype in _FORMS and not _has_value(node):
        return _literal(str(node), node.datatype)
    return node


def native(node: Node | None) -> Any:  # Any: whichever term
    """An rdflib term as an Oxigraph term; raises ValueError where Oxigraph has no such term."""
    if node is None:
        return None
    if isinstance(node, URIRef):
        return ox.NamedNode(node)
    if isinstance(node, BNode):
        return ox.BlankNode(node)
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        datatype = ox.NamedNode(node.datatype) if node.datatype else None
        return ox.Literal(str(node), datatype=datatype)
    raise ValueError(f"not an RDF term: {node!r}")


def _has_value(literal: Literal) -> bool:
    return is_well_formed(str(literal), literal.datatype)


def _comparable(first: Literal, second: Literal) -> tuple[Any, Any]:
    """Python values of booleans and numbers, which Oxigraph, with 64 bits, compares only partly."""
    kinds = {first.datatype, second.datatype}
    if kinds == {XSD.boolean}:
        return str(first) in _TRUE, str(second) in _TRUE
    if not kinds <= _NUMBERS:
        return None, None
    one, other = (float(n) if n.datatype in _FLOATS else Decimal(n) for n in (first, second))
    return (float(one), float(other)) if kinds & _FLOATS else (one, other)


def _literal(text: str, datatype: URIRef) -> Literal:
    if is_well_formed(text, datatype) and _fits(text, datatype):
        with quietly():
            return Literal(text, datatype=datatype, normalize=False)
    # rdflib does not convert unknown datatypes; unpickling then sets the real datatype
    literal = Literal(text, datatype=_UNKNOWN)
    literal.__setstate__((None, {"language": None, "datatype": datatype}))
    return literal


def _fits(text: str, datatype: URIRef) -> bool:
    """Whether Python can hold the value of a well-formed literal."""
    if datatype in _BOUNDS:
        return len(text) <= _DIGITS
    form = _FORMS.get(datatype)
    match = form.fullmatch(text) if form else None
    if not (form and match):
        return True
    if "midnight" in form.groupindex and match["midnight"]:
        return False
    return "year" not in form.groupindex or 1 <= int(match["year"][:6]) <= date.max.year


def _is_within(text: str, least: int | None, most: int | None) -> bool:
    return (least is None or Decimal(text) >= least) and (most is None or Decimal(text) <= most)


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        # leap years depend only on the last four digits
        date(_CYCLE + int(year.lstrip("-")[-4:]) % _CYCLE, int(month), int(day))
    except ValueError:
        return False
    return True
