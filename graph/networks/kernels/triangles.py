"""Lists triangles, compiled: three nodes that are all tied, or two nodes and their neighbours.

Each triangle is found once, and each tie is visited from the end with fewer ties, so that hubs are
not searched again and again (Chiba & Nishizeki 1985). The work is spread over all cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled, spread

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_PIECES = 16  # of work
_ROLES = 5


def products(weights: sparse.csr_array) -> Floats:
    """For each node, the sum over its triangles of the product of their three weights.

    ``weights`` is symmetric (n x n); its diagonal is ignored.
    """
    start, other, weight, rank = _forward(weights)

    def run(first: int) -> Floats:
        sums = np.zeros(len(rank))
        _products(start, other, weight, first, sums)
        return sums

    return sum(spread(run, range(_PIECES)), np.zeros(len(rank)))[rank]


def closed(pattern: sparse.csr_array, groups: Counts) -> Counts:
    """For each node v, how many paths a → v → b have tied ends, a → b, by the role of v.

    ``pattern`` (n x n) has a 1 for each tie; its diagonal is ignored. ``groups`` is the index of
    each node's group. The columns (n x 5) are the ``ROLES`` of brokerage.
    """
    ways = (pattern + 2 * pattern.T).tocsr()  # 1: from row to column, 2: back, 3: both
    start, other, way, rank = _forward(ways)
    ranked = np.empty_like(groups)
    ranked[rank] = groups

    def run(first: int) -> Counts:
        counts = np.zeros((len(rank), _ROLES), np.int64)
        _closed(start, other, way.astype(np.int64), ranked, first, counts)
        return counts

    return sum(spread(run, range(_PIECES)), np.zeros((len(rank), _ROLES), np.int64))[rank]


def shared(weights: sparse.csr_array, scale: Floats) -> sparse.csr_array:
    """For each tie v-w, the sum over common neighbours q of weight v-q · scale q · weight q-w.

    ``weights`` is symmetric (n x n), and so is the result, which has the same pattern.
    """
    start, other = weights.indptr.astype(np.int64), weights.indices.astype(np.int64)
    sums = np.zeros(weights.nnz)

    def run(first: int) -> None:
        _shared(start, other, weights.data, scale, first, sums)

    for _ in spread(run, range(_PIECES)):
        pass
    half = sparse.csr_array((sums, weights.indices, weights.indptr), weights.shape)
    return (half + half.T).tocsr()


def _forward(matrix: sparse.csr_array) -> tuple[Counts, Counts, Any, Counts]:
    """Each pair of a symmetric matrix once, in the row of the end with fewer ties.

    Returns start of rows, columns, data, and the rank of each node by its number of ties; rows and
    columns are such ranks.
    """
    rank = np.empty(matrix.shape[0], np.int64)
    rank[np.argsort(np.diff(matrix.indptr), kind="stable")] = np.arange(len(rank))
    entries = matrix.tocoo()
    rows, columns = rank[entries.row], rank[entries.col]
    kept = rows < columns
    pairs = (entries.data[kept], (rows[kept], columns[kept]))
    above = sparse.csr_array(pairs, matrix.shape)
    return above.indptr.astype(np.int64), above.indices.astype(np.int64), above.data, rank


@compiled
def _products(start: Counts, other: Counts, weight: Floats, first: int, sums: Floats) -> None:
    n = len(start) - 1
    near = np.zeros(n)  # weights of the ties of u
    for u in range(first, n, _PIECES):
        for e in range(start[u], start[u + 1]):
            near[other[e]] = weight[e]
        for e in range(start[u], start[u + 1]):
            v, here = other[e], 0.0
            for f in range(start[v], start[v + 1]):
                w = other[f]
                if near[w] != 0.0:
                    product = weight[e] * weight[f] * near[w]
                    here += product
                    sums[w] += product
            sums[u] += here
            sums[v] += here
        for e in range(start[u], start[u + 1]):
            near[other[e]] = 0.0


@compiled
def _role(source: int, broker: int, target: int) -> int:
    """The index of the broker's role in ``ROLES`` of brokerage, by the groups of the three."""
    if source == target:
        return 0 if source == broker else 1
    if broker == target:
        return 2
    return 3 if broker == source else 4


@compiled
def _closed(
    start: Counts, other: Counts, way: Counts, group: Counts, first: int, counts: Counts
) -> None:
    n = len(start) - 1
    near = np.zeros(n, np.int64)  # ways of the ties of u
    for u in range(first, n, _PIECES):
        for e in range(start[u], start[u + 1]):
            near[other[e]] = way[e]
        for e in range(start[u], start[u + 1]):
            v, uv = other[e], way[e]
            for f in range(start[v], start[v + 1]):
                w = other[f]
                uw, vw = near[w], way[f]
                if uw == 0:
                    continue
                a, b, c = group[u], group[v], group[w]
                if uv & 1 and vw & 1 and uw & 1:
                    counts[v, _role(a, b, c)] += 1
                if uv & 2 and vw & 2 and uw & 2:
                    counts[v, _role(c, b, a)] += 1
                if uv & 2 and uw & 1 and vw & 1:
                    counts[u, _role(b, a, c)] += 1
                if uw & 2 and uv & 1 and vw & 2:
                    counts[u, _role(c, a, b)] += 1
                if uw & 1 and vw & 2 and uv & 1:
                    counts[w, _role(a, c, b)] += 1
                if vw & 1 and uw & 2 and uv & 2:
                    counts[w, _role(b, c, a)] += 1
        for e in range(start[u], start[u + 1]):
            near[other[e]] = 0


@compiled
def _shared(
    start: Counts, other: Counts, weight: Floats, scale: Floats, first: int, sums: Floats
) -> None:
    n = len(start) - 1
    row = np.zeros(n)  # weights of the ties of v, scaled
    for v in range(first, n, _PIECES):
        degree = start[v + 1] - start[v]
        for e in range(start[v], start[v + 1]):
            row[other[e]] = weight[e] * scale[other[e]]
        for e in range(start[v], start[v + 1]):
            w = other[e]
            fewer = start[w + 1] - start[w]
            if fewer < degree or (fewer == degree and w <= v):
                total = 0.0
                for f in range(start[w], start[w + 1]):
                    total += row[other[f]] * weight[f]
                sums[e] = total if w != v else total / 2  # the diagonal is its own transpose
        for e in range(start[v], start[v + 1]):
            row[other[e]] = 0.0
