"""Finds shortest paths from a node, and the nodes around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from missiongraph.errors import UnknownQuery
from missiongraph.networks.kernels.tolerance import TOLERANCE
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node

from .distance import By, lengths


@dataclass(frozen=True)
class Path:
    """Nodes, each tied to the next, and the length of the path in steps or distance."""

    nodes: tuple[Node, ...]
    length: float


def shortest_path(
    network: Network | nx.Graph[Any], source: Node, target: Node, by: By = "steps"
) -> Path | None:
    """A shortest path along the ties, the first of several; None if there is no path.

    Raises :class:`UnknownQuery` for a node that is not in the network.
    """
    return next(iter(shortest_paths(network, source, target, by, limit=1)), None)


def shortest_paths(
    network: Network | nx.Graph[Any],
    source: Node,
    target: Node,
    by: By = "steps",
    limit: int = 100,
) -> list[Path]:
    """At most ``limit`` shortest paths along the ties, sorted by their nodes from the end.

    Their number can grow exponentially. Distances with a relative difference below 1e-10 are equal.
    Empty if there is no path; raises :class:`UnknownQuery` for a node that is not in the network.
    """
    network = from_networkx(network)
    start, end = place(network, source), place(network, target)
    matrix = lengths(network, by)
    far = _far(matrix, start, by)
    if not np.isfinite(far[end]):
        return []
    paths = _backwards(matrix.T.tocsr() if network.directed else matrix, far, start, end)
    return [
        Path(tuple(network.nodes[each] for each in nodes), float(far[end]))
        for nodes in islice(paths, limit)
    ]


def ego(
    network: Network | nx.Graph[Any], node: Node, radius: float = 1, by: By = "steps"
) -> Network:
    """The network of a node and all nodes within ``radius`` along the ties.

    In a directed network these are only the nodes that it reaches; use ``network.undirected`` for
    both directions. Raises :class:`UnknownQuery` for a node that is not in the network.
    """
    network = from_networkx(network)
    far = _far(lengths(network, by), place(network, node), by, radius)
    return network.part(far <= radius)


def place(network: Network, node: Node) -> int:
    """The index of a node; raises :class:`UnknownQuery` for one that is not in the network."""
    if node not in network.index:
        raise UnknownQuery(f"{network.name} has no node '{node}'; give its full name")
    return network.index[node]


def _far(
    matrix: sparse.csr_array, start: int, by: By, most: float = np.inf
) -> npt.NDArray[np.float64]:
    """The distance of each node from ``start``; infinite if it is more than ``most``."""
    if by == "distance":
        distances: npt.NDArray[np.float64] = csgraph.dijkstra(matrix, indices=start, limit=most)
        return distances
    far = np.full(matrix.shape[0], np.inf)
    front, steps = np.array([start]), 0
    while len(front) and steps <= most:
        far[front] = steps
        near = matrix[front].indices
        front, steps = np.unique(near[np.isinf(far[near])]), steps + 1
    return far


def _backwards(
    into: sparse.csr_array, far: npt.NDArray[np.float64], start: int, end: int
) -> Iterator[tuple[int, ...]]:
    """The shortest paths to ``end``, found backwards along ties that lie on one."""
    walks: list[tuple[int, ...]] = [(end,)]
    while walks:
        walk = walks.pop()
        node = walk[0]
        if node == start:
            yield walk
            continue
        ties = slice(into.indptr[node], into.indptr[node + 1])
        before = into.indices[ties]
        length = far[before] + into.data[ties]
        last = before[(length <= far[node] * (1 + TOLERANCE)) & (far[before] < far[node])]
        walks += [(int(each), *walk) for each in last[::-1]]
