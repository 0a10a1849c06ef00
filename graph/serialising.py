"""Serialising: statements as RDF, with MissionGraph's prefixes, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox

from .namespaces import PREFIXES

_PREFIXED = (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.RDF_XML)
_DECLARATIONS = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_XML_ROOT = re.compile(rb"<rdf:RDF( [^>]*)>")


def serialise(statements: Iterable[ox.Triple] | Iterable[ox.Quad], format: ox.RdfFormat) -> bytes:
    """The statements in ``format``, in the order given, with the prefixes they use.

    Oxigraph writes prefixes in an order that changes from process to process; here they are
    sorted, so that equal graphs have equal bytes.
    """
    prefixes = PREFIXES if format in _PREFIXED else None
    data = ox.serialize(statements, format=format, prefixes=prefixes) or b""
    if format == ox.RdfFormat.RDF_XML:
        return _XML_ROOT.sub(_sorted_namespaces, data, count=1)
    return _sorted_prefixes(data) if prefixes else data


def _sorted_prefixes(data: bytes) -> bytes:
    head = _DECLARATIONS.match(data)
    declarations = head[0].splitlines(keepends=True) if head else []
    body = data[sum(map(len, declarations)) :]
    return b"".join([*sorted(d for d in declarations if d.split()[1] in body), body])


def _sorted_namespaces(root: re.Match[bytes]) -> bytes:
    return b"<rdf:RDF " + b" ".join(sorted(root[1].split())) + b">"
