"""Computes resilience: how a network falls apart as random or central nodes are removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import minimum_spanning_tree

from missiongraph.errors import QueryError
from missiongraph.networks.measures.registry import find_measure
from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network, Scores

Floats = npt.NDArray[np.float64]
Order = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Resilience:
    """The state of a network after several numbers of removals.

    ``removed`` are the numbers of removed nodes, from 0 to n. ``giant`` is the share of all n nodes
    that is then in the largest component, ``efficiency`` the global efficiency of the remaining
    network (None if not requested); ``giant_spread`` and ``efficiency_spread`` are their standard
    deviations over the runs, 0 for a single one. ``robustness`` is the mean of ``giant`` over all n
    removals, 0 to 1/2 (Schneider, Moreira, Andrade, Havlin & Herrmann 2011, PNAS 108, 3838).
    ``order`` are the indices of the nodes in the order of their removal in the first run.
    """

    by: str
    removed: npt.NDArray[np.int64]
    giant: Floats
    giant_spread: Floats
    robustness: float
    order: Order
    efficiency: Floats | None = None
    efficiency_spread: Floats | None = None


def resilience(
    network: Network | nx.Graph[Any],
    by: str | Callable[[Network], Scores] = "random",
    *,
    recalculated: bool = False,
    points: int = 50,
    efficiency: bool = False,
    runs: int = 20,
    seed: int = 0,
) -> Resilience:
    """Remove all nodes one by one, and describe the remaining network at ``points`` moments.

    ``by`` is ``random``, with the mean over ``runs`` runs from ``seed``, or a measure, as a name or
    function: then the highest ranked nodes are removed first, equal ones in the order of nodes
    (Albert, Jeong & Barabási 2000). ``recalculated`` ranks the remaining nodes again at each of the
    points; with ``points`` of n or more, after every removal. Components and efficiency ignore
    direction; ``efficiency`` needs all shortest paths at each of the points and takes longest.

    Raises :class:`UnknownQuery` for an unknown measure, and :class:`QueryError` for fewer than
    one point or run.
    """
    if points < 1 or runs < 1:
        raise QueryError("resilience needs at least 1 point and 1 run")
    drawn = from_networkx(network)
    n = len(drawn)
    removed = np.unique(np.linspace(0, n, min(points, n) + 1).round().astype(np.int64))
    if by == "random":
        chance = np.random.default_rng(seed)
        orders = [chance.permutation(n) for _ in range(runs)]
    else:
        orders = [_by_rank(drawn, by, removed if recalculated else removed[[0, -1]])]
    whole = drawn.undirected
    curves = np.array([giant_shares(whole, order) for order in orders])
    giant = curves[:, removed]
    efficiencies = [
        [global_efficiency(whole.part(np.sort(order[count:]))) for count in removed]
        for order in (orders if efficiency else [])
    ]
    return Resilience(
        by if isinstance(by, str) else getattr(by, "__name__", "measure"),
        removed,
        giant.mean(axis=0),
        giant.std(axis=0),
        float(curves[:, 1:].mean()) if n else 0.0,
        orders[0],
        np.mean(efficiencies, axis=0) if efficiencies else None,
        np.std(efficiencies, axis=0) if efficiencies else None,
    )


def giant_shares(network: Network | nx.Graph[Any], order: npt.ArrayLike) -> Floats:
    """The share of all nodes in the largest component after each removal in ``order`` (n + 1).

    The first value is for the whole network, the last is 0. It is computed backwards: as nodes are
    added, components only grow, and only the ties that join two components matter, which are those
    of a spanning tree of the earliest ties. Raises :class:`QueryError` unless ``order`` has each
    index once.
    """
    drawn = from_networkx(network)
    n = len(drawn)
    if not np.array_equal(np.sort(np.asarray(order, dtype=np.intp)), np.arange(n)):
        raise QueryError(f"an order of removals has each of the indices 0 to {n - 1} once")
    came = np.empty(n, np.int64)  # when each node is added, from 1 for the last removed
    came[np.asarray(order, dtype=np.intp)] = np.arange(n, 0, -1)
    one, other = drawn.ends
    moments = np.maximum(came[one], came[other]).astype(np.float64)
    tree = minimum_spanning_tree(sparse.csr_array((moments, (one, other)), shape=(n, n))).tocoo()
    largest = np.zeros(n + 1, np.int64)
    largest[1:] = 1
    sequence = np.argsort(tree.data, kind="stable")
    sizes = _grown(n, tree.row[sequence], tree.col[sequence])
    np.maximum.at(largest, tree.data[sequence].astype(np.int64), sizes)
    shares: Floats = np.maximum.accumulate(largest)[::-1] / max(n, 1)
    return shares


def _grown(n: int, ones: npt.NDArray[np.int32], others: npt.NDArray[np.int32]) -> list[int]:
    """The size of the component after each tie has joined two (union-find)."""
    parent, size, sizes = list(range(n)), [1] * n, []

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for one, other in zip(ones.tolist(), others.tolist(), strict=True):
        small, large = sorted((root(one), root(other)), key=lambda node: size[node])
        parent[small] = large
        size[large] += size[small]
        sizes.append(size[large])
    return sizes


def global_efficiency(network: Network | nx.Graph[Any]) -> float:
    """The mean inverse number of steps between two nodes, 0 if there is no path: 0 to 1.

    Latora & Marchiori 2001. 0 for fewer than two nodes. Direction is ignored.
    """
    drawn = from_networkx(network).undirected
    n = len(drawn)
    if n < 2:
        return 0.0
    return float(find_measure("harmonic").scores(drawn).sum() / (n * (n - 1)))


def _by_rank(
    network: Network, by: str | Callable[[Network], Scores], moments: npt.NDArray[np.int64]
) -> Order:
    """All nodes by rank; the remaining ones are ranked again at each of the ``moments``."""
    low = isinstance(by, str) and find_measure(by).low
    score = find_measure(by).scores if isinstance(by, str) else by
    left = np.arange(len(network))
    order: list[Order] = []
    for count in np.diff(moments):
        scores = np.round(score(network.part(left)), 12)  # twelve digits, as in ``ranks``
        first = np.argsort(scores if low else -scores, kind="stable")[:count]
        order.append(left[first])
        left = np.delete(left, first)
    return np.concatenate([*order, left]).astype(np.intp)
