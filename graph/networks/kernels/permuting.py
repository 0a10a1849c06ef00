"""Sums over pairs of nodes whose rows and columns are permuted: the inner loop, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .compiled import compiled, spread

Floats = npt.NDArray[np.float64]
Orders = npt.NDArray[np.int64]

_PIECE = 50  # permutations


def permuted_sums(orders: Orders, values: Floats, others: Floats, half: bool) -> Floats:
    """For each order of the nodes, the sums of permuted values times others (orders x k).

    ``values`` (n x n) are multiplied with each of the k ``others`` (k x n x n) and summed over all
    pairs of two nodes, or over those above the diagonal if ``half``.
    """
    pieces = [orders[first : first + _PIECE] for first in range(0, len(orders), _PIECE)]
    work = len(orders) * values.size * len(others)
    sums = spread(lambda piece: _sums(piece, values, others, half), pieces, small=work < 10**6)
    return np.concatenate([np.zeros((0, len(others))), *sums])


@compiled
def _sums(orders: Orders, values: Floats, others: Floats, half: bool) -> Floats:
    k, n = others.shape[:2]
    sums = np.zeros((len(orders), k))
    permuted = np.empty(n)
    for i in range(n):  # in this order, the rows of others stay in the cache
        first = i + 1 if half else 0
        for run in range(len(orders)):
            order = orders[run]
            row = values[order[i]]
            for j in range(first, n):
                permuted[j] = row[order[j]]
            if not half:
                permuted[i] = 0.0
            for other in range(k):
                beside, total = others[other, i], 0.0
                for j in range(first, n):
                    total += permuted[j] * beside[j]
                sums[run, other] += total
    return sums
