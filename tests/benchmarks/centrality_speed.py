"""What does unchanged networkx code gain on a network of ours?

    python tests/benchmarks/centrality_speed.py [NODES] [MEASURE ...]

Draws a projection of power-law organisations over lognormal projects (10,000 nodes and about
500,000 ties by default) and calls ``nx.pagerank(graph)`` and others, first on our graph, then on
networkx's own; beside them igraph and networkit, where they are installed. Processor seconds of
all threads: medians of five, or one run for what takes longer than five seconds each. What takes
networkx hours is timed from a sample of the nodes, and marked ``~``. Prints the ratios and the
largest difference; exits with 1 where a bar is missed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks import Network, from_networkx, to_networkx
from missiongraph.networks.model.projection import project

SEED = 7
SAMPLE = 12
"""Nodes from which networkx is timed, where all of them would take hours."""

Run = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """A function of networkx, how it is timed in others, and how many times as fast we must be."""

    function: Callable[..., Any]
    bar: float
    igraph: Callable[[Any], Any]
    networkit: Callable[[Any, Any], Any]
    part: Callable[[Any, list[Any]], Any] | None = None
    """networkx's work for some of the nodes; None: time all of it."""


MEASURES: dict[str, Row] = {
    "pagerank": Row(
        nx.pagerank,
        50,
        lambda graph: graph.pagerank(),
        lambda kit, graph: kit.centrality.PageRank(graph, 0.85, 1e-8).run(),
    ),
    "eigenvector": Row(
        nx.eigenvector_centrality,
        50,
        lambda graph: graph.eigenvector_centrality(),
        lambda kit, graph: kit.centrality.EigenvectorCentrality(graph).run(),
    ),
    "closeness": Row(
        nx.closeness_centrality,
        300,
        lambda graph: graph.closeness(),
        lambda kit, graph: kit.centrality.Closeness(
            graph, True, kit.centrality.ClosenessVariant.GENERALIZED
        ).run(),
        lambda graph, nodes: [nx.closeness_centrality(graph, node) for node in nodes],
    ),
    "harmonic": Row(
        nx.harmonic_centrality,
        300,
        lambda graph: graph.harmonic_centrality(),
        lambda kit, graph: kit.centrality.HarmonicCloseness(graph, False).run(),
        lambda graph, nodes: nx.harmonic_centrality(graph, sources=nodes),
    ),
    "betweenness": Row(
        nx.betweenness_centrality,
        50,
        lambda graph: graph.betweenness(),
        lambda kit, graph: kit.centrality.Betweenness(graph).run(),
        lambda graph, nodes: nx.betweenness_centrality(graph, k=len(nodes), seed=SEED),
    ),
}


def main(nodes: int, names: list[str]) -> None:
    """Time each measure, and what a call costs on the way to us."""
    network = draw(nodes)
    print(f"networkx {nx.__version__}; {network}")
    own: Any = nx.Graph(to_networkx(network))
    others = _igraph(network), _networkit(network)
    print(f"a call costs {overhead():.2f} ms on its way; bar 5 ms")
    print(
        f"{'':12}{'ours':>10}{'networkx':>12}{'ratio':>9}{'bar':>6}{'igraph':>9}{'networkit':>11}"
    )
    missed = [name for name in names if not compare(name, network, own, *others)]
    if missed or overhead() > 5:
        sys.exit(f"the bar is missed: {', '.join(missed) or 'dispatch'}")


def compare(name: str, network: Network, own: Any, graph: Any, kit: Any) -> bool:
    """Print one measure; whether the bar is cleared."""
    row = MEASURES[name]
    row.function(to_networkx(ring(30)))  # compiles what is compiled
    ours, found = seconds(lambda: row.function(to_networkx(network)))  # of which nothing is kept
    if row.part is None:
        theirs, expected = seconds(lambda: row.function(own))
        worst = max(abs(found[node] - expected[node]) for node in expected)
        assert worst < 1e-9, f"{name} differs by {worst}"
    else:
        nodes, part = np.random.default_rng(SEED).choice(len(network), SAMPLE, False), row.part
        theirs = seconds(lambda: part(own, nodes.tolist()))[0] * len(network) / SAMPLE
    beside = [
        f"{seconds(run)[0]:.3f}" if there else "-"
        for there, run in (
            (graph, lambda: row.igraph(graph)),
            (kit, lambda: row.networkit(*kit)),
        )
    ]
    mark = "~" if row.part else ""
    print(
        f"{name:12}{ours:10.4f}{mark:>2}{theirs:10.2f}{theirs / ours:8.0f}x"
        f"{row.bar:6.0f}{beside[0]:>9}{beside[1]:>11}",
        flush=True,
    )
    return theirs >= row.bar * ours


def seconds(run: Run) -> tuple[float, Any]:
    """Processor seconds, the median of five or, above five seconds, of one; and the answer."""
    taken: list[float] = []
    while len(taken) < 5 and not (taken and taken[0] > 5):
        begin = time.process_time()
        found = run()
        taken.append(time.process_time() - begin)
    return median(taken), found


def overhead() -> float:
    """Milliseconds that a call takes to reach us and come back, on a network of three nodes."""
    graph = to_networkx(ring(3))
    nx.degree_centrality(graph)
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        nx.degree_centrality(graph)
        times.append(time.perf_counter() - begin)
    return median(times) * 1000


def draw(nodes: int) -> Network:
    """A projection: how many projects an organisation has is a power law, how many belong to a
    project is lognormal."""
    chance = np.random.default_rng(SEED)
    activity = chance.pareto(1.6, nodes) + 0.3
    sizes = np.clip(chance.lognormal(2.15, 0.55, int(nodes * 1.04)), 2, 60).astype(int)
    project_of = np.repeat(np.arange(len(sizes)), sizes)
    member = chance.choice(nodes, len(project_of), p=activity / activity.sum())
    belongs = sparse.csr_array(
        (np.ones(len(member)), (member, project_of)), shape=(nodes, len(sizes))
    )
    belongs.data[:] = 1
    return Network(range(nodes), project(belongs), affiliations=belongs, name="projection")


def ring(nodes: int) -> Network:
    """A small ring."""
    return from_networkx(nx.cycle_graph(nodes))


def _igraph(network: Network) -> Any:
    try:
        import igraph
    except ImportError:
        return None
    return igraph.Graph(len(network), np.column_stack(network.ends))


def _networkit(network: Network) -> Any:
    try:
        import networkit
    except ImportError:
        return None
    networkit.setNumberOfThreads(1)
    graph = networkit.GraphFromCoo(network.ends, n=len(network))
    return networkit, graph


if __name__ == "__main__":
    given = sys.argv[1:]
    size = int(given.pop(0)) if given and given[0].isdigit() else 10_000
    main(size, given or list(MEASURES))
