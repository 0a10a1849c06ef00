"""Keeps literals in a store exactly as they are written: ``"01"`` and ``"1"`` stay two integers.

Oxigraph holds numbers, days and booleans by value and forgets their lexical form, but RDF terms
are equal only if their forms are (RDF 1.1 Concepts, section 3.3). Here such literals get a
private datatype, under which a store holds them as text.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyoxigraph as ox
from rdflib import XSD, Literal
from rdflib.term import Node

from .literals import native, term
from .rdflib_view import StoreGraph

__all__ = ["ExactGraph", "exact", "held", "told"]

_PRIVATE = "urn:x-missiongraph:exact:"
_BY_VALUE = (str(XSD), _PRIVATE)
_STRING = str(XSD.string)


class ExactGraph(StoreGraph):
    """A store of :func:`exact` quads as a read-only rdflib graph of the terms as written."""

    def __init__(self, store: ox.Store) -> None:
        super().__init__(store, to_store=held, to_graph=told)


def exact(quad: ox.Quad) -> ox.Quad:
    """The quad's triple, in the default graph, for a store that keeps its literal as written."""
    object = quad.object
    if isinstance(object, ox.Literal):
        datatype = object.datatype.value
        if datatype.startswith(_BY_VALUE) and datatype != _STRING:
            object = ox.Literal(object.value, datatype=_private(datatype))
    return ox.Quad(quad.subject, quad.predicate, object)


def held(node: Node | None) -> Any:  # Any: whichever term
    """An rdflib term as a store of :func:`exact` quads holds it; None stays None.

    Language tags become lower case, in which rdflib compares them. Raises ValueError where
    Oxigraph has no such term.
    """
    if isinstance(node, Literal) and not node.language:
        datatype = str(node.datatype or "")
        if datatype.startswith(_BY_VALUE):
            return ox.Literal(str(node), datatype=_private(datatype))
    return native(node)


def told(known: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Node:
    """The rdflib term of a term from a store of :func:`exact` quads, as it was written."""
    if isinstance(known, ox.Literal):
        datatype = known.datatype.value
        if datatype.startswith(_PRIVATE):
            return _told(known.value, datatype.removeprefix(_PRIVATE))
    return term(known)


@lru_cache(maxsize=4096)
def _told(text: str, datatype: str) -> Node:
    if datatype == _STRING:
        return Literal(text, datatype=XSD.string)  # rdflib keeps it apart from a plain literal
    return term(ox.Literal(text, datatype=ox.NamedNode(datatype)))


@lru_cache(maxsize=256)
def _private(datatype: str) -> ox.NamedNode:
    return ox.NamedNode(_PRIVATE + datatype)
