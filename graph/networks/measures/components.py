"""Components: who is connected at all, and which nodes and ties hold them together."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

from missiongraph.networks.model.convert import from_networkx
from missiongraph.networks.model.network import Network

Places = npt.NDArray[np.intp]


def components(network: Network | nx.Graph[Any], strong: bool = False) -> Places:
    """The number of the component of each node: 0 is the largest, of equal ones the first.

    Ties connect whatever their direction; ``strong``: a component of a directed network is of
    nodes that all reach each other. An isolate is a component of its own.
    """
    network = from_networkx(network)
    connection = "strong" if strong else "weak"
    _, labels = csgraph.connected_components(network.matrix, network.directed, connection)
    _, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    rank = np.empty(len(sizes), np.intp)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes))
    found: Places = rank[labels]
    return found


def articulation_points(network: Network | nx.Graph[Any]) -> Places:
    """Places of the nodes without which those of a component are not connected any more.

    Direction is ignored. In ascending order; none where there are no ties.
    """
    order, parent, low, top = _searched(from_networkx(network).undirected)
    child = np.flatnonzero(~top)
    cut = np.zeros(len(order), bool)
    cut[parent[child[low[child] >= order[parent[child]]]]] = True
    cut[top] = np.bincount(parent[child], minlength=len(order))[top] > 1
    return np.flatnonzero(cut)


def bridges(network: Network | nx.Graph[Any]) -> list[tuple[int, int]]:
    """Ties, as pairs of places, without which those of a component are not connected any more.

    Direction is ignored: two opposite ties are one. In ascending order, the smaller place first.
    """
    order, parent, low, top = _searched(from_networkx(network).undirected)
    child = np.flatnonzero(~top & (low == order))
    pairs = np.sort(np.column_stack((parent[child], child)), axis=1)
    return sorted((int(one), int(other)) for one, other in pairs)


def _searched(network: Network) -> tuple[Places, Places, Places, npt.NDArray[np.bool_]]:
    """A depth-first search of all: order, parent and lowpoint of each node, and who has none.

    The lowpoint of a node is the earliest in the order that it and those below it in the tree
    reach by one tie that is not the tree's (Hopcroft & Tarjan 1973).
    """
    n = len(network)
    _, first = np.unique(components(network), return_index=True)
    # One more node, tied to one of each component, makes it a single search.
    extra = sparse.csr_array((np.ones(len(first)), (np.zeros(len(first), int), first)), (1, n))
    joined = sparse.block_array([[network.pattern, None], [extra, np.zeros((1, 1))]], format="csr")
    nodes, parent = csgraph.depth_first_order(joined, n)
    order = np.empty(n + 1, np.intp)
    order[nodes] = np.arange(n + 1)
    top = parent[:n] == n
    parent = np.where(top, np.arange(n), parent[:n])

    matrix = network.matrix
    row = np.repeat(np.arange(n), np.diff(matrix.indptr))
    low = order[:n].copy()
    spare = matrix.indices != parent[row]
    np.minimum.at(low, row[spare], order[matrix.indices[spare]])
    for node in nodes[:0:-1]:
        low[parent[node]] = min(low[parent[node]], low[node])
    return order[:n], parent, low, top
