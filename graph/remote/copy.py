"""Copies the data of an engine into memory, to validate or export them."""

from __future__ import annotations

import pyoxigraph as ox

from missiongraph.namespaces import FILE_GRAPH
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.media_types import XML
from missiongraph.sparql.select import solutions

from .engine import hidden_graphs

_FORMAT = XML  # Virtuoso writes it several times faster than JSON
_DEFAULT = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"
_NAMED = "SELECT ?s ?p ?o ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }"
_UNNAMED = ox.NamedNode(FILE_GRAPH + "default")


def fetch(engine: Engine) -> ox.Store:
    """A copy of an engine's default graph and named graphs.

    Without named graphs, the default graph is also copied into ``graph/file/default``. Raises
    :class:`~missiongraph.errors.RemoteError` if the data do not fit one result.
    """
    hidden, store = hidden_graphs(engine), ox.Store()
    store.extend(
        ox.Quad(row["s"], row["p"], row["o"], row["graph"])
        for row in solutions(engine, _NAMED, _FORMAT)
        if not row["graph"].value.startswith(hidden)
    )
    unnamed = not len(store)
    for row in solutions(engine, _DEFAULT, _FORMAT):
        store.add(ox.Quad(row["s"], row["p"], row["o"]))
        if unnamed:
            store.add(ox.Quad(row["s"], row["p"], row["o"], _UNNAMED))
    return store
