"""What an analyst would write today: who is central among organisations that share missions?

    python tests/benchmarks/analyst.py GRAPH.nq RANKED.csv

rdflib and networkx and nothing else. It reads the statements one pattern at a time; as one
SPARQL query rdflib takes far longer, for it joins every organisation with every mission first.
The baseline of ``end_to_end.py``: prints the seconds of processor time for loading, and from
there to the CSV.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path

import networkx as nx
import rdflib

MOI = rdflib.Namespace("https://w3id.org/missiongraph/ontology#")


def load(path: Path) -> rdflib.Dataset:
    """All named graphs, asked as one."""
    graph = rdflib.Dataset(default_union=True)
    graph.parse(path, format="nquads")
    return graph


def rank(graph: rdflib.Dataset, target: Path) -> None:
    """Tie organisations by the missions they share and write them by PageRank."""
    organisations = set(graph.subjects(rdflib.RDF.type, rdflib.ORG.Organization))
    missions = set(graph.subjects(rdflib.RDF.type, MOI.Mission))
    two_mode = nx.Graph()
    for participation, organisation in graph.subject_objects(MOI.hasParticipant):
        for mission in graph.objects(participation, MOI.concerns):
            if organisation in organisations and mission in missions:
                two_mode.add_edge(organisation, mission)
    shared = nx.bipartite.weighted_projected_graph(two_mode, organisations & set(two_mode))
    scores = nx.pagerank(shared, weight="weight", tol=1e-12, max_iter=500)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["node", "label", "pagerank"])
        for node, score in sorted(scores.items(), key=lambda item: -item[1]):
            writer.writerow([node, graph.value(node, rdflib.RDFS.label), score])


if __name__ == "__main__":
    begun = time.process_time()
    loaded = load(Path(sys.argv[1]))
    ready = time.process_time()
    rank(loaded, Path(sys.argv[2]))
    print(ready - begun, time.process_time() - ready)
