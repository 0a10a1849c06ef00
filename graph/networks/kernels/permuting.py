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

    ``values`` (n x n) are multiplied with each of the k ``others`` (n x n x k) and summed over all
    pairs of two nodes, or over those above the diagonal if ``half``.
    """
    pieces = [orders[first : first + _PIECE] for first in range(0, len(orders), _PIECE)]
    work = len(orders) * values.size * others.shape[2]
    sums = spread(lambda piece: _sums(piece, values, others, half), pieces, small=work < 10**6)
    return np.concatenate([np.zeros((0, others.shape[2])), *sums])


@compiled
def _sums(orders: Orders, values: Floats, others: Floats, half: bool) -> Floats:
    n, k = len(values), others.shape[2]
    sums = np.zeros((len(orders), k))
    for run in range(len(orders)):
        order = orders[run]
        for i in range(n):
            row = values[order[i]]
            for j in range(i + 1 if half else 0, n):
                value = row[order[j]]
                if i != j and value != 0.0:
                    for other in range(k):
                        sums[run, other] += value * others[i, j, other]
    return sums
