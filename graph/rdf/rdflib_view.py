"""A store's default graph as an rdflib graph, without a copy: each look-up goes to the store.

oxrdflib does the same, but counts the whole store for each test whether a graph is empty, and
gives strings the datatype ``xsd:string`` where rdflib's are plain, so that they do not equal the
same strings in a shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.graph import _TripleType
from rdflib.plugins.sparql import prepareQuery
from rdflib.store import Store

from .literals import native, term
from .rdf12 import is_beyond

__all__ = ["PreparedGraph", "StoreGraph", "prepared", "view"]

_DEFAULT = ox.DefaultGraph()
_NOTHING = rdflib.Graph()


class PreparedGraph(rdflib.Graph):
    """A graph that caches parsed queries: pyshacl runs the same query for every focus node."""

    def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Any:  # Any: as rdflib's
        """Run a query; see :meth:`rdflib.Graph.query`."""
        if isinstance(query_object, str):
            query_object = prepared(query_object)
        return super().query(query_object, *args, **kwargs)


@lru_cache(maxsize=256)
def prepared(text: str) -> Any:  # Any: rdflib's query
    """A parsed query, which is not safe for use by several threads."""
    return prepareQuery(text)


class StoreGraph(PreparedGraph):
    """A read-only union of the default graph of a store and of ``also``.

    ``to_store`` and ``to_graph`` convert terms of rdflib to those of the store, and back.
    """

    def __init__(
        self,
        store: ox.Store,
        also: rdflib.Graph = _NOTHING,
        to_store: Callable[[Any], Any] = native,
        to_graph: Callable[[Any], Any] = term,
    ) -> None:
        super().__init__(store=_Lookup(store, also, to_store, to_graph))
        self.namespace_manager = also.namespace_manager  # by which pyshacl shortens IRIs

    def __len__(self) -> int:
        """Always 1: pyshacl often tests whether the graph is empty, and counting is slow."""
        return 1


def view(quads: Iterable[ox.Quad]) -> StoreGraph:
    """The triples of ``quads`` as a graph, normalised by a store of their own."""
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in quads)
    return StoreGraph(store)


class _Lookup(Store):
    """The reading part of rdflib's store interface."""

    # pyshacl looks for blank nodes in named graphs, so there must be one
    context_aware = True
    graph_aware = True

    def __init__(
        self,
        store: ox.Store,
        also: rdflib.Graph,
        to_store: Callable[[Any], Any],
        to_graph: Callable[[Any], Any],
    ) -> None:
        super().__init__()
        self._store, self._also = store, also
        self._to_store, self._to_graph = to_store, to_graph
        self._graphs = (rdflib.Graph(store=self),)

    def triples(
        self, triple_pattern: Any, context: Any = None
    ) -> Iterator[tuple[_TripleType, Iterator[rdflib.Graph]]]:
        """The triples that match ``(subject, predicate, object)``, where None matches all."""
        try:
            subject, predicate, object = map(self._to_store, triple_pattern)
            quads = self._store.quads_for_pattern(subject, predicate, object, _DEFAULT)
        except (TypeError, ValueError):
            # an impossible pattern, such as a literal as subject
            return
        for quad in quads:
            if is_beyond(quad):
                continue  # rdflib has no such term; validation reports it (rdf12)
            yield self._triple(triple_pattern, quad), iter(self._graphs)
        for triple in self._also.triples(triple_pattern):
            if ox.Quad(*map(self._to_store, triple)) not in self._store:
                yield triple, iter(self._graphs)

    def _triple(self, pattern: Any, quad: ox.Quad) -> _TripleType:
        """A quad's triple as rdflib terms; those that the pattern fixes are taken from there."""
        subject, predicate, object = pattern
        return (
            self._to_graph(quad.subject) if subject is None else subject,
            self._to_graph(quad.predicate) if predicate is None else predicate,
            self._to_graph(quad.object) if object is None else object,
        )
