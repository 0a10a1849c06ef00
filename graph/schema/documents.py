"""The ontology, in each released version, and the shapes, as statements."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import TypeAlias

import pyoxigraph as ox

from missiongraph.namespaces import ONTOLOGY_GRAPH, SHAPES
from missiongraph.rdf.store import parse

Quads: TypeAlias = list[ox.Quad]

_VERSION = ox.NamedNode("http://www.w3.org/2002/07/owl#versionInfo")
_FILE = "missiongraph.ttl"


def _folder() -> Path:
    return Path(str(resources.files("missiongraph.ontology")))


def versions() -> dict[str, Path]:
    """The files of all available versions of the ontology, the current one first."""
    current = _folder() / _FILE
    stated = next(q.object for q in parse(current) if q.predicate == _VERSION)
    assert isinstance(stated, ox.Literal)
    old = {path.stem: path for path in sorted(_folder().glob("releases/*.ttl"), reverse=True)}
    return {stated.value: current} | old


@cache
def ontology(version: str = "") -> Quads:
    """The statements of a version of the ontology; of the current one by default.

    Raises ``KeyError`` for a version that is not in :func:`versions`.
    """
    path = versions()[version] if version else _folder() / _FILE
    return _quads([path], ONTOLOGY_GRAPH)


@cache
def shapes() -> Quads:
    """The statements of all shapes."""
    return _quads(sorted(_folder().glob("shapes/*.ttl")), SHAPES.rstrip("#"))


def _quads(paths: list[Path], graph: str) -> Quads:
    """The statements of the files in ``graph``, with canonical blank node labels (RDFC-1.0)."""
    node = ox.NamedNode(graph)
    triples = (quad.triple for path in paths for quad in parse(path))
    dataset = ox.Dataset(ox.Quad(t.subject, t.predicate, t.object, node) for t in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)
