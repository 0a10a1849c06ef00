"""A copy in memory of what an engine answers from: to validate it, or to write it to a file."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox

from missiongraph.namespaces import FILE_GRAPH
from missiongraph.sparql.engine import Engine, Query

from .engine import hidden_graphs

_XML = "application/sparql-results+xml"
_DEFAULT = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
_NAMED = "SELECT ?s ?p ?o ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }"
_UNNAMED = ox.NamedNode(FILE_GRAPH + "default")


def fetch(engine: Engine) -> ox.Store:
    """All that an engine answers from, its default graph and its named graphs.

    Where there are no named graphs, the default graph stands in ``graph/file/default`` too.
    Raises :class:`~missiongraph.errors.RemoteError` for more than a result may hold.
    """
    hidden, store = hidden_graphs(engine), ox.Store()
    store.extend(
        ox.Quad(row["s"], row["p"], row["o"], row["graph"])
        for row in _rows(engine, _NAMED)
        if not row["graph"].value.startswith(hidden)
    )
    unnamed = not len(store)
    for row in _rows(engine, _DEFAULT):
        store.add(ox.Quad(row["s"], row["p"], row["o"]))
        if unnamed:
            store.add(ox.Quad(row["s"], row["p"], row["o"], _UNNAMED))
    return store


def _rows(engine: Engine, query: str) -> Iterator[ox.QuerySolution]:
    """As XML, which Virtuoso writes several times faster than JSON."""
    data = engine.run(Query(query), solutions=_XML, triples=None).read()
    found = ox.parse_query_results(data, ox.QueryResultsFormat.XML)
    assert isinstance(found, ox.QuerySolutions)
    return found
