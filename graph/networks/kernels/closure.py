"""Counts the paths of four ties around each node of a two-mode network: the inner loop, compiled.

Paths are not followed one by one: how many lead from a to b by way of a node, and how many of these
are closed, depends only on how many neighbours each two of the three share, and all three.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .compiled import compiled, spread

Counts = npt.NDArray[np.int64]

_PIECES = 16
_SMALL = 1_000_000  # pairs of nodes that share neighbours, which take a few milliseconds


def four_paths(pattern: sparse.csr_array) -> Counts:
    """For each node i, the paths a - p - i - q - b of five nodes, and the closed ones (n x 2).

    A path is closed if a and b share a neighbour other than p and q. Both directions of a path
    count. ``pattern`` (n x n, symmetric) has a 1 for each tie between the two sides.
    """
    both = (pattern @ pattern).tocsr()
    start, other = pattern.indptr.astype(np.int64), pattern.indices.astype(np.int64)
    rows, columns = both.indptr.astype(np.int64), both.indices.astype(np.int64)
    number = both.data.astype(np.int64)
    n = pattern.shape[0]

    def run(first: int) -> Counts:
        paths = np.zeros((n, 2), np.int64)
        _four_paths(start, other, rows, columns, number, first, paths)
        return paths

    return sum(spread(run, range(_PIECES), small=both.nnz < _SMALL), np.zeros((n, 2), np.int64))


@compiled
def _four_paths(
    start: Counts,
    other: Counts,
    rows: Counts,
    columns: Counts,
    number: Counts,
    first: int,
    paths: Counts,
) -> None:
    n = len(start) - 1
    shared = np.zeros(n, np.int64)  # neighbours that each node shares with i
    of_i, of_both = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for i in range(first, n, _PIECES):
        of_i[other[start[i] : start[i + 1]]] = True
        total, squares = 0, 0
        for e in range(rows[i], rows[i + 1]):
            if columns[e] != i:
                shared[columns[e]] = number[e]
                total += number[e]
                squares += number[e] * number[e]
        every, closed = total * total - squares, 0
        for e in range(rows[i], rows[i + 1]):
            a = columns[e]
            if a == i:
                continue
            for f in range(start[a], start[a + 1]):
                of_both[other[f]] = of_i[other[f]]
            for g in range(rows[a], rows[a + 1]):
                b = columns[g]
                if b in (i, a) or shared[b] == 0:
                    continue
                x, y, common, z = shared[a], shared[b], number[g], 0
                for f in range(start[b], start[b + 1]):
                    z += of_both[other[f]]
                every -= z
                closed += (x - z) * (y - z)
                if common >= 2:
                    closed += z * (x + y - 2 * z)
                if common >= 3:
                    closed += z * (z - 1)
            of_both[other[start[a] : start[a + 1]]] = False
        paths[i, 0], paths[i, 1] = every, closed
        of_i[other[start[i] : start[i + 1]]] = False
        for e in range(rows[i], rows[i + 1]):
            shared[columns[e]] = 0
