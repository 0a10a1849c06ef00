"""How fast is a projection, next to networkx?

    python tests/benchmarks/projection_speed.py [METHOD]

About 100,000 affiliations of 10,000 organisations with projects, some of which very many take part
in, are projected on the organisations: about 500,000 ties. Prints processor seconds (median of
nine for ours, one run for networkx, which takes long), and ends with an error if the ties or their
strengths differ or ours is not 200 times as fast.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from networkx.algorithms import bipartite
from scipy import sparse

from missiongraph.networks.model.projection import project

ORGANISATIONS, PROJECTS, ROUNDS, BAR = 10_000, 27_500, 9, 200
THEIRS: dict[str, Callable[..., Any]] = {
    "count": bipartite.weighted_projected_graph,
    "newman": bipartite.collaboration_weighted_projected_graph,
    "jaccard": bipartite.overlap_weighted_projected_graph,
}


def main(method: str = "count") -> None:
    """Project with both and compare."""
    affiliations = generate()
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(ORGANISATIONS), bipartite=0)
    rows, columns = affiliations.nonzero()
    graph.add_edges_from(zip(rows.tolist(), (columns + ORGANISATIONS).tolist(), strict=True))
    ours, taken = timed(lambda: project(affiliations, method), ROUNDS)
    theirs, networkx_taken = timed(lambda: THEIRS[method](graph, range(ORGANISATIONS)), 1)
    expected = nx.to_scipy_sparse_array(theirs, nodelist=range(ORGANISATIONS), format="csr")
    difference = abs(ours - expected).max() if ours.nnz == expected.nnz else float("inf")
    ratio = networkx_taken / taken
    print(f"{affiliations.nnz:,} affiliations, {ours.nnz // 2:,} ties, by {method}")
    print(f"networkx {networkx_taken:.2f} s, ours {taken * 1e3:.1f} ms: {ratio:.0f} times")
    print(f"largest difference of a strength: {difference:.1e}")
    if difference > 1e-9 or ratio < BAR:
        sys.exit(f"the bar is missed: the same ties, {BAR} times as fast")


def generate(seed: int = 0) -> sparse.csr_array:
    """Affiliations with projects of lognormal size, organisations drawn by a power law."""
    chance = np.random.default_rng(seed)
    sizes = np.clip(chance.lognormal(0.78, 1.08, PROJECTS).astype(int), 1, 120)
    popularity = np.arange(1, ORGANISATIONS + 1) ** -0.5
    rows = chance.choice(ORGANISATIONS, sizes.sum(), p=popularity / popularity.sum())
    columns = np.repeat(np.arange(PROJECTS), sizes)
    counts = sparse.csr_array((np.ones(len(rows)), (rows, columns)), (ORGANISATIONS, PROJECTS))
    counts.data[:] = 1
    return counts


def timed(run: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    """What ``run`` gives, and the median of its processor seconds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        found = run()
        taken.append(time.process_time() - start)
    return found, statistics.median(taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
