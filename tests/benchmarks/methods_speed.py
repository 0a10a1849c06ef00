"""How fast are tests by permutation and by random networks, and the census of triads?

    python tests/benchmarks/methods_speed.py

Prints processor time and time on the clock, the median of three, compiled beforehand: the
correlation and the regression of networks of 500 nodes with 1,000 permutations, beside the same in
numpy, a permuted matrix at a time; the triads of 2,000 nodes, beside networkx; and for a projection
of 10,000 organisations with some 500,000 ties the chances by the stochastic and, for 20 random
networks, by the fixed degree sequence model.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
from scipy import sparse

from missiongraph.networks import Network, from_networkx
from missiongraph.networks.analysis.null_models import fdsm_chances
from missiongraph.networks.analysis.qap import correlate, regress
from missiongraph.networks.model.degree_sequence import sdsm_chances
from missiongraph.networks.model.projection import project
from missiongraph.networks.structure.statistics import triads

RUNS = 1000


def main() -> None:
    """Time each method, and its peer where there is one."""
    small = [nx.gnp_random_graph(12, 0.5, seed=seed, directed=True) for seed in range(3)]
    correlate(small[0], small[1])
    triads(small[0])
    fdsm_chances(affiliated(20, 30), 1)
    networks = [from_networkx(nx.gnp_random_graph(500, 0.1, seed=seed)) for seed in range(4)]
    told("QAP, 500 nodes, 1,000 permutations", lambda: correlate(*networks[:2], runs=RUNS))
    told("  in numpy", lambda: correlate_in_numpy(*networks[:2]))
    others: dict[str, Any] = {f"x{place}": each for place, each in enumerate(networks[1:])}
    told("MRQAP, 3 predictors", lambda: regress(networks[0], others, runs=RUNS))
    graph = nx.gnp_random_graph(2000, 0.01, seed=1, directed=True)
    drawn = from_networkx(graph)
    told(f"triads, 2,000 nodes, {graph.size():,} ties", lambda: triads(drawn))
    told("  in networkx", lambda: nx.triadic_census(graph), times=1)
    shared = affiliated(10_000, 22_000)
    told(f"SDSM, 10,000 nodes, {shared.size:,} ties", lambda: sdsm_chances(shared))
    told("FDSM, 20 random networks", lambda: fdsm_chances(shared, 20))


def correlate_in_numpy(one: Network, other: Network) -> list[float]:
    """The correlations of the permuted networks, as one would write it."""
    random = np.random.default_rng(0)
    x, y = one.strengths.toarray(), other.strengths.toarray()
    above = np.triu_indices(len(one), 1)
    orders = (random.permutation(len(one)) for _ in range(RUNS))
    return [float(np.corrcoef(x[np.ix_(o, o)][above], y[above])[0, 1]) for o in orders]


def affiliated(n: int, projects: int) -> Network:
    """Organisations tied by the projects they share; some are in very many (power law)."""
    chance = np.random.default_rng(0)
    likely = np.arange(1, n + 1) ** -0.55
    sizes = np.minimum(chance.lognormal(1.2, 0.8, projects).astype(int) + 2, 100)
    who = chance.choice(n, sizes.sum(), p=likely / likely.sum())
    entries = (np.ones(len(who)), (who, np.repeat(np.arange(projects), sizes)))
    matrix = sparse.csr_array(entries, shape=(n, projects))
    matrix.data[:] = 1
    return Network(list(range(n)), project(matrix), affiliations=matrix)


def told(name: str, call: Callable[[], Any], times: int = 3) -> None:
    """Print the median seconds of the processor and of the clock."""
    taken = []
    for _ in range(times):
        before = time.process_time(), time.perf_counter()
        call()
        taken.append((time.process_time() - before[0], time.perf_counter() - before[1]))
    cpu, clock = (statistics.median(each) for each in zip(*taken, strict=True))
    print(f"{name:45}{cpu:9.3f} s of processor time{clock:9.3f} s")


if __name__ == "__main__":
    main()
