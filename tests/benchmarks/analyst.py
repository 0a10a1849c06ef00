"""What an analyst would write today: who is central among organisations that share missions?

    python tests/benchmarks/analyst.py GRAPH.nq RANKED.csv

rdflib and networkx and nothing else. It reads the statements one pattern at a time: as one
SPARQL query with both classes rdflib joins every organisation with every mission first, and does
not end. The baseline of ``end_to_end.py``, for which it prints the seconds of processor time of
each step.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import rdflib

MOI = rdflib.Namespace("https://w3id.org/missiongraph/ontology#")


def load(path: Path) -> rdflib.Dataset:
    """All named graphs, asked as one."""
    graph = rdflib.Dataset(default_union=True)
    graph.parse(path, format="nquads")
    return graph


def network(graph: rdflib.Dataset) -> nx.Graph[Any]:
    """Organisations, tied by the missions that both take part in."""
    organisations = set(graph.subjects(rdflib.RDF.type, rdflib.ORG.Organization))
    missions = set(graph.subjects(rdflib.RDF.type, MOI.Mission))
    two_mode: nx.Graph[Any] = nx.Graph()
    for participation, organisation in graph.subject_objects(MOI.hasParticipant):
        for mission in graph.objects(participation, MOI.concerns):
            if organisation in organisations and mission in missions:
                two_mode.add_edge(organisation, mission)
    shared: nx.Graph[Any] = nx.bipartite.weighted_projected_graph(
        two_mode, organisations & set(two_mode)
    )
    return shared


def write(graph: rdflib.Dataset, scores: dict[str, dict[Any, float]], target: Path) -> None:
    """A row to each organisation, the highest in the first measure first."""
    first = next(iter(scores.values()))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["node", "label", *scores])
        for node in sorted(first, key=lambda node: -first[node]):
            found = [of_measure[node] for of_measure in scores.values()]
            writer.writerow([node, graph.value(node, rdflib.RDFS.label), *found])


def main(source: Path, target: Path) -> None:
    """Do it step by step."""
    clock = [time.process_time()]
    graph = load(source)
    clock.append(time.process_time())
    shared = network(graph)
    clock.append(time.process_time())
    scores = {"pagerank": nx.pagerank(shared, weight="weight", tol=1e-12, max_iter=500)}
    clock.append(time.process_time())
    scores["closeness"] = nx.closeness_centrality(shared)
    clock.append(time.process_time())
    scores["betweenness"] = nx.betweenness_centrality(shared)
    clock.append(time.process_time())
    write(graph, scores, target)
    clock.append(time.process_time())
    steps = ("load", "network", *scores, "write")
    taken = (after - before for before, after in pairwise(clock))
    print(json.dumps(dict(zip(steps, taken, strict=True))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
