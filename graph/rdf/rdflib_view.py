"""A store's default graph as an rdflib graph: nothing is copied, every look-up goes to the store.

oxrdflib would do the same, but it counts the whole store whenever a graph is asked whether it
is empty, and its strings are ``xsd:string`` where rdflib's are plain, so that none equals the
same string in a shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.graph import _TripleType
from rdflib.plugins.sparql import prepareQuery
from rdflib.store import Store

from .literals import native, term
from .rdf12 import is_beyond

__all__ = ["PreparedGraph", "StoreGraph", "view"]

_DEFAULT = ox.DefaultGraph()
_NOTHING = rdflib.Graph()


class PreparedGraph(rdflib.Graph):
    """A graph that parses each query once: pyshacl asks the same one for every focus node."""

    def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer, as :meth:`rdflib.Graph.query` gives it."""
        if isinstance(query_object, str):
            query_object = _prepared(query_object)
        return super().query(query_object, *args, **kwargs)


@lru_cache(maxsize=256)
def _prepared(text: str) -> Any:
    return prepareQuery(text)


class StoreGraph(PreparedGraph):
    """A read-only graph over the default graph of a store and over ``also``."""

    def __init__(self, store: ox.Store, also: rdflib.Graph = _NOTHING) -> None:
        super().__init__(store=_Lookup(store, also))
        self.namespace_manager = also.namespace_manager  # by which pyshacl shortens IRIs

    def __len__(self) -> int:
        """One, however many triples there are: pyshacl asks again and again if there are any."""
        return 1


def view(quads: Iterable[ox.Quad]) -> StoreGraph:
    """The triples of ``quads``, in the form in which a store keeps them."""
    store = ox.Store()
    store.extend(ox.Quad(*quad.triple) for quad in quads)
    return StoreGraph(store)


class _Lookup(Store):
    """The part of rdflib's store interface that reading takes."""

    # pyshacl looks for blank nodes in named graphs; there is one
    context_aware = True
    graph_aware = True

    def __init__(self, store: ox.Store, also: rdflib.Graph) -> None:
        super().__init__()
        self._store, self._also = store, also
        self._graphs = (rdflib.Graph(store=self),)

    def triples(
        self, triple_pattern: Any, context: Any = None
    ) -> Iterator[tuple[_TripleType, Iterator[rdflib.Graph]]]:
        """The triples that match ``(subject, predicate, object)``, where None matches all."""
        subject, predicate, object = triple_pattern
        try:
            wanted = native(subject), native(predicate), native(object)
            found = self._store.quads_for_pattern(*wanted, _DEFAULT)
        except (TypeError, ValueError):
            # such as a literal as subject: no triple has it
            return
        for quad in found:
            if is_beyond(quad):
                continue  # rdflib has no such term; whoever adds one is told so
            yield _told(triple_pattern, quad), iter(self._graphs)
        for triple in self._also.triples(triple_pattern):
            if ox.Quad(*map(native, triple)) not in self._store:
                yield triple, iter(self._graphs)


def _told(pattern: Any, quad: ox.Quad) -> _TripleType:
    """A quad's triple in rdflib's terms, of which the pattern has some already."""
    subject, predicate, object = pattern
    return (
        term(quad.subject) if subject is None else subject,
        term(quad.predicate) if predicate is None else predicate,
        term(quad.object) if object is None else object,
    )
