"""Finds communities, and how stable they are over random seeds.

Leiden and Louvain give different communities with every seed. So there are several runs: the one
with the highest modularity is the result, and the others show how stable it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
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
"""The number of members in the label of a community."""


@dataclass(frozen=True, eq=False)
class Stability:
    """How similar the communities of several seeds are; all values are 1 if they are the same.

    ``nmi`` and ``ari`` are means over all pairs of runs. ``nodes`` has, for each node, the share of
    the other runs in which it is together with most of its community.
    """

    runs: int
    nmi: float
    ari: float
    nodes: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Communities:
    """The communities of a network, numbered from 0 by size.

    ``labels`` are the names of the members with the greatest strength within each community.
    ``seed`` is that of the best run; ``stability`` is None after a single run.
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
        """The number of members of each community."""
        return np.bincount(self.members, minlength=len(self)).astype(np.int64)


def communities(
    network: Network | nx.Graph[Any],
    method: str = "leiden",
    *,
    resolution: float = 1.0,
    seed: int = 0,
    runs: int = 10,
) -> Communities:
    """The communities of ``network`` with the highest modularity among ``runs`` runs.

    ``method`` is ``leiden`` (Traag, Waltman & van Eck 2019) or ``louvain`` (Blondel et al. 2008);
    both maximise :func:`modularity`. A higher ``resolution`` gives more and smaller communities.
    The seeds of the runs begin with ``seed``; each run takes one thread and is reproducible.
    Strengths count; direction is ignored and opposite ties are added. An isolate is a community of
    its own. Raises :class:`UnknownQuery` for an unknown method, and :class:`QueryError` for less
    than one run, a resolution that is not above 0 or a negative seed.
    """
    if method not in METHODS:
        raise UnknownQuery(
            f"no method for communities is named '{method}'; there are: {', '.join(METHODS)}"
        )
    if runs < 1 or not resolution > 0 or seed < 0:
        raise QueryError("communities need at least 1 run, a resolution above 0 and a seed from 0")
    drawn = from_networkx(network)
    seeds = range(seed, seed + runs)
    results = [_one_run(drawn, method, resolution, one) for one in seeds]
    values = [modularity(drawn, members, resolution=resolution) for members in results]
    best = int(np.argmax(np.round(values, 12)))
    members = results[best]
    return Communities(
        drawn,
        members,
        _labels(drawn, members),
        values[best],
        method,
        resolution,
        seeds[best],
        _stability(results, best) if runs > 1 else None,
    )


def modularity(
    network: Network | nx.Graph[Any], members: npt.ArrayLike, *, resolution: float = 1.0
) -> float:
    """How much more strength is within communities than expected by chance: -1/2 to 1.

    The sum over communities of L/m - r (k/2m)^2: L is the strength within, k the sum of its
    members' strengths, m the strength of all ties, r the ``resolution`` (Newman & Girvan 2004;
    Reichardt & Bornholdt 2006). ``members`` has the community of each node, numbered from 0.
    Direction is ignored and opposite ties are added; networkx has another formula for directed
    networks. 0 without ties, where networkx divides by zero.
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
    """The normalised mutual information of two partitions: 0 to 1, 1 if they are the same.

    Twice their mutual information over the sum of their entropies (Danon, Díaz-Guilera, Duch &
    Arenas 2005); 1 if both entropies are 0.
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
    """The adjusted Rand index: agreement of two partitions on pairs of nodes, at most 1.

    0 is expected by chance, 1 means that they are the same (Hubert & Arabie 1985).
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


def _one_run(network: Network, method: str, resolution: float, seed: int) -> Members:
    """One run. Nodes are shuffled by the seed, as Louvain visits them in order and ignores it."""
    n = len(network)
    order = np.random.default_rng(seed).permutation(n)
    half = sparse.triu(network.undirected.strengths[order][:, order]).tocoo()
    members = np.empty(n, np.int64)
    members[order] = _run(half, METHODS[method], resolution, seed) if half.nnz else np.arange(n)
    return _numbered(members)


def _run(
    half: sparse.coo_array, method: Callable[[Any, Any, float], Any], resolution: float, seed: int
) -> Members:
    """Run networkit on one thread on a graph of these ties."""
    nk = _networkit()
    ends = half.row.astype(np.uint64), half.col.astype(np.uint64)
    graph = nk.GraphFromCoo((half.data, ends), n=half.shape[0], weighted=True, directed=False)
    with _one_thread(nk):
        nk.setSeed(seed, False)
        run = method(nk.community, graph, resolution)
        run.run()
    return np.array(run.getPartition().getVector(), dtype=np.int64)


def _networkit() -> Any:
    """networkit, imported without the script that it would write into a notebook's cell."""
    capture = sys.modules.get("IPython.utils.capture")
    with capture.capture_output() if capture else nullcontext():
        import networkit as nk  # starts threads, which a process must not have when it forks
    return nk


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
"""The methods for communities, by name."""


def _numbered(members: Members) -> Members:
    """Number communities from 0 by size, equal ones by their first node."""
    _, first, code, sizes = np.unique(
        members, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    return rank[code]


def _labels(network: Network, members: Members) -> list[str]:
    """A label for each community: its members with the greatest strength within it."""
    coo = network.undirected.strengths.tocoo()
    within = members[coo.row] == members[coo.col]
    strength = np.bincount(coo.row[within], coo.data[within], minlength=len(network))
    order = np.lexsort((-strength, members))
    groups = np.split(order, np.flatnonzero(np.diff(members[order])) + 1) if len(order) else []
    return [
        ", ".join(network.label(network.nodes[place]) for place in group[:SHOWN])
        for group in groups
    ]


def _stability(runs: Sequence[Members], best: int) -> Stability:
    pairs = list(combinations(runs, 2))
    others = [members for place, members in enumerate(runs) if place != best]
    return Stability(
        len(runs),
        float(np.mean([mutual_information(*pair) for pair in pairs])),
        float(np.mean([adjusted_rand(*pair) for pair in pairs])),
        np.mean([_stays(runs[best], other) for other in others], axis=0),
    )


def _stays(members: Members, other: Members) -> npt.NDArray[np.bool_]:
    """A mask of the nodes that are together with most of their community in another run."""
    table = _table(members, other).tocoo()
    order = np.lexsort((-table.data, table.row))
    rows = table.row[order]
    most = table.col[order][np.diff(rows, prepend=-1) > 0]
    stays: npt.NDArray[np.bool_] = other == most[members]
    return stays


def _table(one: Members, other: Members) -> sparse.csr_array:
    """The contingency table: nodes in each community of one partition and each of the other."""
    codes = tuple(np.unique(members, return_inverse=True)[1] for members in (one, other))
    shape = tuple(int(code.max(initial=-1)) + 1 for code in codes)
    table = sparse.csr_array((np.ones(len(one)), codes), shape)
    table.sum_duplicates()
    return table
