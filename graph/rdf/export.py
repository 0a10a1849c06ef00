"""Exports the whole graph as one RDF file.

Quad formats (``nq``, ``trig``, ``jsonld``) keep the named graphs; their default graph holds only
triples that are in none of these. Triple formats (``nt``, ``ttl``, ``xml``) hold the merged
default graph, each triple once. Statements are sorted, so that equal graphs give equal bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyoxigraph as ox

from missiongraph.errors import NotAcceptable
from missiongraph.system.files import replacing, suffix

from .formats import by_suffix
from .serialization import serialise

FORMATS = by_suffix("nq", "nt", "trig", "ttl", "xml", "rdf", "jsonld")
"""Formats by name, which is also their file suffix; ``.gz`` may follow."""

_UNNAMED = "SELECT ?s ?p ?o { ?s ?p ?o MINUS { GRAPH ?graph { ?s ?p ?o } } }"


def export(store: ox.Store, target: Path | str | BinaryIO, format: str = "") -> None:
    """Write ``store`` to a file or an open binary stream.

    ``format`` is one of :data:`FORMATS`, followed by ``.gz`` to compress a stream; for a file
    it defaults to the suffix. Raises :class:`NotAcceptable` for any other.
    """
    if isinstance(target, Path | str):
        path = Path(target)
        data = serialised(store, format or suffix(path))
        with replacing(path) as file:
            file.write(data)
        return
    data = serialised(store, format)
    target.write(gzip.compress(data, 6, mtime=0) if format.endswith(".gz") else data)


def serialised(store: ox.Store, format: str) -> bytes:
    """The graph in one of :data:`FORMATS`, its statements sorted."""
    name = format.removesuffix(".gz").removeprefix(".")
    if name not in FORMATS:
        raise NotAcceptable(f"no format '{name}'; there are: {', '.join(FORMATS)}")
    if FORMATS[name].supports_datasets:
        return serialise(sorted(_stated(store), key=_by_graph), FORMATS[name])
    merged = store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    return serialise(sorted((quad.triple for quad in merged), key=str), FORMATS[name])


def _stated(store: ox.Store) -> Iterator[ox.Quad]:
    """The quads without those of the default graph that are there as a named graph holds them.

    The store compares these by itself: to read them all from a disk would take twice as long.
    """
    for graph in store.named_graphs():
        yield from store.quads_for_pattern(None, None, None, graph)
    for subject, predicate, object in cast(ox.QuerySolutions, store.query(_UNNAMED)):
        yield ox.Quad(subject, predicate, object)


def _by_graph(quad: ox.Quad) -> tuple[str, str]:
    return str(quad.graph_name), str(quad.triple)
