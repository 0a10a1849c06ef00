"""Communities: who belongs together, and how much that hangs on chance.

Leiden and Louvain find different communities with every seed. So there are several runs: the one
with the highest modularity is kept, and the others tell how stable it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError, UnknownQuery
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Members = npt.NDArray[np.int64]
"""The number of the community of each node, in the order of the network's nodes."""

SHOWN = 3
"""Members that name a community."""


@dataclass(frozen=True, eq=False)
class Stability:
    """How alike the communities of several seeds are; all is 1 where they are the same.

    ``nmi`` and ``ari`` are means over all pairs of runs. ``nodes`` has, for each node, the share
    of the other runs in which it stays with its community: it is where most of its community is.
    """

    runs: int
    nmi: float
    ari: float
    nodes: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Communities:
    """The communities of a network, numbered from 0 by size.

    ``labels`` names each by its most central members: those with most strength in it.
    ``seed`` is that of the run that was kept; ``stability`` is None after a single run.
    """

    network: Network
    members: Members
    labels: Sequence[str]
    modularity: float
    method: str
    resolution: float
    seed: int
    stability: Stability | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many belong to each community."""
        return np.bincount(self.members, minlength=len(self)).astype(np.int64)


def communities(
    network: Network | nx.Graph[Any],
    method: str = "leiden",
    *,
    resolution: float = 1.0,
    seed: int = 0,
    runs: int = 10,
) -> Communities:
    """The communities of ``network`` with the highest modularity of ``runs`` runs.

    ``method`` is ``leiden`` (Traag, Waltman & van Eck 2019) or ``louvain`` (Blondel et al. 2008);
    both seek :func:`modularity`, and more and smaller communities with a higher ``resolution``.
    Runs have the seeds from ``seed`` on; each takes one thread, and gives the same every time.
    Strengths count; direction is ignored, opposite ties add up. An isolate is a community of its
    own. Raises :class:`UnknownQuery` for another method, and :class:`QueryError` for fewer than
    one run, a resolution that is not above 0 or a seed below it.
    """
    if method not in METHODS:
        raise UnknownQuery(f"no communities are by '{method}'; there are: {', '.join(METHODS)}")
    if runs < 1 or not resolution > 0 or seed < 0:
        raise QueryError("communities take 1 run or more, a resolution above 0 and no seed below 0")
    drawn = from_networkx(network)
    seeds = range(seed, seed + runs)
    found = [_found(drawn, method, resolution, one) for one in seeds]
    values = [modularity(drawn, members, resolution=resolution) for members in found]
    best = int(np.argmax(np.round(values, 12)))
    members = found[best]
    return Communities(
        drawn,
        members,
        _labels(drawn, members),
        values[best],
        method,
        resolution,
        seeds[best],
        _stability(found, best) if runs > 1 else None,
    )


def modularity(
    network: Network | nx.Graph[Any], members: npt.ArrayLike, *, resolution: float = 1.0
) -> float:
    """How much more strength is within communities than chance would put there: -1/2 to 1.

    Sum over communities of L/m - r (k/2m)^2: L is the strength within, k the sum of its members'
    strengths, m the strength of all ties, r the ``resolution`` (Newman & Girvan 2004; Reichardt &
    Bornholdt 2006). ``members`` has the community of each node, numbered from 0. Direction is
    ignored, opposite ties add up; networkx has another formula for directed networks. 0 without
    ties, where networkx divides by zero.
    """
    matrix = from_networkx(network).undirected.strengths
    members = np.asarray(members, dtype=np.int64)
    loops = matrix.diagonal()
    strengths = np.asarray(matrix.sum(axis=1)).ravel() + loops
    total = strengths.sum()
    if not total:
        return 0.0
    coo = matrix.tocoo()
    within = coo.data[members[coo.row] == members[coo.col]].sum() + loops.sum()
    sums = np.bincount(members, strengths)
    return float(within / total - resolution * np.sum((sums / total) ** 2))


def mutual_information(one: Members, other: Members) -> float:
    """What two partitions tell of each other: 0 to 1, 1 if they are the same.

    Twice their mutual information over the sum of their entropies (Danon, Díaz-Guilera, Duch &
    Arenas 2005); 1 where neither tells anything.
    """
    table = _table(one, other)
    n = table.sum()
    if not n:
        return 1.0
    rows, columns = (table.sum(axis=axis) / n for axis in (1, 0))
    coo = table.tocoo()
    share = coo.data / n
    shared = np.sum(share * np.log(share / (rows[coo.row] * columns[coo.col])))
    entropies = -np.sum(rows * np.log(rows)) - np.sum(columns * np.log(columns))
    return float(np.clip(2 * shared / entropies, 0, 1)) if entropies > 0 else 1.0


def adjusted_rand(one: Members, other: Members) -> float:
    """The share of pairs of nodes that two partitions agree on, 0 where as by chance, at most 1.

    Hubert & Arabie 1985; 1 where the partitions are the same.
    """
    table = _table(one, other)

    def pairs(counts: Any) -> float:
        return float(np.sum(counts * (counts - 1)) / 2)

    both, every = pairs(table.data), pairs(np.array(table.sum()))
    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    if rows == columns == both:
        return 1.0
    chance = rows * columns / every
    return (both - chance) / ((rows + columns) / 2 - chance)


def _found(network: Network, method: str, resolution: float, seed: int) -> Members:
    """One run. Nodes are shuffled: Louvain visits them in order and heeds no seed of its own."""
    n = len(network)
    order = np.random.default_rng(seed).permutation(n)
    half = sparse.triu(network.undirected.strengths[order][:, order]).tocoo()
    members = np.empty(n, np.int64)
    members[order] = _run(half, METHODS[method], resolution, seed) if half.nnz else np.arange(n)
    return _numbered(members)


def _run(
    half: sparse.coo_array, method: Callable[[Any, Any, float], Any], resolution: float, seed: int
) -> Members:
    """The members that networkit finds in a graph of these ties, on one thread."""
    import networkit as nk  # starts threads, and a process that forks should have none

    ends = half.row.astype(np.uint64), half.col.astype(np.uint64)
    graph = nk.GraphFromCoo((half.data, ends), n=half.shape[0], weighted=True, directed=False)
    with _one_thread(nk):
        nk.setSeed(seed, False)
        run = method(nk.community, graph, resolution)
        run.run()
    return np.array(run.getPartition().getVector(), dtype=np.int64)


@contextmanager
def _one_thread(nk: Any) -> Iterator[None]:
    threads = nk.getMaxNumberOfThreads()
    nk.setNumberOfThreads(1)
    try:
        yield
    finally:
        nk.setNumberOfThreads(threads)


METHODS: dict[str, Callable[[Any, Any, float], Any]] = {
    "leiden": lambda nk, graph, resolution: nk.ParallelLeiden(
        graph, iterations=10, randomize=True, gamma=resolution
    ),
    "louvain": lambda nk, graph, resolution: nk.PLM(graph, refine=True, gamma=resolution),
}
"""What finds communities, by name."""


def _numbered(members: Members) -> Members:
    """From 0 by size; of equal ones, the one with the earliest node first."""
    _, first, code, sizes = np.unique(
        members, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[code]


def _labels(network: Network, members: Members) -> list[str]:
    """The members of each community with most strength within it, those first that come first."""
    coo = network.undirected.strengths.tocoo()
    within = members[coo.row] == members[coo.col]
    strength = np.bincount(coo.row[within], coo.data[within], minlength=len(network))
    order = np.lexsort((-strength, members))
    groups = np.split(order, np.flatnonzero(np.diff(members[order])) + 1) if len(order) else []
    return [
        ", ".join(network.label(network.nodes[place]) for place in group[:SHOWN])
        for group in groups
    ]


def _stability(found: Sequence[Members], kept: int) -> Stability:
    pairs = list(combinations(found, 2))
    others = [members for place, members in enumerate(found) if place != kept]
    return Stability(
        len(found),
        float(np.mean([mutual_information(*pair) for pair in pairs])),
        float(np.mean([adjusted_rand(*pair) for pair in pairs])),
        np.mean([_stays(found[kept], other) for other in others], axis=0),
    )


def _stays(members: Members, other: Members) -> npt.NDArray[np.bool_]:
    """Which nodes are, in another run, where most of their community is."""
    table = _table(members, other).tocoo()
    order = np.lexsort((-table.data, table.row))
    rows = table.row[order]
    most = table.col[order][np.diff(rows, prepend=-1) > 0]
    stays: npt.NDArray[np.bool_] = other == most[members]
    return stays


def _table(one: Members, other: Members) -> sparse.csr_array:
    """How many nodes are in each community of one partition and each of the other."""
    codes = tuple(np.unique(members, return_inverse=True)[1] for members in (one, other))
    shape = tuple(int(code.max(initial=-1)) + 1 for code in codes)
    table = sparse.csr_array((np.ones(len(one)), codes), shape)
    table.sum_duplicates()
    return table
