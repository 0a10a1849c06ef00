"""How fast are measures of structure beside networkx and igraph?

    python tests/benchmarks/structure_speed.py [--large]

Measures a projection of 10,000 organisations (about 500,000 ties): processor time of all threads,
median of five (of three above two seconds, one above ten), and the ratio to ours in the same run.
The graphs of the others are made beforehand; ours is compiled beforehand. networkx has no
brokerage: its place has the loop over pairs that one would write, run on a sample of brokers and
scaled by the number of their pairs. With --large, ours alone at 100,000 organisations and about two
million ties.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import igraph
import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks import Network, brokers
from missiongraph.networks.measures.cohesion import clustering, coreness
from missiongraph.networks.measures.structural_holes import constraint, effective_size
from missiongraph.networks.model.projection import project

GROUPS = 8
SAMPLE = 300  # brokers whose pairs are gone through in Python


def main(large: bool) -> None:
    """Time each measure with each library."""
    ours = organisations(100_000, 85_000) if large else organisations(10_000, 22_000)
    print(f"{len(ours):,} nodes, {ours.size:,} ties")
    groups = {node: place % GROUPS for place, node in enumerate(ours.nodes)}
    compile_all()
    calls: dict[str, Callable[[], Any]] = {
        "coreness": lambda: coreness(ours),
        "clustering": lambda: clustering(ours),
        "clustering by strength": lambda: clustering(ours, "strength"),
        "constraint": lambda: constraint(ours),
        "effective size": lambda: effective_size(ours),
        "brokerage": lambda: brokers(ours, groups),
    }
    taken = {name: seconds(call) for name, call in calls.items()}
    others = {} if large else rivals(ours, groups)
    for name, time_of_ours in taken.items():
        line = f"{name:24}{time_of_ours:8.3f} s"
        for rival, measures in others.items():
            if name in measures:
                theirs = measures[name]()
                line += f"   {rival} {theirs:9.2f} s, {theirs / time_of_ours:6.1f} times"
        print(line)


def organisations(n: int, projects: int) -> Network:
    """Organisations tied by the projects they share; some are in very many (power law)."""
    chance = np.random.default_rng(0)
    likely = np.arange(1, n + 1) ** -0.55
    sizes = np.minimum(chance.lognormal(1.2, 0.8, projects).astype(int) + 2, 100)
    who = chance.choice(n, sizes.sum(), p=likely / likely.sum())
    entries = (np.ones(len(who)), (who, np.repeat(np.arange(projects), sizes)))
    return Network(list(range(n)), project(sparse.csr_array(entries, shape=(n, projects))))


def rivals(ours: Network, groups: dict[Any, int]) -> dict[str, dict[str, Callable[[], float]]]:
    """What the others need for each measure, in seconds."""
    graph = nx.from_scipy_sparse_array(ours.matrix, edge_attribute="strength")
    upper = sparse.triu(ours.matrix).tocoo()
    other = igraph.Graph(len(ours), list(zip(upper.row.tolist(), upper.col.tolist(), strict=True)))
    other.es["strength"] = upper.data.tolist()
    return {
        "networkx": {
            "coreness": lambda: seconds(lambda: nx.core_number(graph)),
            "clustering": lambda: seconds(lambda: nx.clustering(graph)),
            "constraint": lambda: seconds(lambda: nx.constraint(graph, weight="strength")),
            "effective size": lambda: seconds(lambda: nx.effective_size(graph, weight="strength")),
        },
        "igraph": {
            "coreness": lambda: seconds(other.coreness),
            "clustering": lambda: seconds(lambda: other.transitivity_local_undirected(mode="zero")),
            "constraint": lambda: seconds(lambda: other.constraint(weights="strength")),
        },
        "pairs in Python (est.)": {"brokerage": lambda: by_pairs(graph, groups)},
    }


def by_pairs(graph: nx.Graph[Any], groups: dict[Any, int]) -> float:
    """Seconds for all brokers, from those for some of them."""
    near = {node: set(graph[node]) for node in graph}
    some = np.random.default_rng(1).choice(len(graph), SAMPLE, replace=False).tolist()
    pairs = {node: len(near[node]) ** 2 for node in graph}
    start = time.process_time()
    for broker in some:
        count: dict[tuple[bool, bool, bool], int] = {}
        for a in near[broker]:
            for b in near[broker] - near[a] - {a}:
                one, two, three = groups[a], groups[broker], groups[b]
                role = (one == two, two == three, one == three)
                count[role] = count.get(role, 0) + 1
    taken = time.process_time() - start
    return taken * sum(pairs.values()) / sum(pairs[node] for node in some)


def compile_all() -> None:
    """Call everything once on a small network, which compiles it or loads what is compiled."""
    small = organisations(50, 60)
    for measure in (coreness, clustering, constraint, effective_size):
        measure(small)
    brokers(small, dict.fromkeys(small.nodes, 0))


def seconds(call: Callable[[], Any]) -> float:
    """The median processor time of all threads."""
    taken: list[float] = []
    while len(taken) < (5 if not taken or taken[0] < 2 else 3 if taken[0] < 10 else 1):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main("--large" in sys.argv[1:])
