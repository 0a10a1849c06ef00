"""How far all others are from each node: closeness, harmonic closeness and eccentricity.

By steps, breadth-first searches from 512 sources at once, one bit to a source (Then et al.
2014). A projection is searched over its affiliations, which are far fewer than its ties: who
shares a column is one step away. By distance, Dijkstra's algorithm from each source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import reduce
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from missiongraph.errors import QueryError
from missiongraph.networks.model.network import Network, Scores
from missiongraph.networks.model.projection import project

from .components import components

By = Literal["steps", "distance"]
"""What the length of a path is: the number of its ties, or the sum of their distances."""


_CELLS = 4_000_000  # distances held at once: 32 MB

Places = npt.NDArray[np.intp]

Arrivals = Iterator[tuple[Any, Any]]
"""How many sources reach each node (n) in a search, and how far they are: one number, or n."""

Fold = Callable[[Arrivals], npt.NDArray[np.float64]]


def closeness(network: Network, by: By = "steps") -> Scores:
    """One over the mean distance from those that reach a node, times the share that does.

    r / (n - 1) · r / (sum of the r distances), where r others reach the node (Wasserman & Faust
    1994, equation 5.22; networkx's ``wf_improved``). 0 to 1 by steps; 0 for a node that none
    reaches. In a directed network, distances are those towards the node.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        found = np.zeros((2, len(network)))
        for count, length in arrivals:
            found += count, count * length
        return found

    reach, total = sum(_searches(network, by, fold), np.zeros((2, len(network))))
    found: Scores = np.zeros(len(network))
    np.divide(reach**2, total * max(len(network) - 1, 1), out=found, where=total > 0)
    return found


def harmonic(network: Network, by: By = "steps") -> Scores:
    """Sum of one over the distance from every other node, 0 for those that do not reach it.

    0 to n - 1 by steps (Boldi & Vigna 2014). In a directed network, distances are those
    towards the node.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        found = np.zeros(len(network))
        for count, length in arrivals:
            found += count / length
        return found

    return sum(_searches(network, by, fold), np.zeros(len(network)))


def eccentricity(network: Network, by: By = "steps") -> Scores:
    """Distance to the farthest of the nodes that a node reaches; 0 for an isolate.

    In a directed network, distances are those from the node. networkx raises an error where
    not all are reached; see :func:`diameter`.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        found = np.zeros(len(network))
        for count, length in arrivals:
            np.maximum(found, np.where(count, length, 0), out=found)
        return found

    back = replace(network, matrix=network.transposed) if network.directed else network
    return reduce(np.maximum, _searches(back, by, fold), np.zeros(len(network)))


def diameter(network: Network, by: By = "steps") -> float:
    """The largest distance between two nodes of the largest component; 0 without ties.

    In a directed network, of the largest component in which each reaches each.
    """
    largest = components(network, strong=network.directed) == 0
    return float(eccentricity(network.part(largest), by).max(initial=0))


def lengths(network: Network, by: By) -> sparse.csr_array:
    """The matrix of how long ties are; raises :class:`QueryError` for a distance below 0."""
    if by == "steps":
        return network.pattern
    if by != "distance":
        raise QueryError(f"paths are measured by steps or by distance, not by '{by}'")
    if not (network.distances.data > 0).all():
        raise QueryError("a tie has no distance above 0: paths along it have no length")
    return network.distances


def _searches(network: Network, by: By, fold: Fold) -> Iterator[npt.NDArray[np.float64]]:
    """What ``fold`` makes of the searches from all nodes that have ties, some at a time."""
    matrix = lengths(network, by)
    sources = np.flatnonzero(np.diff(matrix.indptr))
    if by == "distance":
        size = max(1, _CELLS // max(len(network), 1))
        for batch in _batches(sources, size):
            yield fold(_dijkstra(matrix, batch))
        return
    from missiongraph.networks.kernels.compiled import spread
    from missiongraph.networks.kernels.multi_source_bfs import SOURCES, search

    hops = _hops(network)
    yield from spread(lambda batch: fold(search(hops, batch)), _batches(sources, SOURCES))


def _batches(sources: Places, size: int) -> Iterator[Places]:
    return (sources[start : start + size] for start in range(0, len(sources), size))


def _dijkstra(matrix: sparse.csr_array, sources: Places) -> Arrivals:
    for far in csgraph.dijkstra(matrix, indices=sources):
        count = np.isfinite(far) & (far > 0)
        yield count, np.where(count, far, 1)


def _hops(network: Network) -> list[sparse.csr_array]:
    """The matrices that lead one step on, each from its columns to its rows."""
    shared = network.affiliations
    if shared is None or 2 * shared.nnz >= network.matrix.nnz:
        return [network.transposed]
    projection = project(shared)  # a backbone is only a part of it
    same = np.array_equal(projection.indptr, network.matrix.indptr) and np.array_equal(
        projection.indices, network.matrix.indices
    )
    return [shared.T.tocsr(), shared] if same else [network.transposed]
