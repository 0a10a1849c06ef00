"""Counts triads by type: the inner loop, compiled.

Each triad that has a tie is counted once, from its smallest tied pair, so the steps are those from
each tie to the ties of its ends (Batagelj & Mrvar).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled, spread

Counts = npt.NDArray[np.int64]

_PIECES = 16
_SMALL = 100_000  # ties to follow, which take about a millisecond
WAYS = 64
"""Ways in which three nodes u, v, w can be tied: w(u, v) + 4 w(u, w) + 16 w(v, w), where w is 1 for
a tie from the first to the second, 2 for one back, 3 for both."""


def count(pattern: sparse.csr_array) -> Counts:
    """How many triads are tied in each of the :data:`WAYS`, without those that are not tied.

    ``pattern`` (n x n) has a 1 for each tie, and an empty diagonal.
    """
    ways = (pattern + 2 * pattern.T).tocsr()
    start, other = ways.indptr.astype(np.int64), ways.indices.astype(np.int64)
    way = ways.data.astype(np.int64)
    degree = np.diff(start)

    def run(first: int) -> Counts:
        counts = np.zeros(WAYS, np.int64)
        _count(start, other, way, first, counts)
        return counts

    small = int(np.sum(degree**2)) < _SMALL
    return sum(spread(run, range(_PIECES), small=small), np.zeros(WAYS, np.int64))


@compiled
def _count(start: Counts, other: Counts, way: Counts, first: int, counts: Counts) -> None:
    n = len(start) - 1
    near_u, near_v = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for u in range(first, n, _PIECES):
        for e in range(start[u], start[u + 1]):
            near_u[other[e]] = way[e]
        for e in range(start[u], start[u + 1]):
            v, uv = other[e], way[e]
            if v < u:
                continue
            for f in range(start[v], start[v + 1]):
                near_v[other[f]] = way[f]
            around = 0
            for f in range(start[u], start[u + 1]):
                w = other[f]
                if w != v:
                    around += 1
                    if w > v:
                        counts[uv + 4 * way[f] + 16 * near_v[w]] += 1
            for f in range(start[v], start[v + 1]):
                w = other[f]
                near_v[w] = 0
                if w != u and near_u[w] == 0:
                    around += 1
                    if w > u:
                        counts[uv + 16 * way[f]] += 1
            counts[uv] += n - 2 - around
        for e in range(start[u], start[u + 1]):
            near_u[other[e]] = 0
