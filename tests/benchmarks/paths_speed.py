"""Are measures that rest on shortest paths as fast as in the fastest libraries, and equal?

    python tests/benchmarks/paths_speed.py [NODES] [closeness] [betweenness] [distance] [sampled]

The network: organisations (10,000 by default) tied by the projects they share, to 125 others in
the mean. The libraries run one after the other in this process. Times are of the processor, all
cores together: medians of five runs, or one run where it takes more than five seconds. networkx
is timed from some of the nodes, and estimated for all. The bars, as ratios of times:

- closeness and harmonic: networkx takes 300 times as long;
- exact betweenness: 1.2 times as long as the fastest of igraph and networkit at most, on one core
  and, by the clock, on all of them; networkx takes 50 times as long; on one core also by
  distance, in a network of 1,000 nodes;
- sampled betweenness: every score is within the bound, and 90 of the 100 highest nodes are those
  of the exact one; 10 s at most for 100,000 nodes and 2 million ties.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import igraph
import networkit as nk
import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks import to_networkx
from missiongraph.networks.measures.betweenness import betweenness, edge_betweenness
from missiongraph.networks.measures.distance import closeness, harmonic
from missiongraph.networks.measures.sampled_betweenness import betweenness as sampled
from missiongraph.networks.measures.sampled_betweenness import sample_size
from missiongraph.networks.model.network import Network
from missiongraph.networks.model.projection import project

LONG = 5.0  # seconds after which a run is not repeated
RUNS = 5
SOME = 10  # nodes from which networkx is timed

missed: list[str] = []


class Taken(NamedTuple):
    """Seconds of the processor and of the clock, and what came out."""

    cpu: float
    wall: float
    result: Any


def main(nodes: int, names: list[str]) -> None:
    """Run the benchmarks called ``names``."""
    network = shared_projects(nodes, nodes * 6 // 5, 8)
    print(f"{len(network):,} nodes, {network.size:,} ties")
    for name in names or list(BENCHMARKS):
        print(f"\n{name}")
        BENCHMARKS[name](network)
    if missed:
        sys.exit(f"\nmissed: {'; '.join(missed)}")
    print("\nall bars are met")


def time_closeness(network: Network) -> None:
    """Closeness and harmonic closeness."""
    closeness(network)  # compiled
    graph, other, third = to_networkx(network), as_igraph(network), as_networkit(network)
    some = some_nodes(network)
    ours = timed("closeness, ours", lambda: closeness(network))
    peer = timed(
        f"  networkx, {SOME} nodes", lambda: [nx.closeness_centrality(graph, u) for u in some]
    )
    agree("networkx", ours.result[some], peer.result)
    judge("networkx / ours", peer.cpu / SOME * len(network) / ours.cpu, at_least=300)
    timed("  igraph", other.closeness)
    timed("  networkit", lambda: run(nk.centrality.Closeness(third, True, GENERALIZED)))

    ours = timed("harmonic, ours", lambda: harmonic(network))
    peer = timed(f"  networkx, {SOME} nodes", lambda: nx.harmonic_centrality(graph, nbunch=some))
    agree("networkx", ours.result[some], [peer.result[node] for node in some])
    judge("networkx / ours", peer.cpu / SOME * len(network) / ours.cpu, at_least=300)
    timed("  igraph", other.harmonic_centrality)
    timed("  networkit", lambda: run(nk.centrality.HarmonicCloseness(third, False)))


def time_betweenness(network: Network) -> None:
    """Exact betweenness of nodes, on one core and on all; of ties."""
    betweenness(shared_projects(100, 50, 4))  # compiled
    graph, other, third = to_networkx(network), as_igraph(network), as_networkit(network)
    pairs = (len(network) - 1) * (len(network) - 2)
    with one_core():
        ours = timed("one core, ours", lambda: betweenness(network))
        peer = timed("  igraph", other.betweenness)
        rest = timed("  networkit", lambda: run(nk.centrality.Betweenness(third)))
    agree("igraph", ours.result, np.array(peer.result) * 2 / pairs)
    agree("networkit", ours.result, np.array(rest.result) / pairs)
    judge("ours / fastest", ours.cpu / min(peer.cpu, rest.cpu), at_most=1.2)
    last = timed(
        f"  networkx, {SOME} nodes", lambda: nx.betweenness_centrality(graph, k=SOME, seed=0)
    )
    judge("networkx / ours", last.cpu / SOME * len(network) / ours.cpu, at_least=50)

    ours = timed("all cores, ours", lambda: betweenness(network))
    rest = timed("  networkit", lambda: run(nk.centrality.Betweenness(third)))
    judge("by the clock, ours / fastest", ours.wall / min(peer.wall, rest.wall), at_most=1.2)
    timed("ties, ours", lambda: edge_betweenness(network))


def time_distance(network: Network) -> None:
    """Exact betweenness by distance, which is one over the strength."""
    network = network.part(np.arange(len(network)) < 1000)
    betweenness(shared_projects(100, 50, 4), by="distance")  # compiled
    far = network.distances[*network.ends]
    other = as_igraph(network)
    third = nk.GraphFromCoo((far, network.ends), n=len(network), weighted=True)
    with one_core():
        ours = timed("ours", lambda: betweenness(network, normalized=False, by="distance"))
        peer = timed("  igraph", lambda: other.betweenness(weights=far.tolist()))
        rest = timed("  networkit", lambda: run(nk.centrality.Betweenness(third)))
    agree("igraph", ours.result, peer.result)  # networkit takes equal lengths for different
    judge("ours / fastest", ours.cpu / min(peer.cpu, rest.cpu), at_most=1.2)


def time_sampled(network: Network) -> None:
    """Sampled betweenness: how good it is here, and how fast in a large network."""
    exact = timed("exact", lambda: betweenness(network)).result
    for epsilon in (0.02, 0.01, 0.005):
        size = sample_size(len(network), epsilon, 0.1)
        found = timed(f"within {epsilon}, {size:,} paths", partial(sampled, network, epsilon))
        judge("largest error", np.abs(found.result - exact).max(), at_most=epsilon)
        same = len(np.intersect1d(np.argsort(exact)[-100:], np.argsort(found.result)[-100:]))
        if epsilon <= 0.01:
            judge("of the 100 highest", same, at_least=90)

    large = shared_projects(100_000, 60_000, 6)
    print(f"  {len(large):,} nodes, {large.size:,} ties")
    for epsilon in (0.01, 0.005):
        found = timed(f"within {epsilon}", partial(sampled, large, epsilon))
        judge("seconds", found.cpu, at_most=10)
    graph = as_networkit(large)
    nk.setSeed(0, True)
    timed("  networkit KADABRA, 0.01", lambda: run(nk.centrality.KadabraBetweenness(graph, 0.01)))


BENCHMARKS: dict[str, Callable[[Network], None]] = {
    "closeness": time_closeness,
    "betweenness": time_betweenness,
    "distance": time_distance,
    "sampled": time_sampled,
}
GENERALIZED = nk.centrality.ClosenessVariant.GENERALIZED


def timed(name: str, function: Callable[[], Any]) -> Taken:
    """Run ``function`` and print its median times."""
    taken: list[Taken] = []
    while len(taken) < RUNS and (not taken or taken[0].cpu < LONG):
        cpu, wall = time.process_time(), time.perf_counter()
        result = function()
        taken.append(Taken(time.process_time() - cpu, time.perf_counter() - wall, result))
    cpu, wall = (statistics.median(each[place] for each in taken) for place in (0, 1))
    print(f"  {name:32} {cpu:8.3f} s, by the clock {wall:8.3f} s", flush=True)
    return Taken(cpu, wall, taken[0].result)


def judge(what: str, value: float, *, at_most: float = np.inf, at_least: float = -np.inf) -> None:
    """Print a figure with its bar, and note whether it is missed."""
    bar = f"at most {at_most:g}" if at_least == -np.inf else f"at least {at_least:g}"
    met = at_least <= value <= at_most
    print(f"    {what}: {value:.3g}; {bar}: {'met' if met else 'MISSED'}", flush=True)
    if not met:
        missed.append(f"{what} {value:.3g}, {bar}")


def agree(library: str, ours: Any, theirs: Any) -> None:
    """Stop where the numbers of another library are not ours."""
    difference = np.abs(np.asarray(ours) - np.asarray(theirs)).max()
    print(f"    differs from {library} by {difference:.0e}")
    assert difference < 1e-9 * max(1, np.max(theirs))


def shared_projects(nodes: int, projects: int, members: float) -> Network:
    """Organisations, few of which are in very many projects, tied by those they share."""
    chance = np.random.default_rng(0)
    sizes = np.maximum(1, chance.lognormal(np.log(members) - 0.4, 0.9, projects)).astype(int)
    share = np.arange(1, nodes + 1) ** -0.7
    who = chance.choice(nodes, sizes.sum(), p=share / share.sum())
    which = np.repeat(np.arange(projects), sizes)
    shape = (nodes, projects)
    affiliations = sparse.csr_array((np.ones(len(who)), (who, which)), shape)
    affiliations.sum_duplicates()
    return Network(range(nodes), project(affiliations), affiliations=affiliations)


def some_nodes(network: Network) -> list[int]:
    """Nodes that stand for all."""
    chance = np.random.default_rng(0)
    return [int(node) for node in chance.choice(len(network), SOME, replace=False)]


def as_igraph(network: Network) -> Any:
    """The network in igraph."""
    return igraph.Graph(len(network), np.column_stack(network.ends))


def as_networkit(network: Network) -> Any:
    """The network in networkit."""
    return nk.GraphFromCoo(network.ends, n=len(network))


def run(algorithm: Any) -> list[float]:
    """What an algorithm of networkit finds."""
    scores: list[float] = algorithm.run().scores()
    return scores


@contextmanager
def one_core() -> Iterator[None]:
    """Only one core for all libraries, for a while."""
    every, threads = os.sched_getaffinity(0), nk.getMaxNumberOfThreads()
    os.sched_setaffinity(0, {min(every)})
    nk.setNumberOfThreads(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)
        nk.setNumberOfThreads(threads)


if __name__ == "__main__":
    count = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 0
    main(count or 10_000, sys.argv[2 if count else 1 :])
