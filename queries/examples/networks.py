"""Networks from question to picture: load, slice, rank, compare two days, export, plot.

    python networks.py FOLDER

Writes into FOLDER: ranking.csv, missions.gexf (open it in Gephi) and missions.svg.
"""

import sys
from pathlib import Path

import missiongraph as mg

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

# Load the graph, and a network of it, which is a networkx graph; graph.networks() lists them all.
graph = mg.open()
network = graph.network("shared-missions")
print(network)

# Rank: the first measure orders, the others stand beside it.
ranking = network.centrality(["betweenness", "pagerank", "degree"])
print(ranking)
(folder / "ranking.csv").write_text(ranking.to_csv(), encoding="utf-8")

# Slice: the network on two days, and who climbed most between them.
before, after = (graph.network("shared-missions", at=day) for day in ("2018-01-01", "2024-01-01"))
moved = [row for row in before.compare(after, "pagerank") if row["change"] == "moved"]
for row in sorted(moved, key=lambda row: int(row["after"]) - int(row["before"]))[:5]:
    print(f"{row['before']:3} to {row['after']:3}  {row['label']}")

# Export: scores and communities stand with the nodes; ties come and go on their days.
network.export(folder / "missions.gexf", groups=["community"], scores=["betweenness"])

# Plot: nodes as large as their score, in the colour of their community.
network.plot(folder / "missions.svg", size="betweenness")
