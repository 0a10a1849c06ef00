"""Computes closeness, harmonic closeness, eccentricity and diameter from distances.

By steps, it runs breadth-first searches from 512 sources at once, with one bit per source (Then et
al. 2014). A projection is searched by its affiliations, which are far fewer than its ties: nodes
that share a column are one step apart. By distance, it runs Dijkstra's algorithm from each source.
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
from missiongraph.networks.model.weights import Places

from .components import components

By = Literal["steps", "distance"]
"""The length of a path: the number of its ties, or the sum of their distances."""


_CELLS = 4_000_000  # distances held at once: 32 MB
_SMALL = 50_000_000  # ties to follow, of all sources together, that take a few milliseconds


Arrivals = Iterator[tuple[Any, Any]]
"""The number of sources that reach each node (n), and their distance: one number, or n."""

Fold = Callable[[Arrivals], npt.NDArray[np.float64]]


def closeness(network: Network, by: By = "steps") -> Scores:
    """The inverse mean distance from the nodes that reach a node, times the share that does.

    r / (n - 1) · r / (sum of the r distances), if r others reach the node (Wasserman & Faust 1994,
    equation 5.22; networkx's ``wf_improved``). 0 to 1 by steps; 0 for a node that no other reaches.
    In a directed network, distances are towards the node.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        sums = np.zeros((2, len(network)))
        for count, length in arrivals:
            sums += count, count * length
        return sums

    reach, total = sum(_searches(network, by, fold), np.zeros((2, len(network))))
    scores: Scores = np.zeros(len(network))
    np.divide(reach**2, total * max(len(network) - 1, 1), out=scores, where=total > 0)
    return scores


def harmonic(network: Network, by: By = "steps") -> Scores:
    """The sum of inverse distances from all other nodes, 0 for those that do not reach it.

    0 to n - 1 by steps (Boldi & Vigna 2014). In a directed network, distances are towards the node.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        sums = np.zeros(len(network))
        for count, length in arrivals:
            sums += count / length
        return sums

    return sum(_searches(network, by, fold), np.zeros(len(network)))


def closeness_by_distance(network: Network) -> Scores:
    """As :func:`closeness`, by distance (Newman 2001): 0 and up, in the unit of strengths."""
    return closeness(network, "distance")


def harmonic_by_distance(network: Network) -> Scores:
    """As :func:`harmonic`, by distance: 0 and up, in the unit of strengths."""
    return harmonic(network, "distance")


def eccentricity(network: Network, by: By = "steps") -> Scores:
    """The distance to the farthest node that a node reaches; 0 for an isolate.

    In a directed network, distances are from the node. networkx raises an error if a node does not
    reach all others.
    """

    def fold(arrivals: Arrivals) -> npt.NDArray[np.float64]:
        farthest = np.zeros(len(network))
        for count, length in arrivals:
            np.maximum(farthest, np.where(count, length, 0), out=farthest)
        return farthest

    back = replace(network, matrix=network.transposed) if network.directed else network
    return reduce(np.maximum, _searches(back, by, fold), np.zeros(len(network)))


def diameter(network: Network, by: By = "steps") -> float:
    """The largest distance between two nodes of the largest component; 0 without ties.

    In a directed network, this is the largest strongly connected component.
    """
    largest = components(network, strong=network.directed) == 0
    return float(eccentricity(network.part(largest), by).max(initial=0))


def lengths(network: Network, by: By) -> sparse.csr_array:
    """The matrix of the lengths of ties; raises :class:`QueryError` unless all are above 0."""
    if by == "steps":
        return network.pattern
    if by != "distance":
        raise QueryError(f"paths are measured by steps or by distance, not by '{by}'")
    if not (network.distances.data > 0).all():
        raise QueryError("the distance of a tie is not above 0, so its paths have no length")
    return network.distances


def _searches(network: Network, by: By, fold: Fold) -> Iterator[npt.NDArray[np.float64]]:
    """Run searches from all nodes with ties, in batches, and apply ``fold`` to each batch."""
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
    small = len(sources) * matrix.nnz <= _SMALL
    batches = _batches(sources, SOURCES)
    yield from spread(lambda batch: fold(search(hops, batch)), batches, small=small)


def _batches(sources: Places, size: int) -> Iterator[Places]:
    return (sources[start : start + size] for start in range(0, len(sources), size))


def _dijkstra(matrix: sparse.csr_array, sources: Places) -> Arrivals:
    for far in csgraph.dijkstra(matrix, indices=sources):
        count = np.isfinite(far) & (far > 0)
        yield count, np.where(count, far, 1)


def _hops(network: Network) -> list[sparse.csr_array]:
    """The matrices whose product, applied in turn, goes one step from columns to rows."""
    shared = network.affiliations
    if shared is None or 2 * shared.nnz >= network.matrix.nnz:
        return [network.transposed]
    projection = project(shared)  # a backbone is only a part of it
    same = np.array_equal(projection.indptr, network.matrix.indptr) and np.array_equal(
        projection.indices, network.matrix.indices
    )
    return [shared.T.tocsr(), shared] if same else [network.transposed]
