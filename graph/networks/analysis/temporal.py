"""Measures how soon nodes reach each other along ties in the order of time.

A time-respecting path follows its ties in the order in which they hold, at most one in each period,
and may wait. What a tie of 2020 passes on cannot have come by one of 2021, as it could in a network
of all years together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from missiongraph.errors import QueryError
from missiongraph.networks.model.network import Network, Scores

_TARGETS, _CELLS = 256, 8_000_000  # nodes to which paths are followed at once; numbers held
_NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class TemporalCloseness:
    """The ``scores`` of the nodes, and how many others each has ``reached`` by the end.

    Both are in the order of the nodes; paths begin in any of the ``periods``.
    """

    network: Network
    periods: list[date]
    scores: Scores
    reached: npt.NDArray[np.int64]


def temporal_closeness(slices: Iterable[tuple[date, Network]]) -> TemporalCloseness:
    """How soon each node reaches the others on time-respecting paths, from all periods on average.

    The mean, over all T periods t and the n - 1 other nodes u, of 1 / d(v, u, t): d is the number
    of periods from t, which counts, to the first in which a path that begins in t or later can
    arrive at u, and infinite if none does. In a directed network, paths lead from v along the
    ties. 0 to 1: 1 if v is tied to all others in each period, 0 for a node without ties; and 0 if
    there are no others. After Kim and Anderson (2012, "Temporal node centrality in complex
    networks", Physical Review E 85, 026107), who normalise their sum by (n - 1) T, too.

    ``slices`` have the same nodes in the same order. Raises :class:`QueryError` if there are none.
    """
    cut = list(slices)
    if not cut:
        raise QueryError("temporal closeness needs at least one period")
    matrices = [_tied(network) for _, network in cut]
    network, n = cut[0][1], len(cut[0][1])
    scores, reached = np.zeros(n), np.zeros(n, np.int64)
    largest = max(n, *(matrix.nnz for matrix in matrices))
    step = min(max(_CELLS // max(largest, 1), 1), _TARGETS)
    for first in range(0, n, step):
        targets = np.arange(first, min(first + step, n))
        arrival = np.full((n, len(targets)), _NEVER, np.int32)
        for period in reversed(range(len(cut))):
            _depart(arrival, matrices[period], targets, period)
            there = arrival < _NEVER
            there[targets, np.arange(len(targets))] = False
            waits = np.where(there, arrival - np.int32(period) + 1, 1)
            scores += np.where(there, 1 / waits, 0).sum(axis=1)
        reached += there.sum(axis=1)
    scores /= max(n - 1, 1) * len(cut)
    return TemporalCloseness(network, [day for day, _ in cut], scores, reached)


def _depart(
    arrival: npt.NDArray[np.int32], ties: sparse.csr_array, targets: npt.NDArray[Any], period: int
) -> None:
    """Let paths begin in an earlier ``period``: each node waits, or follows one of its ties.

    ``arrival`` has the first period in which a path from each node that begins later arrives.
    """
    starts = ties.indptr[:-1][np.diff(ties.indptr) > 0]
    if not len(starts):
        return
    rows = np.flatnonzero(np.diff(ties.indptr))
    nearest = np.minimum.reduceat(arrival[ties.indices], starts, axis=0)
    arrival[rows] = np.minimum(arrival[rows], nearest)
    direct = ties[:, targets].tocoo()
    arrival[direct.row, direct.col] = period


def _tied(network: Network) -> sparse.csr_array:
    """Who is tied to whom, in a directed network from whom; without ties to oneself."""
    ties = sparse.csr_array(network.matrix, copy=True)
    ties.setdiag(0)
    ties.eliminate_zeros()
    return ties
