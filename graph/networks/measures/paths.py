"""Shortest paths from one node: to another, and to all around it."""

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
from missiongraph.networks.kernels.compiled import TOLERANCE
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Node

from .distance import By, lengths


@dataclass(frozen=True)
class Path:
    """Nodes, each tied to the next, and how long that is: in steps, or as a distance."""

    nodes: tuple[Node, ...]
    length: float


def shortest_path(
    network: Network | nx.Graph[Any], source: Node, target: Node, by: By = "steps"
) -> Path | None:
    """A shortest path along the ties, of several the first; None where none leads there.

    Raises :class:`UnknownQuery` for a node that the network does not have.
    """
    return next(iter(shortest_paths(network, source, target, by, limit=1)), None)


def shortest_paths(
    network: Network | nx.Graph[Any],
    source: Node,
    target: Node,
    by: By = "steps",
    limit: int = 100,
) -> list[Path]:
    """The shortest paths along the ties, at most ``limit``, ordered by their nodes from the end.

    There may be more of them than anyone can list. Distances that differ by less than 1e-10 of
    themselves are equal. None where none leads there; raises :class:`UnknownQuery` for a node
    that the network does not have.
    """
    network = from_networkx(network)
    start, end = place(network, source), place(network, target)
    matrix = lengths(network, by)
    far = _far(matrix, start, by)
    if not np.isfinite(far[end]):
        return []
    found = _backwards(matrix.T.tocsr() if network.directed else matrix, far, start, end)
    return [
        Path(tuple(network.nodes[each] for each in nodes), float(far[end]))
        for nodes in islice(found, limit)
    ]


def ego(
    network: Network | nx.Graph[Any], node: Node, radius: float = 1, by: By = "steps"
) -> Network:
    """The network among those within ``radius`` of a node along the ties, and the node itself.

    In a directed network only those that it reaches: take ``network.undirected`` for both.
    Raises :class:`UnknownQuery` for a node that the network does not have.
    """
    network = from_networkx(network)
    far = _far(lengths(network, by), place(network, node), by, radius)
    return network.part(far <= radius)


def place(network: Network, node: Node) -> int:
    """Where a node is; raises :class:`UnknownQuery` for one that the network does not have."""
    if node not in network.index:
        raise UnknownQuery(f"no node of {network.name} is '{node}'; nodes are named in full")
    return network.index[node]


def _far(
    matrix: sparse.csr_array, start: int, by: By, most: float = np.inf
) -> npt.NDArray[np.float64]:
    """How far each node is from ``start``; infinitely, if it is more than ``most``."""
    if by == "distance":
        found: npt.NDArray[np.float64] = csgraph.dijkstra(matrix, indices=start, limit=most)
        return found
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
    """Walks from ``end`` along ties that lie on a shortest path, each turned round."""
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
