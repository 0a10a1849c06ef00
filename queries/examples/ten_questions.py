"""Ten questions of a network analyst, each in at most four lines."""

import missiongraph as mg

graph = mg.open()

# Who is central among those who carry out missions together?
shared = graph.network("shared-missions")
print(shared.centrality(["betweenness", "pagerank"], top=10))

# How sure is that, when each source is left out once?
print(shared.centrality("pagerank", sure="sources", top=10))

# Who brokers between countries?
print(shared.brokers("country", top=10))

# Which groups work together, and how stable are they?
groups = shared.communities()
print(groups.facts["modularity"], groups.facts["stability"])

# How did the ranks change since 2015?
ranks = shared.series(2015, 2026, "pagerank")
ranks.bump(top=10).save("ranks.svg")

# How fast do ties come and go?
print(shared.turnover(2018, 2026))

# What changed between two years?
before, after = (graph.network("memberships", at=year) for year in (2018, 2024))
print(before.compare(after))

# Which ties are more than chance?
print(shared.backbone(0.05, method="hypergeometric"))

# Who is around an organisation, and how far is it to another?
print(shared.neighbours("Vinnova"))
print(shared.path("Vinnova", "European Investment Bank (EIB)"))

# How do I take it to Gephi, R or a frame of mine?
shared.export("shared-missions.graphml")
frame = shared.centrality("degree").to_polars()
