"""Networks from question to picture: load, slice, rank, compare two days, export, plot.

    python networks.py FOLDER

Writes into FOLDER: ranking.csv, missions.gexf (open it in Gephi) and missions.svg.
"""

import csv
import sys
from pathlib import Path

import missiongraph as mg
from missiongraph.networks import centrality, load_network, read_ties
from missiongraph.networks.analysis.communities import communities
from missiongraph.networks.extract.spells import spells
from missiongraph.networks.output.svg import Look, plot
from missiongraph.networks.output.writers import write

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

# Load the graph, and draw a network of it; `missiongraph networks list` names them all.
graph = mg.open()
network = load_network(graph.engine, "shared-missions")
print(network)  # graph.network("shared-missions") gives the same as a networkx graph

# Rank: the first measure orders, the others stand beside it.
ranking = centrality(network, ["betweenness", "pagerank", "degree"])
for row in ranking.rows(top=5):
    print(f"{row['betweenness_rank']:3}  {row['label']}  {row['betweenness']:.3f}")
with (folder / "ranking.csv").open("w", encoding="utf-8", newline="") as file:
    rows = list(ranking.rows())
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(rows)

# Slice: the same network on two days has the same nodes, so their ranks can be compared.
days = ("2018-01-01", "2024-01-01")
before, after = (
    centrality(load_network(graph.engine, "shared-missions", at=day), ["pagerank"]).ranks(
        "pagerank"
    )
    for day in days
)
climbed = (before - after).argsort()[::-1][:5]
print(f"Who climbed most from {days[0]} to {days[1]}:")
for place in climbed:
    print(f"{before[place]:3} to {after[place]:3}  {network.label(network.nodes[place])}")

# Export: scores and communities become columns of the nodes; ties come and go on their days.
groups = communities(network).members
write(
    network,
    folder / "missions.gexf",
    attributes={"betweenness": ranking.scores["betweenness"], "community": groups},
    spells=spells(read_ties(graph.engine, "shared-missions"), network),
)

# Plot: nodes as large as their score, in the colour of their community.
look = Look("betweenness", ranking.scores["betweenness"], groups.tolist(), "community")
plot(network, folder / "missions.svg", look)
print("Written:", *sorted(path.name for path in folder.iterdir()))
