"""Counts the things and statements of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from missiongraph.namespaces import (
    INFERRED_GRAPH,
    NETWORKS_GRAPH,
    ONTOLOGY_GRAPH,
    SOURCE_GRAPH,
    VOCABULARIES_GRAPH,
    short,
)
from missiongraph.resources import version
from missiongraph.sparql.engine import Engine
from missiongraph.sparql.select import rows

_CLASSES = """
SELECT ?class (COUNT(?thing) AS ?things) WHERE {
  ?thing a ?class
  FILTER(isIRI(?thing))
} GROUP BY ?class ORDER BY ?class
"""
_GRAPHS = """
SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph
"""
_MERGED = "SELECT (COUNT(*) AS ?triples) WHERE { ?s ?p ?o }"
_OTHER = (INFERRED_GRAPH, NETWORKS_GRAPH, ONTOLOGY_GRAPH, VOCABULARIES_GRAPH)


@dataclass(frozen=True)
class Info:
    """Counts of things and statements.

    ``missions`` counts missions only: local missions, mission frameworks and programmes stand
    beside it. ``classes`` counts things by the prefixed name of their class, stated or inferred.
    ``statements`` counts triples by graph: ``curated`` (all graphs but the next four),
    ``inferred``, ``networks``, ``ontology``, ``vocabularies``, and ``merged``, the default graph,
    which has each triple once. ``sourced`` is the share (0 to 1) of curated statements in the
    graphs of sources.
    """

    missions: int
    mission_frameworks: int
    local_missions: int
    programmes: int
    goals: int
    targets: int
    instruments: int
    results: int
    organisations: int
    sources: int
    named_graphs: int
    statements: Mapping[str, int]
    sourced: float
    classes: Mapping[str, int]
    fingerprint: str
    version: str


def describe(engine: Engine, hidden_graphs: tuple[str, ...] = ()) -> Info:
    """Count the data of an engine; graphs whose IRIs begin with a hidden prefix do not count."""
    classes = {short(iri): count for iri, count in rows(engine, _CLASSES)}
    graphs = {g: n for g, n in rows(engine, _GRAPHS) if not g.startswith(hidden_graphs)}
    curated = sum(count for graph, count in graphs.items() if graph not in _OTHER)
    sourced = sum(count for graph, count in graphs.items() if graph.startswith(SOURCE_GRAPH))
    ((merged,),) = rows(engine, _MERGED)
    return Info(
        missions=classes.get("moi:Mission", 0),
        mission_frameworks=classes.get("moi:MissionFramework", 0),
        local_missions=classes.get("moi:LocalMission", 0),
        programmes=classes.get("moi:Programme", 0),
        goals=classes.get("moi:Goal", 0),
        targets=classes.get("moi:Target", 0),
        instruments=classes.get("moi:PolicyInstrument", 0),
        results=classes.get("moi:Result", 0),
        organisations=classes.get("org:Organization", 0),
        sources=classes.get("moi:Source", 0),
        named_graphs=len(graphs),
        statements={
            "curated": curated,
            "inferred": graphs.get(INFERRED_GRAPH, 0),
            "networks": graphs.get(NETWORKS_GRAPH, 0),
            "ontology": graphs.get(ONTOLOGY_GRAPH, 0),
            "vocabularies": graphs.get(VOCABULARIES_GRAPH, 0),
            "merged": merged,
        },
        sourced=sourced / curated if curated else 0.0,
        classes=classes,
        fingerprint=engine.fingerprint,
        version=version("missiongraph"),
    )
